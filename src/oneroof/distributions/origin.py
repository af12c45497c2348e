"""Where others find the code of this repository: its remote `origin`, as pip names it."""

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from oneroof import paths
from oneroof.distributions.history import ask, is_edited, is_shallow, last_commit
from oneroof.errors import ConfigError
from oneroof.locks.redaction import without_credentials
from oneroof.paths import RelPath

_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>[^/:@]+):(?P<path>(?!//).+)")
"""`git@host:owner/repository.git`."""


class Located(msgspec.Struct, frozen=True):
    """A folder of a repository at one commit."""

    url: str
    """As pip wants it, without `git+` and without credentials."""
    commit: str
    subdirectory: str
    """Empty for the top of the repository."""
    is_pushed: bool
    """Whether some branch of `origin`, as it was last seen, has the commit."""

    def requirement(self, name: str) -> str:
        """The PEP 508 line."""
        fragment = f"#subdirectory={self.subdirectory}" if self.subdirectory else ""
        return f"{name} @ git+{self.url}@{self.commit}{fragment}"


def locate(root: Path, prefix: str, folder: RelPath) -> Located:
    """Where a project's folder is to be had from: at the last commit that changed it.

    That of HEAD would change with every commit, that of the export itself included. `prefix` is
    the way from the repository to the workspace.

    Raises:
        ConfigError: there is no remote, or what lies in the folder is not (all) committed.
    """
    remote = ask(root, "config", "--get", "remote.origin.url")
    if not remote:
        message = f"{folder}: nobody can get it by git: there is no remote `origin`"
        hint = "add one with `git remote add origin URL`, or take `--internal wheels`"
        raise ConfigError(message, hint=hint)
    if is_edited(root, (folder,)):
        message = f"{folder}: nobody can get it by git: not all of its files are committed"
        raise ConfigError(message, hint="commit them, or take `--internal wheels`")
    commit = last_commit(root, (folder,))
    if not commit:
        message = f"{folder}: nobody can get it by git: it was never committed"
        raise ConfigError(message, hint="commit it, or take `--internal wheels`")
    if is_shallow(root):
        message = f"{folder}: the commit that last changed it is not known in a shallow clone"
        raise ConfigError(message, hint="get the whole history with `git fetch --unshallow`")
    place = f"{prefix}{'' if folder == paths.ROOT else folder}".rstrip("/")
    pushed = ask(root, "branch", "--remotes", "--contains", commit, "--list", "origin/*")
    return Located(public_url(remote, root), commit, place, bool(pushed))


def public_url(remote: str, root: Path) -> str:
    """The URL of a remote as pip wants it, without credentials; local paths as `file:`."""
    if "://" not in remote:
        match = _SCP.fullmatch(remote)
        if match is None or Path(root, remote).exists():
            return Path(root, remote).resolve().as_uri()
        user = f"{match['user']}@" if match["user"] else ""
        return f"ssh://{user}{match['host']}/{match['path'].lstrip('/')}"
    parts = urlsplit(remote)
    if parts.scheme in {"ssh", "git+ssh"}:
        # The user is no secret there, and without it no server lets anybody in.
        user, at, host = parts.netloc.rpartition("@")
        host = f"{user.partition(':')[0]}{at}{host}"
        return urlunsplit(parts._replace(scheme="ssh", netloc=host))
    host = parts.netloc.rpartition("@")[2]
    return without_credentials(urlunsplit(parts._replace(netloc=host)))
