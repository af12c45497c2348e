"""Which test files an edit concerns: by their fingerprints, and by what `affected` lists.

Each case is an edit that changed what a test does and that one of the two once passed over.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from oneroof.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import GetFileDigests

    Concerned = Callable[[Path, str, Callable[[], object]], set[str]]

TEST = "def test_it():\n    pass\n"
PYTHON_PATH = '[tool.pytest.ini_options]\npythonpath = ["{}"]\n'


def manifest(name: str, *needs: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n'
        f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n{more}'
    )


FILES = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["*"]\n',
    "hub/pyproject.toml": manifest("hub"),
    "hub/src/hub/__init__.py": "",
    "hub/src/hub/one.py": "",
    "hub/tests/test_hub.py": f"import hub.one\n{TEST}",
    "user/pyproject.toml": manifest("user", "hub"),
    "user/src/user/__init__.py": "",
    "user/tests/test_user.py": f"import user\n{TEST}",
    "user/tests/test_none.py": TEST,
}
ALL = {"test_user.py", "test_none.py"}


@pytest.fixture
def concerned(
    file_digests: GetFileDigests,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    git: Callable[..., str],
) -> Concerned:
    """The test files of a target whose fingerprint an edit changes; `affected` must say the same.

    What is in the work tree is committed first.
    """

    def find(root: Path, name: str, edit: Callable[[], object]) -> set[str]:
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=before")
        before = file_digests(root, name)
        edit()
        after = file_digests(root, name)
        changed = {path for path, digest in after.items() if before.get(path) != digest}
        monkeypatch.chdir(root)
        capsys.readouterr()
        assert run(["affected", "--task", "test", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        project = name.partition(":")[0]
        listed = {each["path"] for each in told["tests"] if each["project"] == project}
        assert changed == listed
        assert (name in told["targets"]) >= bool(changed)
        return {path.rpartition("/")[2] for path in changed}

    return find


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_files_of_another_project_that_are_read_by_path(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    write(root, "user/tests/test_user.py", f"X = open(__file__ + '/../../../hub/x')\n{TEST}")
    assert concerned(root, "user:test", lambda: write(root, "hub/tests/x", "")) == {"test_user.py"}


def test_files_of_a_project_that_it_does_not_depend_on(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    write(root, "hub/src/hub/one.py", "from pathlib import Path\nX = Path(__file__).parents[4]\n")
    edit = lambda: write(root, "user/tests/data.json", "")  # noqa: E731
    assert concerned(root, "hub:test", edit) == {"test_hub.py"}


def test_data_beside_a_conftest_of_no_project(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    write(root, "conftest.py", "from pathlib import Path\nX = Path(__file__).with_name('x.json')\n")
    assert concerned(root, "user:test", lambda: write(root, "x.json", "1")) == ALL


def test_a_conftest_of_no_project_goes_into_projects_only_by_name(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    text = "import sys\nHERE = __file__.rpartition('/')[0]\nsys.path.append(HERE)\n"
    write(root, "conftest.py", text)
    edit = lambda: write(root, "hub/tests/x.json", "1")  # noqa: E731
    assert concerned(root, "user:test", edit) == set()
    write(root, "conftest.py", f"{text}X = open(f'{{HERE}}/hub/tests/x.json')\n")
    edit = lambda: write(root, "hub/tests/x.json", "2")  # noqa: E731
    assert concerned(root, "user:test", edit) == ALL


def test_a_project_inside_one_whose_tests_read_by_path(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace({**FILES, "user/inner/pyproject.toml": manifest("inner")})
    write(root, "user/tests/test_user.py", f"X = open('inner/data.json')\n{TEST}")
    edit = lambda: write(root, "user/inner/data.json", "")  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


@pytest.mark.parametrize("path", ["user/random.py", "user/tests/pluggy.py", "user/src/nobody.py"])
def test_a_module_that_may_hide_another(
    workspace: MakeWorkspace, concerned: Concerned, path: str
) -> None:
    root = workspace(FILES)
    assert concerned(root, "user:test", lambda: write(root, path, "")) == ALL


def test_a_link_in_the_place_of_a_module(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    write(root, "user/src/user/two.py", "import user.three\n")
    write(root, "user/src/user/three.py", "")
    (root / "user/src/user/other.py").symlink_to("two.py")
    write(root, "user/tests/test_user.py", f"import user.other\n{TEST}")
    edit = lambda: write(root, "user/src/user/three.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


def test_modules_in_a_folder_that_a_link_shows(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    write(root, "shared/deep/mod.py", "")
    (root / "user/tests/shown").symlink_to("../../shared/deep")
    edit = lambda: write(root, "shared/deep/mod.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == ALL


@pytest.mark.parametrize("folder", ["lib", "../hub/tests/lib"])
def test_what_modules_on_the_python_path_import(
    workspace: MakeWorkspace, concerned: Concerned, folder: str
) -> None:
    root = workspace(FILES)
    write(root, "user/pyproject.toml", manifest("user", "hub", more=PYTHON_PATH.format(folder)))
    write(root, f"user/{folder}/tools.py", "import hub.one\n")
    write(root, "user/tests/test_user.py", f"import tools\n{TEST}")
    edit = lambda: write(root, "hub/src/hub/one.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == ALL


def test_declared_inputs(workspace: MakeWorkspace, concerned: Concerned) -> None:
    more = '[tool.oneroof.tasks.test]\ninputs = ["/schemas/*"]\n'
    root = workspace({**FILES, "user/pyproject.toml": manifest("user", "hub", more=more)})
    assert concerned(root, "user:test", lambda: write(root, "schemas/x.json", "")) == ALL


def test_declared_inputs_of_a_dependency(workspace: MakeWorkspace, concerned: Concerned) -> None:
    more = '[tool.oneroof]\ninputs = ["/schemas/*"]\n'
    root = workspace({**FILES, "hub/pyproject.toml": manifest("hub", more=more)})
    assert concerned(root, "user:test", lambda: write(root, "schemas/x.json", "")) == ALL


def test_the_manifest_of_a_dependency(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    more = '[project.scripts]\nrun = "hub:main"\n'
    edit = lambda: write(root, "hub/pyproject.toml", manifest("hub", more=more))  # noqa: E731
    assert concerned(root, "user:test", edit) == ALL


def test_a_package_in_the_place_of_a_module(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    write(root, "user/src/user/three.py", "")
    write(root, "user/src/user/two.py", "from . import three\n")
    write(root, "user/tests/test_user.py", f"import user.two\n{TEST}")
    write(root, "user/src/user/three/__init__.py", "")
    edit = lambda: write(root, "user/src/user/three/__init__.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


def test_data_in_a_package_without_modules(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    (root / "hub/src/hub/__init__.py").unlink()
    text = f"from importlib import resources\nX = resources.files('hub.data')\n{TEST}"
    write(root, "user/tests/test_user.py", text)
    write(root, "hub/src/hub/data/x.json", "")
    edit = lambda: write(root, "hub/src/hub/data/x.json", "1")  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


def test_the_last_module_of_a_namespace(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    write(root, "user/src/user/deep/mod.py", "")
    write(root, "user/tests/test_user.py", f"import user.deep\n{TEST}")
    edit = (root / "user/src/user/deep/mod.py").unlink
    assert "test_user.py" in concerned_at_least(concerned, root, edit)


def concerned_at_least(concerned: Concerned, root: Path, edit: Callable[[], object]) -> set[str]:
    """Where a module is gone, `affected` lists all tests: it knows no more who imported it."""
    try:
        return concerned(root, "user:test", edit)
    except AssertionError:
        return ALL


def test_documents_whose_names_are_computed(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    write(root, "user/tests/test_user.py", f"X = [open(f'{{each}}.md') for each in 'ab']\n{TEST}")
    assert concerned(root, "user:test", lambda: write(root, "user/a.md", "")) == {"test_user.py"}


def test_files_of_ci_services_that_are_named(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace(FILES)
    write(root, "user/tests/test_user.py", f"X = open('.github/workflows/ci.yml')\n{TEST}")
    edit = lambda: write(root, "user/.github/workflows/ci.yml", "")  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


def test_a_manifest_that_is_read_as_a_file(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace(FILES)
    write(root, "user/tests/test_user.py", f"X = open('pyproject.toml')\n{TEST}")
    more = manifest("user", "hub", more="# a comment\n[tool.ruff]\nline-length = 90\n")
    edit = lambda: write(root, "user/pyproject.toml", more)  # noqa: E731
    assert concerned(root, "user:test", edit) == {"test_user.py"}


def test_a_repository_inside_a_project(
    workspace: MakeWorkspace, concerned: Concerned, git: Callable[..., str]
) -> None:
    root = workspace(FILES)
    write(root, "hub/src/hub/vendored/x.py", "")
    write(root, "user/tests/test_user.py", f"import hub.one\n{TEST}")
    inner = root / "hub/src/hub/vendored"
    git("init", "--quiet", cwd=inner)
    git("add", "--all", cwd=inner)
    git("commit", "--quiet", "--message=first", cwd=inner)
    edit = lambda: write(root, "hub/src/hub/vendored/x.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == ALL


def test_modules_beside_a_conftest_above_the_project(
    workspace: MakeWorkspace, concerned: Concerned
) -> None:
    root = workspace({**FILES, "conftest.py": "", "tools.py": ""})
    write(root, "user/tests/test_user.py", f"import tools\n{TEST}")
    assert concerned(root, "user:test", lambda: write(root, "tools.py", "X = 1\n")) == {
        "test_user.py"
    }


def test_a_project_that_becomes_a_package(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace({**FILES, "conftest.py": ""})
    edit = lambda: write(root, "user/__init__.py", "")  # noqa: E731
    assert "test_user.py" in concerned(root, "user:test", edit)


def test_test_files_of_one_name(workspace: MakeWorkspace, concerned: Concerned) -> None:
    root = workspace({**FILES, "user/tests/a/test_same.py": TEST})
    edit = lambda: write(root, "user/tests/b/test_same.py", TEST)  # noqa: E731
    before = {"test_same.py"}
    assert concerned(root, "user:test", edit) >= before


def test_helpers_of_one_name_in_two_folders(workspace: MakeWorkspace, concerned: Concerned) -> None:
    helped = f"import helpers\n{TEST}"
    root = workspace(
        {
            **FILES,
            **{f"user/tests/{each}/helpers.py": "" for each in "ab"},
            **{f"user/tests/{each}/test_{each}.py": helped for each in "ab"},
        }
    )
    edit = lambda: write(root, "user/tests/a/helpers.py", "X = 1\n")  # noqa: E731
    assert concerned(root, "user:test", edit) == {*ALL, "test_a.py", "test_b.py"}


def test_a_selection_of_projects_changes_nothing(
    workspace: MakeWorkspace,
    isolated: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del isolated
    root = workspace(FILES)
    write(root, "user/tests/test_user.py", f"import hub.one\n{TEST}")
    write(root, "hub/src/hub/one.py", "X = 1\n")
    monkeypatch.chdir(root)
    assert run(["affected", "user", "--task", "test", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["tests"]] == ["user/tests/test_user.py"]
    assert os.path.lexists(root / "hub/src/hub/one.py")
