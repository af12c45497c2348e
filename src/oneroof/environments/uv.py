"""Installing and building through uv, from exact pins and nothing else."""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from oneroof import processes
from oneroof.errors import ToolError
from oneroof.locks.model import Pin
from oneroof.locks.redaction import as_user_has_it

_PLAIN = ("--no-progress", "--color", "never")
_LAST_LINES = 20
_MARK = re.compile(r"^\s*(?:error:|cause:|Caused by:|\u00d7|├─▶|╰─▶)\s*")
_CREDENTIALS = re.compile(r"://[^/\s@]+@")
_LONGEST_REASON = 600


class Batch(msgspec.Struct, frozen=True):
    """Pins that are installed by one call: they have the index and the checks in common."""

    index: str
    """The URL, `name=URL` where it has a name; empty: the default index."""
    with_hashes: bool
    lines: tuple[str, ...]


def plan_batches(pins: Sequence[Pin], root: Path) -> tuple[Batch, ...]:
    """Sort pins into calls, so that nothing is looked up on an index but what comes from it.

    Within an index, those with hashes are installed with `--require-hashes`.
    """
    found: dict[tuple[str, bool], list[str]] = {}
    for pin in pins:
        source = pin.source
        index = ""
        if source.kind == "registry" and source.location:
            index = source.location
            if "://" not in index:
                index = os.path.normpath(root / index)
            if re.fullmatch(r"[A-Za-z0-9_-]+", source.reference):
                index = f"{source.reference}={index}"
        line = requirement_line(pin, root)
        with_hashes = bool(pin.hashes) and source.kind in {"registry", "url", "path"}
        if with_hashes:
            line += "".join(f" --hash={each}" for each in pin.hashes)
        found.setdefault((index, with_hashes), []).append(line)
    return tuple(
        Batch(index, with_hashes, tuple(lines))
        for (index, with_hashes), lines in sorted(found.items())
    )


def requirement_line(pin: Pin, root: Path) -> str:
    """A pin as a line of a requirements file, local paths as URLs."""
    source = pin.source
    if source.kind in {"path", "directory", "workspace"} and "://" not in source.location:
        fragment = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
        place = Path(os.path.normpath(root / source.location))
        return f"{pin.name} @ {place.as_uri()}{fragment}"
    return pin.requirement


def install(
    python: Path, batches: Sequence[Batch], default_index: str = "", *, local: Iterable[str] = ()
) -> None:
    """Install exactly these pins, without their dependencies, for an interpreter.

    `local` names those that come from files of this machine: uv takes what it made of a folder
    for fresh as long as its manifest has its date.

    Raises:
        ToolError: something cannot be had, or is not what its hash says.
    """
    refreshed = [word for name in local for word in ("--refresh-package", name)]
    for batch in batches:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in batch.lines))
            file.flush()
            arguments = ["-r", file.name, *refreshed]
            if batch.with_hashes:
                arguments.append("--require-hashes")
            index = batch.index or default_index
            arguments += _index_arguments(index)
            # An index of its own is asked for its own packages, and only it for them.
            alone = {"UV_INDEX": "", "UV_EXTRA_INDEX_URL": ""} if batch.index else {}
            name, url = _split(index)
            if (full := as_user_has_it(url, os.environ)) != url:
                # Not among the arguments, which everybody on this machine can read.
                arguments = [each for each in arguments if each not in {"--default-index", index}]
                alone["UV_DEFAULT_INDEX"] = f"{name}={full}" if name else full
            _install(python, arguments, len(batch.lines), alone)


def _split(index: str) -> tuple[str, str]:
    """The name of an index, which may be empty, and its URL."""
    name, equals, url = index.partition("=")
    return (name, url) if equals and "://" not in name else ("", index)


def _index_arguments(index: str) -> list[str]:
    """Have uv look at one index; a folder that holds the files themselves is a flat one."""
    if not index:
        return []
    place = Path(_split(index)[1])
    if "://" not in index and place.is_dir() and any(place.glob("*-*.whl")):
        return ["--no-index", "--find-links", str(place)]
    return ["--default-index", index]


def install_wheels(python: Path, wheels: Sequence[Path]) -> None:
    """Install wheel files without their dependencies.

    Raises:
        ToolError: one is not for this interpreter.
    """
    _install(python, ["--offline", *map(str, wheels)], len(wheels), {})


def _install(
    python: Path, arguments: Sequence[str], count: int, environment: Mapping[str, str]
) -> None:
    packages = "1 package" if count == 1 else f"{count} packages"
    command = [
        processes.find_uv(),
        "pip",
        "install",
        "--quiet",
        *_PLAIN,
        "--no-deps",
        "--python",
        str(python),
    ]
    # From the root folder, so that uv reads the user's settings and no project's.
    outcome = processes.run([*command, *arguments], cwd=Path(python.anchor), env=environment)
    if outcome.exit_code != 0:
        reason, hint = explain(outcome.stderr.decode("utf-8", "replace"))
        message = f"tried to install {packages} but `uv` exited with {outcome.exit_code}: {reason}"
        raise ToolError(message, hint=hint)


def build_wheel(
    source: Path, destination: Path, python: str, environment: Mapping[str, str]
) -> Path:
    """Build the wheel of a folder into `destination` by its own backend.

    Raises:
        ToolError: the build fails.
    """
    command = [processes.find_uv(), "build", *_PLAIN, "--wheel", "--python", python]
    outcome = processes.run(
        [*command, "--out-dir", str(destination), str(source)], cwd=source, env=environment
    )
    if outcome.exit_code != 0:
        said = (outcome.stdout + outcome.stderr).decode("utf-8", "replace")
        message = (
            f"tried to build a wheel of `{source.name}` but `uv` exited with "
            f"{outcome.exit_code}:\n{_last_lines(said)}"
        )
        raise ToolError(message)
    wheels = sorted(destination.glob("*.whl"))
    if not wheels:
        message = f"tried to build a wheel of `{source.name}` but there was none afterwards"
        raise ToolError(message)
    return wheels[-1]


def _last_lines(text: str) -> str:
    """The end of what a build said, without uv's advice that follows."""
    told, _, _ = redact(text).partition("\nhint: ")
    return "\n".join(told.strip().splitlines()[-_LAST_LINES:])


def explain(stderr: str) -> tuple[str, str]:
    """Why uv failed, in one sentence without credentials, and what it or we advise."""
    text = redact(stderr)
    told, _, advice = text.partition("\nhint: ")
    lines = [line for line in told.splitlines() if line.strip()]
    hint = " ".join(advice.split()) or _hint(text)
    if not lines:
        return "it said nothing", hint
    marked = [_MARK.sub("", line).strip() for line in lines if _MARK.match(line)]
    parts = [*(marked or lines)[:2], lines[-1]]
    if "Hash mismatch" in text:
        parts = [" ".join(" ".join(lines).split())]
    sentence = ": ".join(dict.fromkeys(_MARK.sub("", part).strip().rstrip(":.") for part in parts))
    return sentence[:_LONGEST_REASON], hint


def _hint(text: str) -> str:
    if "Hash mismatch" in text:
        return "update the lock, or find out why the index serves other files than it did"
    if "error sending request" in text or "Failed to fetch" in text:
        return "check the network and the index, or give another one in `UV_DEFAULT_INDEX`"
    if "not found in the package registry" in text:
        return "name the index that has it, or correct the requirement"
    return ""


def redact(text: str) -> str:
    """The text without the credentials of its URLs."""
    return _CREDENTIALS.sub("://***@", text)
