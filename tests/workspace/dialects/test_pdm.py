import tomllib
from typing import TYPE_CHECKING

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.pdm import apply_bound_sources, find_pdm_version, read_pdm
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import MAIN, Index, Requirement, Source, group

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("app/pyproject.toml")


def table(text: str) -> Table:
    return Table(PATH, tomllib.loads(text), [], "")


def test_groups_with_editables_named_by_where_they_lead(tree: "MakeTree") -> None:
    made = tree({"lib/pyproject.toml": '[project]\nname = "the.lib"'})
    text = """
        [tool.pdm.dev-dependencies]
        Dev = [
          "pytest>=8",
          "-e file:///${PROJECT_ROOT}/../lib",
          "-e git+https://h.io/x.git@main#egg=x",
        ]
        """
    pdm = read_pdm(table(text), made)
    key = "tool.pdm.dev-dependencies.Dev"
    dev = group("dev")
    git = Source("git", "https://h.io/x.git", reference="main", editable=True)
    assert pdm.groups == ("dev",)
    assert pdm.requirements == (
        Requirement("pytest", dev, PATH, f"{key}[0]", ">=8"),
        Requirement(
            "the-lib", dev, PATH, f"{key}[1]", sources=(Source("path", "../lib", editable=True),)
        ),
        Requirement("x", dev, PATH, f"{key}[2]", sources=(git,)),
    )


def test_an_editable_without_a_name_is_told(tree: "MakeTree") -> None:
    document = table('[tool.pdm.dev-dependencies]\ndev = ["-e file:///${PROJECT_ROOT}/../gone"]')
    assert read_pdm(document, tree({})).requirements == ()
    assert [each.key for each in document.problems] == ["tool.pdm.dev-dependencies.dev[0]"]


def test_sources_and_what_they_are_bound_to(tree: "MakeTree") -> None:
    text = """
        [[tool.pdm.source]]
        name = "pypi"
        url = "https://m.io/simple"
        [[tool.pdm.source]]
        name = "torch"
        url = "https://t.io/whl"
        include_packages = ["torch*"]
        exclude_packages = ["*"]
        """
    pdm = read_pdm(table(text), tree({}))
    assert pdm.indexes == (
        Index("pypi", "https://m.io/simple", default=True),
        Index("torch", "https://t.io/whl", explicit=True),
    )
    requirements = [Requirement(name, MAIN, PATH, "k") for name in ("torchaudio", "rich")]
    source = Source("index", "https://t.io/whl", name="torch")
    found = apply_bound_sources(requirements, pdm.bound)
    assert [each.sources for each in found] == [(source,), ()]


@pytest.mark.parametrize(
    ("text", "packaged"),
    [("", True), ("distribution = false", False), ('package-type = "application"', False)],
)
def test_applications_are_not_built(tree: "MakeTree", text: str, packaged: object) -> None:
    assert read_pdm(table(f"[tool.pdm]\n{text}"), tree({})).packaged is packaged


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('source = "file"\npath = "v.py"', "1.2"),
        ('source = "scm"', None),
        ('source = "file"\npath = "gone.py"', None),
    ],
)
def test_versions(tree: "MakeTree", text: str, version: str | None) -> None:
    made = tree({"app/v.py": "__version__: str = '1.2'  # now\n"})
    assert find_pdm_version(table(f"[tool.pdm.version]\n{text}"), made) == version
