"""The machines that wheels are shipped to: an OCI platform and a Python, as markers and tags."""

import re
from functools import lru_cache

import msgspec
from packaging import tags as packaging_tags

from oneroof.errors import ConfigError
from oneroof.locks.target import Target

GLIBC = 36
"""The minor version of glibc that is counted on: that of Debian 12."""
_OLDEST_GLIBC = 5
_MACHINES = {
    "amd64": "x86_64",
    "x86_64": "x86_64",
    "arm64": "aarch64",
    "aarch64": "aarch64",
}
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


class Platform(msgspec.Struct, frozen=True):
    """A Linux machine with a CPython."""

    machine: str
    """As Python names it: `x86_64`, `aarch64`."""
    python: str
    """`3.12`."""
    glibc: int = GLIBC
    """The minor version of its glibc 2."""

    @property
    def architecture(self) -> str:
        """As OCI names it: `amd64`, `arm64`."""
        return "amd64" if self.machine == "x86_64" else "arm64"

    @property
    def oci(self) -> str:
        """`linux/amd64`."""
        return f"linux/{self.architecture}"

    @property
    def minor(self) -> str:
        """The minor version of its Python: `3.12`, whatever the patch."""
        return ".".join(self.python.split(".")[:2])

    @property
    def resolver_name(self) -> str:
        """As `uv pip compile --python-platform` names it."""
        return f"{self.machine}-manylinux_2_{self.glibc}"

    @property
    def wheel_platforms(self) -> tuple[str, ...]:
        """The platform tags of wheels it runs, best first (PEP 600)."""
        found = []
        for minor in range(self.glibc, _OLDEST_GLIBC - 1, -1):
            if self.machine != "x86_64" and minor < 17:  # noqa: PLR2004  as PEP 600 has it
                break
            found.append(f"manylinux_2_{minor}_{self.machine}")
            if minor in _LEGACY:
                found.append(f"{_LEGACY[minor]}_{self.machine}")
        return (*found, f"linux_{self.machine}")

    @property
    def target(self) -> Target:
        """What markers and tags say there."""
        return _target(self)


@lru_cache
def _target(platform: Platform) -> Target:
    major, minor = (int(each) for each in platform.python.split(".")[:2])
    abi = f"cp{major}{minor}"
    platforms = platform.wheel_platforms
    supported = {
        str(tag)
        for tag in (
            *packaging_tags.cpython_tags((major, minor), [abi], platforms),
            *packaging_tags.compatible_tags((major, minor), abi, platforms),
        )
    }
    full = platform.python if platform.python.count(".") > 1 else f"{platform.python}.0"
    return Target.of(
        {
            "implementation_name": "cpython",
            "implementation_version": full,
            "os_name": "posix",
            "platform_machine": platform.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": full,
            "python_version": f"{major}.{minor}",
            "sys_platform": "linux",
        },
        supported,
    )


def parse_platform(text: str, python: str) -> Platform:
    """A platform as `--platform` and `--python` give it.

    Raises:
        ConfigError: it is not `linux/amd64` or `linux/arm64`, or no version of Python.
    """
    system, _, machine = text.partition("/")
    machine = machine.partition("/")[0]
    if system != "linux" or machine not in _MACHINES:
        message = f"`--platform {text}` is not known"
        raise ConfigError(message, hint="give `linux/amd64` or `linux/arm64`")
    if not re.fullmatch(r"3\.\d+(\.\d+)?", python):
        message = f"`--python {python}` is no version of Python"
        raise ConfigError(message, hint="give one such as `3.12`")
    return Platform(_MACHINES[machine], python)
