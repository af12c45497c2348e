"""HTTP as registries and indexes need it: retries, redirects without secrets, streams both ways."""

import base64
import contextlib
import http.client
import ipaddress
import os
import ssl
import time
from collections.abc import Callable, Mapping
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from oneroof.errors import RemoteError

ATTEMPTS = 5
_TIMEOUT_SECONDS = 120
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_PAUSE = 30.0


class Body(msgspec.Struct, frozen=True):
    """What is sent: opened anew for every attempt."""

    open: Callable[[], BinaryIO]
    size: int


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes
    url: str


def is_loopback(netloc: str) -> bool:
    """Whether a host is this machine, so that plain HTTP shows nothing to anybody."""
    host = urlsplit(f"//{netloc}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_carry_secrets(url: str) -> bool:
    """Whether credentials may be sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.netloc)


def basic_authorization(username: str, password: str) -> str:
    """A name and a password as the header `Authorization` has them."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


class Http:
    """One connection per host, kept open."""

    def __init__(self, pause: Callable[[float], None] = time.sleep) -> None:
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._pause = pause
        self.requests = 0
        """How many were sent."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None = None
    ) -> Answer:
        """Send a request, again where the failure may pass, and read the answer whole.

        Raises:
            RemoteError: nothing came back.
        """
        for _ in range(ATTEMPTS):
            answer = self._attempt(method, url, headers, body)
            if answer.status not in _REDIRECTS or method not in {"GET", "HEAD"}:
                return answer
            url, headers = _redirected(url, answer.headers, headers)
        raise _without_end(url)

    def _attempt(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None
    ) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._send(method, url, headers, body)
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._forget(url)
                if attempt == ATTEMPTS or isinstance(error, ssl.SSLCertVerificationError):
                    raise _unreachable(url, error) from error
                self._pause(_delay(attempt, ""))
                continue
            found = {name.lower(): value for name, value in response.getheaders()}
            if response.status in _TRANSIENT and attempt < ATTEMPTS:
                self._pause(_delay(attempt, found.get("retry-after", "")))
                continue
            return Answer(response.status, found, content, url)
        raise AssertionError

    def open(self, url: str, headers: Mapping[str, str]) -> tuple[int, BinaryIO, Mapping[str, str]]:
        """A download as a stream with a connection of its own."""
        for _ in range(ATTEMPTS):
            connection = _connect(urlsplit(url))
            try:
                self.requests += 1
                connection.request("GET", _target(urlsplit(url)), headers=dict(headers))
                response = connection.getresponse()
                if connection.sock is not None:
                    connection.sock.close()  # From here on the response alone holds it.
            except (OSError, http.client.HTTPException) as error:
                raise _unreachable(url, error) from error
            found = {name.lower(): value for name, value in response.getheaders()}
            if response.status not in _REDIRECTS:
                return response.status, response, found
            connection.close()
            url, headers = _redirected(url, found, headers)
        raise _without_end(url)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | None
    ) -> http.client.HTTPResponse:
        parts = urlsplit(url)
        connection = self._connections.get((parts.scheme, parts.netloc))
        if connection is None:
            connection = _connect(parts)
            self._connections[parts.scheme, parts.netloc] = connection
        self.requests += 1
        if body is None:
            length = {"Content-Length": "0"} if method in {"POST", "PUT"} else {}
            connection.request(method, _target(parts), headers={**headers, **length})
            return connection.getresponse()
        with body.open() as stream:
            sent = {**headers, "Content-Length": str(body.size)}
            # A server that refuses early closes its end: its answer is there all the same.
            with contextlib.suppress(BrokenPipeError):
                connection.request(method, _target(parts), body=stream, headers=sent)
            return connection.getresponse()

    def _forget(self, url: str) -> None:
        parts = urlsplit(url)
        if (connection := self._connections.pop((parts.scheme, parts.netloc), None)) is not None:
            connection.close()


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    where = urlsplit(proxy) if proxy and not is_loopback(parts.netloc) else parts
    if parts.scheme == "https":
        secure = http.client.HTTPSConnection(
            where.netloc.rpartition("@")[2],
            timeout=_TIMEOUT_SECONDS,
            context=ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or None),
        )
        if where is not parts:
            secure.set_tunnel(parts.netloc)
        return secure
    return http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)


def _target(parts: SplitResult) -> str:
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _redirected(
    url: str, found: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """Where a redirect leads; to another host, or in plain sight, no credentials go along."""
    target = urljoin(url, found.get("location", ""))
    if urlsplit(target).netloc == urlsplit(url).netloc and may_carry_secrets(target):
        return target, headers
    return target, {k: v for k, v in headers.items() if k.lower() != "authorization"}


def _delay(attempt: int, retry_after: str) -> float:
    if retry_after.isdecimal():
        return min(float(retry_after), _LONGEST_PAUSE)
    return 0.5 * float(2 ** (attempt - 1))


def _without_end(url: str) -> RemoteError:
    return RemoteError(f"{urlsplit(url).netloc}: redirects without end")


def _unreachable(url: str, error: Exception) -> RemoteError:
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    message = f"{urlsplit(url).netloc} cannot be reached: {told}"
    return RemoteError(message, hint="check the name, the network and the certificate")
