import msgspec
from tests.projects import graph, project, requirement

from oneroof.locks.model import Pin
from oneroof.rules.ways import way_to_pin, ways_from
from oneroof.workspace.model import Kind, Project, ProjectName, Requirement

A = ProjectName("a")


def ways(*projects: Project, kinds: tuple[str, ...] = ("main",)) -> dict[str, str]:
    found = ways_from(graph(projects), A, tuple(map(Kind, kinds)))
    return {name: str(way) for name, way in found.items()}


def test_the_shortest_way_is_taken_and_development_left_out() -> None:
    projects = (
        project("a", "main b", "main c", "group:dev d"),
        project("b", "main c", "group:dev d"),
        project("c", "main b"),
        project("d"),
    )
    assert ways(*projects) == {"a": "a", "b": "a -> b", "c": "a -> c"}
    assert ways(*projects, kinds=("work",))["d"] == "a -> d"


def test_an_extra_leads_on_where_it_is_asked_for() -> None:
    needs = (project("b", "extra:x c"), project("c"))
    assert ways(project("a", "main b[x]"), *needs) == {"a": "a", "b": "a -> b", "c": "a -> b -> c"}
    assert ways(project("a", "main b"), *needs) == {"a": "a", "b": "a -> b"}


def test_a_projects_own_extra_leads_on() -> None:
    assert ways(project("a", "main a[x]", "extra:x b"), project("b")) == {"a": "a", "b": "a -> b"}


def test_a_longer_way_without_conditions_is_better() -> None:
    conditional: Requirement = msgspec.structs.replace(
        requirement("main c", "libs/a"), marker="python_version < '3.9'"
    )
    projects = (project("a", conditional, "main b"), project("b", "main c"), project("c"))
    assert ways(*projects)["c"] == "a -> b -> c"


def test_a_pin_is_reached_by_projects_and_then_by_packages() -> None:
    found = ways_from(graph((project("a", "main b"), project("b"))), A)
    pins = (
        Pin("web", "1", reasons=("b",)),
        Pin("http", "1", reasons=("cache", "web")),
        Pin("cache", "1", reasons=("http",)),
        Pin("stray", "1"),
    )
    assert way_to_pin(pins, "http", found) == ("a", "b", "web", "http")
    assert way_to_pin(pins, "cache", found) == ("a", "b", "web", "http", "cache")
    assert way_to_pin(pins, "stray", found) == ("stray",)
