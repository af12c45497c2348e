"""The action: a command and all its result depends on; its digest is a target's fingerprint.

Shaped like `Action`, `Command` and `Platform` of the Remote Execution API v2, except that the
input root is a list of named facts, so that `explain` can say which of them differs.
"""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Self, TypeVar

import msgspec
from msgspec.structs import force_setattr

from oneroof.actions.digest import Digest
from oneroof.paths import ROOT, RelPath

FINGERPRINT_VERSION = 2
"""Raised whenever the same facts would have to give another digest."""

UNSET = "unset"

_Named = TypeVar("_Named", "Property", "Input")


class Property(msgspec.Struct, frozen=True, order=True):
    """One named value: an environment variable of a command, a property of a platform."""

    name: str
    value: str


class Input(msgspec.Struct, frozen=True, order=True):
    """One named fact the result depends on.

    Names say what it is: `files:libmq` (the value is the digest of a listing), `pin:requests`
    (`2.31.0 sha256:...`), `interpreter`, `platform`, `config:pyproject.toml:tool.pytest`,
    `env:NAME` (see `environment_input`), `tool:pytest`, `oneroof`.
    """

    name: str
    value: str


def environment_input(name: str, value: str | None) -> Input:
    """The fact that a declared variable has this value, without the value: it may be secret."""
    if value is None:
        return Input(f"env:{name}", UNSET)
    return Input(f"env:{name}", str(Digest.of(value.encode("utf-8", "surrogateescape"))))


class Command(msgspec.Struct, frozen=True):
    """What is executed, and where."""

    arguments: tuple[str, ...]
    environment_variables: tuple[Property, ...] = ()
    """Sorted by name. Only values that stand in the workspace's own files or are oneroof's own;
    a variable passed through from outside is an `env:` input."""
    working_directory: RelPath = ROOT
    output_paths: tuple[RelPath, ...] = ()
    """Files and folders to keep, sorted."""

    def __post_init__(self) -> None:
        force_setattr(
            self,
            "environment_variables",
            _sorted_by_name("variable", self.environment_variables),
        )
        force_setattr(self, "output_paths", tuple(sorted(set(self.output_paths))))


class Action(msgspec.Struct, frozen=True):
    """A command with everything its result depends on."""

    command: Command
    inputs: tuple[Input, ...] = ()
    """Sorted by name, each name once."""
    platform: tuple[Property, ...] = ()
    """What the machine must be like, sorted by name."""
    version: int = FINGERPRINT_VERSION

    def __post_init__(self) -> None:
        force_setattr(self, "inputs", _sorted_by_name("input", self.inputs))
        force_setattr(self, "platform", _sorted_by_name("platform property", self.platform))

    @property
    def blob(self) -> bytes:
        """The canonical form, independent of the order in which facts were gathered."""
        return _encoder.encode(self)

    @property
    def digest(self) -> Digest:
        """The digest of the canonical form: the key of the action cache."""
        return Digest.of(_encoder.encode(self))

    @classmethod
    def parse(cls, blob: bytes) -> Self:
        """Read back a canonical form.

        Raises:
            ValueError: it is not one, or of a version that had other fields.
        """
        # msgspec's errors are ValueErrors.
        return msgspec.json.decode(blob, type=cls)


_encoder = msgspec.json.Encoder()


class Difference(msgspec.Struct, frozen=True):
    """A fact that is not the same in two actions; None where one of them has no such fact."""

    name: str
    old: str | None
    new: str | None


def differences(old: Action, new: Action) -> tuple[Difference, ...]:
    """All that differs between two actions, sorted by name; empty for equal ones only."""
    found = [
        *_differences(_inputs(old), _inputs(new)),
        *_differences(_surroundings(old), _surroundings(new)),
    ]
    return tuple(sorted(found, key=attrgetter("name")))


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name))


def _inputs(action: Action) -> Mapping[str, str]:
    return {fact.name: fact.value for fact in action.inputs}


def _surroundings(action: Action) -> Mapping[str, str]:
    import shlex

    command = action.command
    return {
        "command:arguments": shlex.join(command.arguments),
        "command:working_directory": command.working_directory,
        "fingerprint_version": str(action.version),
        **{f"command:output:{path}": path for path in command.output_paths},
        **{f"command:environment:{it.name}": it.value for it in command.environment_variables},
        **{f"platform:{it.name}": it.value for it in action.platform},
    }


def _sorted_by_name(what: str, items: tuple[_Named, ...]) -> tuple[_Named, ...]:
    if len({item.name for item in items}) != len(items):
        message = f"two values for one {what}: {sorted(item.name for item in items)}"
        raise ValueError(message)
    return tuple(sorted(items, key=attrgetter("name")))
