"""Which projects may import what of which: all rules of `[tool.oneroof.rules]` about imports."""

from collections.abc import Callable, Iterator

from oneroof.rules.crossings import Crossing, broken, certain, suspected
from oneroof.rules.public import judge_private, judge_public
from oneroof.rules.scopes import Scope
from oneroof.rules.selectors import Selected
from oneroof.rules.sources import Sources
from oneroof.rules.violation import Violation
from oneroof.workspace.graph import Graph
from oneroof.workspace.model import Project, ProjectName
from oneroof.workspace.settings import ForbiddenSettings, Role, RulesSettings

SERVICES = "services-import-services"
LAYERS = "layers"
FORBIDDEN = "forbidden"
INDEPENDENT = "independent"

Judge = Callable[[Crossing], Iterator[Violation]]
"""What a rule says of one line."""


class Boundaries:
    """The rules of one workspace about who imports whom."""

    def __init__(self, graph: Graph, rules: RulesSettings) -> None:
        selected = Selected(graph)
        self._judges: list[Judge] = []
        if not rules.services_import_services:
            self._judges.append(_judge_services)
        if rules.layers:
            self._judges.append(_judge_layers(rules.layers, selected))
        for index, each in enumerate(rules.forbidden):
            self._judges.append(_judge_forbidden(each, f"{FORBIDDEN}[{index}]", selected))
        for index, selectors in enumerate(rules.independent):
            members = selected.by_all(selectors, f"{INDEPENDENT}[{index}]")
            self._judges.append(_judge_independent(members, selectors))
        if rules.private:
            self._judges.append(judge_private)
        self._judges.append(judge_public)
        self.problems = tuple(selected.problems)
        """The selectors that name no project."""

    def find(self, sources: Sources, project: Project) -> Iterator[Violation]:
        """What the files of a project break; only what looks broken to the lexer is parsed."""
        for path in sources.files(project):
            if any(True for each in suspected(sources, project, path) for _ in self._judge(each)):
                for crossing in certain(sources, project, path):
                    yield from self._judge(crossing)

    def _judge(self, crossing: Crossing) -> Iterator[Violation]:
        for judge in self._judges:
            yield from judge(crossing)


def _judge_services(crossing: Crossing) -> Iterator[Violation]:
    if crossing.scope is Scope.TEST:
        return
    if crossing.importer.role is Role.SERVICE and crossing.imported.role is Role.SERVICE:
        reason = "a service may not import another service"
        hint = "move what both need into a library"
        yield broken(SERVICES, crossing, reason, hint)


def _judge_layers(layers: tuple[tuple[str, ...], ...], selected: Selected) -> Judge:
    places: dict[ProjectName, int] = {}
    for index, selectors in enumerate(layers):
        for name in selected.by_all(selectors, f"{LAYERS}[{index}]"):
            places.setdefault(name, index)

    def judge(crossing: Crossing) -> Iterator[Violation]:
        lower = places.get(crossing.importer.name)
        higher = places.get(crossing.imported.name)
        if lower is None or higher is None or lower <= higher:
            return
        reason = f"the layer {_listed(layers[lower])} lies below {_listed(layers[higher])}"
        hint = f"move what {crossing.importer.name} needs into its own layer or a lower one"
        yield broken(LAYERS, crossing, reason, hint)

    return judge


def _judge_forbidden(each: ForbiddenSettings, key: str, selected: Selected) -> Judge:
    exceptions = selected.by_all(each.exceptions, f"{key}.except")
    importers = selected.by(each.importer, f"{key}.from") - exceptions
    imported = selected.by(each.imported, f"{key}.to") - exceptions

    def judge(crossing: Crossing) -> Iterator[Violation]:
        if crossing.importer.name in importers and crossing.imported.name in imported:
            reason = f"`{each.importer}` may not import `{each.imported}`: {each.reason}"
            hint = f"take the import out, or name an exception in `{key}.except`"
            entry = f"{each.importer} to {each.imported}"
            yield broken(FORBIDDEN, crossing, reason, hint, entry=entry)

    return judge


def _judge_independent(members: frozenset[ProjectName], selectors: tuple[str, ...]) -> Judge:
    def judge(crossing: Crossing) -> Iterator[Violation]:
        if {crossing.importer.name, crossing.imported.name} <= members:
            reason = f"projects of {_listed(selectors)} are independent of each other"
            hint = "move what both need into a project outside the set"
            yield broken(INDEPENDENT, crossing, reason, hint, entry=", ".join(selectors))

    return judge


def _listed(selectors: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in selectors)
