from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.locks.machines import Limits, Machines, find_atoms
from oneroof.locks.target import Target

ATOMS = (
    "sys_platform == 'win32'",
    "sys_platform != 'darwin'",
    "os_name == 'nt'",
    "platform_system == 'Linux'",
    "platform_machine == 'aarch64'",
    "platform_machine in 'x86_64 AMD64'",
    "'arm' in platform_machine",
    "python_version < '3.11'",
    "python_version >= '3.10'",
    "python_version == '3.12'",
    "python_full_version < '3.11.4'",
    "python_full_version >= '3.12.1'",
    "implementation_name == 'pypy'",
    "platform_python_implementation != 'PyPy'",
)
MARKERS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.builds(
        lambda one, word, other: f"({one} {word} {other})",
        inner,
        st.sampled_from(["and", "or"]),
        inner,
    ),
    max_leaves=4,
)
REAL = [
    Target.of(
        {
            "sys_platform": platform,
            "platform_system": system,
            "os_name": name,
            "platform_machine": machine,
            "implementation_name": implementation,
            "platform_python_implementation": label,
            "python_version": ".".join(python.split(".")[:2]),
            "python_full_version": python,
            "implementation_version": python,
        }
    )
    for (platform, system, name), machine, (implementation, label), python in product(
        [
            ("linux", "Linux", "posix"),
            ("win32", "Windows", "nt"),
            ("freebsd14", "FreeBSD", "posix"),
        ],
        ["x86_64", "aarch64", "arm64", "AMD64", "riscv64"],
        [("cpython", "CPython"), ("pypy", "PyPy")],
        ["3.9.7", "3.10.0", "3.11.3", "3.11.4", "3.12.0", "3.12.1", "3.14.2"],
    )
]


@given(st.lists(MARKERS, min_size=1, max_size=3))
def test_the_marker_of_where_one_holds_holds_where_it_does(markers: list[str]) -> None:
    machines = Machines(markers, ())
    for marker in markers:
        cells = [cell for cell in machines.cells if machines.target(cell).holds(marker)]
        if not cells:
            assert not any(target.holds(marker) for target in REAL)
            continue
        made = machines.marker(cells)
        assert [t.holds(made) for t in REAL] == [t.holds(marker) for t in REAL], made


@pytest.mark.parametrize(
    ("markers", "wanted", "said"),
    [
        (["sys_platform == 'win32'"], "sys_platform == 'win32'", 'sys_platform == "win32"'),
        (["os_name == 'nt'"], "os_name == 'nt'", 'os_name == "nt"'),
        (
            ["sys_platform == 'win32'", "sys_platform == 'darwin'"],
            "sys_platform != 'win32' and sys_platform != 'darwin'",
            'sys_platform != "darwin" and sys_platform != "win32"',
        ),
        (
            ["python_version < '3.10'", "python_full_version < '3.12.4'"],
            "python_version >= '3.10' and python_full_version < '3.12.4'",
            'python_version >= "3.10" and python_full_version < "3.12.4"',
        ),
    ],
)
def test_markers_are_plain(markers: list[str], wanted: str, said: str) -> None:
    machines = Machines(markers, ())
    cells = [cell for cell in machines.cells if machines.target(cell).holds(wanted)]
    assert machines.marker(cells) == said


def test_what_holds_on_all_machines_that_count_needs_no_marker() -> None:
    marker = "python_version >= '3.9' and sys_platform == 'linux' and platform_machine == 'x86_64'"
    machines = Machines([marker], (), Limits((">=3.9",), "linux", "x86_64"))
    assert len(machines.cells) == 1
    assert machines.marker(machines.cells) == ""


def test_no_python_is_left_where_none_satisfies_all() -> None:
    assert Machines([], (), Limits((">=3.11", "==3.9.*"))).cells == ()


def test_comparisons_are_found_either_way_around() -> None:
    marker = "'arm' in platform_machine and (extra == 'x' or python_version not in '3.9 3.10')"
    assert [(each.variable, each.value) for each in find_atoms(marker)] == [
        ("platform_machine", "arm"),
        ("extra", "x"),
        ("python_version", "3.9 3.10"),
    ]
