"""What to write so that a fingerprint holds what tests read. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from oneroof import paths
from oneroof.paths import ROOT, RelPath
from oneroof.tasks.uncovered import Uncovered
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.settings import TaskSettings

MANIFEST = "pyproject.toml"
TEST = "test"
SEVERAL = 5
"""From how many files of one folder on the folder is named in their place."""


class Remedy(msgspec.Struct, frozen=True):
    """A table with the keys to write in it, what they hold already included."""

    project: ProjectName
    path: RelPath
    table: str
    inputs: tuple[str, ...] = ()
    env: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The table as TOML."""
        rows = (("inputs", self.inputs), ("env", self.env))
        return (f"[{self.table}]", *(f"{key} = {_listed(words)}" for key, words in rows if words))


def find_remedies(
    projects: Mapping[ProjectName, Project],
    found: Iterable[tuple[ProjectName, Uncovered]],
) -> list[Remedy]:
    """For each project what to write for all its tests, by the place to write it in."""
    files: dict[ProjectName, set[RelPath]] = {}
    folders: dict[ProjectName, set[RelPath]] = {}
    variables: dict[ProjectName, set[str]] = {}
    for name, each in found:
        if each.kind == "env":
            variables.setdefault(name, set()).add(each.name)
        else:
            kind = folders if each.kind == "list" else files
            kind.setdefault(name, set()).add(RelPath(each.name))
    remedies = []
    for name in sorted({*files, *folders, *variables}):
        project = projects[name]
        settings = project.settings.tasks.get(TEST, TaskSettings())
        globs = _globs(project, files.get(name, set()), folders.get(name, set()))
        path, table = _place(project)
        remedy = Remedy(
            name,
            path,
            table,
            inputs=tuple(dict.fromkeys((*settings.inputs, *globs))) if globs else (),
            env=tuple(dict.fromkeys((*settings.env, *sorted(variables[name]))))
            if name in variables
            else (),
        )
        remedies.append(remedy)
    return sorted(remedies, key=lambda each: (each.path, each.table))


def _globs(
    project: Project, files: AbstractSet[RelPath], folders: AbstractSet[RelPath]
) -> list[str]:
    by_folder: dict[RelPath, list[RelPath]] = {}
    for path in files:
        by_folder.setdefault(paths.parent(path), []).append(path)
    wide = {*folders, *(each for each, inside in by_folder.items() if len(inside) >= SEVERAL)}
    places = {*folders, *by_folder}
    deep = {
        folder
        for folder in folders - {ROOT}
        if any(each != folder and paths.is_within(each, folder) for each in places)
    }
    found = {f"{_literal(project, folder)}/**" for folder in deep}
    found.update(f"{_literal(project, folder)}/*" for folder in wide if not _is_below(folder, deep))
    found.update(
        _literal(project, path)
        for folder, inside in by_folder.items()
        for path in inside
        if folder not in wide and not _is_below(folder, deep)
    )
    return sorted(each.removeprefix("./") for each in found)


def _is_below(folder: RelPath, any_of: AbstractSet[RelPath]) -> bool:
    return any(paths.is_within(folder, each) for each in any_of)


def _literal(project: Project, path: RelPath) -> str:
    """A path as a glob of the project's settings, from its folder or from the root."""
    if paths.is_within(path, project.path):
        text, start = paths.relative_to(path, project.path), ""
    else:
        text, start = path, "/"
    text = "" if text == ROOT and start else re.sub(r"[*?\[]", "?", text)
    return f"{start}{text}" if text else ""


def _place(project: Project) -> tuple[RelPath, str]:
    own = paths.join(project.path, MANIFEST)
    if own in project.metadata.manifests:
        return own, "tool.oneroof.tasks.test"
    return RelPath(MANIFEST), f"tool.oneroof.projects.{_quoted(project.path)}.tasks.test"


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + "".join(_escaped(text)) + '"'


def _escaped(text: str) -> Iterator[str]:
    for letter in text:
        if letter in '"\\':
            yield f"\\{letter}"
        elif letter < " " or letter == "\x7f":
            yield f"\\u{ord(letter):04x}"
        else:
            yield letter
