from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.projects import named, places

from oneroof.errors import Problem
from oneroof.paths import ROOT, RelPath
from oneroof.workspace.discovery import discover
from oneroof.workspace.graph import link
from oneroof.workspace.nesting import find_nested
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]

A = '[project]\nname = "a"\nversion = "1"\n'
BROKEN = "[project\n"


class TestWhatIsAProject:
    @pytest.mark.parametrize(
        ("file", "content"),
        [
            ("pyproject.toml", A),
            ("pyproject.toml", '[tool.poetry]\nname = "a"\nversion = "1"\n'),
            ("pyproject.toml", '[tool.flit.metadata]\nmodule = "a"\n'),
            ("setup.py", 'from setuptools import setup\nsetup(name="a")\n'),
            ("setup.cfg", "[metadata]\nname = a\n"),
        ],
    )
    def test_a_folder_with_packaging_metadata(
        self, tree: MakeTree, file: str, content: str
    ) -> None:
        assert places(discover(tree({f"libs/x/{file}": content}))) == [("a", "libs/x")]

    def test_a_folder_whose_files_only_configure_tools_is_none(self, tree: MakeTree) -> None:
        files = {"x/pyproject.toml": "[tool.ruff]\n", "y/setup.cfg": "[flake8]\n"}
        assert places(discover(tree(files))) == []

    def test_projects_nested_in_projects(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": named("root"),
            "a/pyproject.toml": A,
            "a/plugins/b/pyproject.toml": named("b"),
        }
        found = discover(tree(files))
        assert places(found) == [("root", "."), ("a", "a"), ("b", "a/plugins/b")]
        assert find_nested(each.path for each in found.projects) == {
            ".": {"a"},
            "a": {"a/plugins/b"},
            "a/plugins/b": set(),
        }

    def test_a_name_may_differ_from_folder_and_import_package(self, tree: MakeTree) -> None:
        files = {
            "folder/pyproject.toml": named("Dist_Name", "[tool.setuptools]\npackages=['code']\n"),
            "folder/code/__init__.py": "",
        }
        (project,) = discover(tree(files)).projects
        assert (project.name, project.metadata.name, project.path) == (
            "dist-name",
            "Dist_Name",
            "folder",
        )
        assert [package.name for package in project.metadata.import_packages] == ["code"]

    def test_two_projects_with_one_name_are_told_apart_by_path(self, tree: MakeTree) -> None:
        files = {
            "x/pyproject.toml": A,
            "y/pyproject.toml": named("A"),
            "z/pyproject.toml": named("z"),
        }
        assert places(discover(tree(files))) == [("a@x", "x"), ("a@y", "y"), ("z", "z")]


class TestTemplates:
    @pytest.mark.parametrize(
        "path",
        [
            "{{cookiecutter.name}}/pyproject.toml",
            "templates/{{ name }}/sub/pyproject.toml",
            "{% if x %}x{% endif %}/pyproject.toml",
            "$pkg/pyproject.toml",
            "${name}/pyproject.toml",
        ],
    )
    def test_a_folder_named_by_a_placeholder_is_one(self, tree: MakeTree, path: str) -> None:
        assert places(discover(tree({path: A}))) == []

    @pytest.mark.parametrize(
        "name", ["{{ name }}", "<REPLACE ME>", "${name}", "$pkg", "%(name)s", "[[ name ]]"]
    )
    def test_a_distribution_named_by_a_placeholder_is_one(self, tree: MakeTree, name: str) -> None:
        assert places(discover(tree({"x/pyproject.toml": named(name)}))) == []

    def test_toml_that_only_a_template_engine_understands_is_one(self, tree: MakeTree) -> None:
        files = {"x/pyproject.toml": '[project]\n{% if name %}\nname = "{{ name }}"\n{% endif %}\n'}
        found = discover(tree(files))
        assert (places(found), found.problems) == ([], ())


class TestVendoredTreesAndTestData:
    @pytest.mark.parametrize(
        "path",
        [
            "vendor/x",
            "a/_vendor/x",
            "third_party/x/y",
            "a/node_modules/x",
            "a/tests/fixtures/x",
            "a/tests/x",
            "a/src/a/testing/x",
            "a/fixtures",
            "a/testdata/x",
            "fixtures/x",
        ],
    )
    def test_they_hold_no_projects(self, tree: MakeTree, path: str) -> None:
        files = {"a/pyproject.toml": A, f"{path}/pyproject.toml": named("x")}
        assert places(discover(tree(files))) == [("a", "a")]

    @pytest.mark.parametrize("path", ["services/vendor", "libs/fixtures", "tests/e2e", "tests"])
    def test_a_project_of_its_own_may_bear_such_a_name(self, tree: MakeTree, path: str) -> None:
        files = {"a/pyproject.toml": A, f"{path}/pyproject.toml": named("x")}
        assert ("x", path) in places(discover(tree(files)))

    def test_tests_of_the_root_project_are_its_own(self, tree: MakeTree) -> None:
        files = {"pyproject.toml": A, "tests/e2e/pyproject.toml": named("x")}
        assert places(discover(tree(files))) == [("a", ".")]

    def test_a_member_of_a_uv_workspace_is_a_project_wherever_it_lies(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": A + '[tool.uv.workspace]\nmembers = ["tests/*"]\n',
            "tests/helpers/pyproject.toml": named("helpers"),
        }
        assert places(discover(tree(files))) == [("a", "."), ("helpers", "tests/helpers")]

    def test_what_a_project_depends_on_by_path_is_a_project_wherever_it_lies(
        self, tree: MakeTree
    ) -> None:
        source = '[tool.uv.sources]\nhelpers = { path = "tests/helpers" }\n'
        files = {
            "pyproject.toml": named("a", f'dependencies = ["helpers"]\n{source}'),
            "tests/helpers/pyproject.toml": named(
                "helpers",
                'dependencies = ["deep"]\n'
                '[tool.uv.sources]\ndeep = { path = "../../vendor/deep" }\n',
            ),
            "vendor/deep/pyproject.toml": named("deep"),
            "vendor/other/pyproject.toml": named("other"),
        }
        found = discover(tree(files))
        assert places(found) == [("a", "."), ("helpers", "tests/helpers"), ("deep", "vendor/deep")]
        assert [(edge.dependent, edge.dependency) for edge in link(found.projects)] == [
            ("a", "helpers"),
            ("helpers", "deep"),
        ]


class TestProjectsWithoutMetadata:
    @pytest.mark.parametrize(
        ("files", "role"),
        [
            ({"x/requirements.txt": "flask\n", "x/main.py": ""}, Role.SERVICE),
            ({"x/requirements.txt": "requests\n", "x/main.py": ""}, Role.APP),
            ({"x/requirements.txt": "", "x/src/main.py": ""}, Role.APP),
            ({"x/explore.ipynb": "{}"}, Role.NOTEBOOK),
            ({"x/dags/daily.py": ""}, Role.DAGS),
            ({"x/terraform/main.tf": ""}, Role.INFRA),
        ],
    )
    def test_their_marker_makes_them_one(
        self, tree: MakeTree, files: Mapping[str, str], role: Role
    ) -> None:
        (project,) = discover(tree(files)).projects
        folder = {"dags": "x/dags", "infra": "x/terraform"}.get(role.value, "x")
        assert (project.name, project.path, project.role) == (folder, folder, role)

    @pytest.mark.parametrize(
        "files",
        [
            {"x/requirements.txt": "requests\n"},
            {"docs/requirements.txt": "sphinx\n", "docs/conf.py": ""},
            {"tests/requirements.txt": "pytest\n", "tests/test_x.py": ""},
            {"vendor/x/requirements.txt": "", "vendor/x/main.py": ""},
            {"{{x}}/requirements.txt": "", "{{x}}/main.py": ""},
            {"x/run.sh": "", "x/README.md": ""},
            {"x/main.py": ""},
        ],
    )
    def test_without_code_or_in_a_folder_of_prose_or_tests_there_is_none(
        self, tree: MakeTree, files: Mapping[str, str]
    ) -> None:
        assert places(discover(tree(files))) == []

    def test_inside_a_packaged_project_they_are_a_part_of_it(self, tree: MakeTree) -> None:
        files = {
            "a/pyproject.toml": A,
            "a/examples/requirements.txt": "",
            "a/examples/main.py": "",
            "a/notebooks/x.ipynb": "{}",
        }
        assert places(discover(tree(files))) == [("a", "a")]

    def test_below_the_root_project_they_are_their_own(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": A + '[build-system]\nbuild-backend = "hatchling.build"\n',
            "a/__init__.py": "",
            "apps/x/requirements.txt": "",
            "apps/x/main.py": "",
        }
        assert places(discover(tree(files))) == [("a", "."), ("apps/x", "apps/x")]

    def test_a_folder_of_development_requirements_between_root_and_projects_is_a_virtual_root(
        self, tree: MakeTree
    ) -> None:
        files = {"python/dev-requirements.txt": "pytest\n", "python/libs/a/pyproject.toml": A}
        found = discover(tree(files))
        assert places(found) == [("a", "python/libs/a")]
        assert [each.path for each in found.virtual_roots] == ["python"]

    def test_notebooks_below_notebooks_are_one_project(self, tree: MakeTree) -> None:
        files = {"eda/x/one.ipynb": "{}", "eda/x/deep/two.ipynb": "{}"}
        assert places(discover(tree(files))) == [("eda/x", "eda/x")]

    def test_all_terraform_below_one_named_folder_is_one_project(self, tree: MakeTree) -> None:
        files = {"infra/tf/prod/main.tf": "", "infra/tf/dev/main.tf": ""}
        assert places(discover(tree(files))) == [("infra", "infra")]

    def test_hashed_requirements_are_their_lock(self, tree: MakeTree) -> None:
        line = f"six==1.16.0 --hash=sha256:{'0' * 64}\n"
        (project,) = discover(tree({"x/requirements.txt": line, "x/main.py": ""})).projects
        assert project.lock == "x/requirements.txt"

    @pytest.mark.parametrize(
        "manifest",
        [{"x/requirements.in": "six"}, {"x/pyproject.toml": A + 'dependencies = ["six"]\n'}],
        ids=["in", "project"],
    )
    def test_requirements_compiled_from_a_manifest_are_its_lock(
        self, tree: MakeTree, manifest: dict[str, str]
    ) -> None:
        compiled = "# This file is autogenerated by pip-compile\nsix==1.16.0\n  # via x\n"
        files = {**manifest, "x/requirements.txt": compiled, "x/main.py": ""}
        (project,) = discover(tree(files)).projects
        assert project.lock == "x/requirements.txt"

    @pytest.mark.parametrize(
        "text",
        ["six==1.16.0\n", "# autogenerated by uv\nsix\n", "# autogenerated by uv\n-r o.txt\n"],
        ids=["by hand", "not pinned", "includes"],
    )
    def test_what_was_not_compiled_to_pins_is_no_lock(self, tree: MakeTree, text: str) -> None:
        files = {"x/pyproject.toml": A + 'dependencies = ["six"]\n', "x/requirements.txt": text}
        (project,) = discover(tree(files)).projects
        assert project.lock is None


class TestSettings:
    def test_a_projects_own_table_decides_its_role_and_tags(self, tree: MakeTree) -> None:
        table = '[tool.oneroof]\nrole = "tool"\ntags = ["x"]\n'
        (project,) = discover(tree({"libs/a/pyproject.toml": A + table})).projects
        assert (project.role, project.role_evidence, project.tags) == (
            Role.TOOL,
            "tool.oneroof.role",
            ("x",),
        )

    @pytest.mark.parametrize("key", ["a", "libs/a"])
    def test_the_root_may_say_it_by_name_or_path(self, tree: MakeTree, key: str) -> None:
        root = f'[tool.oneroof.projects."{key}"]\nrole = "service"\ntags = ["x"]\n'
        (project,) = discover(tree({"pyproject.toml": root, "libs/a/pyproject.toml": A})).projects
        assert (project.role, project.tags) == (Role.SERVICE, ("x",))

    def test_what_the_project_says_counts_before_what_the_root_says(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": '[tool.oneroof.projects.a]\nrole = "service"\ntags = ["root"]\n',
            "a/pyproject.toml": A + '[tool.oneroof]\nrole = "lib"\n',
        }
        (project,) = discover(tree(files)).projects
        assert (project.role, project.tags) == (Role.LIB, ("root",))

    def test_excluded_folders_hold_no_projects(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": '[tool.oneroof]\nexclude = ["old", "**/samples"]\n',
            "a/pyproject.toml": A,
            "old/b/pyproject.toml": named("b"),
            "a/samples/c/pyproject.toml": named("c"),
            "x/samples/d/requirements.txt": "",
            "x/samples/d/main.py": "",
        }
        assert places(discover(tree(files))) == [("a", "a")]

    def test_an_entry_that_names_no_project_is_a_problem(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": "[tool.oneroof.projects.lib]\ntags = ['x']\n",
            "libs/liba/pyproject.toml": named("liba"),
        }
        assert discover(tree(files)).problems == (
            Problem(
                "pyproject.toml",
                "names no project",
                "tool.oneroof.projects.lib",
                hint="did you mean `liba`?",
            ),
        )


class TestLocks:
    @pytest.mark.parametrize(
        ("more", "lock"),
        [("", "uv.lock"), ("[tool.poetry]\n", "poetry.lock"), ("[tool.pdm]\n", "pdm.lock")],
    )
    def test_of_several_formats_the_one_the_manifest_speaks_governs(
        self, tree: MakeTree, more: str, lock: str
    ) -> None:
        files = {"a/pyproject.toml": A + more} | {
            f"a/{name}": "" for name in ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
        }
        (project,) = discover(tree(files)).projects
        assert project.lock == f"a/{lock}"

    def test_the_lock_of_a_project_around_it_is_not_its_own(self, tree: MakeTree) -> None:
        files = {"pyproject.toml": A, "poetry.lock": "", "libs/b/pyproject.toml": named("b")}
        assert [(p.name, p.lock) for p in discover(tree(files)).projects] == [
            ("a", "poetry.lock"),
            ("b", None),
        ]


class TestWhatIsWrong:
    def test_broken_toml_is_named_with_its_line_and_all_others_are_found(
        self, tree: MakeTree
    ) -> None:
        found = discover(tree({"x/pyproject.toml": "a = 1\n[project\n", "y/pyproject.toml": A}))
        assert places(found) == [("x", "x"), ("a", "y")]
        (problem,) = found.projects[0].metadata.problems
        assert (problem.path, problem.fatal) == ("x/pyproject.toml", True)
        assert "line 2" in problem.message

    def test_a_file_that_is_not_utf8_is_named(self, tree: MakeTree) -> None:
        found = discover(tree({"x/pyproject.toml": b'[project]\nname = "\xff"\n'}))
        (problem,) = found.projects[0].metadata.problems
        assert str(problem) == "x/pyproject.toml: is not UTF-8: byte 18 is `0xff`"

    def test_an_unreadable_file_is_named(self, tree: MakeTree) -> None:
        made = tree({"y/pyproject.toml": A})
        (made.root / "x").mkdir()
        (made.root / "x/pyproject.toml").symlink_to("nowhere.toml")
        path = RelPath("x/pyproject.toml")
        found = discover(Tree(made.root, (path, *made.files), frozenset({path})))
        assert places(found) == [("x", "x"), ("a", "y")]
        (problem,) = found.projects[0].metadata.problems
        assert str(problem) == "x/pyproject.toml: cannot be read: No such file or directory"

    def test_a_file_that_vanished_since_it_was_listed_is_named(self, tmp_path: Path) -> None:
        found = discover(Tree(tmp_path, [RelPath("x/pyproject.toml")]))
        assert [str(problem) for problem in found.projects[0].metadata.problems] == [
            "x/pyproject.toml: cannot be read: No such file or directory"
        ]

    def test_a_folder_with_the_name_of_a_manifest_is_no_project(self, tree: MakeTree) -> None:
        assert places(discover(tree({"x/pyproject.toml/file": "", "y/pyproject.toml": A}))) == [
            ("a", "y")
        ]

    def test_an_empty_constraint_is_named_with_key_and_cure_and_still_links(
        self, tree: MakeTree
    ) -> None:
        poetry = '[tool.poetry]\nname = "{}"\nversion = "1"\n[tool.poetry.dependencies]\n{}'
        files = {
            "one/pyproject.toml": poetry.format("one", 'libmq = ""\n'),
            "libmq/pyproject.toml": poetry.format("libmq", ""),
            "libmq/libmq/__init__.py": "",
            "one/one/__init__.py": "",
        }
        found = discover(tree(files))
        (problem,) = found.projects[1].metadata.problems
        assert (problem.path, problem.key, problem.fatal) == (
            "one/pyproject.toml",
            "tool.poetry.dependencies.libmq",
            True,
        )
        assert problem.hint.startswith('write `"*"` for any version')
        assert [(e.dependent, e.dependency) for e in link(found.projects)] == [("one", "libmq")]

    def test_a_missing_readme_is_named(self, tree: MakeTree) -> None:
        files = {"x/pyproject.toml": named("a", 'readme = "README.md"\n'), "x/a.py": ""}
        (project,) = discover(tree(files)).projects
        assert [(p.key, p.message, p.fatal) for p in project.metadata.problems] == [
            ("project.readme", "`README.md` does not exist", False)
        ]

    def test_windows_line_ends_are_read_and_left_as_they_are(self, tree: MakeTree) -> None:
        content = named("a", 'dependencies = ["b"]\n').replace("\n", "\r\n").encode()
        made = tree({"x/pyproject.toml": content, "y/pyproject.toml": named("b")})
        found = discover(made)
        assert [(e.dependent, e.dependency) for e in link(found.projects)] == [("a", "b")]
        assert (made.root / "x/pyproject.toml").read_bytes() == content

    def test_nothing_at_all_is_an_empty_workspace(self, tree: MakeTree) -> None:
        assert discover(tree({})).projects == ()


class TestCodeOutsideTheFolder:
    def test_packages_included_from_elsewhere_are_owned(self, tree: MakeTree) -> None:
        files = {
            "projects/api/pyproject.toml": '[tool.poetry]\nname = "api"\nversion = "1"\n'
            'packages = [{ include = "acme/core", from = "../../components" }]\n',
            "components/acme/core/__init__.py": "",
        }
        (project,) = discover(tree(files)).projects
        assert project.owned_paths == ("components/acme/core",)

    def test_a_linked_package_folder_is_owned(self, tree: MakeTree) -> None:
        made = tree(
            {
                "api/pyproject.toml": named("api", "[tool.setuptools]\npackages = ['core']\n"),
                "shared/core/__init__.py": "",
            }
        )
        (made.root / "api/core").symlink_to("../shared/core")
        path = RelPath("api/core")
        found = discover(Tree(made.root, (*made.files, path), frozenset({path})))
        assert found.projects[0].owned_paths == ("shared/core",)

    def test_links_that_lead_back_up_do_not_loop(self, tree: MakeTree) -> None:
        made = tree({"a/pyproject.toml": A, "a/a/__init__.py": ""})
        (made.root / "a/again").symlink_to("..")
        (made.root / "self").symlink_to("self")
        links = frozenset({RelPath("a/again"), RelPath("self")})
        found = discover(Tree(made.root, (*made.files, *links), links))
        assert places(found) == [("a", "a")]

    def test_a_manifest_that_is_a_link_counts_and_its_target_is_watched(
        self, tree: MakeTree
    ) -> None:
        made = tree({"shared/one.toml": A})
        (made.root / "x").mkdir()
        (made.root / "x/pyproject.toml").symlink_to("../shared/one.toml")
        path = RelPath("x/pyproject.toml")
        linked = Tree(made.root, (*made.files, path), frozenset({path}))
        assert places(discover(linked)) == [("a", "x")]
        assert RelPath("shared/one.toml") in linked.reads


def test_the_root_is_named_by_its_distribution(tree: MakeTree) -> None:
    (project,) = discover(tree({"pyproject.toml": A})).projects
    assert (project.name, project.path) == ("a", ROOT)


class TestConflicts:
    CONFLICTS = (
        '[tool.uv]\nconflicts = [[{ extra = "CPU" }, { group = "cu" }], [{ extra = "one" }],'
        ' [{ package = "b", extra = "x" }, { package = "b", extra = "y" }]]\n'
    )

    def test_a_projects_own_extras_and_groups_exclude_each_other(self, tree: MakeTree) -> None:
        (project,) = discover(tree({"a/pyproject.toml": A + self.CONFLICTS})).projects
        assert project.metadata.conflicts == (("extra:cpu", "group:cu"),)

    def test_the_root_may_say_it_of_a_member(self, tree: MakeTree) -> None:
        files = {
            "pyproject.toml": self.CONFLICTS + '[tool.uv.workspace]\nmembers = ["b"]\n',
            "b/pyproject.toml": '[project]\nname = "b"\nversion = "1"\n',
        }
        (project,) = discover(tree(files)).projects
        assert project.metadata.conflicts == (("extra:x", "extra:y"),)

    def test_another_shape_is_a_problem_that_names_the_key(self, tree: MakeTree) -> None:
        files = {"a/pyproject.toml": A + '[tool.uv]\nconflicts = ["x"]\n'}
        (project,) = discover(tree(files)).projects
        assert [each.key for each in project.metadata.problems] == ["tool.uv.conflicts"]
