"""Shared files and manifests: whom a change of what they say concerns."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from tests.changes.conftest import CHAIN, ask, manifest, names, reasons
from tests.conftest import Git, MakeWorkspace, write_files

from oneroof.changes.affected import Affected, for_task

ALL = ["other", "top", "base", "mid"]
ROOT = (
    '[project]\nname = "root"\nversion = "1"\ndescription = "one"\n'
    "[dependency-groups]\ndev = ['pytest', 'ruff==1']\n"
    "[tool.ruff]\nline-length = 80\n[tool.pytest.ini_options]\naddopts = '-q'\n"
)


def change(root: Path, files: Mapping[str, str | None]) -> Affected:
    """What follows when files are written, or deleted where there is no text."""
    write_files(root, {path: text for path, text in files.items() if text is not None})
    for path, text in files.items():
        if text is None:
            (root / path).unlink()
    return ask(root)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("libs/base/base/__init__.py", ["top", "base", "mid"]),
        ("libs/base/base/README.md", ["top", "base", "mid"]),
        ("libs/base/data.json", ["top", "base", "mid"]),
        ("libs/base/tests/test_base.py", ["base"]),
        ("libs/base/tests/data.md", ["base"]),
        ("libs/base/conftest.py", ["base"]),
        ("libs/base/README.md", []),
        ("libs/base/CHANGELOG.rst", []),
        ("libs/base/LICENSE", []),
        ("libs/base/docs/index.md", []),
        ("libs/base/.gitignore", []),
        ("libs/base/.github/workflows/ci.yml", []),
        ("README.md", []),
        ("docs/guide.md", []),
        (".github/workflows/ci.yml", []),
        (".gitlab-ci.yml", []),
        ("conftest.py", ALL),
        ("libs/conftest.py", ["base", "mid"]),
    ],
)
def test_who_is_touched_by_a_file(chain: Path, path: str, expected: list[str]) -> None:
    assert names(change(chain, {path: "changed\n"})) == expected


def test_files_that_belong_to_nobody_are_said_to(chain: Path) -> None:
    found = change(chain, {"notes.txt": "", ".github/workflows/ci.yml": ""})
    assert (found.projects, found.unowned) == ((), (".github/workflows/ci.yml", "notes.txt"))


@pytest.mark.parametrize(
    ("old", "new", "tasks"),
    [
        ("line-length = 80", "line-length = 100", {"lint", "fmt"}),
        ("addopts = '-q'", "addopts = '-v'", {"test"}),
        ('"one"', '"two"', set()),
        ("'pytest'", "'pytest>8'", {"test"}),
        ("'ruff==1'", "'ruff==2'", {"test", "lint", "fmt"}),
    ],
)
def test_the_roots_pyproject_is_judged_by_key(
    workspace: MakeWorkspace, old: str, new: str, tasks: set[str]
) -> None:
    root = workspace({"pyproject.toml": ROOT, **CHAIN})
    found = change(root, {"pyproject.toml": ROOT.replace(old, new)})
    concerned = {
        task
        for task in ("test", "lint", "fmt", "types")
        if {"top", "base", "other", "mid"} & set(names(for_task(found, task)))
    }
    assert concerned == tasks


def test_a_setting_of_the_root_does_not_concern_who_has_its_own(workspace: MakeWorkspace) -> None:
    own = manifest("own", more="[tool.ruff]\nline-length = 90\n")
    ruff = "[tool.ruff]\nline-length = {}\n"
    root = workspace({"pyproject.toml": ruff.format(80), "own/pyproject.toml": own, **CHAIN})
    found = change(root, {"pyproject.toml": ruff.format(100)})
    assert names(found) == ALL
    assert reasons(found, "top") == [("configuration", "settings of ruff")]


@pytest.mark.parametrize(
    ("path", "old", "new", "task"),
    [
        ("pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -v\n", "test"),
        ("ruff.toml", "line-length = 80\n", "line-length = 90\n", "lint"),
        ("mypy.ini", "[mypy]\n", "[mypy]\nstrict = true\n", "types"),
        ("setup.cfg", "[flake8]\nx = 1\n", "[flake8]\nx = 2\n", "lint"),
        ("tox.ini", "[pytest]\nx = 1\n", "[pytest]\nx = 2\n", "test"),
    ],
)
@pytest.mark.parametrize("how", ["added", "modified", "deleted"])
def test_a_configuration_file_concerns_its_own_tasks_of_all_below(
    workspace: MakeWorkspace, *, path: str, old: str, new: str, task: str, how: str
) -> None:
    root = workspace(CHAIN if how == "added" else {path: old, **CHAIN})
    found = change(root, {path: None if how == "deleted" else new})
    assert names(found) == names(for_task(found, task)) == ALL
    unrelated = {"test": "types", "lint": "test", "types": "test"}[task]
    assert names(for_task(found, unrelated)) == []


def test_a_configuration_file_with_other_line_ends_says_the_same(workspace: MakeWorkspace) -> None:
    root = workspace({"ruff.toml": "line-length = 80\n", **CHAIN})
    (root / "ruff.toml").write_bytes(b"line-length = 80\r\n")
    assert names(ask(root)) == []


def test_other_sections_of_tox_ini_concern_nobody(workspace: MakeWorkspace) -> None:
    root = workspace({"tox.ini": "[tox]\nenvlist = a\n", **CHAIN})
    assert names(change(root, {"tox.ini": "[tox]\nenvlist = b\n"})) == []


def test_the_python_version_of_the_root_counts_for_all_without_their_own(
    workspace: MakeWorkspace,
) -> None:
    files = {".python-version": "3.11\n", "libs/.python-version": "3.11\n", **CHAIN}
    found = change(workspace(files), {".python-version": "3.12\n"})
    assert names(found) == ["other", "top"]
    assert reasons(found, "top") == [("python", "3.11 -> 3.12")]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (manifest("base", "six"), ["top", "base", "mid"], "`project.dependencies` changed"),
        (manifest("base") + 'requires-python = ">=3.11"\n', ["top", "base", "mid"], None),
        (manifest("base") + 'description = "x"\n', [], None),
        (manifest("base", more="[dependency-groups]\ndev = []\n"), ["base"], None),
        (manifest("base", more="[tool.oneroof]\ntags = ['x']\n"), ["base"], None),
        (manifest("base", more="[tool.mypy]\nstrict = true\n"), ["base"], "settings of mypy"),
        (manifest("base", more="[tool.unknown]\nx = 1\n"), ["top", "base", "mid"], None),
        ("[project\n", ["top", "base", "mid"], None),
    ],
)
def test_a_projects_own_manifest_is_judged_by_key(
    chain: Path, text: str, expected: list[str], why: str | None
) -> None:
    found = change(chain, {"libs/base/pyproject.toml": text})
    if text == "[project\n":
        assert {"top", "mid"} <= set(names(found))
        return
    assert names(found) == expected
    if why:
        assert why in [detail for _, detail in reasons(found, "base")]


class TestProjectsComeAndGo:
    @pytest.mark.parametrize(
        "file",
        [
            {"libs/gone/pyproject.toml": manifest("gone")},
            {"libs/gone/pyproject.toml": '[tool.poetry]\nname = "gone"\nversion = "1"\n'},
            {"libs/gone/setup.cfg": "[metadata]\nname = gone\n"},
            {"libs/gone/setup.py": 'from setuptools import setup\nsetup(name="gone")\n'},
        ],
    )
    def test_a_deleted_project_affects_those_that_declared_it(
        self, workspace: MakeWorkspace, file: dict[str, str]
    ) -> None:
        user = manifest("user", "gone")
        root = workspace({**file, "user/pyproject.toml": user, **CHAIN})
        found = change(root, dict.fromkeys(file))
        assert names(found) == ["user"]
        assert reasons(found, "user") == [("manifest", "its dependency gone was deleted")]

    def test_a_project_deleted_from_below_another_affects_both(
        self, workspace: MakeWorkspace
    ) -> None:
        root = workspace(
            {
                "pyproject.toml": manifest("root"),
                "libs/gone/pyproject.toml": manifest("gone"),
                "libs/gone/x.py": "",
                "user/pyproject.toml": manifest("user", "gone"),
            }
        )
        found = change(root, {"libs/gone/pyproject.toml": None, "libs/gone/x.py": None})
        assert names(found) == ["root", "user"]

    def test_a_renamed_project_affects_itself_and_those_that_use_the_old_name(
        self, chain: Path
    ) -> None:
        found = change(chain, {"libs/base/pyproject.toml": manifest("bass")})
        assert names(found) == ["top", "bass", "mid"]
        assert ("manifest", "its dependency base was renamed to bass") in reasons(found, "mid")

    def test_a_folder_deleted_that_is_a_path_dependency_affects_its_user(
        self, workspace: MakeWorkspace
    ) -> None:
        script = "from setuptools import setup\nimport os\nsetup(name=os.environ['X'])\n"
        source = '[tool.uv.sources]\nodd = { path = "../odd" }\n'
        root = workspace(
            {
                "odd/setup.py": script,
                "user/pyproject.toml": manifest("user", "odd", more=source),
            }
        )
        found = change(root, {"odd/setup.py": None})
        assert reasons(found, "user") == [("manifest", "its dependency in `odd` was deleted")]

    def test_a_moved_project_affects_those_that_depend_on_it(self, chain: Path, git: Git) -> None:
        git("mv", "libs/base", "libs/moved")
        assert names(ask(chain)) == ["top", "mid", "base"]

    def test_a_new_project_affects_itself_and_those_that_wait_for_it(self, chain: Path) -> None:
        write_files(chain, {"apps/waits/pyproject.toml": manifest("waits", "new")})
        found = change(chain, {"libs/new/pyproject.toml": manifest("new")})
        assert names(found) == ["waits", "new"]
        assert reasons(found, "new") == [("manifest", "added")]


class TestSettings:
    def test_a_declared_input_affects_the_project_wherever_it_lies(
        self, workspace: MakeWorkspace
    ) -> None:
        more = '[tool.oneroof]\ninputs = ["/schemas/**", "../shared/*.sh"]\n'
        root = workspace(
            {"apps/fn/pyproject.toml": manifest("fn", more=more), "schemas/x/y.json": "", **CHAIN}
        )
        found = change(root, {"schemas/x/y.json": "{}", "apps/shared/run.sh": "x"})
        assert names(found) == ["fn"]
        assert reasons(found, "fn") == [
            ("file", "added; one of its `inputs`"),
            ("file", "modified; one of its `inputs`"),
        ]
        assert found.unowned == ()

    def test_the_input_of_a_task_concerns_that_task_alone(self, workspace: MakeWorkspace) -> None:
        more = '[tool.oneroof.tasks.test]\ninputs = ["/data/*"]\n'
        root = workspace({"fn/pyproject.toml": manifest("fn", more=more), **CHAIN})
        found = change(root, {"data/x": ""})
        assert (names(for_task(found, "test")), names(for_task(found, "lint"))) == (["fn"], [])

    def test_a_file_that_everything_depends_on_affects_all(self, workspace: MakeWorkspace) -> None:
        root = workspace(
            {"pyproject.toml": '[tool.oneroof]\neverything = ["compose.y*ml"]\n', **CHAIN}
        )
        found = change(root, {"compose.yaml": ""})
        assert names(found) == ALL
        assert reasons(found, "other") == [("everything", "added; matches `compose.y*ml`")]

    def test_requirements_of_the_root_concern_the_tests_of_who_shares_them(
        self, workspace: MakeWorkspace
    ) -> None:
        own = manifest("own", more='[dependency-groups]\ndev = ["pytest"]\n')
        root = workspace({"requirements-dev.txt": "pytest\n", "noxfile.py": "",
                          "own/pyproject.toml": own, **CHAIN})  # fmt: skip
        found = change(root, {"requirements-dev.txt": "pytest>=8\n"})
        assert names(found) == names(for_task(found, "test")) == ALL


def test_code_owned_outside_the_folder_affects_its_owner(workspace: MakeWorkspace) -> None:
    api = (
        '[tool.poetry]\nname = "api"\nversion = "1"\n'
        'packages = [{ include = "acme/core", from = "../../components" }]\n'
    )
    root = workspace(
        {
            "projects/api/pyproject.toml": api,
            "projects/web/pyproject.toml": api.replace('"api"', '"web"'),
            "components/acme/core/__init__.py": "",
            "components/acme/other/__init__.py": "",
        }
    )
    found = change(root, {"components/acme/core/__init__.py": "x = 1\n"})
    assert names(found) == ["api", "web"]
    found = change(root, {"components/acme/core/__init__.py": "", "components/acme/other/x.py": ""})
    assert (names(found), found.unowned) == ([], ("components/acme/other/x.py",))


class TestSeedRows:
    """The dependency shape of the systems that the project set out from."""

    FILES: ClassVar = {
        "libs/telemetry/pyproject.toml": manifest("telemetry"),
        "libs/telemetry/telemetry/__init__.py": "",
        "libs/mq/pyproject.toml": manifest("mq"),
        "libs/mq/mq/__init__.py": "",
        "libs/ml/pyproject.toml": manifest("ml", "telemetry"),
        "services/common-ml/pyproject.toml": manifest("common-ml", "ml"),
        "services/fastapi-ml/pyproject.toml": manifest("fastapi-ml", "ml", "mq", "telemetry"),
    }

    def test_a_library_reaches_its_transitive_dependents_and_no_others(
        self, workspace: MakeWorkspace, git: Git
    ) -> None:
        root = workspace(self.FILES)
        git("switch", "--quiet", "--create", "one")
        write_files(root, {"libs/telemetry/telemetry/__init__.py": "x = 1\n"})
        git("commit", "--quiet", "--all", "--message=telemetry")
        assert sorted(names(ask(root, "main"))) == ["common-ml", "fastapi-ml", "ml", "telemetry"]
        git("switch", "--quiet", "--create", "two", "main")
        write_files(root, {"libs/mq/mq/__init__.py": "x = 1\n"})
        git("commit", "--quiet", "--all", "--message=mq")
        assert sorted(names(ask(root, "main"))) == ["fastapi-ml", "mq"]
