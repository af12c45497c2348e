"""Whether a changed text says what it should, as the readers of its format take it."""

import ast
import tomllib

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.editing import cfg, requirements
from oneroof.workspace.editing.arrays import name_in
from oneroof.workspace.editing.edits import (
    AddItem,
    AddKey,
    Edit,
    Names,
    RemoveElement,
    RemoveItems,
    RemoveKey,
    ReplaceLine,
)

Document = dict[str, object]


def says(path: RelPath, old: str, new: str, edit: Edit) -> bool:
    """Whether a new text says what the old one said, with the change."""
    if path.endswith(".py"):
        return _says_python(old, new)
    if path.endswith(".toml"):
        return _says_toml(old, new, edit)
    if paths.name(path) == "setup.cfg":
        return _says_cfg(old, new, edit)
    return _says_requirements(old, new, edit)


def _says_python(old: str, new: str) -> bool:
    try:
        return ast.dump(ast.parse(old)) == ast.dump(ast.parse(new))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _says_requirements(old: str, new: str, edit: Edit) -> bool:
    before, after = requirements.parsed(old), requirements.parsed(new)
    if isinstance(edit, ReplaceLine):
        return before == after
    if isinstance(edit, AddItem):
        return _is_one_more(before, after, edit.item)
    return any(before[:i] + before[i + 1 :] == after for i in range(len(before)))


def _says_cfg(old: str, new: str, edit: Edit) -> bool:
    before, after = cfg.parsed(old), cfg.parsed(new)
    match edit:
        case AddItem(path=(section, option)):
            had, has = before.pop((section, option), []), after.pop((section, option), [])
            return before == after and _is_one_more(had, has, edit.item)
        case RemoveItems(path=(section, option)):
            had = before.get((section, option), [])
            had[:] = [each for each in had if name_in(cfg.bare(each)) != edit.name]
            return before == after
        case _:
            return before == after


def _says_toml(old: str, new: str, edit: Edit) -> bool:
    before = tomllib.loads(old)
    try:
        after = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    if isinstance(edit, AddItem | AddKey):
        if not _is_added(before, after, edit):
            return False
        _forget(after, edit.path, before)
        _forget(before, edit.path, before)
    elif isinstance(edit, RemoveKey):
        _forget(before, edit.path, None)
        for data in (before, after) if edit.prune else ():
            _drop_empty(data, edit.path[:-1])
    elif isinstance(edit, RemoveItems | RemoveElement):
        _shorten(before, edit)
        for data in (before, after) if isinstance(edit, RemoveElement) else ():
            # The last of an array of tables leaves no array.
            _drop_empty(data, edit.path)
    return before == after


def _is_added(before: Document, after: Document, edit: AddItem | AddKey) -> bool:
    had, has = _at(before, edit.path), _at(after, edit.path)
    if isinstance(edit, AddKey):
        return had is None and has == (
            edit.value if isinstance(edit.value, str) else dict(edit.value)
        )
    return isinstance(has, list) and (
        has == [edit.item]
        if had is None
        else isinstance(had, list) and _is_one_more(had, has, edit.item)
    )


def _shorten(before: Document, edit: RemoveItems | RemoveElement) -> None:
    had = _at(before, edit.path)
    if isinstance(had, list) and isinstance(edit, RemoveElement):
        del had[edit.index]
    elif isinstance(had, list) and isinstance(edit, RemoveItems):
        had[:] = [x for x in had if not isinstance(x, str) or name_in(x) != edit.name]


def _is_one_more(before: list[str], after: list[str], item: str) -> bool:
    """Whether a list is another one with one more item somewhere."""
    return any(
        each == item and after[:index] + after[index + 1 :] == before
        for index, each in enumerate(after)
    )


def _at(data: object, path: Names) -> object:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _forget(data: Document, path: Names, other: Document | None) -> None:
    """Take a key out, and the tables around it that are then empty and not in `other`."""
    for length in range(len(path), 0, -1):
        holder = _at(data, path[: length - 1])
        if isinstance(holder, dict):
            holder.pop(path[length - 1], None)
        if holder or other is None or _at(other, path[: length - 1]) is not None:
            return


def _drop_empty(data: Document, path: Names) -> None:
    """Take out what is empty at a path, and the tables around it that then are."""
    for length in range(len(path), 0, -1):
        holder = _at(data, path[: length - 1])
        if isinstance(holder, dict) and not holder.get(path[length - 1], True):
            del holder[path[length - 1]]
