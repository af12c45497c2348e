"""What a package index has of a project, asked through its simple API (PEP 503, PEP 691)."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit, urlunsplit

import msgspec
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from oneroof.errors import RemoteError
from oneroof.transport import Answer, Http, may_carry_secrets

_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
_OK, _NOT_FOUND, _GONE = 200, 404, 410
_CLOSED = frozenset({401, 403, 407})
_DISTRIBUTIONS = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".egg", ".exe")


class IndexedFile(msgspec.Struct, frozen=True):
    """One file that an index offers."""

    filename: str
    url: str
    hashes: Mapping[str, str] = {}
    """Hexadecimal digests by algorithm, as far as the index tells them."""

    @property
    def version(self) -> str:
        """The version that the file's name tells, normalised; empty where it tells none."""
        try:
            if self.filename.endswith(".whl"):
                return str(parse_wheel_filename(self.filename)[1])
            return str(parse_sdist_filename(self.filename)[1])
        except (InvalidWheelFilename, InvalidSdistFilename):
            return ""


class SimpleIndex:
    """An index that is asked which files it has."""

    def __init__(
        self, url: str, authorizations: Iterable[str] = (), http: Http | None = None
    ) -> None:
        parts = urlsplit(url)
        # Credentials go into a header, where no message repeats them.
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self.url = bare.rstrip("/") + "/"
        self._http = http or Http()
        secret = may_carry_secrets(self.url)
        self._authorizations = list(authorizations) if secret else []
        self._authorization = ""

    def files(self, name: str) -> tuple[IndexedFile, ...]:
        """All files that the index itself has of a project; none where it does not know it.

        Raises:
            RemoteError: it cannot be reached, wants other credentials, or is no index.
        """
        answer = self._get(f"{self.url}{canonicalize_name(name)}/", {"Accept": _ACCEPT})
        if answer.status in {_NOT_FOUND, _GONE}:
            return ()
        self._require(answer)
        if urlsplit(answer.url).netloc != urlsplit(self.url).netloc:
            # It sends on to another index for what it does not have.
            return ()
        return read_listing(answer)

    def holds(self, file: IndexedFile, content: bytes) -> bool:
        """Whether a file of the index has this content: by its hash, else by looking at it."""
        known = [each for each in file.hashes if each in hashlib.algorithms_guaranteed]
        for algorithm in known:
            if not algorithm.startswith("shake"):
                told = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
                return told == file.hashes[algorithm].lower()
        answer = self._get(file.url, {})
        self._require(answer)
        return answer.content == content

    def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = self._http.request("GET", url, {**headers, **self._header(url)})
        while answer.status in _CLOSED and self._authorizations:
            self._authorization = self._authorizations.pop(0)
            answer = self._http.request("GET", url, {**headers, **self._header(url)})
        return answer

    def _header(self, url: str) -> dict[str, str]:
        is_own = urlsplit(url)[:2] == urlsplit(self.url)[:2]
        return {"Authorization": self._authorization} if self._authorization and is_own else {}

    def _require(self, answer: Answer) -> None:
        if answer.status == _OK:
            return
        message = f"{self.url}: the index answered with status {answer.status}"
        hint = "check its URL, which is that of its simple API"
        if answer.status in _CLOSED:
            message = f"{self.url}: the index does not let itself be read (status {answer.status})"
            hint = (
                "set `UV_INDEX_NAME_USERNAME` and `UV_INDEX_NAME_PASSWORD`, NAME being that of "
                "the index, or use a netrc file"
            )
        raise RemoteError(message, hint=hint)


def read_listing(answer: Answer) -> tuple[IndexedFile, ...]:
    """The files that a page of the simple API lists, in JSON or in HTML.

    Raises:
        RemoteError: it is no such page.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return tuple(_from_json(answer))
    if kind in {"text/html", "application/vnd.pypi.simple.v1+html"}:
        return tuple(_from_html(answer))
    raise _no_index(answer, f"it answered with `{kind}`")


def _from_json(answer: Answer) -> Iterator[IndexedFile]:
    try:
        document = json.loads(answer.content)
        if not str(document["meta"]["api-version"]).startswith("1."):
            raise _no_index(answer, f"its API has version {document['meta']['api-version']}")
        for each in document["files"]:
            hashes = {str(key): str(value) for key, value in each["hashes"].items()}
            yield IndexedFile(str(each["filename"]), urljoin(answer.url, each["url"]), hashes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_index(answer, "its JSON is not that of PEP 691") from error


def _from_html(answer: Answer) -> Iterator[IndexedFile]:
    page = _Page()
    page.feed(answer.content.decode("utf-8", "replace"))
    page.close()
    found = False
    for link in page.links:
        url, fragment = urldefrag(urljoin(answer.url, link))
        filename = unquote(urlsplit(url).path.rpartition("/")[2])
        if filename.endswith(_DISTRIBUTIONS):
            found = True
            yield IndexedFile(filename, url, dict(parse_qsl(fragment)))
    others = [link for link in page.links if not link.startswith("..")]
    if not found and (page.has_form or others):
        # Whoever is not logged in is often shown a page that looks fine to a program.
        raise _no_index(answer, "it answered with a page that lists no distributions")


class _Page(HTMLParser):
    """Collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.has_form = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where an anchor leads, and that there is a form."""
        self.has_form = self.has_form or tag == "form"
        if tag == "a":
            self.links += (value for name, value in attrs if name == "href" and value)


def _no_index(answer: Answer, why: str) -> RemoteError:
    message = f"{answer.url}: this is not the simple API of a package index: {why}"
    return RemoteError(message, hint="give the URL that installers use; it often ends in `/simple`")
