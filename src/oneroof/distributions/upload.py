"""Uploading one file to an index, through uv."""

import html
import re
from pathlib import Path

from oneroof import processes
from oneroof.distributions.destination import Destination
from oneroof.environments.uv import explain, redact
from oneroof.errors import RemoteError

_STATUS = re.compile(r"status code (\d{3})[^.\n]*\.?(?: Server says: *(.*))?", re.DOTALL)
_PLACE = re.compile(r"^Failed to publish `[^`]*` to `[^`]*`: ")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_LONGEST = 300
_CLOSED = frozenset({"401", "403"})
_HINT = (
    "set `UV_PUBLISH_TOKEN`, or `UV_PUBLISH_USERNAME` and `UV_PUBLISH_PASSWORD`, or use a netrc "
    "file or a keyring"
)
_OTHER_PLACES = ("UV_PUBLISH_INDEX", "UV_PUBLISH_URL", "UV_PUBLISH_CHECK_URL")
_HUNG_UP = ("Broken pipe", "Connection reset by peer")


def upload(file: Path, destination: Destination) -> None:
    """Upload a file; uv takes the credentials from its variables, a netrc file or a keyring.

    Raises:
        RemoteError: the index did not take it, or cannot be reached.
    """
    outcome = processes.run(
        (
            processes.find_uv(),
            *("publish", "--no-progress", "--color", "never"),
            *("--publish-url", destination.publish_url, str(file)),
        ),
        # From the root folder, so that uv reads the user's settings and no project's.
        cwd=Path(file.anchor),
        env=processes.UNWRAPPED,
        # Where to is decided already.
        without=_OTHER_PLACES,
    )
    if outcome.exit_code != 0:
        message, hint = explain_upload(outcome.stderr.decode("utf-8", "replace"))
        raise RemoteError(message, hint=hint)


def explain_upload(stderr: str) -> tuple[str, str]:
    """Why an upload failed, in one line, and what may help."""
    text = redact(stderr)
    if "Missing credentials" in text:
        return "the index wants credentials", _HINT
    status = _STATUS.search(text)
    if status is None:
        if any(sign in text for sign in _HUNG_UP):
            # Servers that refuse credentials may not wait for the file before they close.
            return "the index hung up while the file was sent", _HINT
        told, _ = explain(text)
        return f"it could not be uploaded: {_PLACE.sub('', told)}", ""
    code, hint = status[1], _HINT if status[1] in _CLOSED else ""
    said = " ".join(_said(status[2] or "").split()).removeprefix("Error: ")[:_LONGEST]
    if code in said:
        return f"the index answered: {said}", hint
    told = f"the index answered with status {code}"
    return (f"{told}: {said}" if said else told), hint


def _said(body: str) -> str:
    """The server's own words: of a page, its title."""
    title = _TITLE.search(body)
    if title is not None:
        return html.unescape(title[1])
    return "" if "<html" in body.lower() else body
