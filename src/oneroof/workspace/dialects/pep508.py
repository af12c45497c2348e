"""PEP 508 requirement lines and direct references, each distinct text parsed once."""

import re
from functools import cache

import msgspec

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.model import Kind, Requirement, Source

_TEMPLATED = re.compile(
    r"\s*(?:[<>=!~]=?=?\s*)v?\{[^,;\s]*?\}+[^,;\s]*|\s*[<>=!~]+\s*v?\{\{.*?\}\}"
)
_ROOT_TEMPLATE = re.compile(r"(?:file:/*)?\{root((?::parent)*)(?::(?:uri|real))?\}/*")
_ROOT_VARIABLE = re.compile(r"(?:file:/*)?\$\{PROJECT_ROOT\}/*")
_VCS = ("git+", "hg+", "svn+", "bzr+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_NORMALISED = re.compile(r"[-_.]+")


class Parsed(msgspec.Struct, frozen=True):
    """What one requirement line says, wherever it stands."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""
    source: Source | None = None
    hashes: tuple[str, ...] = ()


class Reference(msgspec.Struct, frozen=True):
    """A direct reference (URL or path) taken apart."""

    source: Source
    name: str = ""
    """What `#egg=` or the file name of a wheel gives."""
    extras: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


@cache
def normalise_name(text: str) -> str:
    """A distribution, extra or group name in its one normal form (PEP 503)."""
    return _NORMALISED.sub("-", text.strip()).lower()


@cache
def parse_specifier(text: str) -> str | None:
    """PEP 440 specifiers in canonical text; None when they are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return str(SpecifierSet(text))
    except InvalidSpecifier:
        return None


@cache
def parse_version(text: str) -> str | None:
    """A PEP 440 version in its normal form; None when it is none."""
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(text))
    except InvalidVersion:
        return None


@cache
def parse_marker(text: str) -> str | None:
    """A PEP 508 marker in canonical text; None when it is none."""
    from packaging.markers import InvalidMarker, Marker

    try:
        return str(Marker(text))
    except InvalidMarker:
        return None


def both_markers(one: str, other: str) -> str:
    """The marker that holds where both hold; an empty one always holds."""
    if not one or not other:
        return one or other
    # Parentheses without need would make one marker look like another.
    joined = " and ".join(f"({each})" if " or " in each else each for each in (one, other))
    return parse_marker(joined) or joined


@cache
def parse_line(text: str) -> Parsed | str:
    """A PEP 508 line, or what is wrong with it."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    try:
        line = Pep508(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0].strip() if str(error) else "it is malformed"
        return reason[:1].lower() + reason[1:]
    parsed = Parsed(
        normalise_name(line.name),
        tuple(sorted({normalise_name(each) for each in line.extras})),
        str(line.specifier),
        str(line.marker) if line.marker else "",
    )
    if line.url is None:
        return parsed
    reference = parse_reference(line.url)
    return msgspec.structs.replace(parsed, source=reference.source, hashes=reference.hashes)


def read_requirement(
    text: str, kind: Kind, path: RelPath, key: str, problems: list[Problem]
) -> Requirement | None:
    """A requirement from its PEP 508 line; a malformed one is noted as a problem.

    A version that a template fills in at build time (`=={{ version }}`) counts as any version.
    """
    parsed = parse_line(text)
    if isinstance(parsed, str) and "{" in text:
        parsed = parse_line(_TEMPLATED.sub("", text))
    if isinstance(parsed, str):
        shown = without_credentials(text)
        message = f"`{shown}` is not a PEP 508 requirement: {parsed}"
        problems.append(Problem(path, message, key=key, hint="write it as `name>=1.2`"))
        return None
    return Requirement(
        parsed.name,
        kind,
        path,
        key,
        parsed.specifier,
        parsed.extras,
        parsed.marker,
        (parsed.source,) if parsed.source else (),
        parsed.hashes,
    )


def without_credentials(text: str) -> str:
    """A text that may hold URLs, fit to be shown."""
    return _CREDENTIALS.sub("//***@", text)


@cache
def parse_reference(text: str, *, editable: bool = False) -> Reference:
    """A URL or a path, as it follows `name @` or `-e`, with what its fragment says.

    The project's own folder, written `{root:uri}` (Hatch) or `${PROJECT_ROOT}` (PDM, uv), is
    what paths are relative to.
    """
    location, _, fragment = text.strip().partition("#")
    fields = dict(
        pair.split("=", 1) for pair in fragment.replace(";", "&").split("&") if "=" in pair
    )
    hashes = tuple(
        f"{name}:{fields[name]}" for name in ("sha256", "sha384", "sha512") if name in fields
    )
    subdirectory = fields.get("subdirectory", "")
    name, extras = _egg(fields.get("egg", ""))
    located = _located(location)
    if located is not None:
        located, bracketed = _split_extras(located)
        source = Source("path", located, editable=editable, subdirectory=subdirectory)
        return Reference(source, name or _archive_name(located), bracketed or extras, hashes)
    if location.startswith(_VCS):
        return Reference(_vcs_source(location, subdirectory, editable=editable), name, extras)
    source = Source("url", location, subdirectory=subdirectory, editable=editable)
    return Reference(source, name or _archive_name(location), extras, hashes)


def _located(text: str) -> str | None:
    """The path a reference leads to; None when it leads elsewhere."""
    if match := _ROOT_TEMPLATE.match(text):
        return "../" * match[1].count(":parent") + (text[match.end() :] or ".")
    if match := _ROOT_VARIABLE.match(text):
        return text[match.end() :] or "."
    if text.startswith("file:"):
        from urllib.parse import unquote

        path = unquote(text.removeprefix("file:"))
        if path.startswith("//"):
            # file://../x and file://./x are no RFC 8089 URLs, but tools write and accept them.
            host, slash, rest = path[2:].partition("/")
            return f"{host}{slash}{rest}" if host in {".", ".."} else slash + rest
        return path
    # One letter before a colon is a drive of Windows, not a scheme.
    return None if _SCHEME.match(text) else text


def _vcs_source(text: str, subdirectory: str, *, editable: bool) -> Source:
    if not text.startswith("git+"):
        return Source("url", text, subdirectory=subdirectory, editable=editable)
    scheme, separator, rest = text.removeprefix("git+").partition("://")
    # An @ before the first slash is a user name.
    host, slash, path = rest.partition("/")
    path, _, reference = path.partition("@")
    url = f"{scheme}{separator}{host}{slash}{path}"
    return Source("git", url, reference=reference, subdirectory=subdirectory, editable=editable)


def _split_extras(text: str) -> tuple[str, tuple[str, ...]]:
    """`../lib[a,b]` as the path and its extras."""
    if not text.endswith("]") or "[" not in text:
        return text, ()
    path, _, listed = text[:-1].rpartition("[")
    return path or ".", _names(listed)


def _egg(text: str) -> tuple[str, tuple[str, ...]]:
    name, _, listed = text.partition("[")
    return normalise_name(name) if name else "", _names(listed.rstrip("]"))


def _names(listed: str) -> tuple[str, ...]:
    return tuple(sorted({normalise_name(each) for each in listed.split(",") if each.strip()}))


def _archive_name(text: str) -> str:
    """The distribution a wheel or sdist holds, by its file name; empty when it tells none."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    filename = text.rpartition("/")[2].partition("?")[0]
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[0])
        if filename.endswith((".tar.gz", ".zip")):
            return str(parse_sdist_filename(filename)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        pass
    return ""
