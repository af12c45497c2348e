"""Which layers an image has: what changes rarely below what changes often. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from oneroof.distributions.third_party import ThirdWheel
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError
from oneroof.images.layer import LayerSpec, wheel_files
from oneroof.images.venv import BasePython
from oneroof.workspace.model import ProjectName

HEAVY_BYTES = 1_000_000
MOST_HEAVY = 8
"""How many wheels get a layer of their own at most: engines bear 127 layers with those of the base,
and each is a request more."""
MOST_LAYERS = 127


def plan_layers(
    python: BasePython,
    third: Sequence[ThirdWheel],
    built: Sequence[Built],
    project: ProjectName,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> tuple[LayerSpec, ...]:
    """The layers above the base, the lowest first.

    The wheels of a layer alone say what it holds, so that images of other projects share it.
    """
    grouped, left = _take_groups(third, groups or {})
    largest = sorted(left, key=lambda each: (-each.digest.size_bytes, each.name))
    heavy = {each.name for each in largest[:MOST_HEAVY] if each.digest.size_bytes >= HEAVY_BYTES}
    own = [_third(name, wheels, "a group of the settings") for name, wheels in grouped]
    own += [_third(each.name, [each], "heavy") for each in left if each.name in heavy]
    rest = [each for each in left if each.name not in heavy]
    libs = [each for each in built if each.project != project]
    app = [each for each in built if each.project == project]
    return (
        LayerSpec(name="venv", reason="the virtual environment", venv=python),
        *sorted(own, key=lambda each: each.name),
        *([_third("third-party", rest, "third-party")] if rest else []),
        *([_first("libs", libs, "internal libraries")] if libs else []),
        *([_first("app", app, "the project")] if app else []),
    )


def require_few(base: int, own: int) -> None:
    """Refuse more layers than engines bear.

    Raises:
        ConfigError: there are.
    """
    if base + own > MOST_LAYERS:
        message = f"the image would have {base + own} layers, and engines bear {MOST_LAYERS}"
        raise ConfigError(message, hint="put packages together in `[tool.oneroof.image.layers]`")


def _take_groups(
    third: Sequence[ThirdWheel], groups: Mapping[str, Sequence[str]]
) -> tuple[list[tuple[str, list[ThirdWheel]]], list[ThirdWheel]]:
    """The wheels of each group, and those that are in none; a wheel is in the first that fits."""
    found: dict[str, list[ThirdWheel]] = {name: [] for name in groups}
    left: list[ThirdWheel] = []
    for wheel in third:
        name = next((n for n, globs in groups.items() if _matches(wheel.name, globs)), None)
        (left if name is None else found[name]).append(wheel)
    return [(name, wheels) for name, wheels in found.items() if wheels], left


def _matches(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _third(name: str, wheels: Sequence[ThirdWheel], reason: str) -> LayerSpec:
    files = wheel_files((each.filename, each.digest) for each in wheels)
    return LayerSpec(name=name, reason=reason, wheels=tuple(files))


def _first(name: str, built: Sequence[Built], reason: str) -> LayerSpec:
    files = wheel_files((each.filename, each.digest) for each in built if each.digest is not None)
    return LayerSpec(name=name, reason=reason, wheels=tuple(files))
