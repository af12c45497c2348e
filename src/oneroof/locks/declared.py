"""What uv noted of a project's manifest when it locked, compared with the manifest as it is."""

from collections.abc import Mapping, Sequence

from oneroof.locks.model import LockedDependency, LockedPackage
from oneroof.locks.versions import same_specifier
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import BUILD, MAIN, Kind, Project, Requirement, extra


def compare_declared(
    graph: Graph, project: Project, entry: LockedPackage, document: Mapping[str, object]
) -> list[str]:
    """Each difference in words, requirements that came first; none where they agree."""
    declared = entry.declared or ()
    own = project.name.partition("@")[0]
    wanted = [each for each in project.metadata.requirements if is_locked(each)]
    found = []
    for requirement in wanted:
        if requirement.name == own:
            continue
        same = [
            each
            for each in declared
            if each.name == requirement.name and each.kind == requirement.kind
        ]
        internal = graph.is_internal(project.name, requirement)
        if difference := _difference(requirement, same, internal=internal):
            found.append(difference)
    if not _is_dynamic(document):
        names = {
            (each.name, kind)
            for kind, facets in _reached(own, wanted).items()
            for each in wanted
            if each.kind in facets
        }
        gone = sorted({(each.name, each.kind) for each in declared} - names)
        found += [f"`{name}`{_of(kind)} is still in it" for name, kind in gone if name != own]
    return found


def is_locked(requirement: Requirement) -> bool:
    """Whether a tool that locks a manifest sees it: requirements files beside it, it does not."""
    return requirement.kind != BUILD and not requirement.declared_in.endswith((".txt", ".in"))


def _reached(own: str, wanted: Sequence[Requirement]) -> Mapping[Kind, set[Kind]]:
    """The kinds whose requirements uv writes under each kind: `own[a,b]` is spelled out there."""
    asked: dict[Kind, set[Kind]] = {}
    for each in wanted:
        following = asked.setdefault(each.kind, set())
        if each.name == own:
            following.update(map(extra, each.extras))
    reached: dict[Kind, set[Kind]] = {}
    for kind in asked:
        found = {kind}
        waiting = [kind]
        while waiting:
            new = asked.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        reached[kind] = found
    return reached


def _difference(
    requirement: Requirement, declared: list[LockedDependency], *, internal: bool
) -> str:
    if not declared:
        return f"`{requirement.pep508}`{_of(requirement.kind)} is not in it"
    source = next((each for each in requirement.sources if each.kind != "index"), None)
    if source is not None and source.kind == "git" and source.reference:
        references = {each.source.reference for each in declared if each.source is not None}
        if references and source.reference not in references:
            held = ", ".join(sorted(references))
            return f"`{requirement.name}` is at `{held}`, not at `{source.reference}`"
    if not any(each.extras == requirement.extras for each in declared):
        return f"the extras of `{requirement.pep508}` changed"
    if internal or source is not None:
        return ""
    if any(same_specifier(each.specifier, requirement.specifier) for each in declared):
        return ""
    held = declared[0].specifier or "any version"
    return f"`{requirement.pep508}` was `{held}`"


def _of(kind: Kind) -> str:
    return "" if kind == MAIN else f" of `{kind}`"


def _is_dynamic(document: Mapping[str, object]) -> bool:
    """Whether the build backend adds requirements that the manifest does not show."""
    project = document.get("project")
    if not isinstance(project, dict):
        return True
    dynamic = project.get("dynamic")
    return isinstance(dynamic, list) and bool(
        {"dependencies", "optional-dependencies"} & {str(each) for each in dynamic}
    )
