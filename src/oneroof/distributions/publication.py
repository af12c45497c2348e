"""What would be published: which wheels, in which order, and what forbids it. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from graphlib import CycleError, TopologicalSorter

import msgspec
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from oneroof.actions.digest import Digest
from oneroof.distributions.destination import Destination
from oneroof.distributions.plan import direct_dependencies, is_built, normalised
from oneroof.distributions.simple_index import IndexedFile
from oneroof.distributions.wheels import Built
from oneroof.errors import ConfigError, ToolError
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import MAIN, Project, ProjectName

_PRIVATE = "Private ::"
_RAISE = "raise the version"


class State(Enum):
    """How a wheel stands to the index."""

    NEW = "new"
    THERE = "already there"
    REFUSED = "refused"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A wheel that was built to be published, and what its metadata says."""

    project: ProjectName
    path: RelPath
    """The project's folder."""
    name: str
    """PEP 503-normalised."""
    version: str
    filename: str
    digest: Digest
    metadata_version: str
    requires: tuple[str, ...]
    """The values of `Requires-Dist`."""
    classifiers: tuple[str, ...]
    is_from_git: bool
    """Whether its version was read from tags."""

    @property
    def is_private(self) -> bool:
        """Whether its classifiers say that it is not to be published."""
        return any(each.startswith(_PRIVATE) for each in self.classifiers)


class Listed(msgspec.Struct, frozen=True):
    """What an index has of one candidate's distribution."""

    versions: frozenset[str] = frozenset()
    """Normalised."""
    siblings: tuple[str, ...] = ()
    """The names of all files of the candidate's own version, sorted."""
    is_same: bool | None = None
    """Whether the file of the candidate's name has its content; None: there is no such file."""


class Release(msgspec.Struct, frozen=True):
    """One wheel of a publication."""

    candidate: Candidate
    state: State
    internal: tuple[str, ...]
    """What it asks of other projects of the workspace, as its metadata says."""
    refusals: tuple[str, ...] = ()
    """Why it may not be published, each with what to do about it."""


def to_publish(graph: Graph, selected: Iterable[Project]) -> tuple[Project, ...]:
    """The selected projects and all that are built which their metadata asks for, by name."""
    waiting = [each.name for each in selected]
    names: set[ProjectName] = set()
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += (each.name for each in direct_dependencies(graph, name))
    projects = (graph.projects[name] for name in sorted(names))
    return tuple(each for each in projects if is_built(each))


def read_candidate(built: Built, path: RelPath, metadata: str, *, is_from_git: bool) -> Candidate:
    """A wheel as its own METADATA describes it.

    Raises:
        ToolError: there is no wheel.
    """
    if built.digest is None:
        raise ToolError(built.error)
    raw, _ = parse_email(metadata)
    return Candidate(
        project=built.project,
        path=path,
        name=normalised(raw.get("name")),
        version=raw.get("version", ""),
        filename=built.filename,
        digest=built.digest,
        metadata_version=raw.get("metadata_version", ""),
        requires=tuple(raw.get("requires_dist", ())),
        classifiers=tuple(raw.get("classifiers", ())),
        is_from_git=is_from_git,
    )


def read_listed(
    files: Iterable[IndexedFile],
    candidate: Candidate | None = None,
    content: bytes = b"",
    holds: Callable[[IndexedFile, bytes], bool] = lambda *_: False,
) -> Listed:
    """What an index has of a distribution, and of the candidate for its next release."""
    found = list(files)
    versions = frozenset(each.version for each in found if each.version)
    if candidate is None:
        return Listed(versions)
    version = canonicalize_version(candidate.version)
    siblings = sorted(
        {each.filename for each in found if canonicalize_version(each.version) == version}
    )
    same = next((each for each in found if each.filename == candidate.filename), None)
    is_same = None if same is None else holds(same, content)
    return Listed(versions, tuple(siblings), is_same)


def find_unbuilt(graph: Graph, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The distributions that candidates need of projects which are no candidates, sorted."""
    known = {each.name for each in candidates}
    names = {
        normalised(dependency.metadata.name)
        for each in candidates
        for dependency in direct_dependencies(graph, each.project)
        if dependency.metadata.name is not None
    }
    return tuple(sorted(names - known))


def in_order(graph: Graph, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Dependencies first, so that nothing is ever published that asks for what is not there.

    Raises:
        ConfigError: projects need each other, so that no order will do.
    """
    by_name = {each.project: each for each in candidates}
    # A cycle through an extra is broken there: whoever installs without it lacks nothing.
    cycle: Sequence[ProjectName] = ()
    for with_extras in (True, False):
        sorter = TopologicalSorter(
            {name: _needed(graph, name, by_name, with_extras=with_extras) for name in by_name}
        )
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = error.args[1]
            continue
        found: list[Candidate] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            found += (by_name[name] for name in ready)
            sorter.done(*ready)
        return tuple(found)
    message = f"no order to publish in: {' needs '.join(reversed(cycle))}"
    raise ConfigError(message, hint="take one of these dependencies out, or make it an extra")


def _needed(
    graph: Graph, name: ProjectName, among: Mapping[ProjectName, Candidate], *, with_extras: bool
) -> list[ProjectName]:
    return [
        edge.dependency
        for edge in graph.dependencies(name)
        if edge.dependency in among
        and edge.dependency != name
        and any(kind == MAIN or (with_extras and kind.startswith("extra:")) for kind in edge.kinds)
    ]


def plan_releases(
    graph: Graph,
    ordered: Sequence[Candidate],
    listed: Mapping[str, Listed],
    destination: Destination,
) -> tuple[Release, ...]:
    """What becomes of each candidate, by what the index has of all of them already."""
    planned = []
    for each in ordered:
        internal = tuple(_internal(graph, each))
        refusals = (
            *_judge_version(each, destination),
            *_judge_presence(each, listed.get(each.name, Listed()), ordered),
            *_judge_requirements(each, internal, ordered, listed, destination),
        )
        state = State.NEW
        if refusals:
            state = State.REFUSED
        elif listed.get(each.name, Listed()).is_same:
            state = State.THERE
        told = tuple(text for text, _ in internal)
        planned.append(Release(each, state, told, refusals))
    return tuple(planned)


def _internal(graph: Graph, candidate: Candidate) -> Iterator[tuple[str, Requirement]]:
    """The requirements of a wheel that name other projects, as written and taken apart."""
    names = {
        normalised(each.metadata.name)
        for each in direct_dependencies(graph, candidate.project)
        if each.metadata.name is not None
    }
    for text in candidate.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) in names:
            yield text, requirement


def _judge_version(candidate: Candidate, destination: Destination) -> Iterator[str]:
    mend = "set the tag of a release" if candidate.is_from_git else "give it one"
    try:
        version = Version(candidate.version)
    except InvalidVersion:
        yield f"`{candidate.version}` is no version (PEP 440): {mend}"
        return
    if not any(version.release):
        yield f"version {version} says that nobody gave it one: {mend}"
    elif version.local and (candidate.is_from_git or destination.is_public):
        yield f"version {version} is that of a state between releases: {mend}"


def _judge_presence(
    candidate: Candidate, listed: Listed, ordered: Sequence[Candidate]
) -> Iterator[str]:
    for other in ordered:
        if other.name == candidate.name and other.project != candidate.project:
            yield f"{other.project} has the same name: rename one of them"
    if listed.is_same is False:
        yield (
            f"the index has version {candidate.version} with another content of "
            f"`{candidate.filename}`: {_RAISE}"
        )
    elif listed.is_same is None and listed.siblings and not _is_further(candidate, listed):
        others = ", ".join(f"`{each}`" for each in listed.siblings)
        yield f"the index has version {candidate.version} already, as {others}: {_RAISE}"


def _is_further(candidate: Candidate, listed: Listed) -> bool:
    """Whether a wheel is for other machines than those of the same version that are there."""
    return _is_for_some(candidate.filename) and all(map(_is_for_some, listed.siblings))


def _is_for_some(filename: str) -> bool:
    try:
        tags = parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return False
    return all(tag.platform != "any" for tag in tags)


def _judge_requirements(
    candidate: Candidate,
    internal: Sequence[tuple[str, Requirement]],
    ordered: Sequence[Candidate],
    listed: Mapping[str, Listed],
    destination: Destination,
) -> Iterator[str]:
    """What it asks for and nobody would find."""
    for text in candidate.requires:
        if " @ file:" in text:
            yield f"it asks for `{text}`, which only this machine has: declare a version of it"
        elif " @ " in text and destination.is_public:
            yield f"it asks for `{text}`, which {destination.name} does not take: use a version"
    to_come = {each.name: each.version for each in ordered if not each.is_private}
    private = {each.name for each in ordered if each.is_private}
    for text, requirement in internal:
        name = canonicalize_name(requirement.name)
        if requirement.url is not None:
            continue
        has = {*listed.get(name, Listed()).versions, *filter(None, [to_come.get(name)])}
        if any(requirement.specifier.contains(each, prereleases=True) for each in has):
            continue
        if name in private:
            yield f"it asks for `{text}`, which is private: take the dependency or its mark out"
        else:
            known = ", ".join(sorted(has)) or "nothing"
            yield (
                f"it asks for `{text}`, of which there would be {known}: change its requirement, "
                "or publish such a version first"
            )
