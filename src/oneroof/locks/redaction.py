"""Secrets in URLs, taken out before anything is shown, hashed or stored."""

import re
from collections.abc import Mapping

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"'`]+@")
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
_TOKEN = re.compile(r"([?&](?:token|access_token|api_key|password|sig|signature)=)[^&#\s\"'`]+")


def redact(text: str) -> str:
    """Text to be shown: what stood for a user and a password is `***`."""
    return _TOKEN.sub(r"\1***", _CREDENTIALS.sub("***@", text))


def without_credentials(url: str) -> str:
    """A URL as it is stored and hashed: the user name `git` stays, as SSH wants it."""
    return _TOKEN.sub(r"\1", _CREDENTIALS.sub(_kept, url))


def as_user_has_it(url: str, environ: Mapping[str, str]) -> str:
    """An index's URL with the credentials that the user's variables have for that very index.

    Locks, pins and fingerprints hold it without; who asks the index needs them.
    """
    for name in _INDEXES:
        for told in environ.get(name, "").split():
            full = told if "://" in told.partition("=")[0] else told.partition("=")[2]
            if full != url and without_credentials(full).rstrip("/") == url.rstrip("/"):
                return full
    return url


def _kept(match: re.Match[str]) -> str:
    return match[0] if match[0] == "git@" else ""
