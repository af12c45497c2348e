from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.errors import Problem
from oneroof.locks.closure import pins_for
from oneroof.locks.model import LockSource, Pin, Pins
from oneroof.workspace.graph import WORK
from oneroof.workspace.model import MAIN, Kind, ProjectName, Source

if TYPE_CHECKING:
    from tests.locks.conftest import (
        Locked,
        MakeGraph,
        MakeProject,
        MakeRequirement,
        MakeTarget,
        Parsed,
    )

WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}


def versions(pins: Pins) -> dict[str, str | None]:
    assert not pins.missing
    return {pin.name: pin.version for pin in pins.pins}


POETRY_MAIN = {
    "click": "8.1.7",
    "iniconfig": "2.0.0",
    "pysocks": "1.7.1",
    "six": "1.17.0",
    "typing-extensions": "4.12.2",
    "urllib3": "2.2.2",
}


@pytest.mark.parametrize("workspace", ["poetry-1.1", "poetry-1.8", "poetry-2"])
@pytest.mark.parametrize(
    ("kinds", "python", "windows", "changes"),
    [
        (("main",), "3.11.7", False, {}),
        (("main",), "3.11.7", True, {"colorama": "0.4.6"}),
        (("main",), "3.8.1", False, {"typing-extensions": "4.7.1"}),
        (("main", "extra:config"), "3.11.7", False, {"toml": "0.10.2"}),
        (("work",), "3.11.7", False, {"toml": "0.10.2", "tomli": "2.0.1"}),
    ],
)
def test_a_poetry_lock_gives_what_the_project_and_its_internal_dependency_need(
    *,
    locked: Locked,
    target: MakeTarget,
    workspace: str,
    kinds: tuple[str, ...],
    python: str,
    windows: object,
    changes: dict[str, str],
) -> None:
    there = locked(workspace)
    platform = target(python, **WINDOWS) if windows else target(python)
    wanted = [Kind(kind) for kind in kinds]

    pins = pins_for(there.graph, ProjectName("app"), wanted, there.lock_of("app"), platform)

    assert versions(pins) == {**POETRY_MAIN, **changes}
    assert pins.problems == ()


@pytest.mark.parametrize(
    ("project", "kinds", "python", "expected"),
    [
        (
            "api",
            ("main",),
            "3.11.7",
            {"click": "8.1.7", "pysocks": "1.7.1", "six": "1.15.0", "urllib3": "2.2.2"},
        ),
        (
            "api",
            ("group:dev",),
            "3.11.7",
            {"toml": "0.10.2", "zipp": "3.20.2"},
        ),
        ("core", ("main",), "3.9.1", {"six": "1.15.0", "tomli": "2.0.1"}),
        (
            "core",
            ("extra:all",),
            "3.11.7",
            {"pysocks": "1.7.1", "six": "1.15.0", "toml": "0.10.2", "urllib3": "2.2.2"},
        ),
        (
            "plain",
            ("main", "extra:a"),
            "3.11.7",
            {"iniconfig": "2.0.0", "mypy-extensions": "0.4.3", "typing-extensions": "4.12.2"},
        ),
        (
            "plain",
            ("main", "extra:b"),
            "3.10.1",
            {"iniconfig": "2.0.0", "mypy-extensions": "1.0.0", "typing-extensions": "4.7.1"},
        ),
        ("root", ("work",), "3.11.7", {"toml": "0.10.2"}),
    ],
)
def test_a_uv_lock_gives_each_member_what_its_kinds_need(
    *,
    locked: Locked,
    target: MakeTarget,
    project: str,
    kinds: tuple[str, ...],
    python: str,
    expected: dict[str, str],
) -> None:
    there = locked("uv")
    pins = pins_for(
        there.graph,
        ProjectName(project),
        [Kind(kind) for kind in kinds],
        there.lock_of(project),
        target(python),
    )
    assert versions(pins) == expected
    assert pins.problems == ()


@pytest.mark.parametrize(
    ("kinds", "python", "expected"),
    [
        (("main",), "3.11.7", {"click": "8.1.7", "pysocks": "1.7.1", "urllib3": "2.2.2"}),
        (
            ("work",),
            "3.10.1",
            {
                "click": "8.1.7",
                "iniconfig": "2.0.0",
                "pysocks": "1.7.1",
                "six": "1.16.0",
                "toml": "0.10.2",
                "tomli": "2.0.1",
                "urllib3": "2.2.2",
            },
        ),
    ],
)
def test_a_pdm_lock_gives_extras_groups_and_markers(
    locked: Locked,
    target: MakeTarget,
    kinds: tuple[str, ...],
    python: str,
    expected: dict[str, str],
) -> None:
    there = locked("pdm")
    wanted = [Kind(kind) for kind in kinds]
    pins = pins_for(there.graph, ProjectName("app"), wanted, there.lock_of("app"), target(python))
    assert versions(pins) == expected


def test_a_pin_carries_hashes_source_and_who_asks_for_it(
    locked: Locked, target: MakeTarget
) -> None:
    there = locked("uv")
    pins = pins_for(there.graph, ProjectName("api"), [MAIN], there.lock_of("api"), target())
    assert pins.pins[1] == Pin(
        "pysocks",
        "1.7.1",
        LockSource("registry", ""),
        (
            "sha256:2725bd0a9925919b9b51739eea5f9e2bae91e83288108a9ad338b2e3a4435ee5",
            "sha256:3f8804571ebe159c380ac6de37643bb4685970655d3bba243530d6558b799aa0",
        ),
        ("urllib3",),
    )
    assert pins.pins[2].reasons == ("core",)


def test_conflicting_extras_at_once_are_named_and_one_version_is_kept(
    locked: Locked, target: MakeTarget
) -> None:
    there = locked("uv")
    pins = pins_for(there.graph, ProjectName("plain"), [WORK], there.lock_of("plain"), target())
    assert versions(pins)["mypy-extensions"] == "1.0.0"
    assert [str(problem) for problem in pins.problems] == [
        (
            "uv.lock: package.mypy-extensions: `plain` would need `mypy-extensions` as 0.4.3 and "
            "1.0.0 at once, because extras or groups of it conflict; 1.0.0 is used"
        )
    ]


def test_a_python_the_lock_was_not_made_for_is_named(locked: Locked, target: MakeTarget) -> None:
    there = locked("uv")
    pins = pins_for(there.graph, ProjectName("api"), [MAIN], there.lock_of("api"), target("3.8.1"))
    assert pins.problems == (Problem("uv.lock", "is made for Python `>=3.9`, not for 3.8.1"),)


TORCH = """
version = 1
requires-python = ">=3.9"

[[package]]
name = "app"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "torch", version = "2.3.0", source = { registry = "https://download.example/cpu" }, marker = "sys_platform == 'darwin'" },
    { name = "torch", version = "2.3.0+cpu", source = { registry = "https://download.example/cpu" }, marker = "sys_platform != 'darwin'" },
]

[[package]]
name = "torch"
version = "2.3.0"
source = { registry = "https://download.example/cpu" }
resolution-markers = ["sys_platform == 'darwin'"]
wheels = [{ url = "https://download.example/cpu/torch-2.3.0-cp311-none-macosx_11_0_arm64.whl", hash = "sha256:aa" }]

[[package]]
name = "torch"
version = "2.3.0+cpu"
source = { registry = "https://download.example/cpu" }
resolution-markers = ["sys_platform != 'darwin'"]
wheels = [{ url = "https://download.example/cpu/torch-2.3.0%2Bcpu-cp311-cp311-linux_x86_64.whl", hash = "sha256:bb" }]
"""  # noqa: E501


def test_a_package_of_an_explicit_index_keeps_it(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    app = project(".", requirement("torch", ">=2"), name="app", lock="uv.lock")
    pins = pins_for(graph(app), app.name, [MAIN], parsed("uv.lock", TORCH), target())
    assert pins.pins == (
        Pin(
            "torch",
            "2.3.0+cpu",
            LockSource("registry", "https://download.example/cpu"),
            ("sha256:bb",),
            ("app",),
        ),
    )


@pytest.mark.parametrize(
    ("tags", "usable"),
    [
        (["cp311-cp311-linux_x86_64", "py3-none-any"], True),
        (["cp311-cp311-manylinux_2_28_aarch64", "py3-none-any"], False),
        (None, True),
    ],
)
def test_a_package_without_wheel_for_the_target_and_without_sdist_is_named(
    *,
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
    tags: list[str] | None,
    usable: object,
) -> None:
    app = project(".", requirement("torch", ">=2"), name="app", lock="uv.lock")
    platform = target(tags=tags)
    pins = pins_for(graph(app), app.name, [MAIN], parsed("uv.lock", TORCH), platform)
    problem = Problem(
        "uv.lock",
        "`torch` 2.3.0+cpu has no wheel for cpython 3.11.7 on linux x86_64 and no source "
        "distribution",
        key="package.torch",
        fatal=True,
    )
    assert pins.problems == (() if usable else (problem,))


POETRY = """
[[package]]
name = "plugin"
version = "1.0"
optional = false
python-versions = "*"
files = [{file = "plugin-1.0-py3-none-any.whl", hash = "sha256:aa"}]

[package.dependencies]
lib-b = ">=1"
setuptools = "*"

[[package]]
name = "lib-b"
version = "3.0"
optional = false
python-versions = "*"
files = [{file = "lib_b-3.0-py3-none-any.whl", hash = "sha256:bb"}]

[metadata]
lock-version = "2.0"
python-versions = ">=3.9"
content-hash = "0"
"""


def test_an_internal_name_the_lock_takes_from_an_index_is_a_pin_and_reported(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    app = project("app", requirement("plugin"), lock="app/poetry.lock")
    there = graph(app, project("lib-b"))
    pins = pins_for(there, app.name, [MAIN], parsed("app/poetry.lock", POETRY), target())
    assert [pin.name for pin in pins.pins] == ["lib-b", "plugin"]
    assert pins.internal_from_index == ("lib-b",)


def test_an_internal_dependency_is_never_a_pin_even_where_the_lock_holds_it_from_an_index(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    local = requirement(
        "lib-b", sources=(Source("path", "../lib-b"),), declared_in="app/pyproject.toml"
    )
    app = project("app", requirement("plugin"), local, lock="app/poetry.lock")
    there = graph(app, project("lib-b"))
    pins = pins_for(there, app.name, [MAIN], parsed("app/poetry.lock", POETRY), target())
    assert [pin.name for pin in pins.pins] == ["plugin"]
    assert pins.internal_from_index == ()
    assert [problem.key for problem in pins.problems] == ["package.lib-b"]


def test_what_a_package_needs_and_the_lock_lacks_is_missing(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    # Old Poetry never locked setuptools.
    app = project("app", requirement("plugin"), lock="app/poetry.lock")
    pins = pins_for(graph(app), app.name, [MAIN], parsed("app/poetry.lock", POETRY), target())
    [missing] = pins.missing
    assert (missing.requirement.name, missing.reason) == ("setuptools", "it does not hold it")
    assert missing.requirement.key == "package.plugin"


@pytest.mark.parametrize(
    ("name", "specifier", "marker", "reason"),
    [
        ("rich", ">=13", "", "it does not hold it"),
        ("rich", ">=13", 'sys_platform == "win32"', None),
        ("lib-b", ">=4", "", "it holds 3.0"),
        ("lib-b", ">=3", "", None),
    ],
)
def test_a_requirement_of_an_internal_dependency_that_the_lock_does_not_meet_is_missing(
    *,
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
    name: str,
    specifier: str,
    marker: str,
    reason: str | None,
) -> None:
    lib = project("lib", requirement(name, specifier, marker=marker))
    app = project("app", requirement("lib"), lock="app/poetry.lock")
    pins = pins_for(graph(app, lib), app.name, [MAIN], parsed("app/poetry.lock", POETRY), target())
    found = [(each.project, each.requirement.name, each.reason) for each in pins.missing]
    assert found == ([] if reason is None else [("lib", name, reason)])


def test_a_member_that_uv_does_not_know_a_requirement_of_misses_it(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    app = project(".", requirement("rich"), name="app", lock="uv.lock")
    pins = pins_for(graph(app), app.name, [MAIN], parsed("uv.lock", TORCH), target())
    assert [each.reason for each in pins.missing] == ["its entry of `app` does not know it"]


def test_a_project_that_only_a_locked_package_needs_is_reached_through_the_lock(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    text = """
version = 1
[[package]]
name = "app"
source = { editable = "app" }
dependencies = [{ name = "plugin" }]
[[package]]
name = "plugin"
version = "1"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "core" }]
[[package]]
name = "core"
source = { editable = "core" }
dependencies = [{ name = "six" }]
[[package]]
name = "six"
version = "1.16.0"
source = { registry = "https://pypi.org/simple" }
"""
    app = project("app", requirement("plugin"), lock="uv.lock")
    core = project("core", requirement("six"), lock="uv.lock")
    pins = pins_for(graph(app, core), app.name, [MAIN], parsed("uv.lock", text), target())
    assert [pin.name for pin in pins.pins] == ["plugin", "six"]
    assert pins.internal == ("core",)


def test_a_lock_without_edges_gives_all_that_its_markers_allow(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    text = """
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "six"
version = "1.16.0"
wheels = [{ url = "https://h/six-1.16.0-py3-none-any.whl", hashes = { sha256 = "aa" } }]
[[packages]]
name = "pytest"
version = "8.0"
wheels = [{ url = "https://h/pytest-8.0-py3-none-any.whl", hashes = { sha256 = "aa" } }]
marker = "'test' in dependency_groups"
[[packages]]
name = "colorama"
version = "0.4.6"
wheels = [{ url = "https://h/colorama-0.4.6-py3-none-any.whl", hashes = { sha256 = "aa" } }]
marker = "sys_platform == 'win32'"
"""
    app = project(
        "app", requirement("six"), requirement("pytest", kind="group:test"), lock="app/pylock.toml"
    )
    there, lock = graph(app), parsed("app/pylock.toml", text)
    assert versions(pins_for(there, app.name, [MAIN], lock, target())) == {"six": "1.16.0"}
    assert versions(pins_for(there, app.name, [WORK], lock, target())) == {
        "pytest": "8.0",
        "six": "1.16.0",
    }


def test_build_requirements_are_no_part_of_an_environment(
    parsed: Parsed,
    graph: MakeGraph,
    project: MakeProject,
    requirement: MakeRequirement,
    target: MakeTarget,
) -> None:
    app = project("app", requirement("hatchling", kind="build"), lock="app/poetry.lock")
    pins = pins_for(graph(app), app.name, [WORK], parsed("app/poetry.lock", POETRY), target())
    assert pins.missing == ()


@pytest.mark.parametrize(
    ("pin", "line"),
    [
        (Pin("six", "1.16.0"), "six==1.16.0"),
        (
            Pin("a", None, LockSource("git", "https://h/r.git", "abc", "sub")),
            "a @ git+https://h/r.git@abc#subdirectory=sub",
        ),
        (Pin("b", "1", LockSource("url", "https://h/b-1.tar.gz")), "b @ https://h/b-1.tar.gz"),
    ],
)
def test_a_pin_is_one_requirement_line(pin: Pin, line: str) -> None:
    assert pin.requirement == line
