from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.locking import locked as entry
from tests.cli.locking import manifest, poetry_lock
from tests.locks.test_machines import REAL

from oneroof.changes.snapshot import open_root
from oneroof.locks.anywhere import Spread, Wanted, pins_anywhere
from oneroof.locks.closure import pins_for
from oneroof.locks.machines import Limits
from oneroof.locks.read import read_lock
from oneroof.workspace.model import MAIN, ProjectName, extra

if TYPE_CHECKING:
    from tests.conftest import MakeWorkspace
    from tests.locks.conftest import Locked

UV = """
version = 1
requires-python = ">=3.11"
[[package]]
name = "app"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "numpy", version = "1.26", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.2", source = { registry = "https://pypi.org/simple" }, marker = "python_full_version >= '3.12'" },
    { name = "six" },
]
[[package]]
name = "colorama"
version = "0.4"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "six" }, { name = "low", marker = "python_full_version < '3.13'" }]
[[package]]
name = "low"
version = "1"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "numpy"
version = "1.26"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]
[[package]]
name = "numpy"
version = "2.2"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version >= '3.12'"]
[[package]]
name = "six"
version = "1.16"
source = { registry = "https://pypi.org/simple" }
"""  # noqa: E501  as uv writes it
NEEDS = ("six", "numpy", "colorama; sys_platform == 'win32'")


def spread(make: MakeWorkspace, files: dict[str, str], limits: Limits) -> Spread:
    opened = open_root(make(files))
    (project,) = opened.workspace.projects
    assert project.lock is not None
    lock, problems = read_lock(opened.tree, project.lock)
    assert lock is not None, problems
    return pins_anywhere(Wanted(opened.graph, ProjectName("app"), (MAIN,), lock), limits)


def told(found: Spread) -> list[str]:
    return [f"{each.pin.name} {each.pin.version} {each.marker}".strip() for each in found.placed]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            Limits((">=3.11",)),
            [
                'colorama 0.4 sys_platform == "win32"',
                'low 1 sys_platform == "win32" and python_version < "3.13"',
                'numpy 1.26 python_version < "3.12"',
                'numpy 2.2 python_version >= "3.12"',
                "six 1.16",
            ],
        ),
        (
            Limits((">=3.11", "==3.12.*")),
            [
                'colorama 0.4 sys_platform == "win32"',
                'low 1 sys_platform == "win32"',
                "numpy 2.2",
                "six 1.16",
            ],
        ),
        (
            Limits((">=3.11",), "linux", "x86_64"),
            [
                'numpy 1.26 python_version < "3.12"',
                'numpy 2.2 python_version >= "3.12"',
                "six 1.16",
            ],
        ),
    ],
)
def test_each_pin_says_where_it_is_needed(
    workspace: MakeWorkspace, limits: Limits, said: list[str]
) -> None:
    files = {"pyproject.toml": manifest("app", *NEEDS), "uv.lock": UV}
    assert told(spread(workspace, files, limits)) == said


@pytest.mark.parametrize(
    "name", ["uv", "poetry-1.1", "poetry-1.8", "poetry-2", "poetry-pep621", "pdm"]
)
def test_on_every_machine_it_is_what_that_machine_gets(locked: Locked, name: str) -> None:
    data = locked(name)
    compared = 0
    for project, each in data.graph.projects.items():
        if each.lock not in data.locks:
            continue
        lock = data.locks[each.lock]
        kinds = (MAIN, *map(extra, each.metadata.extras))
        limits = Limits((lock.requires_python,))
        found = pins_anywhere(Wanted(data.graph, project, kinds, lock), limits)
        for machine in REAL:
            direct = pins_for(data.graph, project, kinds, lock, machine)
            if machine.is_python(lock.requires_python) and not direct.missing:
                here = {
                    (placed.pin.name, placed.pin.version)
                    for placed in found.placed
                    if machine.holds(placed.marker)
                }
                assert here == {(pin.name, pin.version) for pin in direct.pins}
                compared += len(here)
    assert compared > 50


def test_machines_that_a_lock_is_not_for_do_not_count(workspace: MakeWorkspace) -> None:
    lock = UV.replace('{ name = "six" },\n]', '{ name = "six", marker = "os_name == \'nt\'" },\n]')
    files = {"pyproject.toml": manifest("app", *NEEDS), "uv.lock": lock}
    found = spread(workspace, files, Limits((">=3.11", "==3.12.*")))
    assert found.problems == ()
    assert told(found) == ["colorama 0.4", "low 1", "numpy 2.2", "six 1.16"]


def test_what_a_lock_does_not_hold_is_told(workspace: MakeWorkspace) -> None:
    files = {
        "pyproject.toml": manifest("app", "six", "attrs>=2"),
        "poetry.lock": poetry_lock(entry("six", "1.16")),
    }
    found = spread(workspace, files, Limits((">=3.11",)))
    assert [str(each) for each in found.problems] == [
        "poetry.lock: `attrs>=2` of `app` is not met: it does not hold it"
    ]
    assert found.problems[0].hint == "run `oneroof lock app`"
