"""Third-party wheels as a lock pins them, for machines other than this one too; through pip.

Wheels are kept by what they were asked for, so that pip runs once for each.
"""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from oneroof import processes
from oneroof.actions.action import Action, Command, Input
from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult, OutputFile
from oneroof.cache.disk import DiskCache
from oneroof.distributions.platforms import Platform
from oneroof.environments.uv import explain, plan_batches, redact
from oneroof.errors import ToolError
from oneroof.locks.model import Pin
from oneroof.locks.redaction import as_user_has_it
from oneroof.paths import RelPath

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


class ThirdWheel(msgspec.Struct, frozen=True):
    """One third-party wheel."""

    name: str
    """PEP 503-normalised."""
    version: str
    filename: str
    digest: Digest


class ThirdParty:
    """Gets the wheels of pins for one platform."""

    def __init__(self, root: Path, cache: DiskCache, platform: Platform) -> None:
        self._root = root
        self._cache = cache
        self._platform = platform

    def fetch(self, pins: Sequence[Pin], default_index: str = "") -> tuple[ThirdWheel, ...]:
        """The wheels of pins, by name.

        Raises:
            ToolError: one cannot be had, is not what its hash says, or has no wheel there.
        """
        found = {pin: wheel for pin in pins if (wheel := self._known(pin)) is not None}
        missing = [pin for pin in pins if pin not in found]
        if missing:
            found.update(self._download(missing, default_index))
        wheels = found.values()
        return tuple(sorted(wheels, key=lambda wheel: wheel.name))

    def _action(self, pin: Pin) -> Action:
        return Action(
            Command(("pip", "download", pin.requirement)),
            (
                Input("hashes", " ".join(pin.hashes)),
                Input("source", f"{pin.source.kind} {pin.source.location}"),
                Input("tags", self._tags),
            ),
        )

    @cached_property
    def _tags(self) -> str:
        tags = " ".join(sorted(self._platform.target.tags or ()))
        return hashlib.sha256(tags.encode()).hexdigest()

    def _known(self, pin: Pin) -> ThirdWheel | None:
        if not pin.hashes and pin.source.kind != "registry":
            return None  # What lies there may have changed.
        result = self._cache.actions.get_action_result(self._action(pin).digest)
        if result is None or len(result.output_files) != 1:
            return None
        file = result.output_files[0]
        return _described(file.path, file.digest)

    def _download(self, pins: Sequence[Pin], default_index: str) -> Mapping[Pin, ThirdWheel]:
        found: dict[str, ThirdWheel] = {}
        with tempfile.TemporaryDirectory(prefix="oneroof-wheels-") as folder:
            for batch in plan_batches(pins, self._root):
                destination = Path(folder, "wheels")
                lines = Path(folder, "requirements.txt")
                lines.write_text("".join(f"{line}\n" for line in batch.lines), encoding="utf-8")
                self._call(
                    lines, destination, batch.index or default_index, hashes=batch.with_hashes
                )
            for path in sorted(Path(folder, "wheels").glob("*.whl")):
                digest = self._cache.storage.write(path.read_bytes())
                wheel = _described(RelPath(path.name), digest)
                found[wheel.name] = wheel
        delivered = {}
        for pin in pins:
            name = canonicalize_name(pin.name)
            if name not in found:
                message = f"tried to download {pin.requirement} but there was no wheel afterwards"
                raise ToolError(message)
            wheel = found[name]
            output = OutputFile(RelPath(wheel.filename), wheel.digest)
            self._cache.actions.update_action_result(
                self._action(pin).digest, ActionResult("passed", 0.0, 0, output_files=(output,))
            )
            delivered[pin] = wheel
        return delivered

    def _call(self, lines: Path, destination: Path, index: str, *, hashes: bool) -> None:
        version = ".".join(self._platform.python.split(".")[:2])
        # What pip remembers of a URL may not be what is there; wheels are kept here by their hash.
        command = [*_PIP, "download", "--no-cache-dir", "--no-deps", "-r", str(lines)]
        command += ["--dest", str(destination)]
        command += ["--only-binary", ":all:", "--implementation", "cp", "--python-version", version]
        command += ["--abi", f"cp{version.replace('.', '')}", "--abi", "abi3", "--abi", "none"]
        for each in self._platform.wheel_platforms:
            command += ["--platform", each]
        if hashes:
            command.append("--require-hashes")
        outcome = processes.run(command, env=pip_variables(index, os.environ))
        if outcome.exit_code != 0:
            raise ToolError(self._told(outcome.stderr.decode("utf-8", "replace")))

    def _told(self, stderr: str) -> str:
        text = redact(stderr)
        lines = [line.removeprefix("ERROR: ") for line in text.splitlines() if "ERROR" in line]
        lacking = re.search(r"No matching distribution found for (\S+)", text)
        if lacking is not None:
            where = f"{self._platform.oci} and Python {self._platform.python}"
            return f"`{lacking[1]}` has no wheel for {where}"
        reason = " ".join(lines) if lines else explain(text)[0]
        return f"tried to download wheels but `pip` failed: {reason}"


def pip_variables(index: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What pip is told through its environment: indexes, with credentials that stay out of sight.

    What the user has told uv holds for pip, and nothing else does: another index that only pip
    knows may have something else under the same name and version.
    """
    variables = dict.fromkeys(("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"), "")
    variables["PIP_CONFIG_FILE"] = os.devnull
    name, equals, url = index.partition("=")
    if not equals or "://" in name:
        name, url = "", index
    url = url or environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL", "")
    if url:
        full = as_user_has_it(url.rpartition("=")[2], environ)
        variables["PIP_INDEX_URL"] = _with_credentials(full, name, environ)
    elif extra := environ.get("UV_EXTRA_INDEX_URL") or environ.get("UV_INDEX"):
        variables["PIP_EXTRA_INDEX_URL"] = " ".join(
            each.rpartition("=")[2] for each in extra.split()
        )
    if links := environ.get("UV_FIND_LINKS"):
        variables["PIP_FIND_LINKS"] = links.replace(",", " ")
    if environ.get("UV_NO_INDEX") or environ.get("UV_OFFLINE"):
        variables["PIP_NO_INDEX"] = "1"
    return variables


def _with_credentials(url: str, name: str, environ: Mapping[str, str]) -> str:
    """The URL with the credentials that uv's variables give the index of this name."""
    key = re.sub(r"[^A-Z0-9]", "_", name.upper())
    user = environ.get(f"UV_INDEX_{key}_USERNAME", "") if key else ""
    password = environ.get(f"UV_INDEX_{key}_PASSWORD", "") if key else ""
    parts = urlsplit(url)
    if not (user or password) or "@" in parts.netloc:
        return url
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    return urlunsplit(parts._replace(netloc=login + parts.netloc))


def _described(path: RelPath, digest: Digest) -> ThirdWheel:
    try:
        name, version, _, _ = parse_wheel_filename(path)
    except InvalidWheelFilename as error:
        message = f"`{path}` is no name of a wheel"
        raise ToolError(message) from error
    return ThirdWheel(name, str(version), path, digest)


def total_size(wheels: Iterable[ThirdWheel]) -> int:
    """In bytes, as they are packed."""
    return sum(wheel.digest.size_bytes for wheel in wheels)
