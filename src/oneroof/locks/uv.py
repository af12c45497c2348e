"""uv as the resolver: a request becomes a throw-away project, what uv compiles of it the pins.

Pins are read from requirements lines, because only there uv notes the index of each.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from oneroof import paths, processes
from oneroof.errors import ToolError
from oneroof.locks.document import LockError
from oneroof.locks.model import LockedPackage, Pin
from oneroof.locks.redaction import redact, without_credentials
from oneroof.locks.request import Request
from oneroof.locks.requirements_lock import read
from oneroof.paths import RelPath
from oneroof.workspace.dialects.pep508 import normalise_name
from oneroof.workspace.model import Index, Requirement, Source

Reason = Literal["network", "conflict", "no wheel", "not found", "build", "other"]

PINS = "pins.txt"
"""The file that uv writes."""
_NEVER = "python_version < '0'"
_INDEX_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SIGNS: Sequence[tuple[Reason, tuple[str, ...]]] = (
    (
        "network",
        (
            "error sending request",
            "dns error",
            "network connectivity is disabled",
            "connection refused",
            "failed to fetch",
            "could not connect",
            "operation timed out",
            "network was disabled",
        ),
    ),
    ("build", ("failed to build", "build backend returned an error")),
    (
        "no wheel",
        ("has no wheels with a matching", "no wheels are available", "no source distribution"),
    ),
    ("not found", ("was not found in the package registry", "was not found in the provided")),
    ("conflict", ("no solution found", "conflict")),
)
_SENTENCES: Mapping[Reason, str] = {
    "network": "an index could not be reached",
    "build": "a source distribution could not be built",
    "no wheel": "there is no wheel for this Python and platform",
    "not found": "a package is on none of the indexes",
    "conflict": "no versions meet all requirements",
    "other": "uv failed",
}
_HINTS: Mapping[Reason, str] = {
    "network": "check the network and the indexes, then run it again",
    "build": "install what the build needs, or require a version that has a wheel",
    "no wheel": "use another Python, or require a version that has a wheel",
    "not found": "check the name, or declare the index it is on",
    "conflict": "loosen one of the requirements named above",
    "other": "",
}
_SHOWN = 600
_NAMES = 3
_FRAME = " \u2502\u2570\u251c\u2500\u25b6\u00d7"
"""What uv draws around its reasons."""
_NAME = "oneroof-resolution"
_PINNED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VIA = re.compile(r"\s+# via (.+)")
_PREFIX = "No solution found when resolving dependencies "


class ResolutionError(ToolError):
    """There are no pins for some requirements, and why."""

    def __init__(self, message: str, *, reason: Reason, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


def compile_pins(request: Request, root: Path) -> tuple[Pin, ...]:
    """Have uv resolve a request.

    Names to exclude are overridden by a marker that never holds, so that no index is asked for
    them even where a package depends on them.

    Raises:
        ResolutionError: there is no solution, or no way to find it.
    """
    with tempfile.TemporaryDirectory(prefix="oneroof-resolve-") as name:
        folder = Path(name)
        for filename, text in render_project(request, root).items():
            (folder / filename).write_text(text, encoding="utf-8")
        arguments = [
            *(processes.find_uv(), "pip", "compile", "pyproject.toml"),
            *("--generate-hashes", "--emit-index-annotation", "--output-file", PINS),
            *("--constraints", "constraints.txt", "--overrides", "overrides.txt"),
            *("--python-version", request.python_version),
            *(
                "--no-header",
                "--annotation-style",
                "line",
                "--no-python-downloads",
                "--no-progress",
            ),
            *("--color", "never"),
        ]
        if request.python_platform:
            arguments += ["--python-platform", request.python_platform]
        outcome = processes.run(arguments, cwd=folder, env=processes.UNWRAPPED)
        if outcome.exit_code != 0:
            raise _failure(request, outcome.stderr.decode("utf-8", "replace"))
        text = (folder / PINS).read_text(encoding="utf-8")
    try:
        lock = read(without_credentials(text), RelPath(PINS))
    except LockError as error:
        message = f"uv wrote pins that cannot be read: {error.message}"
        raise ResolutionError(message, reason="other") from error
    requirers = read_requirers(text)
    return tuple(
        msgspec.structs.replace(_pin(package), reasons=requirers.get(package.name, ()))
        for package in sorted(lock.packages, key=lambda each: each.name)
    )


def read_requirers(text: str) -> Mapping[str, tuple[str, ...]]:
    """Which packages ask for each package, from the comments uv writes below its pins."""
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.splitlines():
        if match := _PINNED_NAME.match(line):
            name = normalise_name(match[0])
        elif match := _VIA.fullmatch(line):
            named = (each.split(" ")[0] for each in match[1].split(", "))
            found[name] = tuple(sorted(each for each in named if each != _NAME))
    return found


def render_project(request: Request, root: Path) -> Mapping[str, str]:
    """The files of the throw-away project."""
    indexes = list(request.indexes)
    wanted = [*request.requirements, *_from_own_index(request)]
    sources = {
        name: listed
        for name, requirements in _by_name(wanted).items()
        if (listed := list(dict.fromkeys(_sources(requirements, indexes, root))))
    }
    names = _index_names(indexes)
    lines = [
        "[project]",
        f"name = {_text(_NAME)}",
        'version = "0"',
        f"dependencies = {_array(dict.fromkeys(each.pep508 for each in wanted))}",
        "[tool.uv.sources]",
        *(
            f"{_text(name)} = [{', '.join(_alternatives(found))}]"
            for name, found in sources.items()
        ),
    ]
    for index, name in zip(indexes, names, strict=True):
        lines += ["[[tool.uv.index]]", f"name = {_text(name)}", f"url = {_text(index.url)}"]
        lines += [f"{key} = true" for key in ("explicit", "default") if getattr(index, key)]
    pinned = [
        each for each in request.constraints if each.source.kind in {"registry", "url", "git"}
    ]
    return {
        "pyproject.toml": "\n".join([*lines, ""]),
        "constraints.txt": "".join(f"{each.requirement}\n" for each in pinned),
        # uv keeps to what an earlier output says as far as it can.
        PINS: "".join(
            f"{each.name}=={each.version}\n"
            for each in request.preferences
            if each.source.kind == "registry"
        ),
        "overrides.txt": "".join(f"{name} ; {_NEVER}\n" for name in sorted(request.exclude_names)),
    }


def _from_own_index(request: Request) -> Iterable[Requirement]:
    """Pins from an index of their own, as requirements: uv then looks for them nowhere else."""
    named = {each.name for each in request.requirements}
    for pin in request.constraints:
        if pin.source.kind == "registry" and pin.source.location and pin.name not in named:
            source = Source("index", pin.source.location, pin.source.reference)
            yield Requirement(
                pin.name,
                request.requirements[0].kind,
                request.requirements[0].declared_in,
                "",
                f"=={pin.version}",
                sources=(source,),
            )


def _by_name(requirements: Iterable[Requirement]) -> Mapping[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for each in requirements:
        found.setdefault(each.name, []).append(each)
    return found


def _sources(
    requirements: Iterable[Requirement], indexes: list[Index], root: Path
) -> Iterable[tuple[str, str]]:
    """Each source of one name as TOML with its marker; an index not yet known is added."""
    for requirement in requirements:
        for source in requirement.sources:
            if source.kind == "workspace":
                continue
            fields = _fields(requirement, source, indexes, root)
            if source.subdirectory:
                fields["subdirectory"] = source.subdirectory
            if source.marker:
                fields["marker"] = source.marker
            inside = ", ".join(f"{key} = {_text(value)}" for key, value in fields.items())
            yield f"{{ {inside} }}", source.marker


def _fields(
    requirement: Requirement, source: Source, indexes: list[Index], root: Path
) -> dict[str, str]:
    match source.kind:
        case "git":
            fields = {"git": source.location}
            return {**fields, "rev": source.reference} if source.reference else fields
        case "url":
            return {"url": source.location}
        case "path":
            folder = root / paths.parent(requirement.declared_in)
            return {"path": str((folder / source.location).resolve())}
        case _:
            return {"index": _index_name(source, indexes)}


def _alternatives(found: Sequence[tuple[str, str]]) -> Sequence[str]:
    """Several sources of one name need markers; of those without, the first counts."""
    marked = [text for text, marker in found if marker]
    return marked or [found[0][0]]


def _index_name(source: Source, indexes: list[Index]) -> str:
    for place, index in enumerate(indexes):
        same_url = index.url.rstrip("/") == source.location.rstrip("/")
        if same_url or (index.name and index.name in {source.name, source.location}):
            return _index_names(indexes)[place]
    if "://" not in source.location:
        message = f"index `{source.name or source.location}` is declared nowhere"
        hint = "declare it, with its URL, where it is used"
        raise ResolutionError(message, reason="not found", hint=hint)
    indexes.append(Index(source.name, source.location, explicit=True))
    return _index_names(indexes)[-1]


def _index_names(indexes: Sequence[Index]) -> list[str]:
    """A name for each index that uv accepts; unnamed and equal ones are numbered."""
    names: list[str] = []
    for place, index in enumerate(indexes):
        name = _INDEX_NAME.sub("-", index.name).strip("-") or f"index-{place}"
        names.append(f"{name}-{place}" if name in names else name)
    return names


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _array(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _pin(package: LockedPackage) -> Pin:
    hashes = sorted({each.hash for each in package.files if each.hash})
    return Pin(package.name, package.version, package.source, tuple(hashes))


def _failure(request: Request, stderr: str) -> ResolutionError:
    said = stderr.lower()
    reason: Reason = next(
        (reason for reason, signs in _SIGNS if any(sign in said for sign in signs)), "other"
    )
    names = sorted({each.name for each in request.requirements})
    shown = ", ".join(f"`{name}`" for name in names[:_NAMES])
    shown += f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    message = f"no pins for {shown}: {_SENTENCES[reason]}: {_short(stderr)}"
    return ResolutionError(message, reason=reason, hint=_HINTS[reason])


def _short(stderr: str) -> str:
    """What uv said, without its frame and its hints, in one line."""
    lines = []
    for line in stderr.splitlines():
        text = line.strip(_FRAME).removeprefix("error: ").removeprefix("cause: ")
        if text.startswith("hint:"):
            break
        if text and not text.startswith(("warning:", "Using ", "Resolved ", "Updating ")):
            lines.append(text)
    said = redact(" ".join(lines)).rstrip(".").removeprefix(_PREFIX)
    said = said.replace(f"{_NAME} depends on", "the workspace requires")
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN].rsplit(' ', 1)[0]} ..."
