"""A wheel as it lies in an image, worked out without installing it anywhere.

As the packaging standards have it (binary distribution format, recording installed projects, entry
points), and nothing that installers leave behind beside: no `direct_url.json`, no `REQUESTED`,
no paths of the machine it is built on.
"""

import base64
import configparser
import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NoReturn

from oneroof.actions.digest import Digest
from oneroof.distributions.archive import WheelError
from oneroof.images.entries import PREFIX, Entries, Entry, digest_of, file, require_inside
from oneroof.images.venv import site_packages

INSTALLER = b"oneroof\n"
_PYTHON = f"#!/{PREFIX}/bin/python".encode()
_LEFT_OUT = ("RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json")
_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_ENTRY_POINT = re.compile(rf"({_DOTTED})\s*:\s*({_DOTTED})\s*(?:\[.*\])?")


def install(filename: str, content: bytes, minor: str) -> Entries:
    """All files of a wheel at their places in the image, those that come with it included.

    Raises:
        WheelError: it is damaged, or not what its RECORD says.
        ToolError: it holds a path that leads out of the virtual environment.
    """
    return _Wheel(filename, content, minor).entries()


class _Wheel:
    def __init__(self, filename: str, content: bytes, minor: str) -> None:
        self.filename = filename
        self.site = site_packages(minor)
        self.minor = minor
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile as error:
            self.refuse(f"cannot be read: {error}")
        self.infos = self._infos()
        found = [n for n in self.infos if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
        if len(found) != 1:
            self.refuse("has METADATA twice" if found else "has no METADATA")
        self.info = found[0].partition("/")[0]
        self.data = f"{self.info.removesuffix('.dist-info')}.data"
        self.name = self.info.partition("-")[0]
        self.record = self._record()

    def refuse(self, what: str) -> NoReturn:
        message = f"the wheel `{self.filename}` {what}"
        raise WheelError(message)

    def _infos(self) -> Mapping[str, zipfile.ZipInfo]:
        infos: dict[str, zipfile.ZipInfo] = {}
        for info in self.archive.infolist():
            if info.is_dir():
                continue
            if info.filename in infos:
                self.refuse(f"holds `{info.filename}` twice")
            infos[info.filename] = info
        return infos

    def read(self, name: str) -> bytes:
        try:
            content = self.archive.read(self.infos[name])
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            self.refuse(f"cannot be read: {error}")
        return content

    def _record(self) -> Mapping[str, str]:
        """The hashes that RECORD promises, in hexadecimal digits; empty where it gives another."""
        name = f"{self.info}/RECORD"
        if name not in self.infos:
            self.refuse("has no RECORD")
        promised: dict[str, str] = {}
        for row in csv.reader(io.StringIO(self.read(name).decode("utf-8", "replace"))):
            if not row:
                continue
            told = row[1] if len(row) > 1 else ""
            kind, _, value = told.partition("=")
            promised[row[0]] = _hexadecimal(value) if kind == "sha256" else ""
        for each in promised:
            if each not in self.infos:
                self.refuse(f"lacks `{each}`, which its RECORD names")
        for each in self.infos:
            if each not in promised and not each.endswith(_LEFT_OUT[1:3]):
                self.refuse(f"holds `{each}`, which its RECORD does not name")
        return promised

    def entries(self) -> Entries:
        found: dict[str, Entry] = {}
        for name in self.infos:
            folder, _, base = name.rpartition("/")
            if folder == self.info and base in _LEFT_OUT:
                continue
            place = require_inside(self._place(name), self.filename)
            if place in found:
                self.refuse(f"puts two files at `/{place}`")
            found[place] = self._entry(name)
        for place, script in self._console_scripts():
            found.setdefault(require_inside(place, self.filename), script)
        found[f"{self.site}/{self.info}/INSTALLER"] = file(INSTALLER)
        found[f"{self.site}/{self.info}/RECORD"] = file(self._new_record(found))
        return found

    def _place(self, name: str) -> str:
        """Where a member belongs, below the image's root."""
        if name.startswith(("/", "../")) or "/../" in name:
            return name
        if not name.startswith(f"{self.data}/"):
            return f"{self.site}/{name}"
        _, _, rest = name.partition("/")
        scheme, _, path = rest.partition("/")
        folders = {
            "purelib": self.site,
            "platlib": self.site,
            "scripts": f"{PREFIX}/bin",
            "headers": f"{PREFIX}/include/site/python{self.minor}/{self.name}",
            "data": PREFIX,
        }
        if scheme not in folders:
            self.refuse(f"holds `{name}`, and `{scheme}` is no place to install into")
        return f"{folders[scheme]}/{path}"

    def _entry(self, name: str) -> Entry:
        info = self.infos[name]
        is_program = bool((info.external_attr >> 16) & 0o111)
        if name.startswith(f"{self.data}/scripts/"):
            return file(_with_interpreter(self._checked(name)), is_program=True)
        promised = self.record.get(name, "")
        if not promised:
            promised = digest_of(self.read(name))
        return Entry(Digest(promised, info.file_size), lambda: self._checked(name), is_program)

    def _checked(self, name: str) -> bytes:
        """A member's content, which is what RECORD says."""
        content = self.read(name)
        promised = self.record.get(name, "")
        if promised and digest_of(content) != promised:
            self.refuse(f"holds another `{name}` than its RECORD says")
        return content

    def _console_scripts(self) -> Iterator[tuple[str, Entry]]:
        name = f"{self.info}/entry_points.txt"
        if name not in self.infos:
            return
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
        try:
            parser.read_string(self.read(name).decode("utf-8"))
        except (configparser.Error, UnicodeDecodeError) as error:
            self.refuse(f"has an `entry_points.txt` that cannot be read: {error}")
        for group in ("console_scripts", "gui_scripts"):
            for script, value in parser.items(group) if parser.has_section(group) else ():
                match = _ENTRY_POINT.fullmatch(value.strip())
                if match is None or "/" in script:
                    self.refuse(f"has the entry point `{script} = {value}`, which is none")
                yield f"{PREFIX}/bin/{script}", file(_wrapper(*match.groups()), is_program=True)

    def _new_record(self, found: Entries) -> bytes:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        own = f"{self.info}/RECORD"
        lines = {
            posixpath.relpath(place, self.site): (
                _urlsafe(each.digest.hash),
                each.digest.size_bytes,
            )
            for place, each in found.items()
        }
        for path in sorted({*lines, own}):
            rows.writerow((path, "", "") if path == own else (path, *lines[path]))
        return text.getvalue().encode()


def _wrapper(module: str, attribute: str) -> bytes:
    """The program of a console script."""
    first = attribute.partition(".")[0]
    lines = (
        _PYTHON.decode(),
        "import sys",
        f"from {module} import {first}",
        'if __name__ == "__main__":',
        f"    sys.exit({attribute}())",
    )
    return ("\n".join(lines) + "\n").encode()


def _with_interpreter(content: bytes) -> bytes:
    """A script whose `#!python` is that of the image."""
    first, newline, rest = content.partition(b"\n")
    if re.match(rb"#!\s*pythonw?\b", first):
        return _PYTHON + newline + rest
    return content


def _hexadecimal(urlsafe: str) -> str:
    try:
        raw = base64.urlsafe_b64decode(urlsafe + "=" * (-len(urlsafe) % 4))
    except ValueError:
        return "0" * 64
    return raw.hex() if len(raw) == 32 else "0" * 64  # noqa: PLR2004  the size of a SHA-256


def _urlsafe(hexadecimal: str) -> str:
    raw = base64.urlsafe_b64encode(bytes.fromhex(hexadecimal)).rstrip(b"=")
    return "sha256=" + raw.decode()
