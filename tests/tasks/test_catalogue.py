"""Which targets projects have: the tasks of each dialect, and what each task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import GetTarget

PYTEST = "def test_it():\n    assert True\n"
UNITTEST = "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        pass\n"

DIALECTS = {
    "uv": (
        '[project]\nname = "p"\nversion = "1"\n'
        '[dependency-groups]\ndev = ["pytest", "ruff", "mypy"]\n'
    ),
    "poetry": (
        '[tool.poetry]\nname = "p"\nversion = "1"\n[tool.poetry.group.dev.dependencies]\n'
        'pytest = "*"\nruff = "*"\nmypy = "*"\n'
    ),
    "poetry 1.1": (
        '[tool.poetry]\nname = "p"\nversion = "1"\n[tool.poetry.dev-dependencies]\n'
        'pytest = "*"\nruff = "*"\nmypy = "*"\n'
    ),
    "pdm": (
        '[project]\nname = "p"\nversion = "1"\n[tool.pdm.dev-dependencies]\n'
        'dev = ["pytest", "ruff", "mypy"]\n'
    ),
    "extras": (
        '[project]\nname = "p"\nversion = "1"\n'
        '[project.optional-dependencies]\ndev = ["pytest", "ruff", "mypy"]\n'
    ),
    "configured only": (
        '[project]\nname = "p"\nversion = "1"\n'
        "[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n"
    ),
}


def _words(found: object) -> tuple[str, ...]:
    commands = getattr(found, "commands", ())
    return tuple(word for each in commands for word in (*each.arguments, *each.paths))


@pytest.mark.parametrize("manifest", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("task", ["test", "lint", "fmt", "types"])
def test_tasks_are_found_in_every_dialect(
    workspace: MakeWorkspace, target: GetTarget, manifest: str, task: str
) -> None:
    root = workspace({"p/pyproject.toml": manifest, "p/tests/test_it.py": PYTEST, "p/p.py": ""})
    found = target(root, f"p:{task}")
    tools = {"test": "pytest", "lint": "ruff", "fmt": "ruff", "types": "mypy"}
    assert found is not None
    assert [command.tool for command in found.commands] == [tools[task]]


def test_setup_py_alone_is_enough_for_tests(workspace: MakeWorkspace, target: GetTarget) -> None:
    root = workspace(
        {
            "p/setup.py": "from setuptools import setup\nsetup(name='p', py_modules=['p'])\n",
            "p/p.py": "",
            "p/test_p.py": PYTEST,
        }
    )
    assert target(root, "p:test") is not None
    assert target(root, "p:lint") is None


def test_a_project_without_tests_has_no_test_task(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace({"p/pyproject.toml": DIALECTS["uv"], "p/p.py": ""})
    assert target(root, "p:test") is None


def test_black_isort_and_flake8_are_run_where_they_are_used(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    manifest = (
        '[project]\nname = "p"\nversion = "1"\n'
        '[dependency-groups]\nlint = ["black", "isort", "flake8"]\n'
    )
    root = workspace({"p/pyproject.toml": manifest, "p/p.py": ""})
    fmt, lint = target(root, "p:fmt"), target(root, "p:lint")
    assert fmt is not None
    assert lint is not None
    assert [command.tool for command in fmt.commands] == ["isort", "black"]
    assert [command.tool for command in lint.commands] == ["flake8"]


def test_mypy_tells_modules_of_a_namespace_apart_and_installs_nothing(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    manifest = (
        '[project]\nname = "p"\nversion = "1"\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["src/ns"]\n'
        "[tool.mypy]\ninstall_types = true\nnon_interactive = true\n"
    )
    files = {"p/src/ns/one/x/__init__.py": "", "p/src/ns/two/x/__init__.py": ""}
    root = workspace({"p/pyproject.toml": manifest, **files})
    given = _words(target(root, "p:types"))
    assert {"--explicit-package-bases", "--no-install-types", "--interactive"} <= {*given}


def test_tools_of_the_root_concern_every_project(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace(
        {
            "pyproject.toml": '[project]\nname = "root"\nversion = "1"\n'
            '[dependency-groups]\nlint = ["ruff"]\n[tool.ruff]\nline-length = 80\n',
            "libs/p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "libs/p/p.py": "",
        }
    )
    found = target(root, "p:lint")
    assert found is not None
    assert found.commands[0].environment.project == "root"
    assert found.commands[0].working_directory == "libs/p"


def test_projects_inside_a_project_are_left_out(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    manifest = '[project]\nname = "{}"\nversion = "1"\n[tool.ruff]\n'
    root = workspace(
        {
            "p/pyproject.toml": manifest.format("p"),
            "p/tests/test_it.py": PYTEST,
            "p/plugins/q/pyproject.toml": manifest.format("q"),
            "p/plugins/q/tests/test_it.py": PYTEST,
        }
    )
    test, lint = target(root, "p:test"), target(root, "p:lint")
    assert "--ignore=plugins/q" in _words(test)
    assert _words(lint)[2:] == ("--exclude", "plugins/q", ".")


def test_tests_of_a_project_inside_are_not_those_of_the_outer(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace(
        {
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "p/q/pyproject.toml": '[project]\nname = "q"\nversion = "1"\n',
            "p/q/test_it.py": PYTEST,
        }
    )
    assert target(root, "p:test") is None
    assert target(root, "q:test") is not None


@pytest.mark.parametrize(
    ("testpaths", "expected"),
    [
        ('["tests"]', ("tests",)),
        ('["tests", "more/deep"]', ("tests", "more/deep")),
        ('["nowhere"]', (".",)),
        ('["t*"]', ("tests",)),
        ('["../elsewhere"]', (".",)),
    ],
)
def test_testpaths_are_honoured(
    workspace: MakeWorkspace, target: GetTarget, testpaths: str, expected: tuple[str, ...]
) -> None:
    root = workspace(
        {
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n'
            f"[tool.pytest.ini_options]\ntestpaths = {testpaths}\n",
            "p/tests/test_it.py": PYTEST,
            "p/more/deep/test_it.py": PYTEST,
        }
    )
    words = _words(target(root, "p:test"))
    assert words[words.index("junit_family=xunit1") + 1 :] == expected


def test_testpaths_of_the_root_are_not_those_of_a_project_below(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace(
        {
            "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["libs/p/tests"]\n',
            "libs/p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "libs/p/tests/test_it.py": PYTEST,
        }
    )
    assert _words(target(root, "p:test"))[-1] == "."


@pytest.mark.parametrize(
    ("configuration", "place"),
    [
        ("[tool.pytest.ini_options]\npython_files = ['check_*.py']\n", "p/pyproject.toml"),
        ("[pytest]\npython_files = check_*.py\n", "p/pytest.ini"),
        ("[tool:pytest]\npython_files = check_*.py\n", "p/setup.cfg"),
    ],
)
def test_python_files_decide_what_is_a_test(
    workspace: MakeWorkspace, target: GetTarget, configuration: str, place: str
) -> None:
    manifest = '[project]\nname = "p"\nversion = "1"\n'
    files = {"p/pyproject.toml": manifest, "p/check_it.py": PYTEST}
    root = workspace(files)
    assert target(root, "p:test") is None
    (root / place).write_text(files.get(place, "") + configuration)
    assert target(root, "p:test") is not None


def test_unittest_is_run_where_nothing_speaks_of_pytest(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace(
        {
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "p/tests/__init__.py": "",
            "p/tests/test_it.py": UNITTEST,
        }
    )
    found = target(root, "p:test")
    assert found is not None
    assert [command.runner for command in found.commands] == ["unittest"]


@pytest.mark.parametrize(
    ("path", "runner"),
    [
        ("p/tests/test_it.py", "unittest"),
        ("p/tests/deep/test_it.py", "pytest"),
        ("p/src/test_it.py", "pytest"),
        ("p/tests/it_test.py", "pytest"),
    ],
)
def test_what_unittest_would_not_discover_is_run_by_pytest(
    workspace: MakeWorkspace, target: GetTarget, path: str, runner: str
) -> None:
    root = workspace({"p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n', path: UNITTEST})
    found = target(root, "p:test")
    assert found is not None
    assert [command.runner for command in found.commands] == [runner]


@pytest.mark.parametrize(
    "more",
    [
        {"p/tests/test_more.py": PYTEST},
        {"p/pytest.ini": "[pytest]\n"},
        {"p/requirements-dev.txt": "pytest\n"},
        {"pyproject.toml": '[dependency-groups]\ntest = ["pytest"]\n'},
    ],
)
def test_one_word_of_pytest_decides_for_pytest(
    workspace: MakeWorkspace, target: GetTarget, more: dict[str, str]
) -> None:
    root = workspace(
        {
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\n',
            "p/tests/test_it.py": UNITTEST,
            **more,
        }
    )
    found = target(root, "p:test")
    assert found is not None
    assert [command.runner for command in found.commands] == ["pytest"]


def test_a_task_of_ones_own(workspace: MakeWorkspace, target: GetTarget) -> None:
    root = workspace(
        {
            "q/pyproject.toml": '[project]\nname = "q"\nversion = "1"\n'
            '[tool.oneroof.tasks.make]\ncommand = "true"\n',
            "p/pyproject.toml": '[project]\nname = "p"\nversion = "1"\ndependencies = ["q"]\n'
            '[tool.uv.sources]\nq = { path = "../q" }\n'
            "[tool.oneroof.tasks.make]\ncommand = \"python make.py --name 'a b'\"\n"
            'needs = ["lint", "^make"]\nenv = ["MODE"]\ninputs = ["/shared/*.sql"]\n'
            "timeout = 3.5\ncache = false\n",
        }
    )
    found = target(root, "p:make")
    assert found is not None
    assert found.commands[0].arguments == ("python", "make.py", "--name", "a b")
    assert found.needs == ("p:lint", "q:make")
    assert (found.env, found.inputs) == (("MODE",), ("/shared/*.sql",))
    assert (found.timeout_seconds, found.cache) == (3.5, False)


def test_formatting_is_never_taken_from_the_cache(
    workspace: MakeWorkspace, target: GetTarget
) -> None:
    root = workspace({"p/pyproject.toml": DIALECTS["uv"], "p/p.py": ""})
    found = target(root, "p:fmt")
    assert found is not None
    assert not found.cache
