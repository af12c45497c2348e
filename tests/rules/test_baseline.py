import pytest

from oneroof.errors import ConfigError, Problem
from oneroof.rules.baseline import Entry, decode, encode, entry_of, mark
from oneroof.rules.violation import Violation
from oneroof.workspace.model import ProjectName


def violation(
    path: str, message: str = "imports `b`", line: int | None = 1, rule: str = "layers"
) -> Violation:
    return Violation(rule, ProjectName("a"), Problem(path, message), fails=True, line=line)


def test_entries_are_sorted_and_each_is_there_once() -> None:
    content = encode([violation("b.py"), violation("a.py", line=7), violation("a.py", line=2)])
    assert content == (
        b'{\n  "format": 1,\n  "violations": [\n'
        b'    {\n      "rule": "layers",\n      "project": "a",\n      "path": "a.py",\n'
        b'      "message": "imports `b`"\n    },\n'
        b'    {\n      "rule": "layers",\n      "project": "a",\n      "path": "b.py",\n'
        b'      "message": "imports `b`"\n    }\n  ]\n}\n'
    )


def test_what_was_written_is_read_again() -> None:
    assert decode(encode([violation("a.py")])) == {
        Entry("layers", ProjectName("a"), "a.py", "imports `b`")
    }


def test_line_numbers_in_messages_do_not_count() -> None:
    first = entry_of(violation("a.py", "expected a block after `if` on line 3"))
    assert first == entry_of(violation("a.py", "expected a block after `if` on line 12"))
    assert first.message == "expected a block after `if` on line"


@pytest.mark.parametrize("rule", ["no-environment", "suppression"])
def test_what_is_no_state_of_the_code_is_not_written(rule: str) -> None:
    assert decode(encode([violation("a.py", rule=rule)])) == frozenset()


def test_mistakes_in_the_settings_are_not_written() -> None:
    problem = Problem("pyproject.toml", "is not a setting", "tool.oneroof.rules.privat")
    wrong = Violation("manifest", None, problem, fails=True)
    assert decode(encode([wrong])) == frozenset()


def test_known_violations_are_marked_and_what_is_gone_is_named() -> None:
    known = decode(encode([violation("a.py"), violation("gone.py")]))
    old, new = violation("a.py", line=9), violation("new.py")
    marked, unmatched = mark([old, new], known)
    assert [(each.problem.path, each.breaks) for each in marked] == [
        ("a.py", False),
        ("new.py", True),
    ]
    assert unmatched == {entry_of(violation("gone.py"))}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", ".oneroof-baseline.json: cannot be read: Input data was truncated"),
        (
            b'{"format": 9, "violations": []}',
            ".oneroof-baseline.json: has format 9, expected 1",
        ),
    ],
)
def test_what_is_no_baseline_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decode(content)
    assert (caught.value.message, caught.value.hint) == (
        message,
        "`oneroof check --write-baseline` writes it anew",
    )
