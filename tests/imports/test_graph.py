"""From names to files, and what loading a file may load."""

from pathlib import Path

import msgspec
import pytest
from tests.projects import project

from oneroof.imports.graph import ImportGraph
from oneroof.imports.modules import Modules
from oneroof.imports.resolve import Resolver
from oneroof.imports.scan import scan
from oneroof.imports.table import Table, make_columns, make_row
from oneroof.paths import RelPath
from oneroof.workspace.model import ImportPackage, Project, ProjectName
from oneroof.workspace.tree import Tree


def owning(name: str, *packages: str, root: str = "src") -> Project:
    one = project(name)
    base = f"{one.path}/{root}" if root else one.path
    owned = tuple(
        ImportPackage(each, RelPath(f"{base}/{each.replace('.', '/')}")) for each in packages
    )
    metadata = msgspec.structs.replace(one.metadata, import_packages=owned)
    return msgspec.structs.replace(one, metadata=metadata)


def graph(projects: list[Project], files: dict[str, str]) -> ImportGraph:
    tree = Tree(Path("/nowhere"), [RelPath(each) for each in files])
    modules = Modules(projects, lambda: tree.files)
    resolver = Resolver(modules)
    places = {path: place for place, path in enumerate(tree.files)}
    rows = []
    for path in tree.files:
        found = scan(files[path].encode())
        needed = resolver.resolve(path, found)
        rows.append(make_row(found, {places[each]: line for each, line in needed.items()}))
    return ImportGraph(modules, Table(make_columns(tree.files, rows)))


def uses(made: ImportGraph, path: str) -> dict[str, int]:
    return {use.path: use.line for use in made.uses(RelPath(path))}


A = "libs/a/src/a"


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("import a.b.c", {"__init__.py", "b/__init__.py", "b/c.py"}),
        ("from a.b import c", {"__init__.py", "b/__init__.py", "b/c.py"}),
        ("from a.b import name", {"__init__.py", "b/__init__.py"}),
        ("from a.b import *", {"__init__.py", "b/__init__.py", "b/c.py"}),
        ("import a.nowhere", {"__init__.py"}),
        ("import other", set()),
        ("patch('a.b.c.name')", {"__init__.py", "b/__init__.py", "b/c.py"}),
        ("from importlib import import_module\nimport_module('a.d')", {"__init__.py", "d.py"}),
    ],
)
def test_a_name_leads_to_its_file_and_the_packages_above(text: str, used: set[str]) -> None:
    files = {f"{A}/{each}": "" for each in ("__init__.py", "b/__init__.py", "b/c.py", "d.py")}
    made = graph([owning("a", "a")], {**files, "libs/a/tests/test_a.py": text})
    assert set(uses(made, "libs/a/tests/test_a.py")) == {f"{A}/{each}" for each in used}


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("from . import d", {"b/__init__.py", "b/d.py"}),
        ("from .d import x", {"b/__init__.py", "b/d.py"}),
        ("from .. import e", {"b/__init__.py", "__init__.py", "e.py"}),
        ("from ..e import x", {"b/__init__.py", "__init__.py", "e.py"}),
        ("from . import *", {"b/__init__.py", "b/d.py"}),
    ],
)
def test_relative_imports_start_at_the_package(text: str, used: set[str]) -> None:
    files = {f"{A}/{each}": "" for each in ("__init__.py", "e.py", "b/__init__.py", "b/d.py")}
    made = graph([owning("a", "a")], {**files, f"{A}/b/c.py": text})
    found = set(uses(made, f"{A}/b/c.py"))
    assert found | {f"{A}/__init__.py"} == {f"{A}/{each}" for each in used} | {f"{A}/__init__.py"}


def test_portions_of_a_namespace_are_found_over_projects() -> None:
    files = {
        "libs/a/src/ns/one.py": "import ns.two",
        "libs/b/src/ns/two.py": "",
    }
    made = graph([owning("a", "ns"), owning("b", "ns")], files)
    assert uses(made, "libs/a/src/ns/one.py") == {"libs/b/src/ns/two.py": 1}


def test_of_modules_with_one_name_each_project_gets_its_own() -> None:
    files = {
        "libs/a/src/app/main.py": "",
        "libs/b/src/app/main.py": "",
        "libs/b/tests/test_b.py": "import app.main",
    }
    made = graph([owning("a", "app"), owning("b", "app")], files)
    reached = made.reach([RelPath("libs/b/tests/test_b.py")], {ProjectName("b")})
    assert set(reached) == {"libs/b/tests/test_b.py", "libs/b/src/app/main.py"}


def test_helpers_beside_a_test_and_above_it_are_found() -> None:
    files = {
        "libs/a/tests/unit/test_a.py": "import helpers\nimport shared.more",
        "libs/a/tests/unit/helpers.py": "",
        "libs/a/tests/shared/more.py": "",
    }
    made = graph([owning("a", "a")], files)
    assert uses(made, "libs/a/tests/unit/test_a.py") == {
        "libs/a/tests/unit/helpers.py": 1,
        "libs/a/tests/shared/more.py": 2,
    }


def test_a_package_mapped_to_another_folder_is_found_there() -> None:
    one = project("a")
    mapped = ImportPackage("pkg", RelPath("libs/a/lib"))
    metadata = msgspec.structs.replace(one.metadata, import_packages=(mapped,))
    files = {"libs/a/lib/__init__.py": "", "libs/a/lib/x.py": "", "libs/a/t.py": "import pkg.x"}
    made = graph([msgspec.structs.replace(one, metadata=metadata)], files)
    assert set(uses(made, "libs/a/t.py")) == {"libs/a/lib/__init__.py", "libs/a/lib/x.py"}


def test_circular_imports_end() -> None:
    files = {f"{A}/x.py": "import a.y\nimport a.x", f"{A}/y.py": "import a.x"}
    made = graph([owning("a", "a")], files)
    assert set(made.reach([RelPath(f"{A}/x.py")], {ProjectName("a")})) == {
        f"{A}/x.py",
        f"{A}/y.py",
    }
