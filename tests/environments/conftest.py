"""Workspaces, wheels and interpreters for environments; nothing is taken from the network."""

import base64
import hashlib
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from oneroof.environments.interpreters import find_interpreters
from oneroof.environments.model import Interpreter
from oneroof.environments.provide import Provider
from oneroof.locks.model import Pin, Pins
from oneroof.locks.target import Target
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import (
    MAIN,
    EntryPoint,
    ImportPackage,
    Kind,
    Metadata,
    Project,
    ProjectName,
    Requirement,
    Workspace,
)
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree

MakeProject = Callable[..., Project]
MakeWheel = Callable[..., Pin]
MakeProvider = Callable[..., Provider]


class GivenPins:
    """The same pins for every project, or those given by name."""

    def __init__(self, pins: Sequence[Pin] | Mapping[str, Sequence[Pin]]) -> None:
        self._pins = pins

    def pins(self, project: ProjectName, _kinds: Sequence[Kind], _target: Target) -> Pins:
        if isinstance(self._pins, Mapping):
            return Pins(tuple(self._pins.get(project, ())))
        return Pins(tuple(self._pins))

    def to_compile(self, _pins: Pins, _target: Target) -> Sequence[str]:
        return ()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def interpreters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Interpreter, ...]:
    return find_interpreters(tmp_path_factory.mktemp("interpreters"))


@pytest.fixture
def interpreter(interpreters: tuple[Interpreter, ...]) -> Interpreter:
    version = ".".join(map(str, sys.version_info[:2]))
    return next(each for each in interpreters if each.minor == version)


@pytest.fixture
def make_project() -> MakeProject:
    def make(
        name: str,
        *,
        packages: Mapping[str, str] | None = None,
        needs: Sequence[str] = (),
        entry_points: Sequence[EntryPoint] = (),
        path: str = "",
        requires_python: str = "",
        version: str | None = "1.0",
        build_backend: str | None = "hatchling.build",
        has_extension_modules: bool = False,
    ) -> Project:
        folder = RelPath(path or f"libs/{name}")
        manifest = RelPath(f"{folder}/pyproject.toml")
        metadata = Metadata(
            manifests=(manifest,),
            name=name,
            version=version,
            requires_python=requires_python,
            build_backend=build_backend,
            requirements=tuple(Requirement(each, MAIN, manifest, "") for each in needs),
            entry_points=tuple(entry_points),
            import_packages=tuple(
                ImportPackage(each, RelPath(place)) for each, place in (packages or {}).items()
            ),
            has_extension_modules=has_extension_modules,
        )
        return Project(ProjectName(name), folder, Role.LIB, "", metadata)

    return make


@pytest.fixture
def make_provider(root: Path, cache: Path) -> MakeProvider:
    def make(
        projects: Sequence[Project],
        files: Mapping[str, str] | None = None,
        pins: Sequence[Pin] | Mapping[str, Sequence[Pin]] = (),
    ) -> Provider:
        for path, content in (files or {}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")
        tree = Tree(root, [RelPath(path) for path in files or {}])
        graph = Graph(Workspace(tuple(projects), link(projects)))
        return Provider(graph, tree, GivenPins(pins), cache=cache)

    return make


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place uv finds distributions in."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


@pytest.fixture
def make_wheel(wheelhouse: Path) -> MakeWheel:
    def make(
        name: str,
        version: str = "1.0",
        files: Mapping[str, str] | None = None,
        tag: str = "py3-none-any",
    ) -> Pin:
        info = f"{name}-{version}.dist-info"
        content = {
            f"{name}.py": f"VERSION = {version!r}\n",
            **(files or {}),
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in content.items())
        wheel = wheelhouse / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in content.items():
                archive.writestr(path, text)
            archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return Pin(name, version, hashes=(f"sha256:{found}",))

    return make


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).decode().rstrip("=")
