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
    members: dict[str, Member] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.filename in members:
                    _refuse(path, f"holds `{info.filename}` twice")
                if info.filename.startswith("/") or ".." in info.filename.split("/"):
                    _refuse(path, f"holds `{info.filename}`, which leads out of it")
                mode = info.external_attr >> 16
                members[info.filename] = Member(archive.read(info), bool(mode & 0o111))
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        _refuse(path, f"cannot be read: {error}")
    infos = [n for n in members if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
    if len(infos) != 1:
        _refuse(path, "has no METADATA" if not infos else "has METADATA twice")
    record = members.pop(f"{infos[0].partition('/')[0]}/RECORD", None)
    if record is None:
        _refuse(path, "has no RECORD")
    wrong = next(_differences(record.content, members), None)
    if wrong is not None:
        _refuse(path, wrong)
    return Wheel(path.name, members)


def write_wheel(wheel: Wheel, path: Path) -> None:
    """Write a wheel: sorted, with one date and mode for all, metadata last, RECORD made anew."""
    info = wheel.dist_info
    inside = sorted(name for name in wheel.members if name.startswith(f"{info}/"))
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*wheel.payload, *inside):
            member = wheel.members[name]
            _add(archive, name, member)
            rows.writerow((name, _hash(member.content), len(member.content)))
        rows.writerow((f"{info}/RECORD", "", ""))
        _add(archive, f"{info}/RECORD", Member(record.getvalue().encode()))


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


def _refuse(path: Path, what: str) -> NoReturn:
    message = f"the wheel `{path.name}` {what}"
    raise WheelError(message)
