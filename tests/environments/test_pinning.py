from pathlib import Path

import pytest
from tests.projects import project

from oneroof.environments.choice import target_of
from oneroof.environments.model import Interpreter
from oneroof.environments.pinning import WorkspacePins
from oneroof.errors import ConfigError, ToolError
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import (
    MAIN,
    Index,
    Metadata,
    Project,
    ProjectName,
    Requirement,
    Workspace,
)
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree

APP = ProjectName("app")
MANIFEST = RelPath("pyproject.toml")
LOCK = """
[[package]]
name = "wheelless"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main"]
files = [
    {file = "wheelless-1.0-cp27-cp27m-win32.whl", hash = "sha256:aa"},
    {file = "wheelless-1.0.tar.gz", hash = "sha256:bb"},
]

[metadata]
lock-version = "2.1"
python-versions = "*"
content-hash = "x"
"""


def locked(root: Path, lock: str, *needs: str, lock_name: str = "poetry.lock") -> WorkspacePins:
    (root / lock_name).write_text(lock)
    requirements = tuple(Requirement(each, MAIN, MANIFEST, "") for each in needs)
    indexes = (Index("nowhere", "http://127.0.0.1:9/simple", default=True),)
    metadata = Metadata((MANIFEST,), name="app", requirements=requirements, indexes=indexes)
    app = Project(APP, RelPath("."), Role.LIB, "", metadata, lock=RelPath(lock_name))
    tree = Tree(root, [RelPath(lock_name)])
    return WorkspacePins(Graph(Workspace((app,), ())), tree)


def test_pins_come_from_the_lock_and_tell_what_must_be_compiled(
    root: Path, interpreter: Interpreter
) -> None:
    pins = locked(root, LOCK, "wheelless")
    target = target_of(interpreter)
    found = pins.pins(APP, (MAIN,), target)
    assert [(pin.name, pin.version, pin.hashes) for pin in found.pins] == [
        ("wheelless", "1.0", ("sha256:aa", "sha256:bb"))
    ]
    assert pins.to_compile(found, target) == ["wheelless"]


def test_a_lock_that_cannot_be_read_is_named(root: Path, interpreter: Interpreter) -> None:
    with pytest.raises(ConfigError, match=r"^poetry.lock: "):
        locked(root, "not toml", "wheelless").pins(APP, (MAIN,), target_of(interpreter))


def test_what_the_lock_lacks_is_resolved_and_fails_by_itself(
    root: Path, interpreter: Interpreter, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(cache))
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(ToolError):
        locked(root, LOCK, "wheelless", "lacking").pins(APP, (MAIN,), target_of(interpreter))


def test_a_project_that_comes_along_is_not_taken_from_an_index_as_well(
    root: Path, interpreter: Interpreter, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(cache))
    monkeypatch.setenv("UV_OFFLINE", "1")
    projects = (project("app", "main b", "main c"), project("b", "main c"), project("c"))
    edges = link(projects, frozenset({(ProjectName("b"), "c")}))
    pins = WorkspacePins(Graph(Workspace(projects, edges)), Tree(root, []))
    assert pins.pins(APP, (MAIN,), target_of(interpreter)).pins == ()
