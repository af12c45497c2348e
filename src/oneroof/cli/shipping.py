"""What stages and images of one project are made of: its wheels, and those it needs."""

import os
import sys
from typing import TYPE_CHECKING

from oneroof.cli.context import Session
from oneroof.errors import ConfigError, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oneroof.cache.disk import DiskCache
    from oneroof.cli.work import Work
    from oneroof.distributions.platforms import Platform
    from oneroof.distributions.third_party import ThirdWheel
    from oneroof.distributions.wheels import Built
    from oneroof.locks.model import Pin
    from oneroof.workspace.model import Kind, Project


def python_of(work: "Work", project: "Project") -> str:
    """The version that the project is tested with here."""
    from oneroof.environments.model import Request

    interpreter, _ = work.provider.pins(Request(project.name))
    return interpreter.minor


def run_wheels(
    session: Session,
    projects: "Sequence[Project]",
    cache: "DiskCache",
    *,
    policy: str = "range",
    use_cache: bool = True,
    jobs: int | None = None,
) -> "tuple[list[Built], bool]":
    """The wheels of projects in their order, and whether the run was interrupted."""
    from contextlib import closing

    from oneroof.cli.work import processors
    from oneroof.distributions.frontend import DEFAULT_TIMEOUT_SECONDS, Frontend
    from oneroof.distributions.portable import Policy
    from oneroof.distributions.wheels import Wheels
    from oneroof.execution.environment import base_environment

    with closing(Frontend(base_environment(os.environ), DEFAULT_TIMEOUT_SECONDS)) as frontend:
        wheels = Wheels(session.opened, cache, frontend, policy=Policy(policy), use_cache=use_cache)
        return wheels.build(projects, jobs=jobs or processors())


def build_wheels(session: Session, project: "Project", cache: "DiskCache") -> "Sequence[Built]":
    """The wheels of a project and of its internal dependencies.

    Raises:
        ToolError: one cannot be built.
    """
    from oneroof.distributions.plan import to_build

    return build_all(session, to_build(session.opened.graph, (project,)), cache)


def build_all(
    session: Session, projects: "Sequence[Project]", cache: "DiskCache"
) -> "Sequence[Built]":
    """The wheels of projects, among which are the internal dependencies of each.

    Raises:
        ToolError: one cannot be built.
    """
    built, interrupted = run_wheels(session, projects, cache)
    if interrupted:
        raise KeyboardInterrupt
    for each in built:
        for warning in each.warnings:
            sys.stderr.write(f"warning: {each.project}: the wheel {warning}\n")
    failed = [f"{each.project}: {each.error}" for each in built if not each.ok]
    if failed:
        raise ToolError("\nerror: ".join(failed))
    return built


def find_pins(
    work: "Work", project: "Project", kinds: "tuple[Kind, ...]", machine: "Platform"
) -> "tuple[Pin, ...]":
    """Which third-party packages a project gets on a machine.

    Raises:
        ConfigError: they cannot be told.
    """
    pins = work.pins.pins(project.name, kinds, machine.target)
    fatal = [each for each in pins.problems if each.fatal]
    if fatal:
        raise ConfigError("; ".join(map(str, fatal)), hint=fatal[0].hint)
    return pins.pins


def fetch_third_party(  # noqa: PLR0917  what is wanted, for whom, and where it is kept
    session: Session,
    work: "Work",
    project: "Project",
    kinds: "tuple[Kind, ...]",
    machine: "Platform",
    cache: "DiskCache",
) -> "tuple[ThirdWheel, ...]":
    """The wheels of third-party packages for a machine."""
    from oneroof.distributions.third_party import ThirdParty

    pins = find_pins(work, project, kinds, machine)
    default = next(
        (each.url for each in project.metadata.indexes if each.default and not each.explicit), ""
    )
    return ThirdParty(session.opened.root, cache, machine).fetch(pins, default)
