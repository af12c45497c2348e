"""Tasks that other runners' tables define: poethepoet's, PDM's and Hatch's, read when asked.

`[tool.oneroof] scripts = ["poe", "pdm", "hatch"]` says whose. What cannot be told without
running the other tool (its own conditions, matrices, arguments) is left out.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

Command = tuple[str, ...]
Scripts = dict[str, tuple[Command, ...]]
"""Commands by task, all to be run in order."""


def read_scripts(document: Mapping[str, object], runners: Iterable[str]) -> Scripts:
    """The scripts of a pyproject.toml for some of the runners `poe`, `pdm`, `hatch`."""
    readers = {"poe": _poe, "pdm": _pdm, "hatch": _hatch}
    found: Scripts = {}
    for runner in runners:
        table = dict(readers[runner](document)) if runner in readers else {}
        for name in table:
            commands = tuple(_commands(table, name, ()))
            if commands:
                found.setdefault(name, commands)
    return found


def _commands(table: Mapping[str, object], name: str, above: tuple[str, ...]) -> Iterator[Command]:
    """A script's commands; one that names another script is that script."""
    if name in above:
        return
    value = table[name]
    for each in value if isinstance(value, list) else [value]:
        yield from _command(table, each, (*above, name))


def _command(
    table: Mapping[str, object], value: object, above: tuple[str, ...]
) -> Iterator[Command]:
    if isinstance(value, str):
        words = shlex.split(re.sub(r"\{args(:[^}]*)?\}", "", value))
        if len(words) == 1 and words[0] in table:
            yield from _commands(table, words[0], above)
        elif words and not any("{" in word for word in words):
            yield tuple(words)
    elif isinstance(value, Mapping):
        yield from _table(table, value, above)


def _table(
    table: Mapping[str, object], value: Mapping[str, object], above: tuple[str, ...]
) -> Iterator[Command]:
    match value:
        case {"cmd": str(text)}:
            yield from _command(table, text, above)
        case {"cmd": list(words)}:
            yield tuple(map(str, words))
        case {"shell": str(text)}:
            yield ("sh", "-c", text)
        case {"call": str(text)} | {"script": str(text)} if _call(text):
            yield ("python", "-c", _call(text))
        case {"ref": str(name)} if name in table:
            yield from _commands(table, name, above)
        case {"composite": list(parts)} | {"sequence": list(parts)}:
            for part in parts:
                yield from _command(table, part, above)
        case _:
            return


def _call(text: str) -> str:
    """`package.module:function` as Python that calls it; empty for anything more."""
    matched = re.fullmatch(r"([\w.]+):(\w+)(\(\))?", text)
    return f"import {matched[1]} as m; raise SystemExit(m.{matched[2]}())" if matched else ""


def _poe(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    yield from _at(document, "tool", "poe", "tasks").items()


def _pdm(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in _at(document, "tool", "pdm", "scripts").items():
        if name != "_":
            yield name, value


def _hatch(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for environment in _at(document, "tool", "hatch", "envs").values():
        if isinstance(environment, Mapping):
            yield from _at(environment, "scripts").items()


def _at(table: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    value: object = table
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
