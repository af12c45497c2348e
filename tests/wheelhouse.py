"""Wheels of one's own: made up, or packed again from what is installed here; no network."""

import base64
import hashlib
import importlib.metadata
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


class Wheelhouse:
    """A folder of wheels, the one place where distributions are found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        name: str,
        version: str = "1.0",
        files: Mapping[str, str] | None = None,
        *,
        requires: Sequence[str] = (),
        requires_python: str = "",
        tag: str = "py3-none-any",
    ) -> Path:
        """A wheel with one module that tells its version, or with the given files."""
        module = name.replace("-", "_")
        metadata = [
            *("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"),
            *([f"Requires-Python: {requires_python}"] if requires_python else []),
            *(f"Requires-Dist: {each}" for each in requires),
        ]
        info = f"{module}-{version}.dist-info"
        content = {
            **(files or {f"{module}.py": f"__version__ = {version!r}\n"}),
            f"{info}/METADATA": "\n".join([*metadata, ""]),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        wheel = self.folder / f"{module}-{version}-{tag}.whl"
        _write(wheel, info, {path: text.encode() for path, text in content.items()})
        return wheel

    def add_installed(self, *names: str) -> None:
        """What is installed in the interpreter of the tests, with all that it needs."""
        from packaging.requirements import Requirement

        waiting = list(names)
        while waiting:
            distribution = importlib.metadata.distribution(waiting.pop())
            if not _pack(distribution, self.folder):
                continue
            for line in distribution.requires or ():
                requirement = Requirement(line)
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                    waiting.append(requirement.name)

    def link_from(self, other: "Wheelhouse") -> None:
        """Have the wheels of another one, too."""
        for wheel in other.folder.glob("*.whl"):
            (self.folder / wheel.name).symlink_to(wheel)


def _pack(distribution: importlib.metadata.Distribution, folder: Path) -> bool:
    """Make the wheel a distribution was installed from; False: it was made before."""
    files = distribution.files or []
    info = next(path.parts[0] for path in files if path.match("*.dist-info/METADATA"))
    stem = info.removesuffix(".dist-info")
    wheel = folder / f"{stem}-{_tag(distribution.read_text('WHEEL') or '')}.whl"
    if wheel.exists():
        return False
    left_out = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json"}
    generated = {each.name for each in distribution.entry_points.select(group="console_scripts")}
    content = {}
    for path in files:
        if "__pycache__" in path.parts or (path.parts[0] == info and path.name in left_out):
            continue
        name = str(path)
        if path.parts[0] == "..":
            if path.name in generated:
                continue
            name = f"{stem}.data/scripts/{path.name}"
        content[name] = Path(str(path.locate())).read_bytes()
    _write(wheel, info, content)
    return True


def _tag(wheel_file: str) -> str:
    tags = [line[5:].split("-") for line in wheel_file.splitlines() if line.startswith("Tag: ")]
    parts = (dict.fromkeys(tag[place] for tag in tags) for place in range(3))
    return "-".join(".".join(part) for part in parts)


def _write(wheel: Path, info: str, content: Mapping[str, bytes]) -> None:
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in content.items())
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, data in {**content, f"{info}/RECORD": b""}.items():
            # The same bytes whenever it is made.
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o755 << 16
            text = f"{record}{info}/RECORD,,\n".encode() if path == f"{info}/RECORD" else data
            archive.writestr(entry, text)


def _digest(data: bytes) -> str:
    raw = hashlib.sha256(data).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).decode().rstrip("=")
