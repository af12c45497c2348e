"""Who may read and write an index: what uv's variables, URLs and a netrc file say."""

import netrc
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from oneroof.transport import basic_authorization


def index_login(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The user and the password that uv's variables give the index of a name; or empty texts."""
    key = re.sub(r"[^A-Z0-9]", "_", name.upper())
    if not key:
        return "", ""
    user = environ.get(f"UV_INDEX_{key}_USERNAME", "")
    return user, environ.get(f"UV_INDEX_{key}_PASSWORD", "")


def reading_authorizations(
    name: str, url: str, publish_url: str, environ: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """What may be said to an index that does not answer everybody, the closest first.

    What is there for uploading is said only to the host that uploads go to.
    """
    user, password = index_login(name, environ)
    if user or password:
        yield basic_authorization(user, password)
    parts = urlsplit(url)
    if parts.username or parts.password:
        yield basic_authorization(unquote(parts.username or ""), unquote(parts.password or ""))
    if (found := _from_netrc(parts.hostname or "", environ)) is not None:
        yield basic_authorization(*found)
    if urlsplit(publish_url).netloc == parts.netloc.rpartition("@")[2]:
        if token := environ.get("UV_PUBLISH_TOKEN"):
            yield basic_authorization("__token__", token)
        user = environ.get("UV_PUBLISH_USERNAME", "")
        if user and (password := environ.get("UV_PUBLISH_PASSWORD", "")):
            yield basic_authorization(user, password)


def _from_netrc(host: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    path = environ.get("NETRC") or Path(environ.get("HOME", "~"), ".netrc").expanduser()
    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return None if found is None else (found[0], found[2])
