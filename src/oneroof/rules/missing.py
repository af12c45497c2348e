"""What manifests name and nothing is: folders of path dependencies, modules of entry points."""

import difflib
import posixpath
from collections.abc import Iterator

from oneroof import paths
from oneroof.errors import Problem
from oneroof.imports.modules import Modules
from oneroof.paths import RelPath, join
from oneroof.rules.violation import Violation
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.dialects.toml import dotted, read_document
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import EntryPoint, Project, Requirement
from oneroof.workspace.similar import hint_similar
from oneroof.workspace.tree import Tree

PATH = "missing-path"
MODULE = "missing-module"
_SCRIPTS = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}


def find_missing_paths(graph: Graph, tree: Tree) -> Iterator[Violation]:
    """Sources of requirements that lead to nothing, each once for each manifest."""
    told: set[tuple[RelPath, str, str]] = set()
    for project in graph.workspace.projects:
        for requirement in project.metadata.requirements:
            file = requirement.declared_in
            for problem in _missing_sources(graph, tree, project, requirement):
                place = (file, requirement.name, problem.message)
                if place not in told:
                    told.add(place)
                    name = requirement.name
                    yield Violation(PATH, project.name, problem, fails=True, subject=name)


def _missing_sources(
    graph: Graph, tree: Tree, project: Project, requirement: Requirement
) -> Iterator[Problem]:
    file, name = requirement.declared_in, requirement.name
    key = _source_key(tree, requirement)
    for source in requirement.sources:
        if source.kind == "workspace" and not graph.is_internal(project.name, requirement):
            known = {each.name.partition("@")[0] for each in graph.workspace.projects}
            close = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean `{close[0]}`?" if close else "correct the name, or take it out"
            message = f"no project of the workspace is called `{name}`"
            yield Problem(file, message, key, hint)
        if source.kind != "path":
            continue
        base = paths.parent(file)
        path = paths.normalise(base, source.location)
        # What git does not know may be there all the same, such as a wheel.
        if path is None or tree.is_folder(path) or path in tree or (tree.root / path).exists():
            continue
        message = f"`{source.location}`, where `{name}` is to be had, does not exist"
        hint = hint_similar(tree, base, source.location, "correct the path")
        yield Problem(file, message, key, hint)


def _source_key(tree: Tree, requirement: Requirement) -> str:
    """The key of the entry that says where a requirement is to be had."""
    found: object = None
    if requirement.declared_in.endswith(".toml"):
        found = read_document(tree, requirement.declared_in)[0]
    for name in ("tool", "uv", "sources"):
        found = found.get(name) if isinstance(found, dict) else None
    for name in found if isinstance(found, dict) else ():
        if normalise_name(name) == requirement.name:
            return dotted("tool.uv.sources", name)
    return requirement.key


def find_missing_modules(modules: Modules, tree: Tree, project: Project) -> Iterator[Violation]:
    """Entry points that lead to a module of the project's own packages which is not there.

    What a build compiles or another distribution brings is not known.
    """
    metadata = project.metadata
    tops = {each.name.partition(".")[0] for each in metadata.import_packages}
    if metadata.has_extension_modules or not tops:
        return
    for point in metadata.entry_points:
        module = point.value.partition(":")[0].partition("[")[0].strip()
        top = module.partition(".")[0]
        if any(True for _ in modules.find(module)) or _is_on_disk(tree, project, module):
            continue
        close = difflib.get_close_matches(module, _own_modules(tree, project), n=1)
        if top not in tops and not (close and _is_slip(top, tops)):
            continue
        message = f"leads to `{module}`, which is no module of {project.name}"
        hint = f"did you mean `{close[0]}`?" if close else "correct it, or take it out"
        file, key = _place(tree, project, point)
        problem = Problem(file, message, key, hint)
        subject = f"{point.group}: {point.name}"
        yield Violation(MODULE, project.name, problem, fails=top in tops, subject=subject)


def _is_slip(top: str, tops: set[str]) -> bool:
    return bool(difflib.get_close_matches(top, tops, n=1, cutoff=0.9))


def _is_on_disk(tree: Tree, project: Project, module: str) -> bool:
    """Whether a module is there that git does not know, as one that was generated."""
    for package in project.metadata.import_packages:
        if module == package.name:
            return True
        if not module.startswith(f"{package.name}."):
            continue
        inside = module.removeprefix(f"{package.name}.").replace(".", "/")
        place = tree.root / package.path / inside
        if place.is_dir() or any(place.parent.glob(f"{posixpath.basename(inside)}.*")):
            return True
    return False


def _own_modules(tree: Tree, project: Project) -> list[str]:
    found = []
    for package in project.metadata.import_packages:
        found.append(package.name)
        for path in tree.below(package.path):
            if path.endswith(".py"):
                inside = paths.relative_to(path, package.path).removesuffix(".py")
                name = f"{package.name}.{inside.replace('/', '.')}"
                found.append(name.removesuffix(".__init__"))
    return found


def _place(tree: Tree, project: Project, point: EntryPoint) -> tuple[RelPath, str]:
    """The manifest and the key of an entry point."""
    file = join(project.path, "pyproject.toml")
    keys = (
        ("project", _SCRIPTS.get(point.group, ""), point.name),
        ("project", "entry-points", point.group, point.name),
        ("tool", "poetry", "scripts", point.name),
        ("tool", "poetry", "plugins", point.group, point.name),
        ("tool", "flit", "scripts", point.name),
        ("tool", "flit", "entrypoints", point.group, point.name),
    )
    for key in keys:
        found: object = read_document(tree, file)[0]
        for name in key:
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            written = ""
            for name in key:
                written = dotted(written, name)
            return file, written
    for name in ("setup.cfg", "setup.py"):
        path = join(project.path, name)
        if path in project.metadata.manifests:
            start = "options.entry_points" if name == "setup.cfg" else "entry_points"
            return path, f"{start}.{point.group}"
    return project.metadata.manifests[0], f"entry_points.{point.group}.{point.name}"
