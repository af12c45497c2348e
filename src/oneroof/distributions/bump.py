"""Raising versions: of projects, and in what their dependents ask of them; planned as a whole."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from oneroof import paths
from oneroof.changes.snapshot import Opened
from oneroof.distributions.history import list_tags
from oneroof.distributions.plan import is_built, is_read_from_git
from oneroof.distributions.versions import Step, next_version, parse_tag, parse_version
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.rules.fixing import Change
from oneroof.rules.places import place_of
from oneroof.workspace.discovery import discover
from oneroof.workspace.editing.keys import split_key
from oneroof.workspace.editing.lines import find_line
from oneroof.workspace.editing.ranges import raise_constraint, raise_requirement
from oneroof.workspace.editing.spans import value_at
from oneroof.workspace.metadata import read_document, read_metadata
from oneroof.workspace.model import MAIN, Edge, Metadata, Project, ProjectName, Requirement
from oneroof.workspace.tree import Tree

_FRAGMENTS = ("changelog.d", "newsfragments")
_IN_CFG = re.compile(r"(?P<head>version\s*[=:]\s*)(?P<version>[^\s#]+)")
_IN_CODE = re.compile(r"(?P<head>\bversion\s*=\s*[\"'])(?P<version>[^\"'\\]+)(?=[\"'])")
_ASSIGNED = re.compile(
    r"(?P<head>^\s*[A-Za-z_]\w*\s*(?::[^=\n]+)?=\s*[\"']v?)(?P<version>[^\"'\\\n]+)(?=[\"'])",
    re.MULTILINE,
)


class Raise(msgspec.Struct, frozen=True):
    """A project's version, raised."""

    project: ProjectName
    old: str
    new: str
    path: RelPath | None
    """The file that says it; None where a tag does."""
    tag: str = ""
    """The tag to be set by hand, where git tells the version."""


class Range(msgspec.Struct, frozen=True):
    """What a dependent asks of a raised project, raised."""

    project: ProjectName
    path: RelPath
    key: str
    old: str
    new: str


class Fragments(msgspec.Struct, frozen=True):
    """News of a project that wait to be put into its changelog."""

    project: ProjectName
    folder: RelPath
    names: tuple[str, ...]


class Bump(msgspec.Struct, frozen=True):
    """Everything that is to be changed, in files and by hand."""

    raises: tuple[Raise, ...]
    ranges: tuple[Range, ...]
    fragments: tuple[Fragments, ...]
    changes: tuple[Change, ...]


def plan_bump(
    opened: Opened, selected: Iterable[Project], step: Step, dependents: Step | None = None
) -> Bump:
    """The versions of the selected projects raised, and with them what asks for them.

    With `dependents`, the versions of those whose wheels would say something else are raised too.

    Raises:
        ConfigError: something of it cannot be written; then nothing is.
    """
    return _Planner(opened, dependents).plan(selected, step)


class _Planner:
    """Collects the changes, each tried on a tree that is not on disk."""

    def __init__(self, opened: Opened, dependents: Step | None) -> None:
        self._opened = opened
        self._graph = opened.graph
        self._dependents = dependents
        self._contents: dict[RelPath, bytes] = {}
        self._raises: dict[ProjectName, Raise] = {}
        self._ranges: dict[tuple[RelPath, str], tuple[ProjectName, str]] = {}
        self._obstacles: list[str] = []

    def plan(self, selected: Iterable[Project], step: Step) -> Bump:
        waiting = [(project, step) for project in selected]
        while waiting:
            project, wanted = waiting.pop(0)
            if project.name not in self._raises and (raised := self._raise(project, wanted)):
                self._raises[project.name] = raised
                for edge in self._graph.dependents(project.name):
                    is_told = self._raise_ranges(edge, raised)
                    dependent = self._graph.projects[edge.dependent]
                    if is_told and self._dependents is not None and is_built(dependent):
                        waiting.append((dependent, self._dependents))
        if self._obstacles:
            raise ConfigError("\nerror: ".join(self._obstacles), hint="nothing was written")
        return Bump(
            tuple(self._raises.values()),
            self._verified(),
            tuple(self._fragments()),
            tuple(
                Change(path, self._opened.tree.read_bytes(path), content)
                for path, content in sorted(self._contents.items())
            ),
        )

    @property
    def _tree(self) -> Tree:
        return self._opened.tree.with_contents(self._contents)

    def _raise(self, project: Project, step: Step) -> Raise | None:
        if is_read_from_git(project, self._opened):
            return self._raise_tag(project, step)
        old = project.metadata.version or ""
        try:
            new = str(next_version(parse_version(old), step))
        except ConfigError as error:
            self._obstacles.append(f"{project.name}: {error.message}")
            return None
        for path, text in self._candidates(project, old, new):
            if path in self._opened.tree.links:
                continue
            tried = self._tree.with_contents({path: self._encoded(path, text)})
            found = read_metadata(tried, project.path)
            if found is not None and found.version == new:
                self._contents[path] = self._encoded(path, text)
                return Raise(project.name, old, new, path)
        self._obstacles.append(
            f"{project.name}: its version {old} is not written where it can be changed"
        )
        return None

    def _raise_tag(self, project: Project, step: Step) -> Raise | None:
        """What to do where git tells the version: nothing in files."""
        tags = list_tags(self._opened.root) if self._opened.has_git else ()
        latest = parse_tag(tags, project.metadata.name or project.name)
        if latest is None:
            self._obstacles.append(
                f"{project.name}: its version is read from git, and no tag of one was found"
            )
            return None
        prefix, old = latest
        try:
            new = next_version(old, step)
        except ConfigError as error:
            self._obstacles.append(f"{project.name}: {error.message}")
            return None
        return Raise(project.name, str(old), str(new), None, f"{prefix}{new}")

    def _candidates(self, project: Project, old: str, new: str) -> Iterator[tuple[RelPath, str]]:
        """Files with the version put where it may stand, the likeliest first."""
        own = [each for each in project.metadata.manifests if paths.is_within(each, project.path)]
        for path in own:
            for text in _in_manifest(path, self._text(path), old, new):
                yield path, text
        tree = self._tree
        read_metadata(tree, project.path)
        for path in sorted(tree.reads - set(own)):
            if path not in tree or path in tree.links:
                continue
            text = self._text(path)
            if text.strip() == old:
                yield path, text.replace(old, new)
            elif path.endswith(".py"):
                yield path, _ASSIGNED.sub(lambda each: _replaced(each, old, new), text)

    def _raise_ranges(self, edge: Edge, raised: Raise) -> bool:
        """Raise what would no longer allow a version; whether the dependent's wheel is another."""
        new = Version(raised.new)
        is_told = False
        for each in edge.requirements:
            allowed = SpecifierSet(each.specifier)
            # What did not allow the old version either is for another one, from an index.
            is_lost = allowed.contains(raised.old, prereleases=True) and not allowed.contains(
                new, prereleases=True
            )
            is_shipped = each.kind == MAIN or each.kind.startswith("extra:")
            is_told = is_told or (is_shipped and (not each.specifier or is_lost))
            if is_lost and (each.declared_in, each.key) not in self._ranges:
                self._raise_range(edge, each, new)
        return is_told

    def _raise_range(self, edge: Edge, requirement: Requirement, new: Version) -> None:
        path = requirement.declared_in
        self._ranges[path, requirement.key] = (edge.dependent, requirement.specifier)
        text = self._text(path)
        changed = _with_range(path, text, requirement, new)
        if path in self._opened.tree.links or changed == text:
            self._obstacles.append(
                f"{path}: {requirement.key}: `{requirement.pep508}` does not allow {new} and is "
                "not written so that it can be raised"
            )
        else:
            self._contents[path] = self._encoded(path, changed)

    def _text(self, path: RelPath) -> str:
        try:
            return self._tree.read_bytes(path).removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError as error:
            message = f"{path}: is not UTF-8"
            raise ConfigError(message, hint="save the file as UTF-8") from error

    def _encoded(self, path: RelPath, text: str) -> bytes:
        marked = self._opened.tree.read_bytes(path).startswith(codecs.BOM_UTF8)
        return (codecs.BOM_UTF8 if marked else b"") + text.encode()

    def _verified(self) -> tuple[Range, ...]:
        """The raised ranges as the changed files say them, if these say nothing else.

        Raises:
            ConfigError: they say something that was not wanted, or not all that was.
        """
        found = discover(self._tree)
        after = {each.path: each for each in (*found.projects, *found.virtual_roots)}
        for project in self._graph.projects.values():
            has = after.get(project.path)
            if has is None or self._masked(project) != self._masked(has):
                message = f"{project.path}: its manifest would say something else, too"
                raise ConfigError(message, hint="raise these versions by hand; nothing was written")
        said = {
            (each.declared_in, each.key): each
            for project in after.values()
            for each in project.metadata.requirements
        }
        ranges = []
        for (path, key), (dependent, old) in self._ranges.items():
            now = said[path, key]
            wanted = next(
                each.new
                for each in self._raises.values()
                if each.project.partition("@")[0] == now.name
            )
            if not SpecifierSet(now.specifier).contains(wanted, prereleases=True):
                message = f"{path}: {key}: `{now.pep508}` would still not allow {wanted}"
                raise ConfigError(message, hint="raise it by hand; nothing was written")
            ranges.append(Range(dependent, path, key, old, now.specifier))
        return tuple(ranges)

    def _masked(self, project: Project) -> Metadata:
        """What must stay of a project's metadata."""
        raised = self._raises.get(project.name)
        metadata = project.metadata
        version = metadata.version
        if raised is not None and raised.path is not None and version in {raised.old, raised.new}:
            version = ""
        requirements = tuple(
            msgspec.structs.replace(each, specifier="")
            if (each.declared_in, each.key) in self._ranges
            else each
            for each in metadata.requirements
        )
        return msgspec.structs.replace(
            metadata, version=version, requirements=requirements, problems=()
        )

    def _fragments(self) -> Iterator[Fragments]:
        """Pieces of changelogs, as towncrier keeps them, beside the raised projects."""
        tree = self._opened.tree
        for name in self._raises:
            project = self._graph.projects[name]
            for folder in _fragment_folders(tree, project.path):
                names = tuple(
                    each
                    for each in tree.folder(folder).files
                    if not each.startswith((".", "_", "README")) and "template" not in each
                )
                if names:
                    yield Fragments(name, folder, names)


def _in_manifest(path: RelPath, text: str, old: str, new: str) -> Iterator[str]:
    if path.endswith(".toml"):
        for names in (("project", "version"), ("tool", "poetry", "version")):
            value = value_at(text, names)
            if value is not None and text[value.start] in "\"'":
                quote = text[value.start]
                yield f"{text[: value.start]}{quote}{new}{quote}{text[value.end :]}"
    elif paths.name(path) in {"setup.cfg", "setup.py"}:
        is_cfg = path.endswith(".cfg")
        line = find_line(path, text, "metadata.version" if is_cfg else "version")
        if line is not None:
            yield _in_line(text, line, _IN_CFG if is_cfg else _IN_CODE, old, new)


def _in_line(text: str, line: int, pattern: re.Pattern[str], old: str, new: str) -> str:
    lines = text.split("\n")
    lines[line - 1] = pattern.sub(lambda each: _replaced(each, old, new), lines[line - 1])
    return "\n".join(lines)


def _replaced(found: re.Match[str], old: str, new: str) -> str:
    """The match with a new version, where it holds the old one."""
    try:
        is_it = Version(found["version"]) == Version(old)
    except ValueError:
        is_it = False
    return found["head"] + new if is_it else found[0]


def _with_range(path: RelPath, text: str, requirement: Requirement, new: Version) -> str:
    """A manifest with one requirement raised; unchanged where that is not understood."""
    if path.endswith(".toml"):
        key = split_key(requirement.key)
        is_constraint = place_of(requirement).is_table
        value = value_at(text, key)
        if is_constraint and (value is None or value.pairs is not None):
            value = value_at(text, (*key, "version"))
        if value is None or value.items is not None or value.pairs is not None:
            return text
        written = text[value.start : value.end]
        raised = (
            written[0] + raise_constraint(written[1:-1], new) + written[-1]
            if is_constraint
            else raise_requirement(written, requirement.name, new)
        )
        return text[: value.start] + raised + text[value.end :]
    line = find_line(path, text, requirement.key)
    if line is None:
        return text
    lines = text.split("\n")
    lines[line - 1] = raise_requirement(lines[line - 1], requirement.name, new)
    return "\n".join(lines)


def _fragment_folders(tree: Tree, folder: RelPath) -> Sequence[RelPath]:
    document, _ = read_document(tree, paths.join(folder, "pyproject.toml"))
    value: object = document
    for name in ("tool", "towncrier", "directory"):
        value = value.get(name) if isinstance(value, dict) else None
    configured = paths.normalise(folder, value) if isinstance(value, str) else None
    known = [paths.join(folder, name) for name in _FRAGMENTS]
    return list(dict.fromkeys([*([configured] if configured else []), *known]))
