"""Which index distributions are published on: where it is read, and where it takes uploads."""

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

import msgspec

from oneroof.errors import ConfigError
from oneroof.locks.redaction import redact
from oneroof.transport import may_carry_secrets
from oneroof.workspace.model import Index


class Destination(msgspec.Struct, frozen=True):
    """An index with its two addresses."""

    name: str
    """Empty where it has none."""
    url: str
    """Of its simple API; may hold credentials for reading."""
    publish_url: str

    @property
    def is_public(self) -> bool:
        """Whether all the world installs from it, and its rules are PyPI's."""
        return urlsplit(self.url).hostname in {"pypi.org", "test.pypi.org"}


PYPI = Destination("pypi", "https://pypi.org/simple/", "https://upload.pypi.org/legacy/")
TEST_PYPI = Destination(
    "testpypi", "https://test.pypi.org/simple/", "https://test.pypi.org/legacy/"
)


def find_destination(
    wanted: str,
    publish_url: str,
    declared: Iterable[Index],
    environ: Mapping[str, str] = os.environ,
    *,
    is_only_read: bool = False,
) -> Destination:
    """The index of a name or a URL; where none is wanted what uv's variables say.

    Where they say nothing either it is PyPI, which `is_only_read`: what is there cannot be taken
    back, so nobody uploads to it without having said so.

    Raises:
        ConfigError: it is not said or not known, or may not be given credentials.
    """
    if not wanted and not publish_url:
        wanted = environ.get("UV_PUBLISH_INDEX") or environ.get("UV_PUBLISH_CHECK_URL", "")
        publish_url = environ.get("UV_PUBLISH_URL", "")
    if not (wanted or publish_url or is_only_read):
        message = "where to publish is not said"
        hint = "give `--index pypi`, the name of a `[[tool.uv.index]]`, or a URL"
        raise ConfigError(message, hint=hint)
    if "://" in wanted:
        found = _by_url(wanted, publish_url, declared)
    elif wanted or not publish_url:
        found = _by_name(wanted, declared)
        found = msgspec.structs.replace(found, publish_url=publish_url or found.publish_url)
    else:
        found = _by_publish_url(publish_url, declared)
    _refuse_unsafe(found)
    return found


def _by_url(url: str, publish_url: str, declared: Iterable[Index]) -> Destination:
    for each in (PYPI, TEST_PYPI, *_published(declared)):
        if url.rstrip("/") in {each.url.rstrip("/"), each.publish_url.rstrip("/")}:
            return msgspec.structs.replace(each, publish_url=publish_url or each.publish_url)
    if "@" in urlsplit(url).netloc:
        raise _holds_credentials(url)
    if publish_url:
        return Destination("", url, publish_url)
    parts = urlsplit(url)
    above, _, last = parts.path.rstrip("/").rpartition("/")
    if last != "simple":
        message = f"`{redact(url)}`: nothing says where this index takes uploads"
        raise ConfigError(message, hint="say it with `--publish-url`")
    # So it is with Artifactory, GitLab, Nexus and pypiserver.
    return Destination("", url, urlunsplit(parts._replace(path=f"{above}/")))


def _by_name(name: str, declared: Iterable[Index]) -> Destination:
    listed = list(declared)
    found = sorted(
        {(each.url, each.publish_url) for each in _published(listed) if each.name == name}
    )
    if len(found) > 1:
        message = f"the index `{name}` is declared differently in several manifests"
        raise ConfigError(message, hint="select projects for which it is one, or give its URL")
    if found:
        return Destination(name, *found[0])
    for each in (PYPI, TEST_PYPI):
        if name in {"", each.name}:
            return each
    if any(each.name == name for each in listed):
        message = f"the index `{name}` has no `publish-url`"
        raise ConfigError(message, hint="add it to its `[[tool.uv.index]]`, or use `--publish-url`")
    known = sorted({each.name for each in _published(listed)} | {PYPI.name, TEST_PYPI.name})
    message = f"no manifest declares an index `{name}`"
    told = ", ".join(f"`{each}`" for each in known)
    raise ConfigError(message, hint=f"give one of {told}, or a URL")


def _by_publish_url(publish_url: str, declared: Iterable[Index]) -> Destination:
    for each in (PYPI, TEST_PYPI, *_published(declared)):
        if each.publish_url.rstrip("/") == publish_url.rstrip("/"):
            return each
    message = f"`{redact(publish_url)}`: nothing says where this index is read"
    raise ConfigError(message, hint="give the URL of its simple API with `--index`")


def _published(declared: Iterable[Index]) -> list[Destination]:
    return [
        Destination(each.name, each.url, each.publish_url) for each in declared if each.publish_url
    ]


def _refuse_unsafe(found: Destination) -> None:
    for url in (found.url, found.publish_url):
        if urlsplit(url).scheme not in {"http", "https"}:
            message = f"`{redact(url)}` is no address of an index"
            raise ConfigError(message, hint="give one that starts with `https://`")
    if "@" in urlsplit(found.publish_url).netloc:
        raise _holds_credentials(found.publish_url)
    if not may_carry_secrets(found.publish_url):
        message = f"`{found.publish_url}`: credentials are not sent over plain HTTP"
        raise ConfigError(message, hint="use the `https://` address of the index")


def _holds_credentials(url: str) -> ConfigError:
    message = f"`{redact(url)}` holds credentials, which a command line would show to others"
    hint = "set `UV_PUBLISH_TOKEN`, or `UV_PUBLISH_USERNAME` and `UV_PUBLISH_PASSWORD`"
    return ConfigError(message, hint=hint)
