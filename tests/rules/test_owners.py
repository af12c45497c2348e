from pathlib import Path

import msgspec
import pytest
from tests.projects import project

from oneroof.paths import RelPath
from oneroof.rules.owners import TwoOwners, find_two_owners
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import ImportPackage, Project, Workspace
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree


def owning(
    name: str, *packages: str, needs: tuple[str, ...] = (), role: Role = Role.LIB
) -> Project:
    one = project(name, *(f"main {each}" for each in needs), role=role)
    owned = tuple(
        ImportPackage(each, RelPath(f"{one.path}/{each.replace('.', '/')}")) for each in packages
    )
    metadata = msgspec.structs.replace(one.metadata, import_packages=owned)
    return msgspec.structs.replace(one, metadata=metadata)


def found(projects: list[Project], *files: str) -> list[TwoOwners]:
    ordered = tuple(sorted(projects, key=lambda each: each.path))
    graph = Graph(Workspace(ordered, link(ordered)))
    return list(find_two_owners(graph, Tree(Path("/nowhere"), [RelPath(each) for each in files])))


def test_two_libraries_with_a_module_of_one_name_are_named() -> None:
    assert found(
        [owning("a", "acme"), owning("b", "acme")],
        *("libs/a/acme/x.py", "libs/a/acme/y.py", "libs/b/acme/x.py", "libs/b/acme/z.py"),
    ) == [
        TwoOwners(
            *(project("a").name, project("b").name, ("acme.x",)),
            *(RelPath("libs/b/acme/x.py"), RelPath("libs/a/acme/x.py")),
        )
    ]


def test_portions_of_a_namespace_that_do_not_overlap_are_allowed() -> None:
    assert not found(
        [owning("a", "acme"), owning("b", "acme")], "libs/a/acme/x.py", "libs/b/acme/y.py"
    )


@pytest.mark.parametrize("together", [True, False])
def test_services_may_call_their_modules_alike_unless_something_has_both(*, together: bool) -> None:
    services = [owning(each, "app", role=Role.SERVICE) for each in ("a", "b")]
    user = [owning("c", needs=("a", "b"))] if together else []
    files = ("libs/a/app/__init__.py", "libs/b/app/__init__.py")
    assert bool(found([*services, *user], *files)) is together


def test_projects_of_one_distribution_name_replace_each_other() -> None:
    projects = [owning("My.Lib@one", "acme"), owning("my-lib@two", "acme")]
    assert not found(projects, "libs/My.Lib/acme/x.py", "libs/my-lib/acme/x.py")
