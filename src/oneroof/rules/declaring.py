"""What declares a requirement, in the dialect, the place and the style of the project's others."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from oneroof import paths
from oneroof.paths import RelPath, join
from oneroof.rules.places import Place, find_place, leaves_open, neighbours
from oneroof.rules.scopes import Scope
from oneroof.rules.violation import Fix
from oneroof.workspace.development import TEST_RUNNERS, work_kinds
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.toml import Document, read_document
from oneroof.workspace.editing.edits import AddItem, AddKey, Edit, Table
from oneroof.workspace.editing.keys import split_key
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import BUILD, MAIN, Project, Requirement
from oneroof.workspace.tree import Tree

_OPERATOR = re.compile(r"\s*(\^|~=|~|===?|>=?|<=?|!=)")
_ORDER = (">=", ">", "~=", "===", "==", "!=", "<=", "<")
_SOURCES = ("tool", "uv", "sources")


class Declaration(msgspec.Struct, frozen=True):
    """What to write where, in words and as changes."""

    hint: str
    fix: Fix | None
    """None where nothing need be written."""


class Declaring:
    """Writes declarations for the projects of one workspace."""

    def __init__(self, graph: Graph, tree: Tree) -> None:
        self._graph = graph
        self._tree = tree
        self._places: dict[tuple[str, Scope, str], Place] = {}

    def project(
        self, project: Project, needed: Project, scope: Scope, path: RelPath
    ) -> Declaration:
        """What makes a project of the workspace a requirement of another."""
        place = self._place(project, scope, path)
        name = needed.metadata.name or needed.name
        edits: list[tuple[RelPath, Edit]] = []
        further = ""
        if place.is_table:
            table = self._path_table(project, place, needed)
            written = f"`{name} = {_inline(table)}`"
            edits.append((place.file, AddKey((*place.path, name), table)))
        else:
            item = self._item(project, place, needed)
            written = f'`"{item}"`' if place.file.endswith((".toml", ".py")) else f"`{item}`"
            edits.append((place.file, AddItem(place.path, item)))
            if place.file.endswith(".toml") and item == name:
                for file, key, table in self._sources_for(project, place, needed):
                    edits.append((file, AddKey((*key, name), table)))
                    where = f"`[{'.'.join(key)}]`"
                    where += "" if file == place.file else f" of {file}"
                    further = f", and `{name} = {_inline(table)}` in {where}"
        refused = place.refused
        is_run_time = place == self._place(project, Scope.RUN_TIME, path)
        if not refused and is_run_time and self._needs(needed, project):
            refused = f"{needed.name} needs {project.name}, and both would be in a cycle"
        hint = f"write {written} in {place.words}{further}"
        return Declaration(hint, Fix(() if refused else tuple(edits), refused))

    def distribution(
        self, project: Project, names: Sequence[str], version: str, scope: Scope, path: RelPath
    ) -> Declaration:
        """What makes a third-party distribution a requirement of a project.

        Of several `names` that have the module, the first is meant, if any may be.
        """
        place = self._place(project, scope, path)
        name = names[0]
        siblings = self._siblings(project, name)
        bound = self._bound(project, place, siblings, version)
        edit: Edit
        if place.is_table:
            written = f'`{name} = "{bound or "*"}"`'
            edit = AddKey((*place.path, name), bound or "*")
        else:
            item = f"{name}{bound}"
            is_bare = not place.file.endswith((".toml", ".py"))
            written = f"`{item}`" if is_bare else f'`"{item}"`'
            edit = AddItem(place.path, item)
        refused = place.refused
        if not refused and len(names) > 1:
            listed = " and ".join(f"`{each}`" for each in names)
            refused = f"{listed} have the module"
        sourced = next((each for each in siblings if each.sources), None)
        if not refused and sourced is not None and not self._inherits(project, name):
            refused = f"{sourced.declared_in} takes it from a source of its own"
        fix = Fix(() if refused else ((place.file, edit),), refused)
        return Declaration(f"write {written} in {place.words}", fix)

    def place_for_tests(self, project: Project) -> Place:
        """Where what a project's tests run with belongs, if it is not to be there at run time."""
        metadata = project.metadata
        others = tuple(
            each
            for each in metadata.requirements
            if each.kind != MAIN or each.name not in TEST_RUNNERS
        )
        metadata = msgspec.structs.replace(metadata, requirements=others)
        without = msgspec.structs.replace(project, metadata=metadata)
        work = work_kinds(self._graph.workspace, project)
        return find_place(self._tree, without, Scope.TEST, project.path, work)

    def _place(self, project: Project, scope: Scope, path: RelPath) -> Place:
        key = (project.name, scope, path if scope is Scope.BESIDE else "")
        if key not in self._places:
            work = work_kinds(self._graph.workspace, project)
            self._places[key] = find_place(self._tree, project, scope, path, work)
        return self._places[key]

    def _needs(self, one: Project, other: Project) -> bool:
        return other.name in self._graph.closure(one.name, (MAIN,)).internal

    def _document(self, file: RelPath) -> Document:
        return read_document(self._tree, file)[0] or {}

    def _internal_neighbours(self, project: Project, place: Place) -> Iterator[Requirement]:
        """The requirements in a list that lead to projects by a path."""
        for each in neighbours(project, place):
            if any(source.kind == "path" for source in each.sources):
                yield each

    def _path_table(self, project: Project, place: Place, needed: Project) -> Table:
        """Poetry's table for a path, with `develop` as the others have it."""
        folder = posixpath.relpath(needed.path, paths.parent(place.file))
        others = list(self._internal_neighbours(project, place))
        is_develop = not others or any(each.sources[0].editable for each in others)
        return (("path", folder), *((("develop", True),) if is_develop else ()))

    def _item(self, project: Project, place: Place, needed: Project) -> str:
        """The line for a project of the workspace, made after the first of the others' lines."""
        name = needed.metadata.name or needed.name
        base = paths.parent(place.file)
        for each in self._internal_neighbours(project, place):
            source = next(source for source in each.sources if source.kind == "path")
            target = paths.normalise(base, source.location)
            raw = self._raw(each)
            for start in dict.fromkeys((base, project.path, paths.ROOT)):
                written = "" if target is None else posixpath.relpath(target, start)
                before, found, behind = raw.rpartition(written)
                if not written or not found or not re.fullmatch(r"/?(#egg=\S+)?", behind):
                    continue
                folder = posixpath.relpath(needed.path, start)
                if folder.startswith(".."):
                    before = before.removesuffix("./")
                if "@" in before:
                    before = f"{name} @{before.partition('@')[2]}"
                return f"{before}{folder}{f'#egg={name}' if '#' in behind else ''}"
        if _is_hatchs(place):
            return f"{name} @ {{root:uri}}/{posixpath.relpath(needed.path, project.path)}"
        # What the build backend reads has no options of pip.
        if place.path or leaves_open(self._tree, project, "dependencies"):
            return name
        return f"-e {posixpath.relpath(needed.path, base)}"

    def _raw(self, requirement: Requirement) -> str:
        """A requirement as it is written: in a list of a TOML file, or a line of another."""
        file = requirement.declared_in
        if file.endswith(".toml"):
            found: object = self._document(file)
            for part in split_key(requirement.key):
                if isinstance(found, dict) or (isinstance(found, list) and isinstance(part, int)):
                    found = found[part]  # type: ignore[index]  # the key was made from it
            return found if isinstance(found, str) else ""
        if requirement.key.startswith("line "):
            lines = self._tree.read_text(file).splitlines()
            return lines[int(requirement.key.removeprefix("line ")) - 1].partition(" #")[0].strip()
        return ""

    def _sources_for(
        self, project: Project, place: Place, needed: Project
    ) -> Iterator[tuple[RelPath, tuple[str, ...], Table]]:
        """The entry that says where a project is to be had: file, table and what it holds."""
        name = needed.metadata.name or needed.name
        own = join(project.path, "pyproject.toml")
        folder = posixpath.relpath(needed.path, project.path)
        root = project.workspace_root
        if "poetry" in project.metadata.dialects:
            is_group = place.path[0] == "dependency-groups"
            within = ("group", place.path[1]) if is_group else ()
            key = ("tool", "poetry", *within, "dependencies")
            if not _has(self._document(own), key, name):
                yield own, key, (("path", folder), ("develop", True))
            return
        if "uv" not in project.metadata.dialects and root is None:
            return
        files = [own] if root is None else [own, join(root, "pyproject.toml")]
        if any(_has(self._document(file), _SOURCES, name) for file in files):
            return
        if root is not None and root in {needed.workspace_root, needed.path}:
            known = [file for file in files if _table(self._document(file), _SOURCES)]
            yield (known or files)[0], _SOURCES, (("workspace", True),)
            return
        others = _table(self._document(own), _SOURCES).values()
        in_paths = [each for each in others if isinstance(each, dict) and "path" in each]
        is_editable = not in_paths or any(each.get("editable") for each in in_paths)
        editable = (("editable", True),) if is_editable else ()
        yield own, _SOURCES, (("path", folder), *editable)

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Project, Requirement]]]:
        found: dict[str, list[tuple[Project, Requirement]]] = {}
        workspace = self._graph.workspace
        for project in (*workspace.projects, *workspace.virtual_roots):
            for each in project.metadata.requirements:
                if each.kind != BUILD:
                    found.setdefault(each.name, []).append((project, each))
        return found

    def _siblings(self, project: Project, name: str) -> list[Requirement]:
        """How the project itself, else others of the workspace, declare a distribution."""
        known = self._by_name.get(name, [])
        own = [each for holder, each in known if holder.name == project.name]
        return own or [each for _, each in known]

    def _bound(
        self, project: Project, place: Place, siblings: list[Requirement], version: str
    ) -> str:
        """The constraint that the siblings mostly give; else one like the neighbours'."""
        if siblings:
            usual = Counter(each.specifier for each in siblings).most_common(1)[0][0]
            if place.is_table:
                for each in siblings:
                    if each.specifier == usual and (raw := self._raw_constraint(each)):
                        return raw
            return _in_order(usual)
        # Local versions (`2.0+cpu`) are not for others to ask for.
        version = version.partition("+")[0]
        if not version:
            return ""
        return f"{self._usual_operator(project, place, version)}{version}"

    def _raw_constraint(self, requirement: Requirement) -> str:
        """A constraint as Poetry's table has it; empty where it is none of Poetry's."""
        if not requirement.key.startswith("tool.poetry."):
            return ""
        found: object = self._document(requirement.declared_in)
        for part in split_key(requirement.key):
            if isinstance(found, dict):
                found = found.get(part)
        if isinstance(found, dict):
            found = found.get("version")
        return found if isinstance(found, str) else ""

    def _usual_operator(self, project: Project, place: Place, version: str) -> str:
        """The operator that most of the neighbours begin with, if it can hold a lower bound."""
        texts = (
            self._raw_constraint(each) or each.specifier for each in neighbours(project, place)
        )
        found = Counter(match[1] for text in texts if (match := _OPERATOR.match(text)))
        usual = found.most_common(1)[0][0] if found else ">="
        if usual in {"==", "^"} or (usual == "~=" and "." in version):
            return usual
        return ">="

    def _inherits(self, project: Project, name: str) -> bool:
        """Whether the root of a uv workspace says for all members where a name is to be had."""
        root = project.workspace_root
        file = join(project.path if root is None else root, "pyproject.toml")
        return _has(self._document(file), _SOURCES, name)


def _is_hatchs(place: Place) -> bool:
    """Whether a list is that of an environment of Hatch, which takes no sources from elsewhere."""
    return place.path[:3] == ("tool", "hatch", "envs") or (
        paths.name(place.file) == "hatch.toml" and place.path[:1] == ("envs",)
    )


def _in_order(specifier: str) -> str:
    """A specifier with its lower bound first."""
    parts = [each for each in specifier.split(",") if each]

    def rank(part: str) -> int:
        return next(i for i, operator in enumerate(_ORDER) if part.startswith(operator))

    return ",".join(sorted(parts, key=lambda part: (rank(part), part)))


def _table(document: Document, key: Sequence[str]) -> Document:
    found: object = document
    for name in key:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _has(document: Document, key: Sequence[str], name: str) -> bool:
    return normalise_name(name) in map(normalise_name, _table(document, key))


def _inline(table: Table) -> str:
    parts = (
        f"{name} = {str(value).lower()}" if isinstance(value, bool) else f'{name} = "{value}"'
        for name, value in table
    )
    return f"{{ {', '.join(parts)} }}"
