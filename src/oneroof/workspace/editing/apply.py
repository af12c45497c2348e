"""A manifest's text with changes made to it.

Each change is checked: what the new text says must be what the old one said and the change.
"""

from collections.abc import Iterable

from oneroof import paths
from oneroof.paths import RelPath
from oneroof.workspace.editing import cfg, requirements, toml
from oneroof.workspace.editing.arrays import name_in
from oneroof.workspace.editing.checks import says
from oneroof.workspace.editing.edits import (
    AddItem,
    AddKey,
    Edit,
    RemoveElement,
    RemoveItems,
    RemoveKey,
    RemoveLine,
    ReplaceLine,
)
from oneroof.workspace.editing.refusal import NotEditable


def edited(path: RelPath, text: str, edits: Iterable[Edit]) -> str:
    """The text of a file with all changes; those that name lines or indexes come first.

    Raises:
        NotEditable: one of them cannot be made without risk.
    """
    for edit in sorted(dict.fromkeys(edits), key=_order):
        new = _applied(path, text, edit)
        if not says(path, text, new, edit):
            reason = "its syntax is not followed well enough to change it"
            raise NotEditable(reason)
        text = new
    return text


def is_editable(path: RelPath) -> bool:
    """Whether a manifest is data, and not code that makes it up."""
    return not path.endswith(".py")


def _order(edit: Edit) -> tuple[int, int]:
    match edit:
        case RemoveLine() | ReplaceLine():
            return 0, -edit.line
        case RemoveElement():
            return 1, -edit.index
        case RemoveItems() | RemoveKey():
            return 2, 0
        case _:
            return 3, 0


def _applied(path: RelPath, text: str, edit: Edit) -> str:
    if isinstance(edit, ReplaceLine):
        return _with_line(text, edit)
    if path.endswith(".py"):
        reason = "it is code"
        raise NotEditable(reason)
    if path.endswith(".toml"):
        return _in_toml(text, edit)
    if paths.name(path) == "setup.cfg":
        return _in_cfg(text, edit)
    match edit:
        case AddItem():
            return requirements.add_line(text, edit.item)
        case RemoveLine():
            return requirements.remove_line(text, edit.line)
        case _:
            reason = "it is a list of requirements"
            raise NotEditable(reason)


def _in_toml(text: str, edit: Edit) -> str:
    match edit:
        case AddItem():
            return toml.add_item(text, edit.path, edit.item)
        case RemoveItems():
            return toml.remove_items(text, edit.path, lambda line: name_in(line) == edit.name)
        case AddKey():
            return toml.add_key(
                text, edit.path, edit.value if isinstance(edit.value, str) else dict(edit.value)
            )
        case RemoveKey():
            return toml.remove_key(text, edit.path, prune=edit.prune)
        case RemoveElement():
            return toml.remove_element(text, edit.path, edit.index)
        case _:
            reason = "it is TOML"
            raise NotEditable(reason)


def _in_cfg(text: str, edit: Edit) -> str:
    match edit:
        case AddItem(path=(section, option)):
            return cfg.add_requirement(text, section, option, edit.item)
        case RemoveItems(path=(section, option)):
            return cfg.remove_requirement(text, section, option, edit.name)
        case _:
            reason = "only its lists of requirements are changed"
            raise NotEditable(reason)


def _with_line(text: str, edit: ReplaceLine) -> str:
    lines = text.split("\n")
    if edit.text is None:
        del lines[edit.line - 1]
    else:
        lines[edit.line - 1] = edit.text
    return "\n".join(lines)
