import tomllib
from typing import TYPE_CHECKING

from oneroof.paths import RelPath
from oneroof.workspace.dialects.flit import find_flit_version, read_flit
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import EntryPoint

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("pyproject.toml")


def table(text: str) -> Table:
    return Table(PATH, tomllib.loads(text), [], "")


def test_the_old_metadata_table(tree: "MakeTree") -> None:
    metadata = read_flit(
        table(
            """
            [tool.flit.metadata]
            module = "ns.pkg"
            dist-name = "ns-pkg"
            requires = ["requests >=2"]
            requires-python = ">=3.8"
            dev-requires = ["tox"]
            [tool.flit.metadata.requires-extra]
            test = ["pytest"]
            [tool.flit.scripts]
            run = "ns.pkg:main"
            [tool.flit.entrypoints.plugins]
            a = "ns.pkg.a"
            """
        ),
        tree({"src/ns/pkg/__init__.py": '__version__ = "0.3"'}),
    )
    assert metadata is not None
    assert (metadata.name, metadata.version, metadata.requires_python) == ("ns-pkg", "0.3", ">=3.8")
    assert metadata.extras == ("test", "dev")
    assert [(each.kind, each.pep508) for each in metadata.requirements] == [
        ("main", "requests>=2"),
        ("extra:test", "pytest"),
        ("extra:dev", "tox"),
    ]
    assert metadata.entry_points == (
        EntryPoint("console_scripts", "run", "ns.pkg:main"),
        EntryPoint("plugins", "a", "ns.pkg.a"),
    )


def test_a_module_must_be_named(tree: "MakeTree") -> None:
    document = table("[tool.flit.metadata]\nauthor = 'x'")
    read_flit(document, tree({}))
    assert [(each.key, each.fatal) for each in document.problems] == [
        ("tool.flit.metadata.module", True)
    ]


def test_a_project_without_the_old_table(tree: "MakeTree") -> None:
    assert read_flit(table("[tool.flit.module]\nname = 'x'"), tree({})) is None


def test_a_dynamic_version_stands_in_the_module(tree: "MakeTree") -> None:
    made = tree({"my_app.py": "__version__ = '1'", "x/__init__.py": "__version__ = '2'"})
    assert find_flit_version(table(""), made, "my-app") == "1"
    assert find_flit_version(table("[tool.flit.module]\nname = 'x'"), made, "my-app") == "2"
