"""Planning and running the targets of real small workspaces, without network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from tests.wheelhouse import Wheelhouse

from oneroof.changes.snapshot import open_root
from oneroof.cli.main import run
from oneroof.environments.pinning import WorkspacePins
from oneroof.environments.provide import Provider
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.plan import TargetPlanner
from oneroof.tasks.testfiles import TestFiles
from oneroof.workspace.model import ProjectName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from oneroof.actions.action import Action
    from oneroof.tasks.model import Planned, Target

    GetTarget = Callable[[Path, str], Target | None]
    GetAction = Callable[[Path, str], Action]
    GetFileDigests = Callable[[Path, str], dict[str, str]]


class Told(NamedTuple):
    """How a run ended: its exit code, its targets by name, and what it said."""

    exit_code: int
    targets: Mapping[str, Mapping[str, object]]
    stderr: str

    def statuses(self) -> dict[str, object]:
        return {name: each["status"] for name, each in self.targets.items()}

    def sources(self) -> dict[str, object]:
        return {name: each["source"] for name, each in self.targets.items()}


class Run(Protocol):
    def __call__(self, root: Path, *arguments: str) -> Told: ...


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Wheelhouse:
    """pytest and what it needs, as wheels."""
    wheelhouse = Wheelhouse(tmp_path_factory.mktemp("packed"))
    wheelhouse.add_installed("pytest")
    return wheelhouse


@pytest.fixture
def wheelhouse(tmp_path: Path, packed: Wheelhouse, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """The only place uv finds distributions in; pytest is there."""
    made = Wheelhouse(tmp_path / "wheelhouse")
    made.link_from(packed)
    monkeypatch.setenv("UV_FIND_LINKS", str(made.folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return made


@pytest.fixture
def target(isolated: Path) -> GetTarget:
    """`target(root, "ml:test")`: None where the project has nothing to do for the task."""
    del isolated

    def find(root: Path, name: str) -> Target | None:
        opened = open_root(root, fresh=True)
        project, _, task = name.rpartition(":")
        catalogue = Catalogue(opened.graph, opened.tree)
        return catalogue.target(opened.graph.projects[ProjectName(project)], task)

    return find


@pytest.fixture
def action(isolated: Path, wheelhouse: Wheelhouse) -> GetAction:
    """`action(root, "ml:test")`: everything its result depends on."""
    del isolated, wheelhouse

    def find(root: Path, name: str) -> Action:
        _, planned = _planned(root, name)
        assert planned.action is not None, planned.error
        return planned.action

    return find


@pytest.fixture
def file_digests(isolated: Path, wheelhouse: Wheelhouse) -> GetFileDigests:
    """`file_digests(root, "ml:test")`: the digest of the action of each of its test files."""
    del isolated, wheelhouse

    def find(root: Path, name: str) -> dict[str, str]:
        fingerprinter, planned = _planned(root, name)
        assert planned.action is not None, planned.error
        tests = TestFiles(fingerprinter, planned.target, planned.action)
        if not tests.are_separable:
            return dict.fromkeys(tests.files, planned.action.digest.hash)
        return {path: each.digest.hash for path, each in tests.actions.items()}

    return find


def _planned(root: Path, name: str) -> tuple[Fingerprinter, Planned]:
    opened = open_root(root, fresh=True)
    graph, tree = opened.graph, opened.tree
    project, _, task = name.rpartition(":")
    catalogue = Catalogue(graph, tree)
    chosen = [each for each in opened.workspace.projects if each.name == project]
    provider = Provider(graph, tree, WorkspacePins(graph, tree))
    fingerprinter = Fingerprinter(opened, catalogue.nested)
    planner = TargetPlanner(opened, provider, fingerprinter)
    planned = planner.plan(catalogue.targets(chosen, (task,)))
    return fingerprinter, next(each for each in planned if each.target.name == name)


@pytest.fixture
def run_json(
    isolated: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """`run_json(root, "test", "ml")`: a whole run in this process."""
    del isolated

    def call(root: Path, *arguments: str) -> Told:
        monkeypatch.chdir(root)
        capsys.readouterr()
        exit_code = run([arguments[0], "--json", *arguments[1:]])
        out, err = capsys.readouterr()
        targets = json.loads(out)["targets"] if out else []
        return Told(exit_code, {each["target"]: each for each in targets}, err)

    return call
