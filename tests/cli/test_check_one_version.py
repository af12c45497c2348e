"""One version of each third-party package, and the exceptions to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.locking import locked, manifest, poetry_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace

ONE = "[tool.oneroof.rules]\none-version = true\n"
EXCEPTION = (
    "[[tool.oneroof.rules.version-exceptions]]\n"
    'package = "Six"\nowner = "team-c"\nreason = "it is old"\nuntil = {until}\n'
)
AGES_FROM_NOW, LONG_AGO = "9999-01-01", "2020-02-02"
DRIFT = "has 2 versions where one is wanted: 2.0 in a, b; 1.0 in c"


def files(rules: str) -> dict[str, str | bytes]:
    """a and b have six 2.0, c has 1.0; all three have the same attrs."""
    made: dict[str, str | bytes] = {"pyproject.toml": rules}
    for name, version in (("a", "2.0"), ("b", "2.0.0"), ("c", "1.0")):
        made[f"{name}/pyproject.toml"] = manifest(name, "six", "attrs")
        made[f"{name}/poetry.lock"] = poetry_lock(("six", version), ("attrs", "24.1"))
    return made


def excused(until: str, more: str = "") -> str:
    return ONE + EXCEPTION.format(until=until) + more


def found(oneroof: Oneroof, root: Path, *arguments: str) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--no-environments", "--json", *arguments).json
    assert isinstance(document, dict)
    listed: list[dict[str, Any]] = document["violations"]
    return listed


def facts(violations: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(e["severity"], e["path"], e["key"], e["message"]) for e in violations]


def test_locks_may_differ_where_nothing_is_said(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    assert found(oneroof, workspace(files(""))) == []


def test_a_package_with_two_versions_is_named_with_who_has_which(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    said = oneroof(workspace(files(ONE)), "check", "--no-environments")
    assert said.exit_code == 1
    assert said.stdout == (
        f"error: c/poetry.lock: package.six: {DRIFT} [one-version]\n"
        "  hint: lock one version, or record who may differ and until when in "
        "`tool.oneroof.rules.version-exceptions`\n"
        "1 violation, 0 warnings\n"
    )


def test_only_what_concerns_the_chosen_projects_is_told(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(
        {
            **files(ONE),
            "d/pyproject.toml": manifest("d", "toml"),
            "d/poetry.lock": poetry_lock(("toml", "1")),
        }
    )
    assert [each["rule"] for each in found(oneroof, root, "a")] == ["one-version"]
    assert [each["rule"] for each in found(oneroof, root, "d")] == []


@pytest.mark.parametrize(("chosen", "count"), [('["a", "b"]', 0), ('["b", "c"]', 1)])
def test_it_can_hold_for_some_projects_only(
    oneroof: Oneroof, workspace: MakeWorkspace, chosen: str, count: int
) -> None:
    root = workspace(files(f"[tool.oneroof.rules]\none-version = {chosen}\n"))
    assert len(found(oneroof, root)) == count


def test_a_selector_that_names_nothing_is_an_error(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    rules = '[tool.oneroof.rules]\none-version = ["aa"]\n' + EXCEPTION.format(until=AGES_FROM_NOW)
    root = workspace(files(rules + 'projects = ["cc"]\n'))
    errors = [each for each in found(oneroof, root) if each["severity"] == "error"]
    assert [each["key"] for each in errors] == [
        "tool.oneroof.rules.one-version[0]",
        "tool.oneroof.rules.version-exceptions[0].projects[0]",
    ]


@pytest.mark.parametrize("projects", ["", 'projects = ["c"]\n'])
def test_a_recorded_exception_lets_a_version_be(
    oneroof: Oneroof, workspace: MakeWorkspace, projects: str
) -> None:
    assert found(oneroof, workspace(files(excused(AGES_FROM_NOW, projects)))) == []


def test_an_exception_that_is_over_fails_with_its_owner_and_date(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(files(excused(LONG_AGO)))
    assert facts(found(oneroof, root)) == [
        ("error", "c/poetry.lock", "package.six", DRIFT),
        (
            "error",
            "pyproject.toml",
            "tool.oneroof.rules.version-exceptions[0]",
            "the exception of team-c for `six` ended on 2020-02-02",
        ),
    ]


@pytest.mark.parametrize("package", ["attrs", "no-such-thing"])
def test_an_exception_that_excuses_nothing_is_told(
    oneroof: Oneroof, workspace: MakeWorkspace, package: str
) -> None:
    rules = excused(AGES_FROM_NOW) + EXCEPTION.format(until=AGES_FROM_NOW).replace("Six", package)
    assert facts(found(oneroof, workspace(files(rules)))) == [
        (
            "warning",
            "pyproject.toml",
            "tool.oneroof.rules.version-exceptions[1]",
            f"excuses nothing: no lock needs it for `{package}`",
        )
    ]


def test_an_exception_for_those_that_agree_excuses_nothing(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(files(excused(AGES_FROM_NOW, 'projects = ["a"]\n')))
    assert [(each["severity"], each["message"][:16]) for each in found(oneroof, root)] == [
        ("error", "has 2 versions w"),
        ("warning", "excuses nothing:"),
    ]


def test_exceptions_without_the_rule_excuse_nothing(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    (violation,) = found(oneroof, workspace(files(EXCEPTION.format(until=AGES_FROM_NOW))))
    assert violation["message"] == "excuses nothing: `tool.oneroof.rules.one-version` is not set"


def test_all_keys_that_an_exception_lacks_are_named(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    rules = '[[tool.oneroof.rules.version-exceptions]]\npackage = "six"\nreason = "x"\n'
    violations = found(oneroof, workspace(files(rules)))
    assert {each["path"] for each in violations} == {"pyproject.toml"}
    assert {each["message"] for each in violations} == {
        "is missing: an entry needs `package`, `owner`, `reason`, `until`"
    }
    assert [each["key"] for each in violations] == [
        "tool.oneroof.rules.version-exceptions[0].owner",
        "tool.oneroof.rules.version-exceptions[0].until",
    ]


def test_versions_for_different_pythons_are_compared_on_one(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    """b cannot have the newest Python that a could; on what both can, they agree."""
    both = locked("six", "1.0") + 'markers = "python_version < \\"3.12\\""\n'
    newer = locked("six", "2.0") + 'markers = "python_version >= \\"3.12\\""\n'
    lock = poetry_lock(both, newer)
    root = workspace(
        {
            "pyproject.toml": ONE,
            "a/pyproject.toml": manifest("a", "six"),
            "a/poetry.lock": lock,
            "b/pyproject.toml": manifest("b", "six", python=">=3.11,<3.12"),
            "b/poetry.lock": lock,
        }
    )
    assert found(oneroof, root) == []


def test_projects_without_a_lock_are_not_compared(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    held = {path: text for path, text in files(ONE).items() if path != "c/poetry.lock"}
    assert [each["rule"] for each in found(oneroof, workspace(held))] == ["missing-lock"]
