"""What targets need comes first, asked for or not, and counts for what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.tasks.conftest import Run

pytestmark = pytest.mark.usefixtures("wheelhouse")


def manifest(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n{more}'


def task(name: str, command: str, more: str = "") -> str:
    return f"[tool.oneroof.tasks.{name}]\ncommand = '''{command}'''\n{more}\n"


def python(code: str) -> str:
    return f'python -c "{code}"'


def test_needs_come_first_and_stop_what_follows(workspace: MakeWorkspace, run_json: Run) -> None:
    def append(text: str) -> str:
        return python(f"open('../log','a').write('{text} ')")

    root = workspace(
        {
            "a/pyproject.toml": manifest(
                "a",
                'dependencies = ["z"]\n[tool.uv.sources]\nz = { path = "../z" }\n'
                + task("make", append("a"), 'needs = ["^make"]'),
            ),
            "z/pyproject.toml": manifest("z", task("make", append("z"))),
        }
    )
    told = run_json(root, "run", "make")
    assert set(told.statuses().values()) == {"passed"}
    assert (root / "log").read_text() == "z a "
    text = (root / "z/pyproject.toml").read_text()
    (root / "z/pyproject.toml").write_text(text.replace("open(", "nothing("))
    told = run_json(root, "run", "make")
    assert told.statuses() == {"a:make": "skipped", "z:make": "failed"}
    assert told.targets["a:make"]["reason"] == "needs `z:make`, which did not pass"


def test_what_a_target_needs_is_run_though_it_was_not_asked_for(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest(
                "a",
                task("first", python("open('made','w')"))
                + task("second", python("open('made')"), 'needs = ["first"]'),
            )
        }
    )
    told = run_json(root, "run", "second")
    assert told.statuses() == {"a:first": "passed", "a:second": "passed"}


def test_needs_that_go_round_in_a_circle_are_named(workspace: MakeWorkspace, run_json: Run) -> None:
    tasks = task("x", "true", 'needs = ["y"]') + task("y", "true", 'needs = ["x"]')
    told = run_json(workspace({"a/pyproject.toml": manifest("a", tasks)}), "run", "x")
    assert told.exit_code == 2
    assert told.stderr.startswith("error: `needs` go round in a circle: a:x -> a:y -> a:x\n")


def test_a_need_that_is_no_task_names_the_nearest(workspace: MakeWorkspace, run_json: Run) -> None:
    tasks = task("build", "true") + task("ship", "true", 'needs = ["biuld"]')
    told = run_json(workspace({"a/pyproject.toml": manifest("a", tasks)}), "run", "ship")
    assert told.exit_code == 2
    assert told.stderr == ("error: no project has a task `biuld`\nhint: did you mean `build`?\n")


def test_what_is_needed_elsewhere_is_run_for_a_selected_project(
    workspace: MakeWorkspace, run_json: Run
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest(
                "a",
                'dependencies = ["z"]\n[tool.uv.sources]\nz = { path = "../z" }\n'
                + task("make", "true", 'needs = ["^make"]'),
            ),
            "z/pyproject.toml": manifest("z", task("make", "true")),
            "y/pyproject.toml": manifest("y", task("make", "true")),
        }
    )
    for _ in range(2):
        told = run_json(root, "run", "make", "a")
        assert told.statuses() == {"z:make": "passed", "a:make": "passed"}
        run_json(root, "run", "make")  # From now on the plan is remembered.
