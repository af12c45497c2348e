import pytest

from oneroof.errors import ConfigError, Problem
from oneroof.rules.baseline import (
    Entry,
    decode,
    encode,
    entry_of,
    find_gone,
    mark,
    unjudged,
)
from oneroof.rules.coverage import Coverage
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
        b'      "subject": "imports `b`"\n    },\n'
        b'    {\n      "rule": "layers",\n      "project": "a",\n      "path": "b.py",\n'
        b'      "subject": "imports `b`"\n    }\n  ]\n}\n'
    )


def test_what_was_written_is_read_again() -> None:
    assert decode(encode([violation("a.py")])) == {
        Entry("layers", ProjectName("a"), "a.py", "imports `b`")
    }


def test_counts_in_messages_do_not_count() -> None:
    first = entry_of(violation("a.py", "expected 3 of `v2`, found 12 on line 3"))
    assert first == entry_of(violation("a.py", "expected 4 of `v2`, found 1 on line 12"))
    assert first.subject == "expected 0 of `v2`, found 0 on line 0"


def test_a_key_counts_without_its_indexes() -> None:
    entries = {
        entry_of(Violation("unused", None, Problem("a", "is wrong", key), fails=False))
        for key in ("project.dependencies[1]", "project.dependencies[2]", "project.name")
    }
    assert {each.subject for each in entries} == {
        "project.dependencies: is wrong",
        "project.name: is wrong",
    }


def test_a_violation_with_a_subject_is_known_whatever_its_message() -> None:
    one = Violation("undeclared", None, Problem("a", "so do 2"), fails=True, subject="b")
    other = Violation("undeclared", None, Problem("a", "so does 1"), fails=True, subject="b")
    assert entry_of(one) == entry_of(other) == Entry("undeclared", None, "a", "b")


@pytest.mark.parametrize(
    "rule", ["no-environment", "suppression", "unused-suppression", "baseline"]
)
def test_what_is_no_state_of_the_code_is_not_written(rule: str) -> None:
    assert decode(encode([violation("a.py", rule=rule)])) == frozenset()


def test_mistakes_in_the_settings_are_not_written() -> None:
    problem = Problem("pyproject.toml", "is not a setting", "tool.oneroof.rules.privat")
    wrong = Violation("manifest", None, problem, fails=True)
    assert decode(encode([wrong])) == frozenset()


def test_known_violations_are_marked() -> None:
    known = decode(encode([violation("a.py"), violation("gone.py")]))
    marked = mark([violation("a.py", line=9), violation("new.py")], known)
    assert [(each.problem.path, each.breaks) for each in marked] == [
        ("a.py", False),
        ("new.py", True),
    ]


A, B = ProjectName("a"), ProjectName("b")


def coverage(*projects: ProjectName, environments: tuple[ProjectName, ...] = ()) -> Coverage:
    return Coverage(frozenset({A, B}), frozenset(projects), frozenset(environments))


def test_what_is_gone_is_told_in_one() -> None:
    known = frozenset(Entry("layers", A, f"{name}.py", "b") for name in "vwxyz")
    (found,) = find_gone([], known, coverage(A))
    assert found == Violation(
        "baseline",
        None,
        Problem(
            ".oneroof-baseline.json",
            "5 entries match nothing any more: `layers` in `v.py`, `layers` in `w.py`, "
            "`layers` in `x.py`, 2 more",
            hint="`oneroof check --write-baseline` takes them out",
        ),
        fails=False,
    )


@pytest.mark.parametrize(
    ("entry", "covered", "is_judged"),
    [
        (Entry("layers", A, "a.py", "b"), coverage(A), True),
        (Entry("layers", A, "a.py", "b"), coverage(B), False),
        (Entry("undeclared", A, "a.py", "numpy"), coverage(A), False),
        (Entry("undeclared", A, "a.py", "numpy"), coverage(A, environments=(A,)), True),
        (Entry("undeclared", A, "a.py", "b"), coverage(A), True),
        (Entry("undeclared", ProjectName("gone"), "a.py", "numpy"), coverage(A), True),
        (Entry("manifest", None, "a.py", "x"), coverage(), True),
        (Entry("python", A, "a", "x"), coverage(A, environments=(A,)), False),
    ],
)
def test_only_what_was_judged_can_be_gone(
    entry: Entry, covered: Coverage, *, is_judged: bool
) -> None:
    known = frozenset({entry})
    assert bool(list(find_gone([], known, covered))) is is_judged
    assert unjudged(known, covered) == (frozenset() if is_judged else known)
    assert decode(encode([], unjudged(known, covered))) == unjudged(known, covered)


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
