"""Who may push where: the files and helpers in which engines keep it."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from oneroof import processes
from oneroof.errors import RemoteError
from oneroof.images.reference import DOCKER_HUB, Reference
from oneroof.transport import basic_authorization

_HUB_KEY = "https://index.docker.io/v1/"


class Credentials(msgspec.Struct, frozen=True):
    """A name with a password, or a token that stands for both."""

    username: str = ""
    password: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Credentials({self.username!r})"

    @property
    def basic(self) -> str:
        """As the header `Authorization` has it."""
        return basic_authorization(self.username, self.password)


def find_credentials(
    reference: Reference, environ: Mapping[str, str] = os.environ
) -> Credentials | None:
    """What the first file that knows the registry says.

    Raises:
        RemoteError: a file cannot be read, or a helper fails.
    """
    for path in _files(environ):
        if path.is_file() and (found := _look_up(path, reference)) is not None:
            return found
    return None


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """In the order in which podman and docker look."""
    home = Path(environ.get("HOME", "~")).expanduser()
    if told := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(told)
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime, "containers", "auth.json")
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "containers", "auth.json")
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker", "config.json")


def _look_up(path: Path, reference: Reference) -> Credentials | None:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{path}: the credentials in it cannot be read: {type(error).__name__}"
        raise RemoteError(message, hint="log in again with your engine") from error
    if not isinstance(document, dict):
        return None
    helpers, auths = document.get("credHelpers"), document.get("auths")
    keys = list(_keys(reference))
    for key in keys:
        if isinstance(helpers, dict) and isinstance(helper := helpers.get(key), str):
            return _ask_helper(helper, key)
    for key in keys:
        if isinstance(auths, dict) and isinstance(entry := auths.get(key), dict):
            found = _read_entry(entry)
            if found is not None:
                return found
    store = document.get("credsStore")
    if isinstance(store, str) and store:
        return _ask_helper(store, _HUB_KEY if reference.registry == DOCKER_HUB else keys[-1])
    return None


def _keys(reference: Reference) -> Iterator[str]:
    """The names under which a registry may stand, the most specific first."""
    parts = reference.repository.split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join([reference.registry, *parts[:length]])
    if reference.registry == DOCKER_HUB:
        yield _HUB_KEY
    yield f"https://{reference.registry}"
    yield reference.registry


def _read_entry(entry: Mapping[str, object]) -> Credentials | None:
    told = {key: value for key, value in entry.items() if isinstance(value, str) and value}
    if "identitytoken" in told:
        return Credentials(identity_token=told["identitytoken"])
    if "auth" in told:
        try:
            name, _, password = base64.b64decode(told["auth"]).decode().partition(":")
        except ValueError:
            return None
        return Credentials(name, password.rstrip("\0"))
    if "username" in told and "password" in told:
        return Credentials(told["username"], told["password"])
    return None


def _ask_helper(helper: str, key: str) -> Credentials | None:
    program = f"docker-credential-{helper}"
    outcome = processes.run((program, "get"), stdin=key.encode())
    if outcome.exit_code != 0:
        if b"not found" in outcome.stdout + outcome.stderr:
            return None
        message = f"tried to ask `{program}` for credentials but it exited with {outcome.exit_code}"
        raise RemoteError(message, hint=f"run `{program} get` by hand, with `{key}` as its input")
    try:
        told = json.loads(outcome.stdout)
        name, secret = str(told["Username"]), str(told["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"`{program}` did not answer as a credential helper does"
        raise RemoteError(message) from error
    return Credentials(identity_token=secret) if name == "<token>" else Credentials(name, secret)
