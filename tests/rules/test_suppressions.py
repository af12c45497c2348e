import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.rules.judging import manifest, opened

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.coverage import Coverage
from oneroof.rules.suppressions import Suppressions
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.editing.edits import RemoveElement, ReplaceLine
from oneroof.workspace.model import ProjectName
from oneroof.workspace.settings import IgnoreSettings

TODAY = dt.date(2026, 6, 1)
PATH = RelPath("a/a.py")
FOUND = Violation("undeclared", ProjectName("a"), Problem(PATH, "imports"), fails=True, line=2)


A = frozenset({ProjectName("a")})
COMPLETE = Coverage(A, A, A)
WITHOUT_ENVIRONMENT = Coverage(A, A, frozenset())


def left(
    root: Path,
    *entries: IgnoreSettings,
    line: str = "import b",
    coverage: Coverage = COMPLETE,
    found: Sequence[Violation] = (FOUND,),
) -> list[Violation]:
    files = {"a/pyproject.toml": manifest("a"), PATH: f"import os\n{line}\n"}
    tree = opened(root, files, "a")[0].tree
    suppressions = Suppressions(tree, entries, TODAY)
    return suppressions.apply(found, coverage, {PATH: ProjectName("a")})


def entry(
    rule: str = "undeclared", path: str = "a/**", until: dt.date | None = None
) -> IgnoreSettings:
    return IgnoreSettings(rule, path, "soon", until)


@pytest.mark.parametrize("until", [None, TODAY, dt.date(2027, 1, 1)])
def test_an_entry_lets_pass_until_its_last_day(tmp_path: Path, until: dt.date | None) -> None:
    assert left(tmp_path, entry(until=until)) == []


def test_an_expired_entry_fails_and_what_it_let_pass_is_shown(tmp_path: Path) -> None:
    assert left(tmp_path, entry(until=dt.date(2026, 5, 31))) == [
        FOUND,
        Violation(
            "suppression",
            None,
            Problem(
                "pyproject.toml",
                "let `undeclared` pass in `a/**` until 2026-05-31",
                "tool.oneroof.rules.ignore[0]",
                "mend what it let pass, or give it a later date",
            ),
            fails=True,
        ),
    ]


@pytest.mark.parametrize("wrong", [entry(rule="unused"), entry(path="b/**")])
def test_an_entry_that_matches_nothing_is_told(tmp_path: Path, wrong: IgnoreSettings) -> None:
    assert left(tmp_path, wrong) == [
        FOUND,
        Violation(
            "unused-suppression",
            None,
            Problem(
                "pyproject.toml",
                f"matches nothing: no `{wrong.rule}` in `{wrong.path}`",
                "tool.oneroof.rules.ignore[0]",
                "take it out",
            ),
            fails=False,
            fix=Fix(
                (
                    (
                        RelPath("pyproject.toml"),
                        RemoveElement(("tool", "oneroof", "rules", "ignore"), 0),
                    ),
                )
            ),
        ),
    ]


def test_where_not_all_was_judged_no_entry_is_called_useless(tmp_path: Path) -> None:
    assert left(tmp_path, entry(rule="unused"), coverage=WITHOUT_ENVIRONMENT) == [FOUND]


@pytest.mark.parametrize(
    "comment",
    [
        "# oneroof: ignore[undeclared] b comes later",
        "# oneroof: ignore[undeclared]: see #12",
        "# noqa: F401 # oneroof: ignore[undeclared] b comes later",
        "#oneroof:ignore[undeclared] b comes later  # noqa",
    ],
)
def test_a_comment_with_a_reason_lets_its_line_pass(tmp_path: Path, comment: str) -> None:
    assert left(tmp_path, line=f"import b  {comment}") == []


def test_a_comment_for_no_rule_lets_nothing_pass(tmp_path: Path) -> None:
    assert left(tmp_path, line="import b  # oneroof: ignore all") == [FOUND]


@pytest.mark.parametrize(
    ("line", "unused", "mended"),
    [
        ("import b  # oneroof: ignore[layers] later", "layers", "import b"),
        (
            "import b  # noqa: F401  # oneroof: ignore[layers, forbidden] later  # x",
            "layers, forbidden",
            "import b  # noqa: F401  # x",
        ),
        (
            "import b  # oneroof: ignore[undeclared, layers]: see #12  # noqa",
            "layers",
            "import b  # oneroof: ignore[undeclared]: see #12  # noqa",
        ),
        ("import b  # oneroof: ignore[undeclred] later", "undeclred", "import b"),
        ("# oneroof: ignore[undeclared] later", "undeclared", None),
        ("import b  # oneroof: ignore[layers] later\r", "layers", "import b\r"),
    ],
)
def test_a_comment_that_lets_nothing_pass_is_told(
    tmp_path: Path, line: str, unused: str, mended: str | None
) -> None:
    found = [] if line.startswith("#") else [FOUND]
    *_, told = left(tmp_path, line=line, found=found)
    assert told == Violation(
        "unused-suppression",
        ProjectName("a"),
        Problem(PATH, f"`# oneroof: ignore[{unused}]` lets nothing pass", hint="take it out"),
        fails=False,
        line=2,
        subject=unused,
        fix=Fix(((PATH, ReplaceLine(2, mended)),)),
    )


def test_a_string_that_looks_like_a_comment_is_none(tmp_path: Path) -> None:
    assert left(tmp_path, line='X = "# oneroof: ignore[layers] why"') == [FOUND]


def test_a_comment_that_needs_an_environment_to_be_judged_is_not_told(tmp_path: Path) -> None:
    line = "import b  # oneroof: ignore[undeclared] later"
    assert left(tmp_path, line=line, found=[], coverage=WITHOUT_ENVIRONMENT) == []


@pytest.mark.parametrize("more", ["", "  ", "  # noqa: F401"])
def test_a_comment_without_reason_lets_nothing_pass_and_is_told(tmp_path: Path, more: str) -> None:
    assert left(tmp_path, line=f"import b  # oneroof: ignore[undeclared]{more}") == [
        FOUND,
        Violation(
            "suppression",
            FOUND.project,
            Problem(
                PATH,
                "`# oneroof: ignore[undeclared]` gives no reason, so it lets nothing pass",
                hint="write the reason behind it",
            ),
            fails=False,
            line=2,
        ),
    ]
