"""The action of a target: everything its result depends on, each fact under a name of its own.

What counts for a change (`changes.inputs`, `changes.manifests`) counts for a fingerprint: both
ask the same functions, so `affected` and the cache cannot disagree.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

import msgspec

from oneroof import paths
from oneroof.actions.action import Action, Command, Input, Property, environment_input
from oneroof.actions.digest import Digest
from oneroof.actions.listing import render_listing
from oneroof.changes.configuration import (
    TOOLS,
    Configuration,
    find_configuration,
    python_path,
)
from oneroof.changes.edges import KeptEdge
from oneroof.changes.inputs import (
    PYTHON_SUFFIXES,
    Inputs,
    Reach,
    anchored,
    find_owners,
    inputs_of,
    is_taken_away,
    reach,
)
from oneroof.changes.judged import LOCK_NAMES, counts_by_meaning
from oneroof.changes.manifests import effective_keys
from oneroof.changes.mentioned import (
    is_document,
    is_mentioned,
    is_overlooked,
    mentioned_names,
)
from oneroof.changes.shown import shown_in
from oneroof.changes.snapshot import Opened
from oneroof.changes.starts import SharedStarts
from oneroof.environments.model import EnvironmentPlan
from oneroof.imports.graph import Look
from oneroof.paths import RelPath
from oneroof.tasks.ignored import find_ignored
from oneroof.tasks.model import Target
from oneroof.workspace.development import work_members
from oneroof.workspace.git import SUBMODULE_MODE, Blob
from oneroof.workspace.globs import matches
from oneroof.workspace.model import Project, ProjectName

KNOWN_TASKS = frozenset(task for tool in TOOLS for task in tool.tasks)
"""Tasks that are known to read the configuration of their own tools only."""
EDGES = "more:edges"
"""The input with the files that kept edges name."""
UNOWNED, OUTSIDE, PROSE = OF_LOADED = "more:unowned", "more:outside", "more:prose"
"""Inputs of tests with files that some of them load or read: each test file has its part."""
ALONE = frozenset({"lint", "fmt"})
"""Tasks that look at a project's own Python files and at nothing else."""


class Fingerprinter(msgspec.Struct):
    """Makes the actions of one workspace; what targets share is digested once."""

    opened: Opened
    nested: Mapping[RelPath, frozenset[RelPath]]
    blobs: dict[str, bytes] = msgspec.field(default_factory=dict)
    """The listings that digests of inputs stand for, by digest: `explain` reads them."""
    watched: set[str] = msgspec.field(default_factory=set)
    """Paths of this machine, of no file that git lists, that actions depend on."""
    _files: dict[tuple[ProjectName, str], str] = msgspec.field(default_factory=dict)
    _data: dict[tuple[ProjectName, str], tuple[RelPath, ...]] = msgspec.field(default_factory=dict)
    _outside: dict[frozenset[Look], str] = msgspec.field(default_factory=dict)
    _configurations: dict[tuple[RelPath, str], Configuration | None] = msgspec.field(
        default_factory=dict
    )
    _starts: SharedStarts | None = None

    @property
    def starts(self) -> SharedStarts:
        """What is loaded for every test."""
        if self._starts is None:
            self._starts = SharedStarts(self.opened)
        return self._starts

    def action(
        self,
        target: Target,
        environments: Mapping[int, EnvironmentPlan],
        needs: Mapping[str, Action] = MappingProxyType({}),
    ) -> Action:
        """The action of a target.

        `environments` holds the plans of those its commands run in, `needs` the actions of the
        targets that come first.
        """
        project = self.opened.graph.projects[target.project]
        inputs: dict[str, str] = {}
        if target.task in ALONE:
            inputs[f"files:{project.name}"] = self._project_files(project, "python")
            inputs["requires-python"] = project.metadata.requires_python
        else:
            inputs.update(self._closure_inputs(target, project, environments.values()))
        if target.outputs:
            told = inputs_of(project, *target.inputs)
            own = (each for each in self._relevant(project, "all") if told.says(each) is not False)
            inputs[f"files:{project.name}"] = self._listing(
                path for path in own if not any(matches(path, glob) for glob in target.outputs)
            )
        inputs.update(self._configuration_inputs(target, project))
        inputs.update(self._extra_inputs(target, project))
        if target.task == "test":
            inputs.update(self._loaded_inputs(project, inputs_of(project, *target.inputs)))
        for index, plan in sorted(environments.items()):
            inputs.update(_environment_inputs(plan, "" if index == 0 else f"{index}:"))
        inputs.update((f"need:{name}", str(each.digest)) for name, each in needs.items())
        commands = tuple(
            word
            for command in target.commands
            for word in (
                *(f"{name}={value}" for name, value in command.variables),
                *command.arguments,
                *command.paths,
                ";",
            )
        )
        return Action(
            command=Command(
                arguments=commands,
                working_directory=project.path,
                output_paths=target.outputs,
            ),
            inputs=(
                *(Input(name, value) for name, value in inputs.items()),
                *(environment_input(name, os.environ.get(name)) for name in target.env),
            ),
            platform=_platform(environments.values()),
        )

    def _closure_inputs(
        self, target: Target, project: Project, environments: Iterable[EnvironmentPlan]
    ) -> Iterator[tuple[str, str]]:
        which = "all" if target.task in KNOWN_TASKS else "all and configuration"
        told = inputs_of(project, *target.inputs)
        yield f"files:{project.name}", self._project_files(project, which, told)
        yield f"manifest:{project.name}", self._manifest(project, Reach.OWNER)
        present = {each.project for plan in environments for each in plan.internal}
        names = {*(each.name for each in self._members(project)), *present} - {project.name}
        for name in sorted(names):
            dependency = self.opened.graph.projects[name]
            yield f"files:{name}", self._project_files(dependency, "shared", told)
            yield f"manifest:{name}", self._manifest(dependency, Reach.DEPENDENTS)

    def _configuration_inputs(self, target: Target, project: Project) -> Iterator[tuple[str, str]]:
        for tool in TOOLS:
            if target.task in KNOWN_TASKS and target.task not in tool.tasks:
                continue
            key = (project.path, tool.name)
            if key not in self._configurations:
                self._configurations[key] = find_configuration(self.opened.tree, project.path, tool)
            configuration = self._configurations[key]
            if configuration is not None:
                name = ":".join(filter(None, ("config", configuration.path, configuration.key)))
                yield name, _digest(configuration.content.encode())
                if tool.name == "pytest":
                    yield from self._python_path(configuration, project)

    def _python_path(
        self, configuration: Configuration, project: Project
    ) -> Iterator[tuple[str, str]]:
        """Folders that pytest's `pythonpath` makes importable beside what is declared."""
        for folder in python_path(configuration):
            if not paths.is_within(folder, project.path):
                yield f"pythonpath:{folder}", self._listing(self.opened.tree.below(folder))

    def _extra_inputs(self, target: Target, project: Project) -> Iterator[tuple[str, str]]:
        tree = self.opened.tree
        if target.task == "test":
            chain = [
                path
                for above in paths.ancestors(project.path)
                if (path := paths.join(above, "conftest.py")) in tree
            ]
            if chain:
                yield "more:conftest", self._listing(chain)
            if edges := self.opened.edges_by_project.get(project.name):
                yield EDGES, self.edge_listing(edges)
        everywhere = self.opened.workspace.settings.everything
        told = inputs_of(project, *target.inputs)
        named = [*(f"/{glob}" for glob in everywhere), *told.globs]
        if named:
            yield "more:inputs", self._declared(Inputs(project.path, tuple(named)))
        for member in self._members(project):
            if member.settings.inputs:
                yield f"inputs:{member.name}", self._declared(inputs_of(member))
        members = (project, *self._members(project))
        if repositories := self._repositories(members):
            yield "more:repositories", self._listing((), repositories)
        for folder in dict.fromkeys(each.path for each in members):
            if shown := shown_in(tree, folder):
                yield f"links:{folder}", self._listing(shown)

    def _loaded_inputs(self, project: Project, told: Inputs) -> Iterator[tuple[str, str]]:
        """Files that count only because of what the tests' code is, or reads.

        `more:unowned` are helpers of no project, beside a conftest.py for example, and helpers
        among the tests of another project; `more:outside` what code looks at by path outside of
        its project; `more:prose` documents that it mentions.
        """
        graph = self.opened.imports
        members = work_members(self.opened.graph, project)
        nested = self.nested.get(project.path, frozenset())
        below = self.opened.tree.below(project.path, nested)
        own = (path for path in below if path in graph.scans)
        reached = graph.reach((*own, *self.starts.of(project, members)), members)
        found = [path for path in reached if is_overlooked(self.opened, project.name, path)]
        if found:
            yield UNOWNED, self._listing(found)
        if outside := self.outside(reached, members):
            yield OUTSIDE, outside
        if prose := self.prose(project, reached, told):
            yield PROSE, prose

    def outside(self, loaded: Iterable[RelPath], members: AbstractSet[ProjectName]) -> str:
        """A listing of all that loaded files may look at outside of their projects; or empty."""
        graph = self.opened.imports
        looks = {each for path in loaded if (each := graph.look(path, members)) is not None}
        key = frozenset(looks)
        if key and key not in self._outside:
            below = self.opened.tree.below
            found = (
                path for each in looks for path in below(each.folder) if graph.sees(each, path)
            )
            repositories = {
                path: Blob(SUBMODULE_MODE, state)
                for path, state in self.opened.work_tree.nested
                if any(graph.sees(each, path) for each in looks)
            }
            self._outside[key] = self._listing(found, repositories)
        return self._outside[key] if key else ""

    def prose(self, project: Project, loaded: Iterable[RelPath], told: Inputs) -> str:
        """A listing of the documents that loaded files mention; empty where there are none.

        Those that `told` takes away do not count.
        """
        members = (project, *self._members(project))
        documents = [
            (path, each)
            for each in members
            for path in self._documents(each)
            if told.says(path) is not False
        ]
        if not documents:
            return ""
        names = mentioned_names(self.opened, project, loaded)
        found = [path for path, owner in documents if is_mentioned(path, owner, names)]
        return self._listing(found) if found else ""

    def _documents(self, project: Project) -> tuple[RelPath, ...]:
        key = (project.name, "documents")
        if key not in self._data:
            below = self.opened.tree.below(project.path, self.nested.get(project.path, frozenset()))
            self._data[key] = tuple(path for path in below if is_document(project, path))
        return self._data[key]

    def _members(self, project: Project) -> Iterator[Project]:
        """What the project's work depends on, in whichever environment its tools live."""
        graph = self.opened.graph
        for name in sorted(work_members(graph, project) - {project.name}):
            yield graph.projects[name]

    def _project_files(self, project: Project, which: str, told: Inputs | None = None) -> str:
        """The digest of the listing of a project's files; `told` may take some away."""
        if told is not None and told.narrows:
            found = self._relevant(project, which)
            return self._listing(path for path in found if told.says(path) is not False)
        key = (project.name, which)
        if key not in self._files:
            self._files[key] = self._listing(self._relevant(project, which))
        return self._files[key]

    def _relevant(self, project: Project, which: str) -> Iterator[RelPath]:
        """A project's files that count: all but configuration, what dependents see, Python."""
        wanted = Reach.DEPENDENTS.value if which == "shared" else Reach.OWNER.value
        tree = self.opened.tree
        nested = self.nested.get(project.path, frozenset())
        for path in tree.below(project.path, nested):
            if which == "python" and not path.endswith(PYTHON_SUFFIXES):
                continue
            judged = paths.parent(path) == project.path and counts_by_meaning(paths.name(path))
            if judged and (which != "all and configuration" or paths.name(path) in LOCK_NAMES):
                continue
            if reach(project, path).value >= wanted:
                yield path
        for owned in project.owned_paths:
            for path in tree.at(owned):
                if not is_taken_away(project, path):
                    yield path

    def data_files(self, name: ProjectName, which: str) -> tuple[RelPath, ...]:
        """A project's files that count and are no Python modules: `all`, or those `shared`."""
        key = (name, which)
        if key not in self._data:
            project = self.opened.graph.projects[name]
            found = self._relevant(project, which)
            self._data[key] = tuple(path for path in found if not path.endswith(".py"))
        return self._data[key]

    def edge_listing(self, edges: Iterable[KeptEdge]) -> str:
        """The digest of a listing of the files that some edges name."""
        kept = tuple(edges)
        return self._listing(
            path for path in self.opened.tree.files if any(each.names(path) for each in kept)
        )

    def listing_of(self, files: Iterable[RelPath]) -> str:
        """The digest of a listing of files, by which `explain` finds it again."""
        return self._listing(files)

    def _manifest(self, project: Project, least: Reach) -> str:
        """The keys of a project's pyproject.toml that are felt that far."""
        from oneroof.workspace.metadata import read_document

        path = paths.join(project.path, "pyproject.toml")
        document, _ = read_document(self.opened.tree, path)
        facts = effective_keys(document or {}, least)
        return _digest(repr(sorted(facts.items())).encode())

    def _repositories(self, members: Iterable[Project]) -> dict[RelPath, Blob]:
        """The repositories that lie in the folders of some projects, with their states."""
        nested = self.opened.work_tree.nested
        if not nested:
            return {}
        owners = find_owners(self.opened.workspace.projects)
        folders = {each.path for each in members}
        return {
            path: Blob(SUBMODULE_MODE, state)
            for path, state in nested
            if any(owner.path in folders for owner in owners.of(path))
        }

    def _declared(self, inputs: Inputs) -> str:
        """A listing of what globs in a project's settings name, though git may ignore it."""
        tree = self.opened.tree
        places = {
            place
            for glob in inputs.globs
            if not glob.startswith("!") and (place := anchored(inputs.folder, glob))
        }
        known = [RelPath(each) for each in sorted(places)]
        ignored = {
            path: blob
            for path, blob in find_ignored(tree, known, self.watched)
            if inputs.says(path)
        }
        return self._listing(filter(inputs.says, tree.files), ignored)

    def _listing(
        self, files: Iterable[RelPath], ignored: Mapping[RelPath, Blob] = MappingProxyType({})
    ) -> str:
        others = {path: blob.state for path, blob in ignored.items()}
        content = render_listing(others | self.opened.work_tree.states(files))
        digest = str(Digest.of(content))
        self.blobs[digest] = content
        return digest


def _environment_inputs(plan: EnvironmentPlan, prefix: str) -> Iterator[tuple[str, str]]:
    interpreter = plan.site.interpreter
    yield f"{prefix}interpreter", f"{interpreter.version} {interpreter.abi}"
    yield f"{prefix}environment", plan.content_digest
    for pin in plan.site.pins:
        hashes = _digest(" ".join(pin.hashes).encode())[:12] if pin.hashes else ""
        version = pin.version or pin.source.reference
        yield f"{prefix}pin:{pin.name}", f"{version} {hashes}".strip()


def _platform(plans: Iterable[EnvironmentPlan]) -> tuple[Property, ...]:
    markers: dict[str, str] = {}
    for plan in plans:
        markers = dict(plan.site.interpreter.markers)
    return tuple(
        Property(name, markers[name])
        for name in ("platform_machine", "sys_platform")
        if name in markers
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
