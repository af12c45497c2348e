"""Fields as setuptools takes them, from `setup.py` or `setup.cfg`, into values of the model."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from configparser import Error as ConfigParserError
from configparser import RawConfigParser

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import (
    both_markers,
    normalise_name,
    parse_marker,
    read_requirement,
)
from oneroof.workspace.dialects.static.values import MACHINE_ROOT, machine_path
from oneroof.workspace.model import (
    MAIN,
    EntryPoint,
    Group,
    Kind,
    Metadata,
    Requirement,
    extra,
)

_MACHINE_URL = re.compile(
    rf"(?:file:/*(?:localhost/*)?)?{re.escape(MACHINE_ROOT)}(?P<below>[^\s;#\[]*)"
)


class CaseSensitiveParser(RawConfigParser):
    """Configuration files whose keys keep their case."""

    def optionxform(self, optionstr: str) -> str:
        """A key as it is written."""
        return optionstr


class Fields(msgspec.Struct):
    """What is collected while one file is read; problems with what cannot be taken."""

    path: RelPath
    folder: RelPath
    dialect: str
    name: str | None = None
    version: str | None = None
    requires_python: str = ""
    requirements: list[Requirement] = msgspec.field(default_factory=list)
    extras: list[str] = msgspec.field(default_factory=list)
    groups: list[Group] = msgspec.field(default_factory=list)
    entry_points: list[EntryPoint] = msgspec.field(default_factory=list)
    problems: list[Problem] = msgspec.field(default_factory=list)
    is_complete: bool = True

    def report(self, key: str, message: str, *, hint: str = "", fatal: bool = False) -> None:
        """Collect a problem of this file."""
        self.problems.append(Problem(self.path, message, key=key, hint=hint, fatal=fatal))

    def add_requirements(
        self, lines: Iterable[str], kind: Kind, key: str, marker: str = ""
    ) -> None:
        """Collect PEP 508 lines; comments and empty lines are passed over."""
        for index, line in enumerate(lines):
            text = without_comment(line)
            if not text:
                continue
            place = f"{key}[{index}]"
            found = read_requirement(self._located(text), kind, self.path, place, self.problems)
            if found is None:
                continue
            if marker:
                found = msgspec.structs.replace(found, marker=both_markers(found.marker, marker))
            self.requirements.append(found)

    def add_extra(self, name: str, lines: Iterable[str], key: str) -> None:
        """Collect one key of `extras_require`, which may be `extra:marker` or `:marker`."""
        written, colon, marker = name.partition(":")
        extra_name = normalise_name(written)
        if extra_name and extra_name not in self.extras:
            self.extras.append(extra_name)
        kind = extra(extra_name) if extra_name else MAIN
        canonical = parse_marker(marker) if colon else ""
        if canonical is None:
            self.report(key, f"`{marker}` is not a PEP 508 marker", hint="correct the marker")
            return
        self.add_requirements(lines, kind, key, canonical)

    def add_entry_points(self, group: str, lines: Iterable[str], key: str) -> None:
        """Collect lines `name = module:attribute` of one group."""
        for index, line in enumerate(lines):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            name, equals, value = text.partition("=")
            if equals and name.strip() and value.strip():
                self.entry_points.append(EntryPoint(group, name.strip(), value.strip()))
            else:
                message = f"`{text}` is not an entry point"
                hint = "write it as `name = package.module:attribute`"
                self.report(f"{key}[{index}]", message, hint=hint)

    def add_entry_points_text(self, text: str, key: str) -> None:
        """Collect the content of an `entry_points.txt`."""
        parser = CaseSensitiveParser(delimiters=("=",), default_section="")
        try:
            parser.read_string("\n".join(line.strip() for line in text.splitlines()))
        except ConfigParserError as error:
            self.report(key, f"is no list of entry points: {first_line(error)}")
            return
        for group in parser.sections():
            for name, value in parser.items(group):
                self.entry_points.append(EntryPoint(group, name, value))

    def metadata(self, *, has_extension_modules: bool = False) -> Metadata:
        """What was collected."""
        return Metadata(
            manifests=(self.path,),
            dialects=(self.dialect,),
            name=self.name,
            version=self.version,
            requires_python=self.requires_python,
            build_backend="setuptools.build_meta",
            requirements=tuple(self.requirements),
            extras=tuple(sorted(self.extras)),
            groups=tuple(self.groups),
            entry_points=tuple(self.entry_points),
            has_extension_modules=has_extension_modules,
            is_complete=self.is_complete,
            problems=tuple(self.problems),
        )

    def _located(self, text: str) -> str:
        """Absolute paths into the workspace, as code makes them, relative to the folder."""
        if MACHINE_ROOT not in text:
            return text

        def relative(match: re.Match[str]) -> str:
            below = posixpath.normpath(MACHINE_ROOT + match["below"])
            return "file:" + posixpath.relpath(below, machine_path(self.folder))

        return _MACHINE_URL.sub(relative, text)


def without_comment(line: str) -> str:
    """A requirement line as setuptools reads it."""
    text = line.strip()
    return "" if text.startswith("#") else text.partition(" #")[0].strip()


def first_line(error: Exception) -> str:
    """What an exception says, as part of a sentence."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip().rstrip(".:") if lines else type(error).__name__
    return text[:1].lower() + text[1:]


def joined_version(value: object) -> str | None:
    """A version as setuptools makes text of it: sequences are joined by dots."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list | tuple) and value:
        return ".".join(map(str, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def text_items(value: Mapping[object, object]) -> list[tuple[str, object]]:
    """The items of a dictionary whose keys are text."""
    return [(key, item) for key, item in value.items() if isinstance(key, str)]
