"""The dist-info folder of an internal project, written by hand: no build backend is run (PEP 376).

Pure: text in the forms of core metadata 2.1, `entry_points.txt` and `direct_url.json` (PEP 610).
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from oneroof.workspace.model import MAIN, EntryPoint, Kind, Metadata, Requirement

UNKNOWN_VERSION = "0.0.0"
"""Stands in for a version that is only known when the project is built."""

_EXTRA = "extra:"


def render_metadata(name: str, metadata: Metadata) -> str:
    """The METADATA file as an editable install would have it."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version_of(metadata)}"]
    if metadata.requires_python:
        lines.append(f"Requires-Python: {metadata.requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in metadata.extras]
    lines += [
        f"Requires-Dist: {text}"
        for requirement in metadata.requirements
        if (text := _requires_dist(requirement)) is not None
    ]
    return "\n".join(line for line in map(_one_line, lines)) + "\n"


def version_of(metadata: Metadata) -> str:
    """The version an environment shows for a project."""
    return metadata.version or UNKNOWN_VERSION


def _requires_dist(requirement: Requirement) -> str | None:
    marker = _marker(requirement.kind, requirement.marker)
    if marker is None:
        return None
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    condition = f" ; {marker}" if marker else ""
    return f"{requirement.name}{extras}{requirement.specifier}{condition}"


def _marker(kind: Kind, marker: str) -> str | None:
    """The marker of a requirement in METADATA; None where it does not belong there."""
    if kind == MAIN:
        return marker
    if not kind.startswith(_EXTRA):
        return None
    condition = f'extra == "{kind.removeprefix(_EXTRA)}"'
    return f"({marker}) and {condition}" if marker else condition


def _one_line(text: str) -> str:
    return " ".join(text.split())


def render_entry_points(entry_points: Iterable[EntryPoint]) -> str:
    """The `entry_points.txt` of a distribution; empty where it has none."""
    groups: dict[str, list[str]] = {}
    for each in entry_points:
        groups.setdefault(each.group, []).append(f"{each.name} = {each.value}")
    return "\n".join(
        f"[{group}]\n" + "".join(f"{line}\n" for line in sorted(lines))
        for group, lines in sorted(groups.items())
    )


def render_direct_url(folder_url: str) -> bytes:
    """The `direct_url.json` of an editable install from a folder."""
    content: Mapping[str, object] = {"url": folder_url, "dir_info": {"editable": True}}
    return msgspec.json.encode(content)


def dist_info_name(name: str, version: str) -> str:
    """The folder's name: `some_lib-1.0.dist-info`."""
    escaped = re.sub(r"[-_.]+", "_", name).lower()
    return f"{escaped}-{version.replace('-', '_')}.dist-info"


def render_script(start_lines: str, entry_point: EntryPoint) -> str:
    """A console script as installers write it, after the lines that start its interpreter."""
    module, _, attribute = entry_point.value.partition("[")[0].strip().partition(":")
    module, attribute = module.strip(), attribute.strip()
    start, _, _ = attribute.partition(".")
    return (
        f"{start_lines}# -*- coding: utf-8 -*-\n"
        f"import sys\nfrom {module} import {start}\n"
        f'if __name__ == "__main__":\n    sys.exit({attribute}())\n'
    )


def shebang(python: str) -> str:
    """The first lines of a script; through `sh` where the kernel's limits are not kept."""
    longest = 127
    if " " in python or len(python) + 2 > longest:
        quoted = python.replace("'", "'\"'\"'")
        return f"#!/bin/sh\n'''exec' '{quoted}' \"$0\" \"$@\"\n' '''\n"
    return f"#!{python}\n"


RELATIVE_SHEBANG = "#!/bin/sh\n'''exec' \"${0%/*}/python\" \"$0\" \"$@\"\n' '''\n"
"""Starts the interpreter that lies beside the script, so that one file serves many folders."""


def make_relative(script: bytes, python: str) -> bytes | None:
    """A script of `python` as one of whichever interpreter lies beside it; None: it is none.

    Knows the forms installers write: the interpreter as shebang, or `sh` that starts it.
    """
    first, newline, rest = script.partition(b"\n")
    if not newline or not first.startswith(b"#!"):
        return None
    program = first[2:].strip().split(b" ")[0]
    if _is_python_of(program, python):
        return RELATIVE_SHEBANG.encode() + rest
    second, newline, rest = rest.partition(b"\n")
    if program == b"/bin/sh" and second.startswith(b"'''exec'") and python.encode() in second:
        _, _, rest = rest.partition(b"\n")
        return RELATIVE_SHEBANG.encode() + rest
    return None


def _is_python_of(program: bytes, python: str) -> bool:
    folder = python.rpartition("/")[0].encode() + b"/python"
    return program.startswith(folder)
