import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from oneroof.distributions.versions import Part, next_version, parse_tag, read_step
from oneroof.errors import ConfigError


@pytest.mark.parametrize(
    ("old", "part", "new"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "patch", "1.4.3"),
        ("1.4", "major", "2.0"),
        ("1.4", "patch", "1.4.1"),
        ("1", "minor", "1.1"),
        ("1.4.2.7", "minor", "1.5.0.0"),
        ("2!1.4", "minor", "2!1.5"),
        ("1.4.2+local", "patch", "1.4.3"),
        ("2.0.0rc1", "major", "2.0.0"),
        ("2.0.0rc1", "minor", "2.0.0"),
        ("2.0.1rc1", "minor", "2.1.0"),
        ("2.0.1.dev3", "patch", "2.0.1"),
    ],
)
def test_the_next_version(old: str, part: str, new: str) -> None:
    assert str(next_version(Version(old), Part(part))) == new


def test_a_version_only_rises() -> None:
    assert next_version(Version("1.0"), Version("1.1rc1")) == Version("1.1rc1")
    with pytest.raises(ConfigError, match=r"1\.0\.0 is not higher than its version 1\.0"):
        next_version(Version("1.0"), Version("1.0.0"))


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=4),
    st.sampled_from(["", "a1", "rc2", ".dev3", ".post1", "+x"]),
    st.sampled_from(list(Part)),
)
def test_every_step_leads_up_to_a_release(numbers: list[int], suffix: str, part: Part) -> None:
    old = Version(".".join(map(str, numbers)) + suffix)
    new = next_version(old, part)
    assert new > old
    assert not new.is_prerelease


def test_steps_are_read() -> None:
    assert read_step("minor") is Part.MINOR
    assert read_step("1.2") == Version("1.2")
    with pytest.raises(ConfigError, match="`x` is neither"):
        read_step("x")


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ((), None),
        (("main", "nightly-7", "v"), None),
        (("v1.9", "v1.10", "x"), ("v", "1.10")),
        (("1.2",), ("", "1.2")),
        (("v9.0", "My.Lib-v1.0", "other-2.0"), ("My.Lib-v", "1.0")),
        (("my_lib@1.0", "my-lib/1.1"), ("my-lib/", "1.1")),
        (("other-2.0",), None),
    ],
)
def test_the_latest_tag_of_a_project(tags: tuple[str, ...], found: tuple[str, str] | None) -> None:
    latest = parse_tag(tags, "my-lib")
    assert (latest and (latest[0], str(latest[1]))) == found
