from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from oneroof.distributions.portable import Policy, make_portable, specifier

HEAD = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\n"


def requirement(line: str, policy: Policy = Policy.RANGE) -> str:
    text = f"{HEAD}Requires-Dist: {line}\nSummary: x\n\nRequires-Dist: in the body\n"
    found = make_portable(text, {"lib-mq": "1.4.2"}, policy).text
    assert found.startswith(HEAD)
    assert found.endswith("\nSummary: x\n\nRequires-Dist: in the body\n")
    return found.removeprefix(HEAD).partition("\n")[0].removeprefix("Requires-Dist: ")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.RANGE, "lib_mq>=1.4.2,<2"),
        (Policy.EXACT, "lib_mq==1.4.2"),
        (Policy.BARE, "lib_mq"),
    ],
)
def test_a_path_of_this_machine_becomes_a_requirement(policy: Policy, expected: str) -> None:
    assert requirement("lib_mq @ file:///home/me/libs/mq", policy) == expected


def test_extras_and_marker_of_a_path_are_kept() -> None:
    line = 'lib-mq[b,a] @ file:///libs/mq ; python_version < "4"'
    assert requirement(line) == 'lib-mq[a,b]>=1.4.2,<2 ; python_version < "4"'


def test_a_bare_name_of_a_project_gets_its_version() -> None:
    assert requirement("lib-mq") == "lib-mq>=1.4.2,<2"


@pytest.mark.parametrize(
    "line", ["lib-mq>=1", "requests", "idna (>=3,<4)", "x @ https://example.org/x.whl", "no way!"]
)
def test_what_the_manifest_says_of_a_version_is_kept(line: str) -> None:
    assert requirement(line) == line


def test_a_path_to_no_project_is_told() -> None:
    text = f"{HEAD}Requires-Dist: other @ file:///x/other.whl\n"
    assert make_portable(text, {}, Policy.RANGE).left == ("other @ file:///x/other.whl",)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=3), st.sampled_from(Policy))
def test_every_policy_admits_the_present_version(release: list[int], policy: Policy) -> None:
    version = ".".join(map(str, release))
    assert Version(version) in SpecifierSet(specifier(version, policy), prereleases=True)


@given(st.integers(0, 3), st.integers(0, 9), st.integers(0, 9))
def test_a_range_ends_where_something_may_break(major: int, minor: int, micro: int) -> None:
    admitted = SpecifierSet(specifier(f"{major}.{minor}.{micro}", Policy.RANGE))
    assert f"{major}.{minor}.{micro + 1}" in admitted
    assert (f"{major}.{minor + 1}.0" in admitted) is (major > 0)
    assert f"{major + 1}.0.0" not in admitted
