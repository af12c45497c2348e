"""Projects that bring a build backend of their own, so that building them needs no index."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = """
import hashlib, os, pathlib, sys, zipfile, base64
import tomllib

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
    name = project["name"].replace("-", "_")
    version = project["version"]
    info = f"{name}-{version}.dist-info"
    lines = [f"Requires-Dist: {each}" for each in project.get("dependencies", [])]
    files = {
        str(path): path.read_bytes() for path in sorted(pathlib.Path(name).rglob("*.py"))
    }
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
    files[f"{info}/METADATA"] = ("\\n".join(head) + "\\n").encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\\nTag: py3-none-any\\n"
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        record += f"{path},sha256={digest.decode()},{len(content)}\\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\\n").encode()
    filename = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    print("built", name)
    return filename
"""


def manifest(name: str, *dependencies: str, version: str = "1.0") -> str:
    listed = ", ".join(f'"{each}"' for each in dependencies)
    return (
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = [{listed}]\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )


def built_here(name: str, *dependencies: str, version: str = "1.0") -> dict[str, str]:
    """The files of a project in a folder of its name."""
    return {
        f"{name}/pyproject.toml": manifest(name, *dependencies, version=version),
        f"{name}/backend.py": BACKEND,
        f"{name}/{name}/__init__.py": f"NAME = {name!r}\n",
    }


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def metadata_in(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith("/METADATA"))
        return archive.read(name).decode()
