"""Layers: each a pure function of the wheels it holds, made once and kept by a key of these."""

from collections.abc import Iterable, Sequence

import msgspec

from oneroof.actions.action import Action, Command, Input
from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, OutputFile
from oneroof.cache.disk import DiskCache
from oneroof.errors import ToolError
from oneroof.images.compress import LEVEL, Compressed, write_gzip
from oneroof.images.entries import Entries, Entry, Listed, check_clashes, listing
from oneroof.images.install import install
from oneroof.images.tar import write_tar
from oneroof.images.venv import BasePython, make_venv
from oneroof.paths import RelPath

FORMAT = 1
"""Part of every key: raise it when the same wheels have to give other bytes."""
_TAR, _FACTS = RelPath("layer.tar.gz"), RelPath("layer.json")


class WheelFile(msgspec.Struct, frozen=True, order=True):
    """A wheel in the cache."""

    filename: str
    digest: Digest


class LayerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A layer to be."""

    name: str
    reason: str
    """Why it is a layer of its own."""
    wheels: tuple[WheelFile, ...] = ()
    """Sorted."""
    venv: BasePython | None = None
    """Whose virtual environment it holds; of layers with wheels None."""


class Layer(msgspec.Struct, frozen=True):
    """A layer in the cache."""

    spec: LayerSpec
    key: Digest
    digest: Digest
    diff_id: Digest
    files: tuple[Listed, ...]
    was_known: bool = False


class _Facts(msgspec.Struct, frozen=True):
    diff_id: Digest
    files: tuple[Listed, ...]


def layer_action(spec: LayerSpec, minor: str, time: int) -> Action:
    """All that a layer depends on."""
    inputs = [
        Input("format", str(FORMAT)),
        Input("time", str(time)),
        Input("compression", f"gzip {LEVEL}"),
        *(Input(f"wheel:{each.filename}", str(each.digest)) for each in spec.wheels),
    ]
    if spec.venv is not None:
        inputs.append(Input("venv", f"{spec.venv.path} {spec.venv.version}"))
    if spec.wheels:
        inputs.append(Input("python", minor))
    return Action(Command(("layer",)), tuple(inputs))


class Layers:
    """Makes layers, or takes them from the cache."""

    def __init__(self, cache: DiskCache, minor: str, time: int) -> None:
        self._cache = cache
        self._minor = minor
        self._time = time

    def make(self, spec: LayerSpec) -> Layer:
        """A layer.

        Raises:
            ToolError: a wheel is damaged or not what it should be, or two of them clash.
        """
        action = layer_action(spec, self._minor, self._time)
        return self._known(spec, action) or self._make(spec, action)

    def _known(self, spec: LayerSpec, action: Action) -> Layer | None:
        result = self._cache.actions.get_action_result(action.digest)
        files = {file.path: file.digest for file in result.output_files} if result else {}
        if set(files) != {_TAR, _FACTS}:
            return None
        content = self._cache.storage.read(files[_FACTS])
        if content is None:
            return None
        facts = msgspec.json.decode(content, type=_Facts)
        return Layer(spec, action.digest, files[_TAR], facts.diff_id, facts.files, was_known=True)

    def _make(self, spec: LayerSpec, action: Action) -> Layer:
        entries, files = self._entries(spec)
        packed = self._pack(entries)
        facts = self._cache.storage.write(msgspec.json.encode(_Facts(packed.diff_id, files)))
        outputs = (OutputFile(_TAR, packed.digest), OutputFile(_FACTS, facts))
        self._cache.actions.update_action_result(
            action.digest, ActionResult("passed", 0.0, 0, output_files=outputs)
        )
        return Layer(spec, action.digest, packed.digest, packed.diff_id, files)

    def _entries(self, spec: LayerSpec) -> tuple[Entries, tuple[Listed, ...]]:
        entries: dict[str, Entry] = {}
        files: list[Listed] = []
        if spec.venv is not None:
            entries.update(make_venv(spec.venv))
            files += listing(entries, "the virtual environment")
        for wheel in spec.wheels:
            content = self._cache.storage.read(wheel.digest)
            if content is None:
                message = f"the wheel `{wheel.filename}` is not in the cache any more"
                raise ToolError(message, hint="run the same command again")
            found = install(wheel.filename, content, self._minor)
            files += listing(found, wheel.filename)
            entries.update(found)
        check_clashes(files)
        return entries, tuple(sorted(files, key=lambda each: (each.path, each.owner)))

    def _pack(self, entries: Entries) -> Compressed:
        try:
            with self._cache.storage.incoming() as incoming:
                packed = write_gzip(write_tar(entries, self._time), incoming.stream)
                incoming.keep(packed.digest)
        except OSError as error:
            message = f"a layer cannot be written: {error.filename or ''}: {error.strerror}"
            raise ToolError(message, hint="make room, or set ONEROOF_CACHE_DIR") from error
        return packed


def check_layers(layers: Iterable[Layer]) -> None:
    """Refuse layers of which one would hide files of another.

    Raises:
        ClashError: there are such.
    """
    check_clashes(each for layer in layers for each in layer.files)


def wheel_files(wheels: Iterable[tuple[str, Digest]]) -> Sequence[WheelFile]:
    """Wheels by file name."""
    return sorted(WheelFile(filename, digest) for filename, digest in wheels)
