"""Which pins block a Python version: `oneroof check --python 3.12`."""

from collections.abc import Collection, Iterator

import msgspec

from oneroof.cli.context import Session
from oneroof.disk import cache_root
from oneroof.environments.choice import target_of
from oneroof.environments.interpreters import find_interpreters
from oneroof.environments.limits import find_broken
from oneroof.environments.model import Interpreter
from oneroof.errors import ConfigError, Problem
from oneroof.locks.closure import pins_for
from oneroof.locks.model import Lock, Pins
from oneroof.locks.read import read_lock
from oneroof.locks.versions import satisfies
from oneroof.workspace.graph import WORK
from oneroof.workspace.model import ProjectName


def find_blocked(
    session: Session, python: str, names: Collection[ProjectName]
) -> Iterator[tuple[ProjectName, Problem]]:
    """What keeps projects from running on a Python version, by project.

    Raises:
        ConfigError: the version is none.
    """
    interpreter = _imagined(python)
    target = target_of(interpreter)
    opened = session.opened
    for project in opened.workspace.projects:
        if project.name not in names:
            continue
        metadata = project.metadata
        wanted = metadata.requires_python
        if wanted and not target.is_python(wanted):
            message = f"requires Python `{wanted}`, which excludes {python}"
            yield project.name, Problem(metadata.manifests[0], message)
        if project.lock is not None:
            lock, _ = read_lock(opened.tree, project.lock)
            if lock is not None:
                pins = pins_for(opened.graph, project.name, (WORK,), lock, target)
                for problem in _blocking_pins(pins, lock, interpreter.version):
                    yield project.name, problem


def _blocking_pins(pins: Pins, lock: Lock, version: str) -> Iterator[Problem]:
    yield from pins.problems
    for broken in find_broken(pins.pins, version):
        name = broken.partition(" ")[0]
        yield Problem(lock.path, broken, f"package.{name}", f"raise {name}")
    versions = {(pin.name, pin.version) for pin in pins.pins}
    for package in lock.packages:
        needed = package.requires_python
        held = (package.name, package.version) in versions
        if held and needed and not satisfies(version, needed):
            message = (
                f"{package.name} {package.version} requires Python `{needed}`, "
                f"which excludes {version}"
            )
            hint = f"raise {package.name} to a release for Python {version}"
            yield Problem(lock.path, message, f"package.{package.name}", hint)


def _imagined(python: str) -> Interpreter:
    """This machine's platform with another Python version."""
    parts = python.split(".")
    if len(parts) not in {2, 3} or not all(part.isdigit() for part in parts):
        message = f"`--python {python}`: expected a version like `3.12`"
        raise ConfigError(message, hint="give major and minor version")
    full = python if len(parts) == 3 else f"{python}.0"  # noqa: PLR2004  major.minor.micro
    minor = ".".join(parts[:2])
    found = find_interpreters(cache_root())
    if not found:
        message = "no Python interpreter was found to take the platform from"
        raise ConfigError(message)
    base = found[0]
    markers = dict(base.markers) | {
        "python_version": minor,
        "python_full_version": full,
        "implementation_version": full,
    }
    return msgspec.structs.replace(
        base, version=full, abi=f"cp{''.join(parts[:2])}", markers=tuple(sorted(markers.items()))
    )
