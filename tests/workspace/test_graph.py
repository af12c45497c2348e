import pytest
from tests.projects import graph, project, requirement

from oneroof.paths import RelPath
from oneroof.workspace.graph import WORK, Graph, link, nearest
from oneroof.workspace.model import (
    BUILD,
    MAIN,
    Kind,
    Project,
    ProjectName,
    Requirement,
    Source,
    SourceKind,
    Workspace,
    extra,
    group,
)

A, B, C, D = (ProjectName(name) for name in "abcd")


def pairs(
    *projects: Project, **options: frozenset[tuple[ProjectName, str]]
) -> list[tuple[str, str]]:
    return [(edge.dependent, edge.dependency) for edge in link(projects, **options)]


def sourced(line: str, *sources: Source) -> Requirement:
    return requirement(line, "libs/a", sources=sources)


class TestLinking:
    def test_a_name_without_source_is_the_project_that_bears_it(self) -> None:
        assert pairs(project("a", "main b>=1", "main requests"), project("b")) == [("a", "b")]

    def test_a_workspace_source_is_the_project_that_bears_the_name(self) -> None:
        a = project("a", sourced("main b", Source("workspace")))
        assert pairs(a, project("b")) == [("a", "b")]

    def test_a_path_source_decides_whatever_the_name(self) -> None:
        a = project("a", sourced("main b", Source("path", "../elsewhere")))
        found = pairs(a, project("b"), project("other", path="libs/elsewhere"))
        assert found == [("a", "other")]

    def test_a_path_source_to_no_project_is_third_party(self) -> None:
        a = project("a", sourced("main b", Source("path", "../dist/b.whl")))
        assert pairs(a, project("b")) == []

    @pytest.mark.parametrize("kind", ["index", "git", "url"])
    def test_a_source_elsewhere_is_third_party(self, kind: SourceKind) -> None:
        a = project("a", sourced("main b", Source(kind, "https://example.org/b")))
        assert pairs(a, project("b")) == []

    def test_a_source_that_is_the_workspace_on_one_platform_links(self) -> None:
        here = Source("workspace", marker="sys_platform == 'linux'")
        a = project("a", sourced("main b", Source("index", "https://example.org"), here))
        assert pairs(a, project("b")) == [("a", "b")]

    def test_what_the_lock_takes_from_an_index_is_third_party(self) -> None:
        taken = frozenset({(A, "b")})
        projects = (project("a", "main b"), project("b"), project("c", "main b"))
        assert pairs(*projects, from_index=taken) == [("c", "b")]

    def test_a_project_that_requires_itself_is_no_edge(self) -> None:
        assert pairs(project("a", "extra:all a[x]", "extra:x requests")) == []

    def test_two_declarations_of_one_project_are_one_edge_with_both_kinds(self) -> None:
        a = project("a", "main b", "group:dev b")
        (edge,) = link((a, project("b")))
        assert (edge.kinds, edge.requirements) == ((group("dev"), MAIN), a.metadata.requirements)

    def test_of_two_projects_with_one_name_the_nearest_is_meant(self) -> None:
        near = project("util@team/x/util", path="team/x/util")
        far = project("util@other/util", path="other/util")
        app = project("app", "main util", path="team/x/app")
        assert pairs(app, near, far) == [("app", "util@team/x/util")]

    def test_of_two_projects_equally_near_both_are_meant(self) -> None:
        one, two = project("util@x", path="x/util"), project("util@y", path="y/util")
        app = project("app", "main util", path="app")
        assert pairs(app, one, two) == [("app", "util@x"), ("app", "util@y")]
        assert nearest(RelPath("app"), [one, two]) == ["util@x", "util@y"]

    def test_the_order_of_the_projects_does_not_matter(self) -> None:
        projects = [project("a", "main b", "main c"), project("b", "main c"), project("c")]
        assert link(projects) == link(projects[::-1])


LAYERS = graph(
    [
        project("a", "main b[x]", "group:dev pytest"),
        project("b", "main c", "extra:x d", "extra:y e", "group:dev f", "build g", "main six"),
        project("c", "group:dev a"),
        project("d", "main numpy", "extra:z e"),
        project("e"),
        project("f"),
        project("g"),
    ]
)


class TestClosure:
    def test_a_dependent_inherits_main_and_the_extras_it_asked_for(self) -> None:
        assert LAYERS.closure(A).internal == ("b", "c", "d")

    def test_groups_unasked_extras_and_build_requirements_are_for_the_project_itself(self) -> None:
        assert LAYERS.closure(B, (WORK,)).internal == ("c", "d", "e", "f", "g")

    @pytest.mark.parametrize(
        ("kinds", "expected"),
        [
            ((MAIN,), ("c",)),
            ((extra("y"),), ("e",)),
            ((MAIN, group("dev")), ("c", "f")),
            ((BUILD,), ("g",)),
            ((), ()),
        ],
    )
    def test_only_the_kinds_asked_for_count(
        self, kinds: tuple[Kind, ...], expected: tuple[str, ...]
    ) -> None:
        assert LAYERS.closure(B, kinds).internal == expected

    def test_third_party_requirements_come_with_who_declares_them(self) -> None:
        found = [(who, each.name) for who, each in LAYERS.closure(A, (WORK,)).requirements]
        assert found == [("a", "pytest"), ("b", "six"), ("d", "numpy")]

    def test_an_extra_that_collects_others_brings_them_along(self) -> None:
        found = graph(
            [
                project("a", "main b[all]"),
                project("b", "extra:all b[x,y]", "extra:x c", "extra:y requests"),
                project("c"),
            ]
        )
        closure = found.closure(A)
        assert closure.internal == ("b", "c")
        assert [each.name for _, each in closure.requirements] == ["requests"]

    def test_a_cycle_ends(self) -> None:
        found = graph([project("a", "main b"), project("b", "main a")])
        assert (found.closure(A).internal, found.closure(B).internal) == (("b",), ("a",))


class TestReachedBy:
    def test_a_change_touches_dependents_by_the_way_it_takes(self) -> None:
        assert LAYERS.reached_by(D) == {
            "d": ("d",),
            "b": ("b", "d"),
            "a": ("a", "b", "d"),
            "c": ("c", "a", "b", "d"),
        }

    def test_a_group_touches_only_the_project_that_declares_it(self) -> None:
        assert LAYERS.reached_by(ProjectName("f")) == {"f": ("f",), "b": ("b", "f")}

    def test_an_extra_nobody_asked_for_touches_only_its_project(self) -> None:
        assert LAYERS.reached_by(ProjectName("e")) == {
            "e": ("e",),
            "b": ("b", "e"),
            "d": ("d", "e"),
        }

    def test_an_extra_asked_for_by_way_of_another_touches_who_asked(self) -> None:
        found = graph(
            [
                project("a", "main b[all]"),
                project("b", "extra:all b[x]", "extra:x c"),
                project("c"),
                project("d", "main b"),
            ]
        )
        assert found.reached_by(C) == {"c": ("c",), "b": ("b", "c"), "a": ("a", "b", "c")}

    def test_of_two_ways_the_shortest_is_given_and_of_those_the_first_by_name(self) -> None:
        found = graph(
            [
                project("a", "main c", "main b"),
                project("b", "main d"),
                project("c", "main d"),
                project("d"),
            ]
        )
        assert found.reached_by(D)[A] == ("a", "b", "d")


class TestPath:
    @staticmethod
    def names(found: Graph, start: str, goal: str) -> list[tuple[str, str, str | None]]:
        return [
            (step.dependent, step.requirement.kind, step.dependency)
            for step in found.path(ProjectName(start), goal)
        ]

    def test_to_another_project(self) -> None:
        assert self.names(LAYERS, "c", "d") == [
            ("c", "group:dev", "a"),
            ("a", "main", "b"),
            ("b", "extra:x", "d"),
        ]

    def test_to_a_third_party_name(self) -> None:
        assert self.names(LAYERS, "b", "numpy") == [("b", "extra:x", "d"), ("d", "main", None)]

    def test_to_what_is_not_reached_is_empty(self) -> None:
        assert self.names(LAYERS, "a", "f") == []
        assert self.names(LAYERS, "a", "nothing") == []

    def test_to_itself_is_its_cycle(self) -> None:
        found = graph([project("a", "main b"), project("b", "main a")])
        assert self.names(found, "a", "a") == [("a", "main", "b"), ("b", "main", "a")]

    def test_by_way_of_an_own_extra_names_the_requirement_inside(self) -> None:
        found = graph([project("a", "extra:all a[x]", "extra:x b"), project("b")])
        assert self.names(found, "a", "b") == [("a", "extra:x", "b")]


class TestCycles:
    def test_a_run_time_cycle_is_a_path_from_its_smallest_name(self) -> None:
        found = graph(
            [project("c", "main a"), project("a", "main b"), project("b", "main c"), project("d")]
        )
        assert found.cycles(run_time=True) == [["a", "b", "c", "a"]]

    def test_a_cycle_closed_by_a_group_is_for_development_only(self) -> None:
        found = graph([project("a", "main b"), project("b", "group:test a")])
        assert found.cycles(run_time=True) == []
        assert found.cycles(run_time=False) == [["a", "b", "a"]]

    def test_a_cycle_closed_by_an_asked_extra_is_one_at_run_time(self) -> None:
        found = graph([project("a", "main b[x]"), project("b", "extra:x a")])
        assert found.cycles(run_time=True) == [["a", "b", "a"]]

    def test_a_cycle_closed_by_an_extra_nobody_asked_for_is_none_at_run_time(self) -> None:
        found = graph([project("a", "main b"), project("b", "extra:x a")])
        assert found.cycles(run_time=True) == []

    def test_a_cycle_by_way_of_a_collecting_extra_names_each_project_once(self) -> None:
        found = graph([project("a", "main b[all]"), project("b", "extra:all b[x]", "extra:x a")])
        assert found.cycles(run_time=True) == [["a", "b", "a"]]

    def test_each_knot_is_named_once_by_a_shortest_path(self) -> None:
        found = graph(
            [
                project("a", "main b", "main c"),
                project("b", "main c"),
                project("c", "main a"),
                project("x", "main y"),
                project("y", "main x"),
            ]
        )
        assert found.cycles(run_time=True) == [["a", "c", "a"], ["x", "y", "x"]]

    def test_a_thousand_projects_in_a_row_do_not_exhaust_the_stack(self) -> None:
        row = [project(f"p{n:04}", f"main p{(n + 1) % 1500:04}") for n in range(1500)]
        (cycle,) = graph(row).cycles(run_time=True)
        assert (len(cycle), cycle[0], cycle[-1]) == (1501, "p0000", "p0000")


class TestVirtualRoots:
    def test_a_virtual_root_is_known_by_name_and_depends_on_what_its_groups_say(self) -> None:
        root = project(".", "group:dev a", path=".")
        a = project("a")
        found = Graph(Workspace((a,), link((a, root)), virtual_roots=(root,)))
        assert found.closure(ProjectName("."), (group("dev"),)).internal == ("a",)
        assert found.workspace.virtual_root == root


def test_dependencies_and_dependents_are_the_direct_edges() -> None:
    assert [edge.dependency for edge in LAYERS.dependencies(B)] == ["c", "d", "e", "f", "g"]
    assert [edge.dependent for edge in LAYERS.dependents(C)] == ["b"]
    assert (LAYERS.dependencies(ProjectName("e")), LAYERS.dependents(A)[0].kinds) == (
        (),
        ("group:dev",),
    )


def test_own_extras_and_projects_are_internal_and_all_else_is_not() -> None:
    found = graph([project("a", "extra:all a[x]", "main b", "main six"), project("b")])
    requirements = found.projects[A].metadata.requirements
    assert [found.is_internal(A, each) for each in requirements] == [True, True, False]
