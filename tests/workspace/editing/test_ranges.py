import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from oneroof.workspace.dialects.poetry_constraints import to_specifier
from oneroof.workspace.editing.ranges import raise_constraint, raise_requirement


@pytest.mark.parametrize(
    ("text", "version", "raised"),
    [
        (
            "\"lib >= 1.4, <2 ; python_version < '3'\"",
            "2.0.1",
            "\"lib >= 2.0, <3 ; python_version < '3'\"",
        ),
        ("LIB[x,y] (>=1.4.0,<2.0.0)", "2.1.0", "LIB[x,y] (>=2.1.0,<3.0.0)"),
        ("lib~=1.4.2", "2.0", "lib~=2.0.0"),
        ("lib==1.4.*  # lib==1", "1.5.2", "lib==1.5.*  # lib==1.5.2"),
        ("lib<1.5", "1.5.3", "lib<1.6"),
        ("lib<0.2", "0.2.0", "lib<0.3"),
        ("lib<=1.4,!=1.3", "2.0", "lib<=2.0,!=1.3"),
        ("lib>=1,<2", "2.0rc1", "lib>=2.0rc1,<3"),
        ("a-lib<2; lib-b<2; mylib<2; lib.c<2", "2.0", "a-lib<2; lib-b<2; mylib<2; lib.c<2"),
        ("lib", "2.0", "lib"),
        ("lib===what", "2.0", "lib===what"),
    ],
)
def test_a_requirement_keeps_its_style(text: str, version: str, raised: str) -> None:
    assert raise_requirement(text, "lib", Version(version)) == raised


def test_a_name_may_be_spelled_otherwise() -> None:
    assert raise_requirement("My_._Lib==1", "my-lib", Version("2")) == "My_._Lib==2"


@pytest.mark.parametrize(
    ("text", "version", "raised"),
    [
        ("^1.4", "2.0.0", "^2.0"),
        ("~1.4.2", "1.5.0", "~1.5.0"),
        ("1.*", "2.3", "2.*"),
        (">=1.2 <2.0", "2.0.1", ">=2.0 <3.0"),
        (">= 1.2, < 2", "2.0", ">= 2.0, < 3"),
        ("1.4.2", "1.5", "1.5"),
        ("*", "2", "*"),
        ("^1.2 || ^2", "3", "^1.2 || ^2"),
    ],
)
def test_a_constraint_keeps_its_style(text: str, version: str, raised: str) -> None:
    assert raise_constraint(text, Version(version)) == raised


RELEASES = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(
    lambda each: ".".join(map(str, each))
)
OPERATORS = st.sampled_from([">=", "<", "<=", "==", "~=", ">=1,<"])


@given(OPERATORS, RELEASES, RELEASES)
def test_what_is_raised_allows_the_version(operator: str, old: str, new: str) -> None:
    if operator == "~=" and "." not in old:
        old += ".0"
    before = Requirement(f"lib{operator}{old}").specifier
    version = Version(new)
    # A range that is above the version is not to be raised.
    if not before.contains(version) and version >= Version(old) and version >= Version("1"):
        raised = raise_requirement(f"lib{operator}{old}", "lib", version)
        assert Requirement(raised).specifier.contains(version)


@given(st.sampled_from(["^", "~", ">=", ""]), RELEASES, RELEASES)
def test_a_raised_constraint_allows_the_version(operator: str, old: str, new: str) -> None:
    if Version(new) >= Version(old):
        raised = raise_constraint(operator + old, Version(new))
        specifier = Requirement(f"lib{to_specifier(raised).specifier}").specifier
        assert specifier.contains(Version(new))
