"""The violations that `oneroof check` found, as text and as other tools read them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from oneroof import __version__
from oneroof.cli.output import plural, style, write, write_json
from oneroof.rules.baseline import entry_of
from oneroof.rules.violation import Violation

Format = Callable[[Sequence[Violation]], None]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write_text(violations: Sequence[Violation]) -> None:
    """One line for each, its hint below, and the sum."""
    lines = []
    for violation in violations:
        word = style("error", fg="red") if violation.fails else style("warning", fg="yellow")
        rule = f"{violation.rule}, baseline" if violation.in_baseline else violation.rule
        lines.append(f"{word}: {violation.text} [{rule}]")
        if violation.problem.hint:
            lines.append(f"  hint: {violation.problem.hint}")
    new = [each for each in violations if not each.in_baseline]
    failing = sum(each.fails for each in new)
    total = f"{plural(failing, 'violation')}, {plural(len(new) - failing, 'warning')}"
    known = len(violations) - len(new)
    lines.append(f"{total}, {known} in the baseline" if known else total)
    write("\n".join(lines))


def write_as_json(violations: Sequence[Violation]) -> None:
    """The document of `--json`."""
    write_json(as_document(violations))


def as_document(violations: Sequence[Violation]) -> dict[str, object]:
    """What `--json` says of violations."""
    ok = not any(each.breaks for each in violations)
    return {"ok": ok, "violations": [describe(each) for each in violations]}


def write_github(violations: Sequence[Violation]) -> None:
    """Workflow commands of GitHub Actions: annotations of the changed files."""
    write("\n".join(_annotation(each) for each in violations))


def write_gitlab(violations: Sequence[Violation]) -> None:
    """A Code Quality report of GitLab."""
    write_json(
        [
            {
                "description": _sentence(violation),
                "check_name": violation.rule,
                "fingerprint": fingerprint,
                "severity": "major" if violation.breaks else "minor",
                "location": {
                    "path": violation.problem.path or ".",
                    "lines": {"begin": violation.line or 1},
                },
            }
            for violation, fingerprint in _fingerprints(violations)
        ]
    )


def write_sarif(violations: Sequence[Violation]) -> None:
    """A SARIF 2.1.0 log with one run."""
    rules = sorted({each.rule for each in violations})
    driver = {"name": "oneroof", "version": __version__, "rules": [{"id": each} for each in rules]}
    results = [
        _result(violation, fingerprint, rules.index(violation.rule))
        for violation, fingerprint in _fingerprints(violations)
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    write_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


FORMATS: Mapping[str, Format] = {
    "text": write_text,
    "json": write_as_json,
    "github": write_github,
    "gitlab": write_gitlab,
    "sarif": write_sarif,
}


def describe(violation: Violation) -> dict[str, object]:
    """A violation for JSON."""
    problem = violation.problem
    return {
        "rule": violation.rule,
        "project": violation.project,
        "path": problem.path,
        "line": violation.line,
        "key": problem.key or None,
        "message": problem.message,
        "hint": problem.hint or None,
        "severity": "error" if violation.fails else "warning",
        "baseline": violation.in_baseline,
    }


def _annotation(violation: Violation) -> str:
    problem = violation.problem
    place = [f"file={_escaped(problem.path, ':,')}"] if problem.path else []
    if violation.line is not None:
        place.append(f"line={violation.line}")
    place.append(f"title={_escaped(violation.rule, ':,')}")
    word = "error" if violation.breaks else "warning"
    hint = f"\nhint: {problem.hint}" if problem.hint else ""
    return f"::{word} {','.join(place)}::{_escaped(_sentence(violation) + hint)}"


def _escaped(text: str, further: str = "") -> str:
    """Text with `%`, line ends and `further` characters as workflow commands want them."""
    for character in ("%", "\r", "\n", *further):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _result(violation: Violation, fingerprint: str, rule_index: int) -> dict[str, object]:
    problem = violation.problem
    hint = f"\nhint: {problem.hint}" if problem.hint else ""
    result: dict[str, object] = {
        "ruleId": violation.rule,
        "ruleIndex": rule_index,
        "level": "error" if violation.breaks else "warning",
        "message": {"text": _sentence(violation) + hint},
        "partialFingerprints": {"oneroof/v1": fingerprint},
    }
    if violation.in_baseline:
        result["suppressions"] = [{"kind": "external", "justification": "in the baseline"}]
    if problem.path:
        from urllib.parse import quote

        place: dict[str, object] = {"artifactLocation": {"uri": quote(problem.path)}}
        if violation.line is not None:
            place["region"] = {"startLine": violation.line}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _sentence(violation: Violation) -> str:
    """What is wrong, without the place that the formats tell apart."""
    problem = violation.problem
    return f"{problem.key}: {problem.message}" if problem.key else problem.message


def _fingerprints(violations: Iterable[Violation]) -> Iterator[tuple[Violation, str]]:
    """Each with a fingerprint that stays when lines move; equal ones are numbered."""
    seen: dict[object, int] = {}
    for violation in violations:
        entry = entry_of(violation)
        number = seen[entry] = seen.get(entry, 0) + 1
        parts = (entry.rule, entry.project or "", entry.path, entry.subject, str(number))
        yield violation, hashlib.sha256("\0".join(parts).encode()).hexdigest()
