from typing import TYPE_CHECKING

import pytest

from oneroof.paths import ROOT, RelPath
from oneroof.workspace.metadata import inherit_uv_workspace, read_metadata
from oneroof.workspace.model import (
    BUILD,
    MAIN,
    Group,
    Index,
    Kind,
    Metadata,
    Requirement,
    Source,
    extra,
    group,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workspace.conftest import MakeTree

A = RelPath("a")
PYPROJECT = "a/pyproject.toml"
PROJECT = '[project]\nname = "a"\nversion = "1"\n'
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = []\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = []\nbuild-backend = "poetry.core.masonry.api"\n'


@pytest.fixture
def read(tree: "MakeTree") -> "Read":
    return Read(tree)


class Read:
    def __init__(self, tree: "MakeTree") -> None:
        self.tree = tree

    def __call__(self, files: "Mapping[str, str | bytes]") -> Metadata:
        metadata = read_metadata(self.tree(files), A)
        assert metadata is not None
        return metadata

    def pyproject(self, text: str, **others: str) -> Metadata:
        files = {f"a/{name.replace('_', '.')}": content for name, content in others.items()}
        return self({PYPROJECT: text, "a/a/__init__.py": '__version__ = "5"', **files})


def declared(metadata: Metadata) -> list[tuple[str, str, str]]:
    return [(each.kind, each.pep508, each.key) for each in metadata.requirements]


def shown(metadata: Metadata) -> list[str]:
    return [str(each) for each in metadata.problems]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {PYPROJECT: "[tool.ruff]\nline-length = 100"},
        {PYPROJECT: "[tool.hatch.envs.default]\ndependencies = ['pytest']"},
        {PYPROJECT: "[build-system]\nrequires = ['setuptools']"},
        {PYPROJECT: "[tool.uv.workspace]\nmembers = ['b']"},
    ],
)
def test_a_folder_that_declares_nothing(tree: "MakeTree", files: dict[str, str | bytes]) -> None:
    assert read_metadata(tree(files), A) is None


def test_a_broken_manifest_is_a_project_with_a_fatal_problem(read: Read) -> None:
    metadata = read({PYPROJECT: "[project"})
    assert metadata.manifests == (PYPROJECT,)
    assert [each.fatal for each in metadata.problems] == [True]


def test_dependency_groups_alone_are_metadata_without_a_build(read: Read) -> None:
    metadata = read({PYPROJECT: '[dependency-groups]\ndev = ["pytest"]\nx = []'})
    assert (metadata.name, metadata.build_backend) == (None, None)
    assert metadata.groups == (Group("dev", default=True), Group("x"))
    assert declared(metadata) == [(group("dev"), "pytest", "dependency-groups.dev[0]")]


def test_all_parts_of_one_pyproject_by_kind(read: Read) -> None:
    metadata = read.pyproject(
        PROJECT
        + 'dependencies = ["m"]\noptional-dependencies.x = ["e"]\n'
        + HATCHLING
        + '[dependency-groups]\ntest = ["g"]\n'
        + '[tool.hatch.envs.default]\ndependencies = ["h"]\n'
    )
    assert metadata.dialects == ("hatch", "project")
    assert metadata.build_backend == "hatchling.build"
    assert [(kind, line) for kind, line, _ in declared(metadata)] == [
        (MAIN, "m"),
        (extra("x"), "e"),
        (group("test"), "g"),
        (group("default"), "h"),
        (BUILD, "hatchling"),
    ]
    assert [each.name for each in metadata.import_packages] == ["a"]
    assert metadata.problems == ()


@pytest.mark.parametrize(
    ("text", "others", "backend"),
    [
        (PROJECT, {}, "setuptools.build_meta"),
        (PROJECT + HATCHLING, {}, "hatchling.build"),
        (PROJECT + "[build-system]\nrequires = []", {}, "setuptools.build_meta"),
        (PROJECT + "[tool.uv]", {}, None),
        (PROJECT, {"uv.lock": ""}, None),
        (PROJECT + "[tool.uv]\npackage = true", {}, "setuptools.build_meta"),
        (PROJECT + HATCHLING + "[tool.uv]\npackage = false", {}, None),
        (PROJECT + HATCHLING + "[tool.pdm]\ndistribution = false", {}, None),
        ("[tool.poetry]\nname = 'a'\nversion = '1'", {}, "poetry.core.masonry.api"),
        ("[tool.poetry]\npackage-mode = false\n" + POETRY, {}, None),
        ("[tool.flit.metadata]\nmodule = 'a'", {}, "flit_core.buildapi"),
    ],
)
def test_build_backends(read: Read, text: str, others: dict[str, str], backend: str | None) -> None:
    files = {PYPROJECT: text, "a/a/__init__.py": "", **others}
    assert read(files).build_backend == backend


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (HATCHLING + '[tool.hatch.version]\npath = "a/__init__.py"', "5"),
        (HATCHLING + '[tool.hatch.version]\nsource = "vcs"', None),
        ('[build-system]\nrequires = []\nbuild-backend = "flit_core.buildapi"', "5"),
        (
            (
                '[build-system]\nrequires = []\nbuild-backend = "pdm.backend"\n'
                '[tool.pdm.version]\nsource = "file"\npath = "a/__init__.py"'
            ),
            "5",
        ),
        (SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = { attr = "a.__version__" }', "5"),
        (SETUPTOOLS + '[tool.setuptools.dynamic]\nversion = { file = "VERSION" }', "6.0.dev0"),
        (SETUPTOOLS + "[tool.setuptools_scm]", None),
        (POETRY + '[tool.poetry]\nversion = "7"', "7"),
    ],
)
def test_dynamic_versions(read: Read, text: str, version: str | None) -> None:
    files: dict[str, str | bytes] = {
        PYPROJECT: '[project]\nname = "a"\ndynamic = ["version"]\n' + text,
        "a/a/__init__.py": '__version__ = "5"',
        "a/VERSION": "6.0.dev\n",
    }
    assert read(files).version == version


def test_setuptools_takes_dynamic_dependencies_from_files(read: Read) -> None:
    metadata = read.pyproject(
        '[project]\nname = "a"\nversion = "1"\n'
        'dynamic = ["dependencies", "optional-dependencies"]\n'
        + SETUPTOOLS
        + '[tool.setuptools.dynamic]\ndependencies = { file = ["main.txt", "gone.txt"] }\n'
        'optional-dependencies.Te_st = { file = "test.txt" }\n',
        main_txt="b>=1\n",
        test_txt="c\n",
    )
    assert [(each.kind, each.pep508, each.declared_in) for each in metadata.requirements] == [
        (MAIN, "b>=1", "a/main.txt"),
        (extra("te-st"), "c", "a/test.txt"),
    ]
    assert metadata.extras == ("te-st",)
    assert metadata.manifests == (PYPROJECT, "a/main.txt", "a/test.txt")
    assert shown(metadata) == [
        "a/pyproject.toml: tool.setuptools.dynamic.dependencies.file[1]: `gone.txt` does not exist"
    ]


def test_dynamic_dependencies_may_stand_in_setup_py(read: Read) -> None:
    metadata = read.pyproject(
        '[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies"]\n' + SETUPTOOLS,
        setup_py='from setuptools import setup\nsetup(install_requires=["b>=1"])\n',
    )
    assert [(kind, line) for kind, line, _ in declared(metadata)] == [(MAIN, "b>=1")]
    assert metadata.name == "a"


def test_static_fields_of_project_win_over_setup_py(read: Read) -> None:
    metadata = read.pyproject(
        PROJECT + 'dependencies = ["m"]\n' + SETUPTOOLS,
        setup_py='from setuptools import setup\nsetup(name="z", install_requires=["b"])\n',
    )
    assert metadata.name == "a"
    assert [line for _, line, _ in declared(metadata)] == ["m"]


def test_setup_py_wins_over_setup_cfg(read: Read) -> None:
    metadata = read(
        {
            "a/setup.py": 'from setuptools import setup\nsetup(name="from-py")\n',
            "a/setup.cfg": "[metadata]\nname = from-cfg\nversion = 2\n"
            "[options]\ninstall_requires =\n  b\n",
        }
    )
    assert (metadata.name, metadata.version) == ("from-py", "2")
    assert [line for _, line, _ in declared(metadata)] == ["b"]
    assert metadata.build_backend == "setuptools.build_meta"


def test_what_a_plugin_of_setuptools_fills_the_version_into_is_read(read: Read) -> None:
    metadata = read.pyproject(
        '[project]\nname = "a"\nversion = "1"\n'
        'dynamic = ["dependencies", "optional-dependencies"]\n'
        "[tool.setuptools_dynamic_dependencies]\n"
        'dependencies = ["b == {version}", "c>=1"]\n'
        "[tool.setuptools_dynamic_dependencies.optional-dependencies]\n"
        'Fast_Path = ["d[x] == {version}"]\n' + SETUPTOOLS
    )
    assert [(kind, line) for kind, line, _ in declared(metadata)] == [
        ("main", "b"),
        ("main", "c>=1"),
        ("extra:fast-path", "d[x]"),
    ]
    assert (metadata.extras, metadata.is_complete, shown(metadata)) == (("fast-path",), True, [])


def test_what_only_the_backend_knows_makes_metadata_incomplete(read: Read) -> None:
    start = '[project]\nname = "a"\nversion = "1"\n'
    assert not read.pyproject(start + 'dynamic = ["dependencies"]\n' + HATCHLING).is_complete
    assert read.pyproject(start + HATCHLING).is_complete


def test_dependencies_only_the_backend_knows_are_told(read: Read) -> None:
    text = '[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies"]\n' + HATCHLING
    assert shown(read.pyproject(text)) == [
        (
            "a/pyproject.toml: project.dynamic: `dependencies` are known only to the build backend "
            "and are not read"
        )
    ]


def test_a_hatch_hook_reads_requirements_files(read: Read) -> None:
    metadata = read.pyproject(
        '[project]\nname = "a"\nversion = "1"\ndynamic = ["dependencies"]\n'
        + HATCHLING
        + '[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["main.txt"]\n',
        main_txt="b",
    )
    assert [(each.name, each.declared_in) for each in metadata.requirements] == [
        ("b", "a/main.txt"),
        ("hatchling", PYPROJECT),
    ]


def test_poetry_2_only_enriches_what_project_declares(read: Read) -> None:
    metadata = read.pyproject(
        PROJECT
        + 'dependencies = ["lib>=1", "rich"]\noptional-dependencies.x = ["torch"]\n'
        + '[dependency-groups]\ndev = ["tool"]\n'
        + POETRY
        + '[tool.poetry.dependencies]\nlib = { path = "../lib", develop = true }\n'
        + 'unknown = "^1"\n'
        + 'torch = { source = "t" }\n'
        + '[tool.poetry.group.dev.dependencies]\ntool = { path = "../tool" }\n'
        + '[[tool.poetry.source]]\nname = "t"\nurl = "https://t.io"\npriority = "explicit"\n'
    )
    lib = Source("path", "../lib", editable=True)
    torch = Source("index", "https://t.io", name="t")
    dev = group("dev")
    assert metadata.requirements == (
        Requirement(
            "lib", MAIN, RelPath(PYPROJECT), "project.dependencies[0]", ">=1", sources=(lib,)
        ),
        Requirement("rich", MAIN, RelPath(PYPROJECT), "project.dependencies[1]"),
        Requirement(
            "torch",
            extra("x"),
            RelPath(PYPROJECT),
            "project.optional-dependencies.x[0]",
            sources=(torch,),
        ),
        Requirement(
            "tool",
            dev,
            RelPath(PYPROJECT),
            "dependency-groups.dev[0]",
            sources=(Source("path", "../tool"),),
        ),
    )
    assert metadata.dialects == ("poetry", "project")


def test_poetry_2_takes_from_its_own_table_what_project_leaves_open(read: Read) -> None:
    metadata = read.pyproject(
        PROJECT + POETRY + '[tool.poetry.dependencies]\npython = "^3.11"\nb = "^1"\n'
    )
    assert metadata.requires_python == "<4.0,>=3.11"
    assert declared(metadata) == [(MAIN, "b<2,>=1", "tool.poetry.dependencies.b")]


def test_a_poetry_table_left_over_beside_another_backend_does_not_count(read: Read) -> None:
    metadata = read.pyproject(PROJECT + HATCHLING + '[tool.poetry.dependencies]\nb = "^1"\n')
    assert [kind for kind, _, _ in declared(metadata)] == [BUILD]


@pytest.mark.parametrize(
    ("table", "defaults"),
    [
        ("", {"dev"}),
        ("[tool.pdm]", {"dev", "test"}),
        ('[tool.uv]\ndefault-groups = ["test"]', {"test"}),
        ('[tool.uv]\ndefault-groups = "all"', {"dev", "test"}),
        ("[tool.poetry.group.test]\noptional = true", {"dev"}),
    ],
)
def test_default_groups_are_those_of_the_tool(read: Read, table: str, defaults: set[str]) -> None:
    text = PROJECT + '[dependency-groups]\ndev = ["a1"]\ntest = ["a2"]\n' + table
    groups = read.pyproject(text).groups
    assert {each.name for each in groups if each.default} == defaults


def test_uv_sources_apply_to_every_kind(read: Read) -> None:
    metadata = read.pyproject(
        PROJECT
        + 'dependencies = ["b"]\n[dependency-groups]\ndev = ["b"]\n'
        + "[tool.uv.sources]\nb = { workspace = true }\n"
    )
    assert {each.kind: each.sources for each in metadata.requirements} == {
        MAIN: (Source("workspace", editable=True),),
        group("dev"): (Source("workspace", editable=True),),
    }


def test_a_member_inherits_what_its_uv_workspace_says(tree: "MakeTree") -> None:
    made = tree(
        {
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["a"]\n'
            '[[tool.uv.index]]\nname = "t"\nurl = "https://t.io"\n'
            '[tool.uv.sources]\nb = { path = "libs/b" }\nc = { path = "x" }\n',
            PYPROJECT: PROJECT
            + 'dependencies = ["b", "c", "d"]\n'
            + '[tool.uv.sources]\nc = { git = "https://h.io/c" }\nd = { index = "t" }\n',
        }
    )
    metadata = read_metadata(made, A)
    assert metadata is not None
    inherited = inherit_uv_workspace(metadata, A, ROOT, made)
    assert [each.sources for each in inherited.requirements] == [
        (Source("path", "../libs/b"),),
        (Source("git", "https://h.io/c"),),
        (Source("index", "https://t.io", name="t"),),
    ]
    assert inherited.indexes == (Index("t", "https://t.io"),)


def test_requirements_alone_are_never_built(read: Read) -> None:
    metadata = read({"a/requirements.txt": "flask", "a/requirements-dev.txt": "pytest"})
    assert (metadata.name, metadata.build_backend) == (None, None)
    assert metadata.dialects == ("requirements",)
    assert declared(metadata) == [
        (MAIN, "flask", "line 1"),
        (group("dev"), "pytest", "line 1"),
    ]


@pytest.mark.parametrize(
    ("fields", "names"),
    [("dependencies = ['b']", ["b"]), ("dependencies = []", []), ("", ["c"])],
)
def test_a_main_requirements_file_counts_only_where_nothing_else_says(
    read: Read, fields: str, names: list[str]
) -> None:
    metadata = read({PYPROJECT: PROJECT + fields, "a/requirements.txt": "c"})
    assert [each.name for each in metadata.requirements] == names


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("b==1\nc==2\n", [(group("requirements"), "c==2", "line 2")]),
        ("b==1\n", []),
        ("# autogenerated by pip-compile\nc==2\n", []),
    ],
)
def test_beside_setup_py_a_main_requirements_file_is_a_group_for_developers(
    read: Read, text: str, added: list[tuple[Kind, str, str]]
) -> None:
    script = "from setuptools import setup\nsetup(name='a', version='1', install_requires=['b'])\n"
    metadata = read({"a/setup.py": script, "a/requirements.txt": text})
    assert declared(metadata) == [(MAIN, "b", "install_requires[0]"), *added]
    assert metadata.groups == tuple(Group("requirements", default=True) for _ in added)


def test_carriage_returns_change_nothing(read: Read) -> None:
    text = PROJECT + 'dependencies = ["b"]\n'
    one = read({PYPROJECT: text})
    assert read({PYPROJECT: text.replace("\n", "\r\n")}) == one
