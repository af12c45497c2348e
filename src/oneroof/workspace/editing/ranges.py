"""Requirements raised so that they allow a version, in the style they are written in. Pure."""

import re

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

_OPERATOR = r"===|==|~=|!=|<=|>=|<|>"
_CLAUSE = re.compile(rf"(?P<operator>{_OPERATOR})(?P<gap>\s*)(?P<version>[^\s,;)'\"#\\]+)")
_CONSTRAINT = re.compile(
    r"(?P<operator>\^|===|==|~=|~|!=|<=|>=|<|>|=|)(?P<gap>\s*)(?P<version>v?\d[^\s,|]*)"
)
_WILD = re.compile(r"(?:\.[*xX])+$")


def raise_requirement(text: str, name: str, version: Version) -> str:
    """A text with the versions that it asks of a project, named as PEP 508 does, raised.

    `name` is normalised. All else stays as it is.
    """
    spelled = r"[-_.]+".join(map(re.escape, name.split("-")))
    clause = _CLAUSE.pattern
    for group in ("operator", "gap", "version"):
        clause = clause.replace(f"?P<{group}>", "?:")
    wanted = re.compile(
        rf"(?P<head>(?<![\w.-]){spelled}(?:\s*\[[^\]]*\])?\s*\(?\s*)"
        rf"(?P<clauses>{clause}(?:\s*,\s*{clause})*)",
        re.IGNORECASE,
    )
    return wanted.sub(
        lambda found: found["head"] + _CLAUSE.sub(_Raiser(version), found["clauses"]), text
    )


def raise_constraint(text: str, version: Version) -> str:
    """A version constraint as Poetry has it, raised; alternatives are left as they are."""
    return text if "|" in text else _CONSTRAINT.sub(_Raiser(version), text)


class _Raiser:
    """Raises one clause."""

    def __init__(self, version: Version) -> None:
        self._new = version

    def __call__(self, found: re.Match[str]) -> str:
        """The clause, raised."""
        written = found["version"]
        return found["operator"] + found["gap"] + self._raised(found["operator"], written)

    def _raised(self, operator: str, written: str) -> str:
        wild = _WILD.search(written)
        if wild is not None:
            return self._cut(written[: wild.start()].count(".") + 1) + wild[0]
        try:
            old = Version(written)
        except InvalidVersion:
            return written
        if operator in {"==", "===", "=", ""}:
            return str(self._new)
        if operator in {">=", "~=", "^", "~"}:
            return self._cut(len(old.release)) if old <= self._new else written
        # A bound also shuts out the pre-releases of its own version.
        is_below = SpecifierSet(f"<{old.public}").contains(self._new, prereleases=True)
        if operator == "<" and not is_below:
            return self._above(old)
        return str(self._new) if operator == "<=" and old < self._new else written

    def _cut(self, count: int) -> str:
        """The new version with as many numbers as the old one has."""
        if self._new.is_prerelease or self._new.epoch:
            return str(self._new)
        numbers = (*self._new.release, *[0] * count)[:count]
        return ".".join(map(str, numbers))

    def _above(self, old: Version) -> str:
        """The bound above the new version, at the number at which the old bound was one."""
        place = max((at for at, number in enumerate(old.release) if number), default=0)
        padded = (*self._new.release, *[0] * len(old.release))
        numbers = [*padded[:place], padded[place] + 1, *[0] * (len(old.release) - place - 1)]
        return ".".join(map(str, numbers))
