"""Wheel files: read with all they promise checked, written the same bytes each time."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import msgspec

from oneroof.errors import ToolError

_MODE, _PROGRAM = 0o100644, 0o100755
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that zip knows. A wheel says nothing of when it was built."""
_UNRECORDED = ("RECORD.jws", "RECORD.p7s")
_LEVEL = 6


class Member(msgspec.Struct, frozen=True):
    """One file in a wheel."""

    content: bytes
    is_program: bool = False


class Wheel(msgspec.Struct, frozen=True):
    """The content of a wheel (binary distribution format 1.0)."""

    filename: str
    members: Mapping[str, Member]
    """By path, without RECORD."""

    @property
    def dist_info(self) -> str:
        """The name of its `.dist-info` folder."""
        return next(
            name.partition("/")[0]
            for name in self.members
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1
        )

    @property
    def metadata(self) -> str:
        """The text of METADATA."""
        return self.members[f"{self.dist_info}/METADATA"].content.decode("utf-8", "replace")

    @property
    def payload(self) -> tuple[str, ...]:
        """The paths of all that is no metadata, sorted."""
        return tuple(sorted(n for n in self.members if not n.startswith(f"{self.dist_info}/")))


class WheelError(ToolError):
    """A file is no wheel, or not what its RECORD says."""


def read_wheel(path: Path) -> Wheel:
    """Read a wheel and check it against its own RECORD.

    Raises:
        WheelError: it is damaged, holds a path that leads out of it, or RECORD is not right.
    """
    try:
        return parse_wheel(path.name, path.read_bytes())
    except OSError as error:
        _refuse(path.name, f"cannot be read: {error}")


def parse_wheel(filename: str, content: bytes) -> Wheel:
    """The wheel that a file of this name and content is, checked as `read_wheel` does.

    Raises:
        WheelError: as there.
    """
    members: dict[str, Member] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.filename in members:
                    _refuse(filename, f"holds `{info.filename}` twice")
                if info.filename.startswith("/") or ".." in info.filename.split("/"):
                    _refuse(filename, f"holds `{info.filename}`, which leads out of it")
                mode = info.external_attr >> 16
                members[info.filename] = Member(archive.read(info), bool(mode & 0o111))
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        _refuse(filename, f"cannot be read: {error}")
    infos = [n for n in members if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
    if len(infos) != 1:
        _refuse(filename, "has no METADATA" if not infos else "has METADATA twice")
    record = members.pop(f"{infos[0].partition('/')[0]}/RECORD", None)
    if record is None:
        _refuse(filename, "has no RECORD")
    wrong = next(_differences(record.content, members), None)
    if wrong is not None:
        _refuse(filename, wrong)
    return Wheel(filename, members)


def write_wheel(wheel: Wheel, path: Path) -> None:
    """Write a wheel as `pack_wheel` makes it."""
    path.write_bytes(pack_wheel(wheel))


def pack_wheel(wheel: Wheel) -> bytes:
    """A wheel's file: sorted, with one date and mode for all, metadata last, RECORD made anew."""
    info = wheel.dist_info
    inside = sorted(name for name in wheel.members if name.startswith(f"{info}/"))
    members = {name: wheel.members[name] for name in (*wheel.payload, *inside)}
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for name, member in members.items():
        rows.writerow((name, _hash(member.content), len(member.content)))
    rows.writerow((f"{info}/RECORD", "", ""))
    return pack({**members, f"{info}/RECORD": Member(record.getvalue().encode())})


def pack(members: Mapping[str, Member]) -> bytes:
    """A zip file with these members in their order, the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, member in members.items():
            _add(archive, name, member)
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, member: Member) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3  # Unix, wherever this runs: modes are kept.
    info.external_attr = (_PROGRAM if member.is_program else _MODE) << 16
    archive.writestr(info, member.content, zipfile.ZIP_DEFLATED, _LEVEL)


def _differences(record: bytes, members: Mapping[str, Member]) -> Iterator[str]:
    """What RECORD says that is not so, and files it does not know."""
    listed = set()
    for row in csv.reader(io.StringIO(record.decode("utf-8", "replace"))):
        if not row:
            continue
        name, told = row[0], row[1] if len(row) > 1 else ""
        listed.add(name)
        if name.endswith(".dist-info/RECORD"):
            continue
        if name not in members:
            yield f"lacks `{name}`, which its RECORD names"
        elif told.startswith("sha256=") and told != _hash(members[name].content):
            yield f"holds another `{name}` than its RECORD says"
    for name in members:
        if name not in listed and not name.endswith(_UNRECORDED):
            yield f"holds `{name}`, which its RECORD does not name"


def _hash(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _refuse(filename: str, what: str) -> NoReturn:
    message = f"the wheel `{filename}` {what}"
    raise WheelError(message)
