"""The virtual environment of an image, made by hand: what every layer of wheels is put into."""

import posixpath

import msgspec

from oneroof.images.entries import PREFIX, Entries, file, link


class BasePython(msgspec.Struct, frozen=True):
    """The interpreter of a base image."""

    path: str
    """Absolute, in the image: `/usr/local/bin/python3.12`."""
    version: str
    """`3.12`, or all of it where the base tells: `3.12.4`."""

    @property
    def minor(self) -> str:
        """`3.12`."""
        return ".".join(self.version.split(".")[:2])


def site_packages(minor: str) -> str:
    """Where modules lie, below the image's root."""
    return f"{PREFIX}/lib/python{minor}/site-packages"


def make_venv(python: BasePython) -> Entries:
    """The files that make a folder a virtual environment (PEP 405)."""
    settings = {
        "home": posixpath.dirname(python.path),
        "include-system-site-packages": "false",
        "version": python.version,
    }
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return {
        f"{PREFIX}/pyvenv.cfg": file(text.encode()),
        f"{PREFIX}/bin/python": link(python.path),
        f"{PREFIX}/bin/python3": link("python"),
        f"{PREFIX}/bin/python{python.minor}": link("python"),
    }
