"""Secrets in URLs, taken out before anything is shown, hashed or stored."""

import re

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"'`]+@")
_TOKEN = re.compile(r"([?&](?:token|access_token|api_key|password|sig|signature)=)[^&#\s\"'`]+")


def redact(text: str) -> str:
    """Text to be shown: what stood for a user and a password is `***`."""
    return _TOKEN.sub(r"\1***", _CREDENTIALS.sub("***@", text))


def without_credentials(url: str) -> str:
    """A URL as it is stored and hashed: the user name `git` stays, as SSH wants it."""
    return _TOKEN.sub(r"\1", _CREDENTIALS.sub(_kept, url))


def _kept(match: re.Match[str]) -> str:
    return match[0] if match[0] == "git@" else ""
