from typing import TYPE_CHECKING

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import (
    Reference,
    both_markers,
    parse_reference,
    read_requirement,
    without_credentials,
)
from oneroof.workspace.model import MAIN, Requirement, Source

if TYPE_CHECKING:
    from oneroof.errors import Problem

PATH = RelPath("pyproject.toml")


def read(text: str) -> Requirement | None:
    return read_requirement(text, MAIN, PATH, "k", [])


def test_names_extras_specifier_and_marker_are_canonical() -> None:
    assert read("Foo_Bar[B.b,a]  (>=1, <2) ; python_version<'3.12'") == Requirement(
        "foo-bar", MAIN, PATH, "k", "<2,>=1", ("a", "b-b"), 'python_version < "3.12"'
    )


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("x @ file:///../lib", Source("path", "/../lib")),
        ("x @ file:../lib", Source("path", "../lib")),
        ("x @ file://./lib%20a", Source("path", "./lib a")),
        ("x @ ../lib", Source("path", "../lib")),
        ("x @ {root:uri}/../lib", Source("path", "../lib")),
        ("x @ {root:parent:uri}/lib", Source("path", "../lib")),
        ("x @ file:///${PROJECT_ROOT}/../lib", Source("path", "../lib")),
        ("x @ file://${PROJECT_ROOT}", Source("path", ".")),
        (
            "x @ git+https://git@h.io/o/r.git@v1.2#subdirectory=libs/x&egg=x",
            Source("git", "https://git@h.io/o/r.git", reference="v1.2", subdirectory="libs/x"),
        ),
        ("x @ git+ssh://git@h.io/o/r", Source("git", "ssh://git@h.io/o/r")),
        (
            "x @ https://h.io/x-1.0-py3-none-any.whl",
            Source("url", "https://h.io/x-1.0-py3-none-any.whl"),
        ),
        ("x @ hg+https://h.io/x", Source("url", "hg+https://h.io/x")),
    ],
)
def test_direct_references_become_sources(text: str, source: Source) -> None:
    requirement = read(text)
    assert requirement is not None
    assert requirement.sources == (source,)


def test_the_hash_of_a_url_is_kept() -> None:
    requirement = read("x @ https://h.io/x.zip#sha256=ab")
    assert requirement is not None
    assert requirement.hashes == ("sha256:ab",)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("../lib[b,a]", Reference(Source("path", "../lib", editable=True), extras=("a", "b"))),
        (".[dev]", Reference(Source("path", ".", editable=True), extras=("dev",))),
        (
            "git+https://h.io/r@main#egg=My_Lib[x]",
            Reference(
                Source("git", "https://h.io/r", reference="main", editable=True),
                "my-lib",
                ("x",),
            ),
        ),
        (
            "wheels/my_lib-1.0-py3-none-any.whl",
            Reference(
                Source("path", "wheels/my_lib-1.0-py3-none-any.whl", editable=True), "my-lib"
            ),
        ),
        ("..\\lib", Reference(Source("path", "..\\lib", editable=True))),
    ],
)
def test_bare_references(text: str, reference: Reference) -> None:
    assert parse_reference(text, editable=True) == reference


@pytest.mark.parametrize("text", ["x=={{ version }}", "x=={matrix:v}", "x[a]>={{version}}"])
def test_a_version_from_a_template_is_any_version(text: str) -> None:
    requirement = read(text)
    assert requirement is not None
    assert (requirement.name, requirement.specifier) == ("x", "")


def test_a_malformed_line_is_a_problem_without_its_secrets() -> None:
    problems: list[Problem] = []
    assert read_requirement("https://u:secret@h.io/x", MAIN, PATH, "a[0]", problems) is None
    [problem] = problems
    assert str(problem).startswith("pyproject.toml: a[0]: `https://***@h.io/x` is not a PEP 508")


def test_markers_are_joined() -> None:
    joined = both_markers('os_name == "a" or os_name == "b"', 'extra == "c"')
    assert joined == '(os_name == "a" or os_name == "b") and extra == "c"'


def test_credentials_are_masked() -> None:
    assert without_credentials("--x https://a:b@c/d") == "--x https://***@c/d"
