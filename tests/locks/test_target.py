from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.locks.target import is_possible

if TYPE_CHECKING:
    from tests.locks.conftest import MakeTarget


@pytest.mark.parametrize(
    ("marker", "extras", "expected"),
    [
        ("", (), True),
        ("sys_platform == 'linux'", (), True),
        ("sys_platform == 'win32'", (), False),
        ("python_full_version < '3.11'", (), False),
        ("extra == 'a'", (), False),
        ("extra == 'a'", ("a",), True),
        ("extra == 'a' and extra == 'b'", ("a",), False),
        ("extra == 'a' and extra == \"b\"", ("a", "b"), True),
        ("extra != 'a'", ("b",), True),
        ("sys_platform == 'win32' or (extra == 'a' and extra == 'b')", ("a", "b", "c"), True),
        ("not a marker", (), True),
    ],
)
def test_several_extras_can_be_active_at_once(
    target: MakeTarget, marker: str, extras: tuple[str, ...], expected: object
) -> None:
    assert target().holds(marker, extras) is expected


def test_markers_of_pylock_speak_of_sets(target: MakeTarget) -> None:
    assert target().holds("'a' in extras and 'g' in dependency_groups", ["a"], ["g"])
    assert not target().holds("'a' in extras", ["b"])


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-1build-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("a-1-cp311-cp311-win_amd64.whl", False),
    ],
)
def test_a_wheel_is_accepted_by_any_of_its_tags(
    target: MakeTarget, filename: str, expected: object
) -> None:
    tags = ["py3-none-any", "cp311-cp311-manylinux2014_x86_64"]
    assert target(tags=tags).accepts_wheel(filename) is expected


@pytest.mark.parametrize(
    ("marker", "requires_python", "expected"),
    [
        ("", "", True),
        ("python_version < '3.8'", ">=3.8", False),
        ("python_version < '3.8'", ">=3.7", True),
        ("python_version < '3.8' or sys_platform == 'darwin'", ">=3.8", True),
        ("platform_system == 'Windows' and sys_platform == 'linux'", "", False),
        ("extra == 'a' and python_version < '3.9'", ">=3.9", False),
        ("extra == 'a'", ">=3.9", True),
        ("platform_python_implementation == 'PyPy'", ">=3.9", True),
    ],
)
def test_a_marker_is_possible_where_some_python_and_platform_meets_it(
    marker: str, requires_python: str, expected: object
) -> None:
    assert is_possible(marker, requires_python) is expected
