"""One wheel with the internal libraries of a project inside: merged from the wheels of all."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from email.parser import HeaderParser

import msgspec
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename

from oneroof.distributions.archive import Member, Wheel
from oneroof.distributions.tags import compress, unite_tags
from oneroof.errors import ConfigError
from oneroof.locks.target import with_extras
from oneroof.workspace.dialects.pep508 import both_markers

_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)([-_.].*)?", re.IGNORECASE)
_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']*)["']""")
_DERIVED = ("top_level.txt", "namespace_packages.txt", "zip-safe")
"""What setuptools notes of one distribution, which is not true of several; nobody needs it."""

_INSTALLED = ("direct_url.json", "INSTALLER", "REQUESTED")


class Part(msgspec.Struct, frozen=True):
    """A wheel and the project it was built from."""

    project: str
    wheel: Wheel

    @property
    def name(self) -> str:
        """The distribution's normalised name."""
        raw, _ = parse_email(self.wheel.metadata)
        return canonicalize_name(raw.get("name", self.project))


def bundle(own: Part, libraries: Sequence[Part]) -> Wheel:
    """The wheel of a project with the files of its internal libraries.

    Commands, other entry points and metadata are those of the project. It asks for what any of
    them asks for from elsewhere.

    Raises:
        ConfigError: two of them hold one file with different content, or run nowhere together.
    """
    parts = (own, *libraries)
    info = own.wheel.dist_info
    members = {
        name: member
        for name, member in own.wheel.members.items()
        if name.startswith(f"{info}/") and name.removeprefix(f"{info}/") not in _DERIVED
    }
    members |= merge(each for part in parts for each in _placed(part, own))
    licences = {
        f"{each.name}/{name}": member for each in libraries for name, member in _licences(each)
    }
    members |= {f"{info}/licenses/{name}": member for name, member in licences.items()}
    tags = unite_tags([parse_wheel_filename(each.wheel.filename)[3] for each in parts])
    if not tags:
        listed = ", ".join(f"`{each.wheel.filename}`" for each in parts)
        message = f"{own.project}: there is no machine on which all of {listed} run"
        raise ConfigError(message, hint="build them for one machine")
    spelled = compress(tags)
    stem = own.wheel.filename.removesuffix(".whl").rsplit("-", 3)[0]
    metadata = unite_metadata(own, libraries, tuple(sorted(licences)))
    members[f"{info}/METADATA"] = Member(metadata.encode())
    members[f"{info}/WHEEL"] = Member(_wheel_file(parts, spelled).encode())
    return Wheel(f"{stem}-{spelled}.whl", members)


def merge(placed: Iterable[tuple[str, str, Member]]) -> dict[str, Member]:
    """Files of several projects in one place, each with its project and its path.

    Raises:
        ConfigError: two projects hold one path with different content.
    """
    found: dict[str, Member] = {}
    owners: dict[str, str] = {}
    for project, name, member in placed:
        known = found.get(name)
        if known is not None and known.content != member.content:
            message = f"{owners[name]} and {project} both hold `{name}`, and differ in it"
            raise ConfigError(message, hint="rename one of them, or leave it out of its wheel")
        owners.setdefault(name, project)
        is_program = member.is_program or (known is not None and known.is_program)
        found[name] = Member(member.content, is_program)
    return found


def lay_out(parts: Iterable[Part]) -> dict[str, Member]:
    """The files of wheels as they lie on the path that Python imports from, without commands.

    Raises:
        ConfigError: two of them hold one path with different content.
    """
    return merge(
        (part.project, path, member)
        for part in parts
        for scheme, path, member in (*_by_scheme(part), *_described(part))
        if scheme in {"", "data"}
    )


def _described(part: Part) -> Iterator[tuple[str, str, Member]]:
    """The metadata of a wheel, without what an installer would note of this machine."""
    info = part.wheel.dist_info
    for name, member in part.wheel.members.items():
        if name.startswith(f"{info}/") and name.removeprefix(f"{info}/") not in _INSTALLED:
            yield "", name, member


def _by_scheme(part: Part) -> Iterator[tuple[str, str, Member]]:
    """The files of a wheel beside its metadata, and for which folder each is: empty for code."""
    data = f"{part.wheel.dist_info.removesuffix('.dist-info')}.data/"
    for name in part.wheel.payload:
        member = part.wheel.members[name]
        scheme, _, rest = name.removeprefix(data).partition("/")
        if not name.startswith(data):
            yield "", name, member
        elif scheme in {"purelib", "platlib"}:
            yield "", rest, member
        else:
            yield scheme, rest, member


def _placed(part: Part, own: Part) -> Iterator[tuple[str, str, Member]]:
    """Where the files of a wheel go in the bundle; scripts are commands, as entry points are."""
    data = f"{own.wheel.dist_info.removesuffix('.dist-info')}.data"
    for scheme, path, member in _by_scheme(part):
        if not scheme:
            yield part.project, path, member
        elif scheme != "scripts" or part is own:
            yield part.project, f"{data}/{scheme}/{path}", member


def _licences(part: Part) -> Iterator[tuple[str, Member]]:
    info = f"{part.wheel.dist_info}/"
    listed = HeaderParser().parsestr(part.wheel.metadata).get_all("License-File", [])
    for name, member in sorted(part.wheel.members.items()):
        inside = name.removeprefix(info)
        if inside == name:
            continue
        folder, slash, rest = inside.partition("/")
        if slash and folder in {"licenses", "license_files"}:
            yield rest, member
        elif inside in listed or _LICENCE.fullmatch(inside):
            yield inside, member


def unite_metadata(own: Part, libraries: Sequence[Part], licences: Sequence[str] = ()) -> str:
    """The METADATA of a project that holds its internal libraries."""
    head, blank, body = own.wheel.metadata.partition("\n\n")
    replaced = ("requires-dist:", "requires-python:")
    lines = [line for line in head.split("\n") if not line.lower().startswith(replaced)]
    while lines and not lines[-1]:
        lines.pop()
    python = _python(own, *libraries)
    lines += [f"Requires-Python: {python}"] if python else []
    if _format(own) >= (2, 4):
        lines += [f"License-File: {each}" for each in licences]
    parts = {each.name: each for each in (own, *libraries)}
    lines += [f"Requires-Dist: {each}" for each in unite_requirements(own, parts)]
    return "\n".join(lines) + (blank + body if blank else "\n")


def _format(part: Part) -> tuple[int, ...]:
    raw, _ = parse_email(part.wheel.metadata)
    version = raw.get("metadata_version", "")
    return tuple(int(each) for each in version.split(".") if each.isdigit())


def _python(*parts: Part) -> str:
    found = SpecifierSet()
    for part in parts:
        raw, _ = parse_email(part.wheel.metadata)
        try:
            found &= SpecifierSet(raw.get("requires_python", ""))
        except InvalidSpecifier:
            continue
    return str(found)


def unite_requirements(own: Part, parts: Mapping[str, Part]) -> list[str]:
    """What the bundled projects ask for from elsewhere, sorted, each under its own conditions.

    A library's requirement is under the markers of those that lead to it, and an extra of it
    counts where one of them asks for it.
    """
    found: dict[str, set[str]] = {}
    waiting: list[tuple[str, frozenset[str], str]] = [(own.name, frozenset(), "")]
    seen = set(waiting)
    while waiting:
        name, extras, inherited = waiting.pop()
        for line in _lines(parts[name]):
            requirement = Requirement(line)
            marker = str(requirement.marker or "")
            if name != own.name:
                here = _without_extras(marker, extras)
                if here is None:
                    continue
                marker = both_markers(here, inherited)
            target = canonicalize_name(requirement.name)
            if target in parts and target != own.name:
                step = (target, frozenset(map(canonicalize_name, requirement.extras)), marker)
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
                continue
            requirement.name, requirement.marker = target, None
            found.setdefault(str(requirement), set()).add(marker)
    return sorted(
        f"{base} ; {marker}" if marker else base
        for base, markers in found.items()
        # Where it is always needed, its conditions add nothing.
        for marker in ({""} if "" in markers else markers)
    )


def _lines(part: Part) -> Iterator[str]:
    raw, _ = parse_email(part.wheel.metadata)
    for line in raw.get("requires_dist", []):
        try:
            Requirement(line)
        except InvalidRequirement as error:
            message = f"{part.project}: its wheel asks for `{line}`, which is no requirement"
            raise ConfigError(message) from error
        yield line


def _without_extras(marker: str, extras: Collection[str]) -> str | None:
    """A marker where some extras are asked for; None where it is for others."""
    named = {canonicalize_name(each) for each in _EXTRA.findall(marker)}
    if not named:
        return marker
    if not named & set(extras):
        return None
    for name in _EXTRA.findall(marker):
        if canonicalize_name(name) in extras:
            said = f'extra == "{name}"'
            marker = marker.replace(f" and {said}", "").replace(f"{said} and ", "")
            marker = "" if marker == said else marker
    if marker.startswith("(") and marker.endswith(")") and ")" not in marker[1:-1]:
        marker = marker[1:-1]
    return with_extras(marker, extras) if "extra" in marker else marker


def _wheel_file(parts: Sequence[Part], tags: str) -> str:
    """The WHEEL file: pure only where all are."""
    own = parts[0].wheel
    lines = own.members[f"{own.dist_info}/WHEEL"].content.decode("utf-8", "replace").splitlines()
    kept = [line for line in lines if line and not line.startswith(("Root-Is-Purelib", "Tag"))]
    kept.append(f"Root-Is-Purelib: {str(all(map(_is_pure, parts))).lower()}")
    interpreters, abis, platforms = (each.split(".") for each in tags.split("-"))
    kept += [f"Tag: {i}-{a}-{p}" for i in interpreters for a in abis for p in platforms]
    return "\n".join(kept) + "\n"


def _is_pure(part: Part) -> bool:
    wheel = part.wheel
    text = wheel.members[f"{wheel.dist_info}/WHEEL"].content.decode("utf-8", "replace")
    told = HeaderParser().parsestr(text).get("Root-Is-Purelib", "")
    return told.strip().lower() == "true" or (not told and wheel.filename.endswith("-any.whl"))
