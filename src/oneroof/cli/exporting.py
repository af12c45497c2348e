"""Putting an export together: pins from the lock, internal dependencies as wheels or from git."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oneroof.cli.context import Session, warn
from oneroof.cli.groups import exported_kinds
from oneroof.cli.output import show_problems
from oneroof.errors import ConfigError
from oneroof.workspace.export_settings import ExportSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from oneroof.cache.disk import DiskCache
    from oneroof.cli.work import Work
    from oneroof.distributions.export import Entry, Export
    from oneroof.distributions.platforms import Platform
    from oneroof.distributions.wheels import Built
    from oneroof.locks.anywhere import Spread
    from oneroof.locks.model import Lock
    from oneroof.workspace.model import Kind, Project


_NAMED = 5
"""How many names a warning lists."""
_NAMED_WHEEL = rb"\bwheels/([A-Za-z0-9_.+!-]+\.whl)\b"


class Exported(msgspec.Struct, frozen=True):
    """A file that can be written, and the wheels that belong beside it."""

    export: "Export"
    built: "Sequence[Built]" = ()


class Exporting:
    """Exports of one workspace."""

    def __init__(self, session: Session, work: "Work", cache: "DiskCache") -> None:
        self._session = session
        self._work = work
        self._cache = cache

    def make(self, project: "Project", wish: ExportSettings, output: Path | None) -> Exported:
        """What would be written to `output`; without one, as seen from the workspace's root.

        Raises:
            ConfigError: there is no lock, it is stale, or what is wished for cannot be.
            ToolError: an internal dependency cannot be built.
        """
        from oneroof.distributions.export import entry_of, render, render_lock

        is_lock = _is_lock(wish, output)
        self._refuse_source(project, output)
        kinds = exported_kinds(project, wish.groups, wish.extras)
        machine = _machine(wish)
        lock = self._lock(project, kinds)
        spread = self._spread(project, kinds, lock, wish, machine)
        root = self._session.opened.root
        base = root if output is None else output.absolute().parent.resolve()
        entries = [entry_of(each, root, base) for each in spread.placed]
        internal, built = self._internal(spread, wish, machine)
        entries += internal
        command = self._command(project, wish, output)
        if is_lock:
            requires = project.metadata.requires_python or (lock.requires_python if lock else "")
            return Exported(render_lock(entries, command, requires), built)
        indexes = project.metadata.indexes
        export = render(entries, command, indexes=indexes, hashes=wish.hashes)
        if export.without_hash:
            listed = ", ".join(f"`{each}`" for each in export.without_hash[:_NAMED])
            more = len(export.without_hash) - _NAMED
            listed += f" and {more} more" if more > 0 else ""
            warn(f"{project.name}: {listed} can have no hash, so the file is written without any")
        return Exported(export, built)

    def _refuse_source(self, project: "Project", output: Path | None) -> None:
        """Refuse to write over what the export is made from."""
        root = self._session.opened.root
        sources = (*project.metadata.manifests, *([project.lock] if project.lock else []))
        if output is not None and output.resolve() in {root / each for each in sources}:
            message = f"{output}: says itself what `{project.name}` needs"
            raise ConfigError(message, hint="give another file with `-o`")

    def _lock(self, project: "Project", kinds: "tuple[Kind, ...]") -> "Lock | None":
        if project.lock is not None:
            return self._work.pins.lock(project.lock)
        if not self._session.opened.graph.closure(project.name, kinds).requirements:
            return None
        place = next(iter(project.metadata.manifests), project.path)
        message = f"{place}: no lock says which versions `{project.name}` gets"
        raise ConfigError(message, hint="lock it with the tool it uses, such as `uv lock`")

    def _spread(
        self,
        project: "Project",
        kinds: "tuple[Kind, ...]",
        lock: "Lock | None",
        wish: ExportSettings,
        machine: "Platform | None",
    ) -> "Spread":
        from oneroof.locks.anywhere import Spread, Wanted, pins_anywhere
        from oneroof.locks.machines import Limits

        graph = self._session.opened.graph
        if lock is None:
            return Spread((), graph.closure(project.name, kinds).internal)
        python = wish.python or ""
        only = f"=={python}" if python.count(".") > 1 else f"=={python}.*" if python else ""
        pythons = (lock.requires_python, project.metadata.requires_python, only)
        limits = Limits(
            tuple(dict.fromkeys(filter(None, pythons))),
            "linux" if machine else "",
            machine.machine if machine else "",
        )
        tags = _tags(machine) if machine else lambda _: None
        spread = pins_anywhere(Wanted(graph, project.name, kinds, lock), limits, tags)
        fatal = [each for each in spread.problems if each.fatal]
        if fatal:
            raise ConfigError("\nerror: ".join(map(str, fatal)), hint=fatal[0].hint)
        show_problems(spread.problems)
        return spread

    def _internal(
        self, spread: "Spread", wish: ExportSettings, machine: "Platform | None"
    ) -> "tuple[list[Entry], Sequence[Built]]":
        from oneroof.cli.shipping import build_all
        from oneroof.distributions.export import entry_of_git, entry_of_wheel
        from oneroof.distributions.origin import locate
        from oneroof.distributions.plan import is_built, normalised

        if wish.internal == "omit":
            return [], ()
        opened = self._session.opened
        projects = [opened.graph.projects[name] for name in spread.internal]
        for each in projects:
            if not is_built(each):
                warn(f"{each.name} is no distribution and cannot come along")
        projects = [each for each in projects if is_built(each)]
        if wish.internal == "git":
            prefix = opened.work_tree.prefix
            entries = []
            for each in projects:
                located = locate(opened.root, prefix, each.path)
                if not located.is_pushed:
                    commit = located.commit[:12]
                    warn(f"{each.name}: no branch of `origin` that is known here has {commit}")
                entries.append(entry_of_git(normalised(each.metadata.name), located))
            return entries, ()
        built = build_all(self._session, projects, self._cache)
        _require_fitting(built, wish, machine)
        return [entry_of_wheel(each) for each in built], built

    def _command(self, project: "Project", wish: ExportSettings, output: Path | None) -> list[str]:
        """The command that makes the file, the same wherever it is called."""
        words = ["oneroof", "export", project.name]
        if output is not None:
            place, root = output.absolute(), self._session.opened.root
            place = place.parent.resolve() / place.name
            inside = place.is_relative_to(root)
            words += ["-o", place.relative_to(root).as_posix() if inside else place.name]
        if wish.format is not None:
            words += ["--format", wish.format]
        words += [] if wish.hashes else ["--no-hashes"]
        words += [] if wish.internal == "wheels" else ["--internal", wish.internal]
        for option, names in (("--group", wish.groups), ("--extra", wish.extras)):
            words += [word for name in sorted(set(names)) for word in (option, name)]
        for option, value in (("--platform", wish.platform), ("--python", wish.python)):
            words += [option, value] if value else []
        return words


def declared(session: Session, project: "Project") -> "Iterator[tuple[ExportSettings, Path, str]]":
    """The exports that a project's settings name: where to, and what says so.

    Raises:
        ConfigError: one lies outside the workspace, or its table is wrong.
    """
    from oneroof import paths

    key = "tool.oneroof.exports"
    wrong = [
        each
        for each in (*session.opened.workspace.problems, *project.metadata.problems)
        if each.key.startswith(key) and each.fatal
    ]
    if wrong:
        raise ConfigError("\nerror: ".join(map(str, wrong)), hint=wrong[0].hint)
    for index, wish in enumerate(project.settings.exports):
        place = paths.normalise(project.path, wish.path)
        said_in = f"{next(iter(project.metadata.manifests), project.path)}: {key}[{index}]"
        if place is None:
            message = f"{said_in}.path: `{wish.path}` leaves the workspace"
            raise ConfigError(message, hint="give a path below the project's folder")
        yield wish, Path(os.path.relpath(session.opened.root / place)), said_in


def _is_lock(wish: ExportSettings, output: Path | None) -> bool:
    """Whether a lock file is wanted.

    Raises:
        ConfigError: the file may not have that name, or hashes are to be left out of it.
    """
    named = output is not None and _is_lock_name(output.name)
    wanted = named if wish.format is None else wish.format == "pylock"
    if wanted and output is not None and not named:
        message = f"{output}: installers know a lock by its name, and this is none"
        raise ConfigError(message, hint="name it `pylock.toml` or `pylock.NAME.toml`")
    if wanted and not wish.hashes:
        message = "a lock file (PEP 751) always has hashes"
        raise ConfigError(message, hint="leave `--no-hashes` out, or take `--format requirements`")
    return wanted


def _is_lock_name(name: str) -> bool:
    stem = name.removeprefix("pylock.").removesuffix("toml").removesuffix(".")
    return name.startswith("pylock.") and name.endswith(".toml") and "." not in stem


def _machine(wish: ExportSettings) -> "Platform | None":
    from oneroof.distributions.platforms import parse_platform

    if wish.platform is None:
        if wish.python is not None:
            parse_platform("linux/amd64", wish.python)
        return None
    return parse_platform(wish.platform, wish.python or "3.12")


def _tags(machine: "Platform") -> "Callable[[str], Collection[str] | None]":
    def tags(python: str) -> "Collection[str] | None":
        return msgspec.structs.replace(machine, python=python).target.tags

    return tags


def _require_fitting(
    built: "Sequence[Built]", wish: ExportSettings, machine: "Platform | None"
) -> None:
    """Refuse wheels that were compiled for another machine; tell of those that fit this one only.

    Raises:
        ConfigError: a wheel cannot be installed where the file is for.
    """
    for each in built:
        if each.filename.endswith("-any.whl"):
            continue
        if machine is None or wish.python is None:
            warn(f"{each.project}: `{each.filename}` was compiled here and fits such machines only")
        elif not machine.target.accepts_wheel(each.filename):
            message = f"`{each.filename}` was compiled here and does not fit {machine.oci}"
            raise ConfigError(message, hint="export on such a machine, or take `--internal git`")


def write_export(exported: Exported, output: Path, cache: "DiskCache") -> bool:
    """Write the wheels, then the file, whole; whether the file changed.

    Raises:
        ConfigError: it cannot be written there.
    """
    from oneroof import disk
    from oneroof.distributions.deliver import deliver
    from oneroof.distributions.export import WHEELS

    refuse_folder(output)
    removed: list[str] = []
    if exported.built:
        removed += deliver(exported.built, output.parent / WHEELS, cache.storage).removed
    content = exported.export.text.encode()
    try:
        old = output.read_bytes() if output.is_file() else b""
        if old != content:
            disk.write_atomically(output, content, 0o644)
        removed += _remove_unnamed(old, output.parent)
    except OSError as error:
        message = f"{error.filename or output}: cannot be written: {error.strerror}"
        raise ConfigError(message, hint="give another file with `-o`") from error
    for name in removed:
        sys.stderr.write(f"removed {output.parent / WHEELS / name}\n")
    return old != content


def _remove_unnamed(old: bytes, folder: Path) -> "Iterator[str]":
    """Remove wheels that a file named before and that no file beside it names any more."""
    from oneroof.distributions.export import WHEELS

    before = {each.decode() for each in re.findall(_NAMED_WHEEL, old)}
    gone = sorted(each for each in before if (folder / WHEELS / each).is_file())
    if not gone:
        return
    beside = [each.read_bytes() for each in folder.iterdir() if each.suffix in {".txt", ".toml"}]
    for name in gone:
        if not any(name.encode() in content for content in beside):
            (folder / WHEELS / name).unlink()
            yield name


def refuse_folder(output: Path) -> None:
    """Refuse a folder in the place of a file.

    Raises:
        ConfigError: it is one.
    """
    if output.is_dir():
        message = f"{output}: is a folder"
        raise ConfigError(message, hint=f"name a file, such as `{output / 'requirements.txt'}`")


def differences(exported: Exported, output: Path) -> list[str]:
    """What would change, line by line; empty where nothing would.

    Wheels that are not there are no difference: they are not committed as a rule.

    Raises:
        ConfigError: the file cannot be read.
    """
    from oneroof.distributions.export import WHEELS, compare

    refuse_folder(output)
    try:
        old = output.read_text(encoding="utf-8") if output.exists() else ""
        found = compare(old, exported.export.text)
        for each in exported.built:
            place = output.parent / WHEELS / each.filename
            if place.exists() and _digest(place) != (each.digest.hash if each.digest else ""):
                found.append(f"~ {WHEELS}/{each.filename}: another wheel than the one it names")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"{output}: cannot be read: {reason}"
        raise ConfigError(message) from error
    return found


def _digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
