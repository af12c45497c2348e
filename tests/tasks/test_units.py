"""What there is to divide: which targets are taken apart, and what each part weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.changes.snapshot import open_root
from oneroof.paths import RelPath
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.durations import Durations, Taken
from oneroof.tasks.sharding import Unit
from oneroof.tasks.units import find_units

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace

MANIFEST = '[project]\nname = "{}"\nversion = "1"\n'
KIB = b"#" * 1023 + b"\n"
A, B = RelPath("a/test_a.py"), RelPath("a/test_b.py")


@pytest.fixture
def root(workspace: MakeWorkspace) -> Path:
    return workspace(
        {
            "a/pyproject.toml": MANIFEST.format("a"),
            "a/test_a.py": KIB,
            "a/test_b.py": KIB * 3,
        }
    )


def units(root: Path, durations: Durations | None = None, task: str = "test") -> list[Unit]:
    opened = open_root(root, fresh=True)
    targets = Catalogue(opened.graph, opened.tree).targets(opened.workspace.projects, (task,))
    return find_units(opened.tree, targets, durations or Durations())


def test_without_durations_files_weigh_by_their_size(root: Path) -> None:
    assert units(root) == [Unit("a:test", 1000, ((A, 50), (B, 150)))]


def test_ends_of_lines_do_not_weigh(root: Path) -> None:
    (root / A).write_bytes(KIB[:-1] + b"\r\n")
    assert units(root) == [Unit("a:test", 1000, ((A, 50), (B, 150)))]


def test_an_unknown_file_is_as_fast_for_its_size_as_the_known_ones(root: Path) -> None:
    known = Durations(targets={"a:test": Taken(0.5, {A: 2.0})})
    assert units(root, known) == [Unit("a:test", 500, ((A, 2000), (B, 6000)))]


def test_durations_of_files_that_are_not_there_say_nothing(root: Path) -> None:
    known = Durations(targets={"a:test": Taken(None, {RelPath("a/gone.py"): 2.0})})
    assert units(root, known) == units(root)


@pytest.mark.parametrize(
    "more",
    [
        '[tool.pytest.ini_options]\naddopts = "--cov=a --cov-fail-under=80"\n',
        "[tool.coverage.report]\nfail_under = 80\n",
        '[tool.pytest.ini_options]\naddopts = "--doctest-modules"\n',
        '[tool.oneroof.tasks.test]\noutputs = ["coverage.xml"]\n',
        '[tool.oneroof.tasks.test]\ncommand = "make test"\n',
    ],
)
def test_what_speaks_of_all_files_together_is_not_taken_apart(root: Path, more: str) -> None:
    (root / "a/pyproject.toml").write_text(MANIFEST.format("a") + more)
    (found,) = units(root)
    assert found.files == ()
    known = Durations(targets={"a:test": Taken(7.0)})
    assert units(root, known) == [Unit("a:test", 7000)]


def test_other_tasks_are_not_taken_apart(root: Path) -> None:
    (root / "a/ruff.toml").write_text("")
    known = Durations(targets={"a:lint": Taken(0.2)})
    assert units(root, known, "lint") == [Unit("a:lint", 200)]
