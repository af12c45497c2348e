import pytest
from msgspec.structs import replace
from tests.projects import project

from oneroof.paths import RelPath
from oneroof.workspace.development import (
    SHARED_TEST,
    declares_test_runner,
    in_conflict,
    root_project,
    shared_root,
    shared_roots,
    shared_test_requirements,
    work_kinds,
)
from oneroof.workspace.model import Kind, Project, Workspace
from oneroof.workspace.settings import ProjectSettings, TaskSettings, WorkspaceSettings


def alone(one: Project) -> Workspace:
    return Workspace((one,), ())


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (("main six", "group:dev pytest"), ("main", "group:dev")),
        (("group:unit-tests pytest", "group:docs sphinx"), ("main", "group:unit-tests")),
        (("group:test pytest", "group:docs pytest"), ("main", "group:docs", "group:test")),
        (("group:lint ruff", "group:release pytest"), ("main", "group:lint", "group:release")),
        (("extra:test pytest", "extra:cli click"), ("main", "extra:test")),
        (("extra:all pytest",), ("main", "extra:all")),
        (("main six",), ("main", "shared:test")),
        (("main pytest",), ("main",)),
    ],
)
def test_what_a_projects_own_work_needs(lines: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    one = project("a", *lines)
    assert work_kinds(alone(one), one) == kinds


def test_what_the_test_task_names_takes_the_place_of_what_was_found() -> None:
    settings = ProjectSettings(tasks={"test": TaskSettings(groups=("x",), extras=())})
    one = project("a", "group:dev pytest", "group:x six", "extra:test six", settings=settings)
    assert work_kinds(alone(one), one) == ("main", "group:x")


@pytest.mark.parametrize(
    ("pins", "kept"),
    [
        ({"test-0": "==2.0", "test-1": "==3.0"}, ["test-1"]),
        ({"test-2": "==2.0", "test-10": "==3.0"}, ["test-10"]),
        ({"test-1": "==2.0", "test-1-wrapt": "==3.0"}, ["test-1"]),
        ({"test-latest": "==1.2", "test-oldest": "==1.0"}, ["test-latest"]),
        ({"dev": "==1.2", "test": "==1.2"}, ["dev", "test"]),
        ({"dev": ">=1", "test": "==1.2"}, ["dev", "test"]),
        ({"dev": "==1.2", "test": "==1.*"}, ["dev", "test"]),
    ],
)
def test_of_groups_that_pin_one_name_differently_the_newest_counts(
    pins: dict[str, str], kept: list[str]
) -> None:
    lines = [f"group:{name} {each}" for name, pin in pins.items() for each in ("pytest", f"b{pin}")]
    one = project("a", *lines)
    assert work_kinds(alone(one), one) == ("main", *(f"group:{name}" for name in kept))


def test_without_a_test_runner_anywhere_it_is_pytest() -> None:
    one = project("a")
    found = shared_test_requirements(alone(one), one)
    assert [(each.name, each.kind) for each in found] == [("pytest", SHARED_TEST)]


def test_a_project_with_a_test_runner_shares_nothing() -> None:
    one = project("a", "group:dev pytest")
    assert (declares_test_runner(one), shared_test_requirements(alone(one), one)) == (True, ())


def test_the_roots_groups_that_hold_a_test_runner_are_shared() -> None:
    root = project("root", "group:dev pytest", "group:dev mock", "group:docs sphinx", path=".")
    one = project("a")
    workspace = Workspace((root, one), ())
    assert [each.name for each in shared_test_requirements(workspace, one)] == ["pytest", "mock"]
    assert root_project(workspace) == root


def test_a_virtual_roots_groups_are_shared() -> None:
    root, one = project(".", "group:dev pytest", path="."), project("a")
    workspace = Workspace((one,), (), virtual_roots=(root,))
    assert [each.name for each in shared_test_requirements(workspace, one)] == ["pytest"]


def test_what_settings_say_counts_before_the_root() -> None:
    root, one = project("root", "group:dev pytest", path="."), project("a")
    settings = WorkspaceSettings(test_requirements=("Nose2[x]>=0.9; python_version > '3'",))
    found = shared_test_requirements(Workspace((root, one), (), settings), one)
    assert [(each.pep508, each.key, each.declared_in) for each in found] == [
        (
            'nose2[x]>=0.9 ; python_version > "3"',
            "tool.oneroof.test-requirements",
            "pyproject.toml",
        )
    ]


def test_the_root_of_its_own_uv_workspace_counts_before_the_repositorys() -> None:
    top = project(".", "group:dev nose2", path=".")
    python = project("python", "group:dev pytest", path="python")
    member = replace(project("a", path="python/a"), workspace_root=RelPath("python"))
    other = project("b", path="b")
    workspace = Workspace((other, member), (), virtual_roots=(top, python))
    assert (shared_root(workspace, member), shared_root(workspace, other)) == (python, top)
    assert [each.name for each in shared_test_requirements(workspace, member)] == ["pytest"]


def test_test_requirements_come_from_the_nearest_root_that_has_any() -> None:
    top = project(".", "group:dev nose2", path=".")
    near = project("python", "group:test pytest", path="python")
    nearer = project("python/x", "group:lint ruff", path="python/x")
    one = project("a", path="python/x/a")
    workspace = Workspace((one,), (), virtual_roots=(top, near, nearer))
    assert shared_roots(workspace, one) == [nearer, near, top]
    assert [each.name for each in shared_test_requirements(workspace, one)] == ["pytest"]


@pytest.mark.parametrize(("lock", "names"), [("uv.lock", ["pytest-cov"]), ("x/uv.lock", [])])
def test_plugins_of_the_root_come_along_where_the_lock_is_the_same(
    lock: str, names: list[str]
) -> None:
    plugins = ("group:dev pytest", "group:dev pytest-cov", "group:dev pytest-mock", "group:dev six")
    root = replace(project("root", *plugins, path="."), lock=RelPath("uv.lock"))
    one = replace(
        project("a", "group:dev pytest", "group:dev pytest-mock", path="x"), lock=RelPath(lock)
    )
    found = shared_test_requirements(Workspace((root, one), ()), one)
    assert [each.name for each in found] == names


def test_an_empty_setting_shares_nothing() -> None:
    one = project("a")
    workspace = Workspace((one,), (), WorkspaceSettings(test_requirements=()))
    assert work_kinds(workspace, one) == ("main",)


@pytest.mark.parametrize(
    ("conflict", "kept"),
    [
        (("group:dev", "group:test"), ("main", "group:dev")),
        (("group:test", "group:dev"), ("main", "group:dev")),
        (("group:dev", "extra:cu"), ("main", "group:dev", "group:test")),
    ],
)
def test_of_what_the_manifest_says_excludes_each_other_one_is_taken(
    conflict: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    one = project("a", "group:dev pytest", "group:test pytest", "extra:cu six")
    kinds = tuple(Kind(each) for each in conflict)
    one = replace(one, metadata=replace(one.metadata, conflicts=(kinds,)))
    assert work_kinds(alone(one), one) == kept
    assert in_conflict(one, work_kinds(alone(one), one)) == ()


def test_a_root_shares_what_it_names_for_tests_beside_its_runner() -> None:
    root = project("root", "group:dev pytest", "group:test six", "group:docs sphinx", path=".")
    member = project("a", path="a")
    shared = shared_test_requirements(Workspace((root, member), ()), member)
    assert [each.name for each in shared] == ["pytest", "six"]
