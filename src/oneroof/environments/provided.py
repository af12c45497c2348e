"""Reading what is installed in a layer: the modules, needs and commands of every distribution."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from oneroof.environments.model import EnvironmentPlan
from oneroof.environments.provide import Provider
from oneroof.rules.distributions import Distribution, Distributions, Need

_COMMANDS = frozenset({"console_scripts", "gui_scripts"})
_SUFFIXES = (".py", ".pyi", ".so", ".pyd")
_EXTRA = re.compile(r"\bextra\s*==\s*['\"]([^'\"]+)['\"]")
_NEED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*\(?([^;)@]*)")
"""A name, extras and specifiers, in parentheses or not, as `Requires-Dist` has them."""
_PART = re.compile(r"[A-Za-z_]\w*")


def installed_for(provider: Provider, plan: EnvironmentPlan) -> Distributions:
    """The third-party distributions of an environment, installed if need be.

    Raises:
        ToolError: something cannot be installed or built.
    """
    return Distributions(read_distributions(Path(provider.site(plan).site_packages)))


def read_distributions(site_packages: Path) -> Iterator[Distribution]:
    """Every distribution that has a `.dist-info` folder, by the folder's name."""
    for info in sorted(site_packages.glob("*.dist-info")):
        yield _read(info)


def _read(info: Path) -> Distribution:
    name, _, version = info.name.removesuffix(".dist-info").partition("-")
    lines = _text(info / "RECORD").split("\n")
    # Scripts differ from layer to layer, and the rest is read once for all of them.
    inside = "\n".join(line for line in lines if not line.startswith("../"))
    modules, namespaces = find_modules(inside)
    if not modules:
        tops = _text(info / "top_level.txt").split()
        modules = frozenset(each for each in tops if _PART.fullmatch(each))
    requires, optional = _needs(_text(info / "METADATA"))
    scripts, is_plugin = _entry_points(_text(info / "entry_points.txt"))
    return Distribution(
        _normalised(name), version, modules, namespaces, requires, optional, scripts, is_plugin
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@lru_cache(maxsize=4096)
def find_modules(record: str) -> tuple[frozenset[str], frozenset[str]]:
    """The modules and regular packages that a RECORD lists, and the namespaces around them."""
    modules: set[str] = set()
    folders: set[str] = set()
    for line in record.splitlines():
        path = line.rpartition(",")[0].rpartition(",")[0].strip('"')
        if not path.endswith(_SUFFIXES) or path.startswith(("/", "../")):
            continue
        *above, file = path.split("/")
        stem = file.partition(".")[0]
        if not all(map(_PART.fullmatch, (*above, stem))):
            continue
        dotted = ".".join(above)
        if stem == "__init__":
            modules.add(dotted)
        else:
            modules.add(f"{dotted}.{stem}" if dotted else stem)
        while dotted and dotted not in folders:
            folders.add(dotted)
            dotted = dotted.rpartition(".")[0]
    modules.discard("")
    return frozenset(modules), frozenset(folders - modules)


def _needs(metadata: str) -> tuple[tuple[Need, ...], dict[str, tuple[Need, ...]]]:
    """What the `Requires-Dist` lines of METADATA ask for, always and by extra."""
    always: list[Need] = []
    optional: dict[str, list[Need]] = {}
    for line in metadata.partition("\n\n")[0].splitlines():
        field, _, text = line.partition(":")
        found = _NEED.match(text) if field == "Requires-Dist" else None
        if found is None:
            continue
        asked = tuple(_normalised(each.strip()) for each in (found[2] or "").split(",") if each)
        need = Need(_normalised(found[1]), found[3].strip(), asked)
        extras = _EXTRA.findall(text.partition(";")[2])
        for extra in extras:
            optional.setdefault(_normalised(extra), []).append(need)
        if not extras:
            always.append(need)
    return tuple(always), {extra: tuple(needs) for extra, needs in optional.items()}


def _entry_points(text: str) -> tuple[frozenset[str], bool]:
    """The commands of an `entry_points.txt`, and whether it has other entry points."""
    scripts: set[str] = set()
    is_plugin = False
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[] ")
        elif "=" in line and not line.startswith(("#", ";")):
            if section in _COMMANDS:
                scripts.add(line.partition("=")[0].strip())
            else:
                is_plugin = True
    return frozenset(scripts), is_plugin


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
