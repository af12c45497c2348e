"""The CPythons of this machine: found in the usual places, asked once, known by file identity."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from oneroof import disk
from oneroof.environments.model import Interpreter

_FORMAT = 1
_ANSWER_SECONDS = 30.0
_NEWEST_MINOR = 20

# Runs on any Python 3 without its site module: tells what PEP 508 markers and wheel tags need.
_QUESTION = r"""
import json, os, platform, struct, sys, sysconfig
i = sys.implementation
v = i.version
full = "%d.%d.%d" % (v[0], v[1], v[2])
if v[3] != "final":
    full += v[3][0] + str(v[4])
names = sysconfig.get_scheme_names()
scheme = "venv" if "venv" in names else "posix_prefix"
variables = {"base": "", "platbase": "", "installed_base": "", "installed_platbase": ""}
libc = ""
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (AttributeError, OSError, ValueError):
    pass
print(json.dumps({
    "markers": {
        "implementation_name": i.name,
        "implementation_version": full,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
    "platform": sysconfig.get_platform(),
    "libc": libc,
    "soabi": sysconfig.get_config_var("SOABI") or "",
    "macos": platform.mac_ver()[0],
    "pointer_bits": struct.calcsize("P") * 8,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "site_packages": sysconfig.get_path("purelib", scheme, variables).lstrip("/"),
}))
"""


class _Answer(msgspec.Struct, frozen=True):
    markers: dict[str, str]
    platform: str
    libc: str
    soabi: str
    macos: str
    pointer_bits: int
    free_threaded: bool
    debug: bool
    site_packages: str


class _Known(msgspec.Struct, frozen=True):
    """What one executable said when it was last asked; None: it is no CPython 3."""

    mtime_ns: int
    size: int
    inode: int
    interpreter: Interpreter | None


class _Memory(msgspec.Struct, frozen=True):
    format: int
    known: dict[str, _Known]


def find_interpreters(
    cache: Path, environment: Mapping[str, str] | None = None
) -> tuple[Interpreter, ...]:
    """All CPython 3 interpreters here: chosen ones first, then the running one, PATH, the rest.

    `ONEROOF_PYTHON` names chosen ones, separated as in PATH. Each base interpreter comes once,
    whatever links and virtual environments lead to it. Answers are kept in `cache`.
    """
    environment = os.environ if environment is None else environment
    memory_path = cache / "interpreters.json"
    known = _recall(memory_path)
    fresh: dict[str, _Known] = {}
    for candidate in _candidates(environment):
        path = base_executable(candidate)
        if path is None or str(path) in fresh:
            continue
        entry = _ask_once(path, known.get(str(path)))
        fresh[str(path)] = entry
    if any(known.get(path) != entry for path, entry in fresh.items()):
        _remember(memory_path, known | fresh)
    return tuple(entry.interpreter for entry in fresh.values() if entry.interpreter is not None)


def chosen_count(environment: Mapping[str, str] | None = None) -> int:
    """How many of the first interpreters found are those that `ONEROOF_PYTHON` names."""
    environment = os.environ if environment is None else environment
    return len({path for path in map(base_executable, _chosen(environment)) if path is not None})


def _chosen(environment: Mapping[str, str]) -> list[Path]:
    texts = environment.get("ONEROOF_PYTHON", "").split(os.pathsep)
    return [Path(text).expanduser() for text in texts if text]


def base_executable(candidate: Path) -> Path | None:
    """The interpreter a candidate leads to: links resolved, a virtual environment's base taken."""
    if "shims" in candidate.parts:
        return None
    settings = candidate.parent.parent / "pyvenv.cfg"
    try:
        home = _home(settings.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        home = None
    choices = [candidate] if home is None else [home / candidate.name, home / "python3"]
    for choice in choices:
        try:
            path = choice.resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        if path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def _home(settings: str) -> Path | None:
    for line in settings.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and value.strip():
            return Path(value.strip())
    return None


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    yield from _chosen(environment)
    yield Path(sys.executable)
    folders = [Path(text) for text in environment.get("PATH", "").split(os.pathsep) if text]
    yield from _in_folders((*folders, Path("/usr/local/bin"), Path("/usr/bin")))
    home = Path(environment.get("HOME") or Path.home())
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(environment.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")
    mise = Path(environment.get("MISE_DATA_DIR") or data / "mise")
    asdf = Path(environment.get("ASDF_DATA_DIR") or home / ".asdf")
    for base in (pyenv / "versions", uv, mise / "installs/python", asdf / "installs/python"):
        yield from sorted(base.glob("*/bin/python3"))


def _in_folders(folders: Iterable[Path]) -> Iterator[Path]:
    minors = [f"python3.{minor}" for minor in range(_NEWEST_MINOR, 5, -1)]
    for folder in dict.fromkeys(folders):
        for name in ("python3", *minors, "python"):
            if os.path.lexists(folder / name):
                yield folder / name


def _ask_once(path: Path, known: _Known | None) -> _Known:
    status = path.stat()
    identity = (status.st_mtime_ns, status.st_size, status.st_ino)
    if known is not None and (known.mtime_ns, known.size, known.inode) == identity:
        return known
    return _Known(*identity, _ask(path))


def _ask(path: Path) -> Interpreter | None:
    """Ask an executable what it is; None where it does not answer as CPython 3 does."""
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _QUESTION],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_ANSWER_SECONDS,
            check=False,
        )
        answer = msgspec.json.decode(done.stdout, type=_Answer)
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
        return None
    if done.returncode != 0 or answer.markers.get("implementation_name") != "cpython":
        return None
    return Interpreter(
        path=str(path),
        version=answer.markers["implementation_version"],
        markers=tuple(sorted(answer.markers.items())),
        abi=abi(
            answer.markers["python_version"],
            free_threaded=answer.free_threaded,
            debug=answer.debug,
        ),
        platforms=tuple(_platforms(answer)),
        site_packages=answer.site_packages,
    )


def abi(python_version: str, *, free_threaded: bool, debug: bool) -> str:
    """The ABI tag of a CPython (PEP 425): `cp311`, `cp313t`, `cp37m`."""
    major, minor = (int(part) for part in python_version.split(".")[:2])
    flags = "t" * free_threaded + "d" * debug + "m" * ((major, minor) < (3, 8))
    return f"cp{major}{minor}{flags}"


def _platforms(answer: _Answer) -> Iterator[str]:
    """The platform tags an interpreter accepts, best first (PEP 600, PEP 656)."""
    system, _, rest = answer.platform.partition("-")
    if system == "linux":
        architecture = rest.replace("-", "_").replace(".", "_")
        if answer.pointer_bits == 32:  # noqa: PLR2004 - the width itself
            architecture = {"x86_64": "i686", "aarch64": "armv7l"}.get(architecture, architecture)
        if "musl" in answer.soabi:
            yield from (f"musllinux_1_{minor}_{architecture}" for minor in (2, 1, 0))
        elif answer.libc.startswith("glibc "):
            yield from manylinux(answer.libc.removeprefix("glibc "), architecture)
        yield f"linux_{architecture}"
    elif system == "macosx":
        from packaging import tags

        major, minor = (int(part) for part in f"{answer.macos}.0".split(".")[:2])
        machine = dict(answer.markers)["platform_machine"]
        yield from tags.mac_platforms((major, minor), machine)
    else:
        yield answer.platform.replace("-", "_").replace(".", "_")


def manylinux(glibc: str, architecture: str) -> Iterator[str]:
    """The manylinux tags a glibc version accepts, newest first, with their older names."""
    minor = int("".join(c for c in glibc.split(".")[1] if c.isdigit()))
    oldest = 5 if architecture in {"x86_64", "i686"} else 17
    older_names = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for each in range(minor, oldest - 1, -1):
        yield f"manylinux_2_{each}_{architecture}"
        if each in older_names:
            yield f"{older_names[each]}_{architecture}"


def _recall(path: Path) -> dict[str, _Known]:
    try:
        memory = msgspec.json.decode(path.read_bytes(), type=_Memory)
    except (OSError, msgspec.DecodeError):
        return {}
    return memory.known if memory.format == _FORMAT else {}


def _remember(path: Path, known: Mapping[str, _Known]) -> None:
    alive = {each: entry for each, entry in known.items() if Path(each).exists()}
    disk.write_atomically(path, msgspec.json.encode(_Memory(_FORMAT, alive)))
