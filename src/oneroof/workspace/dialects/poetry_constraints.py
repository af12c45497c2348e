"""Poetry's version constraints (`^1.2`, `~1`, `1.*`, `a || b`) in the words of PEP 440 and 508."""

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from oneroof.workspace.dialects.pep508 import parse_marker, parse_specifier

if TYPE_CHECKING:
    from packaging.version import Version

_OR = re.compile(r"\s*\|\|?\s*")
# Commas or blanks part clauses, but a blank after an operator does not.
_AND = re.compile(r"(?<!^)(?<![\^~=>< ,]) *(?<!-)[, ](?!-) *(?!,|$)")
_CLAUSE = re.compile(r"(?P<operator>\^|~=|~|<>|!=|>=|<=|>|<|===|==|=|)\s*v?(?P<version>\S+)")
_ANY = re.compile(r"v?[xX*](?:\.[xX*])*")
_WILDCARD = re.compile(r"(?:\.[xX*])+$")
_SHORT_PYTHON = re.compile(r"^(==\d+(?:\.\d+)?)$")
_PLATFORM = re.compile(r"(?P<operator>!=|==|=|)\s*(?P<name>\S+)")


class ConstraintError(ValueError):
    """A text that is no constraint; the message says what is wrong."""


class Constraint(msgspec.Struct, frozen=True):
    """A constraint in PEP 440."""

    specifier: str
    exact: bool = True
    """False where alternatives leave gaps that PEP 440 has no words for: the specifier then
    allows them too."""


@cache
def to_specifier(text: str, *, python: bool = False) -> Constraint:
    """Translate a constraint on a package, or on Python itself.

    For `python`, `3.8` means all of 3.8, and after 2.7 comes 3.0.

    Raises:
        ConstraintError: it is malformed.
    """
    alternatives = _alternatives(text)
    if python:
        alternatives = [[_SHORT_PYTHON.sub(r"\1.*", each) for each in one] for one in alternatives]
    if len(alternatives) == 1:
        return Constraint(_canonical(alternatives[0], text))
    if any(not clauses for clauses in alternatives):
        return Constraint("")
    for clauses in alternatives:
        _canonical(clauses, text)
    return _hull([_interval(clauses) for clauses in alternatives], python=python)


@cache
def to_python_marker(text: str) -> str:
    """The PEP 508 marker of a `python = "..."` constraint.

    Raises:
        ConstraintError: it is malformed.
    """
    either = []
    for clauses in _alternatives(text):
        if not clauses:
            return ""
        _canonical(clauses, text)
        either.append(" and ".join(_python_condition(clause) for clause in clauses))
    return _disjunction(either)


@cache
def to_platform_marker(text: str) -> str:
    """The PEP 508 marker of a `platform = "..."` constraint.

    Raises:
        ConstraintError: it is malformed.
    """
    either = []
    for alternative in _OR.split(text.strip()):
        if alternative == "*":
            return ""
        conditions = []
        for clause in re.split(r"\s*,\s*", alternative):
            match = _PLATFORM.fullmatch(clause)
            if match is None or '"' in clause:
                message = f"`{text}` is no platform"
                raise ConstraintError(message)
            operator = "!=" if match["operator"] == "!=" else "=="
            conditions.append(f'sys_platform {operator} "{match["name"]}"')
        either.append(" and ".join(conditions))
    return _disjunction(either)


def _disjunction(either: list[str]) -> str:
    text = " or ".join(f"({each})" for each in either)
    return parse_marker(text) or text


def _alternatives(text: str) -> list[list[str]]:
    """The clauses of each alternative, as PEP 440 specifiers; no clause: any version."""
    if not text.strip():
        message = "it is empty"
        raise ConstraintError(message)
    return [_clauses(alternative) for alternative in _OR.split(text.strip())]


def _clauses(text: str) -> list[str]:
    found = []
    for clause in _AND.split(text.rstrip(", ")):
        if _ANY.fullmatch(clause.strip()):
            continue
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            message = f"`{clause}` is no version constraint"
            raise ConstraintError(message)
        found += _translated(match["operator"], match["version"])
    return found


def _translated(operator: str, text: str) -> list[str]:
    version = _WILDCARD.sub("", text)
    if version != text and operator in {"", "=", "==", "!=", "<>"}:
        negated = operator in {"!=", "<>"}
        return [f"{'!=' if negated else '=='}{version}.*"]
    match operator:
        case "^":
            return [f">={version}", f"<{_next_breaking(version)}"]
        case "~":
            release = _release(version)
            return [f">={version}", f"<{_bumped(release, min(1, len(release) - 1))}"]
        case "" | "=":
            return [f"=={version}"]
        case "<>":
            return [f"!={version}"]
        case _:
            return [f"{operator}{version}"]


def _next_breaking(version: str) -> str:
    release = _release(version)
    leading = release[:3]
    place = next((place for place, part in enumerate(leading) if part), len(leading) - 1)
    return _bumped(release, place)


def _release(version: str) -> tuple[int, ...]:
    from packaging.version import InvalidVersion, Version

    try:
        parsed = Version(version)
    except InvalidVersion as error:
        message = f"`{version}` is not a PEP 440 version"
        raise ConstraintError(message) from error
    return parsed.release


def _bumped(release: tuple[int, ...], place: int) -> str:
    """The release with the part at `place` raised by one and those after it zero."""
    parts = [*release[:place], release[place] + 1, *([0] * (len(release) - place - 1))]
    return ".".join(map(str, parts))


def _canonical(clauses: Iterable[str], text: str) -> str:
    specifier = parse_specifier(",".join(clauses))
    if specifier is None:
        message = f"`{text}` is no version constraint"
        raise ConstraintError(message)
    return specifier


def _python_condition(clause: str) -> str:
    match = re.match(r"[<>=!~]+", clause)
    operator = match[0] if match else "=="
    version = clause[len(operator) :]
    if version.endswith(".*"):
        release = _release(version[:-2])
        if len(release) == 1:
            inside = f'python_version >= "{release[0]}" and python_version < "{release[0] + 1}"'
            outside = f'(python_version < "{release[0]}" or python_version >= "{release[0] + 1}")'
            return inside if operator == "==" else outside
        name = (
            "python_version" if len(release) == len(("major", "minor")) else "python_full_version"
        )
        short = version[:-2] if name == "python_version" else version
        return f'{name} {operator} "{short}"'
    short_enough = len(_release(version)) <= len(("major", "minor"))
    if short_enough and operator in {"==", ">=", "<", "!=", "~="}:
        return f'python_version {operator} "{version}"'
    # `>3.8` means after 3.8.0, which python_version, being `3.8`, cannot tell.
    return f'python_full_version {operator} "{version}"'


class _Interval(msgspec.Struct, frozen=True):
    low: "Version | None"
    low_included: bool
    high: "Version | None"
    high_included: bool
    holes: tuple[str, ...] = ()


def _interval(clauses: Iterable[str]) -> _Interval:
    """The span one alternative covers, with its `!=` clauses as holes."""
    from packaging.specifiers import Specifier
    from packaging.version import Version

    interval = _Interval(None, False, None, False)
    for clause in clauses:
        specifier = Specifier(clause)
        operator, text = specifier.operator, specifier.version
        if operator == "!=":
            holes = (*interval.holes, clause)
            interval = _narrowed(interval, _Interval(None, False, None, False, holes))
        elif operator == "~=" or text.endswith(".*"):
            low = Version(text.removesuffix(".*"))
            place = len(low.release) - (2 if operator == "~=" else 1)
            high = Version(_bumped(low.release, place))
            interval = _narrowed(interval, _Interval(low, True, high, False, interval.holes))
        else:
            version = Version(text)
            bound = _Interval(
                version if operator in {">", ">=", "==", "==="} else None,
                operator != ">",
                version if operator in {"<", "<=", "==", "==="} else None,
                operator != "<",
                interval.holes,
            )
            interval = _narrowed(interval, bound)
    return interval


def _narrowed(one: _Interval, other: _Interval) -> _Interval:
    low, low_included = one.low, one.low_included
    if other.low is not None and (low is None or other.low >= low):
        low, low_included = other.low, other.low_included
    high, high_included = one.high, one.high_included
    if other.high is not None and (high is None or other.high <= high):
        high, high_included = other.high, other.high_included
    return _Interval(low, low_included, high, high_included, other.holes)


def _hull(intervals: list[_Interval], *, python: bool) -> Constraint:
    """One specifier that covers all intervals, the gaps between them left out where possible."""
    exact = not any(interval.holes for interval in intervals)
    ordered = sorted(intervals, key=lambda each: (each.low is not None, each.low or 0))
    hull, *rest = ordered
    excluded: list[str] = []
    for interval in rest:
        gap = _gap(hull, interval, python=python)
        exact = exact and gap is not None
        excluded += gap or ()
        if hull.high is not None and (interval.high is None or interval.high > hull.high):
            hull = _Interval(hull.low, hull.low_included, interval.high, interval.high_included)
    clauses = []
    if hull.low is not None:
        clauses.append(f"{'>=' if hull.low_included else '>'}{hull.low}")
    if hull.high is not None:
        clauses.append(f"{'<=' if hull.high_included else '<'}{hull.high}")
    return Constraint(parse_specifier(",".join(clauses + excluded)) or "", exact)


def _gap(before: _Interval, after: _Interval, *, python: bool) -> list[str] | None:
    """Specifiers that leave out what lies between two intervals; None where there are none."""
    if before.high is None or after.low is None or after.low < before.high:
        return []
    if after.low == before.high:
        closed = before.high_included or after.low_included
        return [] if closed else [f"!={after.low}"]
    if before.high_included or not after.low_included:
        return None
    start, end = before.high.release, after.low.release
    if python and start[:2] == (2, 8):
        start = (3,)
    length = max(len(start), len(end))
    start += (0,) * (length - len(start))
    end += (0,) * (length - len(end))
    # Zeros at the end say nothing: 3.0.0 to 3.4.0 is 3.0 to 3.4.
    while length > 1 and start[-1] == end[-1] == 0:
        start, end, length = start[:-1], end[:-1], length - 1
    if start[:-1] != end[:-1]:
        return None
    prefix = "".join(f"{part}." for part in start[:-1])
    return [f"!={prefix}{part}.*" for part in range(start[-1], end[-1])]
