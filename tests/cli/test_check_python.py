"""Pythons that something contradicts: always, and as asked with `--python`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.locking import locked, manifest, poetry_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

REGISTRY = 'source = { registry = "https://pypi.org/simple" }'
GROUP = '[dependency-groups]\ntest = ["pytest==6.2.2"]\n'


def source(*names: str) -> str:
    listed = "".join(f'{each} = {{ path = "../{each}" }}\n' for each in names)
    return f"[tool.uv.sources]\n{listed}"


def found(oneroof: Oneroof, root: Path, rule: str, *arguments: str) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--no-environments", "--json", *arguments).json
    assert isinstance(document, dict)
    return [each for each in document["violations"] if each["rule"] == rule]


def messages(violations: list[dict[str, Any]]) -> list[str]:
    return [each["message"] for each in violations]


@pytest.mark.parametrize(
    ("own", "needed", "missing"),
    [
        (">=3.9", ">=3.11", "3.9 and 3.10"),
        (">=3.9", ">=3.9,<3.12", "3.12 to 3.14"),
        (">=3.9,<3.13", ">=3.11", "3.9 and 3.10"),
        (">=3.9", ">=3.9.2", None),
        (">=3.9", ">=3.9,<4", None),
        (">=3.11", ">=3.9", None),
        (">=3.9", "", None),
    ],
)
def test_a_dependency_for_fewer_pythons_contradicts(
    oneroof: Oneroof, workspace: MakeWorkspace, own: str, needed: str, missing: str | None
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", "b", python=own, more=source("b")),
            "b/pyproject.toml": manifest("b", python=needed),
        }
    )
    expected = [] if missing is None else [f"admits Python {missing}, and b, which it needs, is"]
    assert [
        each[: len(expected[0])] for each in messages(found(oneroof, root, "requires-python"))
    ] == (expected)


def test_the_place_and_the_way_are_told_and_only_the_first_to_exclude_it(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", "b", python=">=3.10", more=source("b")),
            "b/pyproject.toml": manifest("b", "c", python=">=3.10", more=source("c")),
            "c/pyproject.toml": manifest("c", "d", python=">=3.12", more=source("d")),
            "d/pyproject.toml": manifest("d", python=">=3.13"),
        }
    )
    violations = found(oneroof, root, "requires-python", "a")
    assert [(each["path"], each["key"], each["severity"]) for each in violations] == [
        ("a/pyproject.toml", "project.requires-python", "error")
    ] * 2
    assert messages(violations) == [
        (
            "admits Python 3.10 and 3.11, and c, which it needs (a -> b -> c), is for `>=3.12` "
            "(c/pyproject.toml)"
        ),
        (
            "admits Python 3.12, and d, which it needs (a -> b -> c -> d), is for `>=3.13` "
            "(d/pyproject.toml)"
        ),
    ]


def test_a_dependency_of_some_pythons_only_contradicts_no_others(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    conditional = "b ; python_version >= '3.11'"
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", conditional, python=">=3.9", more=source("b")),
            "b/pyproject.toml": manifest("b", python=">=3.11"),
        }
    )
    assert found(oneroof, root, "requires-python") == []


WHEELS = [f"torch-2.0-cp{each}-cp{each}-manylinux1_x86_64.whl" for each in ("310", "311")]


@pytest.mark.parametrize(
    ("own", "severity", "missing"),
    [
        (">=3.9,<3.12", "error", "3.9"),
        (">=3.10,<3.13", "error", "3.12"),
        # Who sets no upper bound has not said that it works there.
        (">=3.10", "warning", "3.12 to 3.14"),
    ],
)
def test_a_pin_that_only_has_wheels_for_some_pythons_contradicts(
    oneroof: Oneroof, workspace: MakeWorkspace, own: str, severity: str, missing: str
) -> None:
    lock = poetry_lock(
        locked("ml", "1", needs=["torch"]), locked("torch", "2.0", files=WHEELS), python=own
    )
    root = workspace({"a/pyproject.toml": manifest("a", "ml", python=own), "a/poetry.lock": lock})
    (violation,) = found(oneroof, root, "requires-python")
    assert (violation["path"], violation["key"], violation["severity"]) == (
        "a/poetry.lock",
        "package.torch",
        severity,
    )
    assert violation["message"] == (
        f"a admits Python {missing}, and torch 2.0 has wheels for Python 3.10 and 3.11 only, and "
        "no source distribution: a -> ml -> torch"
    )


def test_a_pin_that_says_it_is_for_fewer_pythons_contradicts(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    lock = poetry_lock(
        locked("six", "1", python=">=3.12"), locked("dev-only", "1", python=">=3.13")
    )
    root = workspace({"a/pyproject.toml": manifest("a", "six"), "a/poetry.lock": lock})
    (violation,) = found(oneroof, root, "requires-python")
    assert violation["message"] == (
        "a admits Python 3.11, and six 1 requires Python `>=3.12`: a -> six"
    )


def test_all_that_blocks_a_python_is_told_with_the_way_to_it(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    lock = poetry_lock(
        locked("pytest", "6.2.2"),
        locked("ml", "1", needs=["torch", "old"]),
        locked("torch", "2.0", files=WHEELS),
        locked("old", "1", python="<3.12"),
    )
    root = workspace(
        {
            "a/pyproject.toml": manifest("a", "b", more=source("b") + GROUP),
            "a/poetry.lock": lock,
            "b/pyproject.toml": manifest("b", "ml", "c", more=source("c")),
            "c/pyproject.toml": manifest("c", python="<3.12"),
        }
    )
    known = found(oneroof, root, "python", "a", "--python", "3.11")
    assert messages(known) == ["`pytest` 6.2.2 breaks on Python 3.10 and later: a -> pytest"]
    blocked = found(oneroof, root, "python", "a", "--python", "3.12")
    assert [(each["path"], each["key"]) for each in blocked] == [
        ("a/poetry.lock", "package.old"),
        ("a/poetry.lock", "package.pytest"),
        ("a/poetry.lock", "package.torch"),
        ("c/pyproject.toml", "project.requires-python"),
    ]
    said = messages(blocked)
    assert said[0] == ("`old` 1 requires Python `<3.12`, which excludes 3.12: a -> b -> ml -> old")
    assert said[1] == "`pytest` 6.2.2 breaks on Python 3.12 and later: a -> pytest"
    assert said[2].startswith("`torch` 2.0 has no wheel for cpython 3.12 on ")
    assert said[2].endswith(" and no source distribution: a -> b -> ml -> torch")
    assert said[3] == "c requires Python `<3.12`, which excludes 3.12: a -> b -> c"
    assert blocked[1]["hint"] == "lock 7.3.2 or later"


@pytest.mark.parametrize(
    "arguments", [("--python", "3.12,3.13"), ("--python=3.12", "--python=3.13")]
)
def test_several_pythons_can_be_asked_about(
    oneroof: Oneroof, workspace: MakeWorkspace, arguments: tuple[str, ...]
) -> None:
    root = workspace({"a/pyproject.toml": manifest("a", python="<3.12")})
    said = oneroof(root, "check", "--no-environments", *arguments)
    assert said.exit_code == 1
    place = "error: a/pyproject.toml:4: project.requires-python: "
    assert said.stdout == (
        f"{place}a itself requires Python `<3.12`, which excludes 3.12 [python]\n"
        f"{place}a itself requires Python `<3.12`, which excludes 3.13 [python]\n"
        "2 violations, 0 warnings\n"
    )


def test_of_a_project_for_later_pythons_no_pin_is_told(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    lock = poetry_lock(locked("six", "1", python=">=3.11"))
    root = workspace({"a/pyproject.toml": manifest("a", "six"), "a/poetry.lock": lock})
    assert messages(found(oneroof, root, "python", "--python", "3.9")) == [
        "a itself requires Python `>=3.11`, which excludes 3.9"
    ]


@pytest.mark.parametrize(
    ("pin", "blocked"), [("==6.2.2", True), (">=6,<7", True), (">=6", False), ("", False)]
)
def test_without_a_lock_a_requirement_that_must_break_is_told(
    oneroof: Oneroof, workspace: MakeWorkspace, *, pin: str, blocked: bool
) -> None:
    group = f'[dependency-groups]\ntest = ["pytest{pin}"]\n'
    root = workspace({"a/pyproject.toml": manifest("a", more=group)})
    violations = found(oneroof, root, "python", "--python", "3.12")
    assert [(each["path"], each["key"]) for each in violations] == [
        ("a/pyproject.toml", "dependency-groups.test[0]")
    ] * blocked


def test_a_lock_for_other_pythons_is_told(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    lock = poetry_lock(("six", "1"), python="<3.13")
    root = workspace({"a/pyproject.toml": manifest("a", "six"), "a/poetry.lock": lock})
    assert messages(found(oneroof, root, "python", "--python", "3.13")) == [
        "is made for Python `<3.13`, which excludes 3.13"
    ]


def test_extras_that_conflict_block_no_python(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    conflicts = (
        "[project.optional-dependencies]\none = ['six==1']\ntwo = ['six==2']\n"
        "[tool.uv]\nconflicts = [[{ extra = 'one' }, { extra = 'two' }]]\n"
    )
    lock = (
        'version = 1\nrequires-python = ">=3.11"\n'
        '[[package]]\nname = "a"\nversion = "1"\nsource = { editable = "." }\n'
        "[package.optional-dependencies]\n"
        f'one = [{{ name = "six", version = "1", {REGISTRY} }}]\n'
        f'two = [{{ name = "six", version = "2", {REGISTRY} }}]\n'
        + "".join(
            f'[[package]]\nname = "six"\nversion = "{version}"\n'
            f"{REGISTRY}\n"
            f'wheels = [{{ url = "https://x/six-{version}-{tag}.whl", hash = "sha256:1" }}]\n'
            for version, tag in (("1", "cp311-cp311-linux_x86_64"), ("2", "py3-none-any"))
        )
    )
    root = workspace({"a/pyproject.toml": manifest("a", more=conflicts), "a/uv.lock": lock})
    assert [each["key"] for each in found(oneroof, root, "python", "--python", "3.12")] == [
        "package.six"
    ]
    assert found(oneroof, root, "python", "--python", "3.11") == []
