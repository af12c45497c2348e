"""Laws of `affected`, over random graphs and random changes."""

from hypothesis import given
from hypothesis import strategies as st
from tests.projects import graph
from tests.property.test_graph_laws import NAMES, WORKSPACES

from oneroof.changes.affected import Affected, conclude, find_file_causes
from oneroof.paths import RelPath
from oneroof.workspace.git import Blob
from oneroof.workspace.graph import WORK
from oneroof.workspace.model import Project, ProjectName

OLD, NEW = Blob("100644", "1"), Blob("100644", "2")
FILES = st.sets(
    st.builds(
        lambda name, file: RelPath(f"libs/{name}/{file}"),
        st.sampled_from(NAMES),
        st.sampled_from(("code.py", "tests/test_x.py", "README.md", "data.json")),
    )
    | st.sampled_from([RelPath("README.md"), RelPath("conftest.py"), RelPath("x.py")])
)


def touched(projects: list[Project], files: set[RelPath]) -> Affected:
    found = graph(projects)
    changes = dict.fromkeys(sorted(files), (OLD, NEW))
    return conclude(found, "base", find_file_causes(found, changes, frozenset()))


def names(affected: Affected) -> set[ProjectName]:
    return {project.name for project in affected.projects}


@given(WORKSPACES, FILES, FILES)
def test_more_changes_never_affect_fewer_projects(
    projects: list[Project], some: set[RelPath], more: set[RelPath]
) -> None:
    assert names(touched(projects, some)) <= names(touched(projects, some | more))


@given(WORKSPACES, FILES, FILES)
def test_two_changes_affect_what_each_affects_and_nothing_else(
    projects: list[Project], one: set[RelPath], other: set[RelPath]
) -> None:
    together = names(touched(projects, one | other))
    assert together == names(touched(projects, one)) | names(touched(projects, other))


@given(WORKSPACES, FILES)
def test_who_reaches_changed_code_is_affected(projects: list[Project], files: set[RelPath]) -> None:
    found = graph(projects)
    affected = names(touched(projects, files))
    for name in map(ProjectName, NAMES):
        if RelPath(f"libs/{name}/code.py") in files:
            assert {
                other
                for other in map(ProjectName, NAMES)
                if other == name or name in found.closure(other, (WORK,)).internal
            } <= affected


@given(WORKSPACES, FILES)
def test_every_affected_project_has_a_reason_and_every_way_leads_to_a_direct_one(
    projects: list[Project], files: set[RelPath]
) -> None:
    affected = touched(projects, files)
    direct = {project.name for project in affected.projects if project.direct}
    for project in affected.projects:
        assert project.reasons
        for reason in project.reasons:
            if reason.kind == "dependency":
                assert (reason.via[0], reason.via[-1] in direct) == (project.name, True)
            else:
                assert reason.path in files
