"""A client of the OCI distribution protocol: no more requests than needed, none twice in vain."""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from oneroof.errors import RemoteError
from oneroof.images import oci
from oneroof.images.credentials import Credentials, find_credentials
from oneroof.images.oci import Descriptor
from oneroof.images.reference import DOCKER_HUB, Reference
from oneroof.transport import Answer, Body, Http, is_loopback, may_carry_secrets

_ACCEPT = ", ".join(sorted(oci.MANIFESTS | oci.INDEXES))
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_OK, _CREATED, _ACCEPTED, _UNAUTHORIZED, _NOT_FOUND = 200, 201, 202, 401, 404
_NO_MOUNT = frozenset({401, 403, 404, 405})


class Registry:
    """What may be asked of one repository."""

    def __init__(
        self, reference: Reference, http: Http | None = None, *, push: bool = False
    ) -> None:
        self.reference = reference
        self._http = http or Http()
        self._scopes = [f"repository:{reference.repository}:{'pull,push' if push else 'pull'}"]
        self._authorization: dict[tuple[str, ...], str] = {}
        self._credentials: Credentials | None = None
        self._has_asked = False
        self._digests: dict[str, str] = {}
        """What tags stood for a moment ago."""
        self._held: set[str] = set()
        """Blobs that manifests of the repository refer to, so that they are there."""
        host = reference.registry
        host = "registry-1.docker.io" if host == DOCKER_HUB else host
        scheme = "http" if is_loopback(host) else "https"
        self._root = f"{scheme}://{host}/v2/{reference.repository}/"

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._http.requests

    def head_manifest(self, identifier: str) -> str | None:
        """The digest of what a tag stands for; None where there is none."""
        if identifier in self._digests:
            return self._digests[identifier]
        answer = self._ask("HEAD", f"manifests/{identifier}", {"Accept": _ACCEPT})
        if answer.status == _NOT_FOUND:
            return None
        self._require(answer, "look up", _OK)
        return answer.headers.get("docker-content-digest", "")

    def get_manifest(self, identifier: str) -> oci.Blob | None:
        """A manifest or index, verified where it is asked for by digest; None where there is none.

        Raises:
            RemoteError: it cannot be had.
        """
        answer = self._ask("GET", f"manifests/{identifier}", {"Accept": _ACCEPT})
        if answer.status == _NOT_FOUND:
            return None
        self._require(answer, "pull", _OK)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        blob = oci.make_blob(kind, answer.content)
        if ":" in identifier and blob.descriptor.digest != identifier:
            message = f"{self.reference.registry} gave another manifest than `{identifier}`"
            raise RemoteError(message)
        self._digests[identifier] = blob.descriptor.digest
        self._held.update(_blobs_of(blob))
        return blob

    def read_blob(self, descriptor: Descriptor) -> bytes:
        """A small blob, verified.

        Raises:
            RemoteError: it cannot be had.
        """
        path = "manifests" if descriptor.media_type in oci.MANIFESTS | oci.INDEXES else "blobs"
        headers = {"Accept": descriptor.media_type} if path == "manifests" else {}
        answer = self._ask("GET", f"{path}/{descriptor.digest}", headers)
        self._require(answer, "pull", _OK)
        if hashlib.sha256(answer.content).hexdigest() != descriptor.content.hash:
            message = f"{self.reference.registry} gave another blob than `{descriptor.digest}`"
            raise RemoteError(message)
        return answer.content

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        """A large blob as a stream; whoever reads it verifies it."""
        url = f"{self._root}blobs/{descriptor.digest}"
        status, stream, headers = self._http.open(url, self._headers({}, ()))
        if status == _UNAUTHORIZED:
            stream.close()
            self._authorize(headers.get("www-authenticate", ""), ())
            status, stream, headers = self._http.open(url, self._headers({}, ()))
        if status != _OK:
            self._require(Answer(status, headers, stream.read(), url), "pull", _OK)
        return stream

    def has_blob(self, descriptor: Descriptor) -> bool:
        """Whether the repository holds a blob."""
        if descriptor.digest in self._held:
            return True
        answer = self._ask("HEAD", f"blobs/{descriptor.digest}")
        if answer.status == _NOT_FOUND:
            return False
        self._require(answer, "look up", _OK)
        return True

    def mount_blob(self, descriptor: Descriptor, source: str) -> str | None:
        """Take a blob over from another repository of the same registry.

        None where that was done; else where to upload it, empty where that is to be asked for.
        """
        query = urlencode({"mount": descriptor.digest, "from": source})
        further = (f"repository:{source}:pull",)
        answer = self._ask("POST", f"blobs/uploads/?{query}", further=further, is_trial=True)
        if answer.status == _CREATED:
            return None
        if answer.status == _ACCEPTED:
            return urljoin(answer.url, answer.headers.get("location", ""))
        if answer.status in _NO_MOUNT:
            return ""
        raise self._refused(answer, "push")

    def upload_blob(self, descriptor: Descriptor, body: Body, location: str = "") -> None:
        """Upload a blob in one piece.

        Raises:
            RemoteError: it was not taken.
        """
        if not location:
            answer = self._ask("POST", "blobs/uploads/")
            self._require(answer, "push", _ACCEPTED)
            location = urljoin(answer.url, answer.headers.get("location", ""))
        joint = "&" if urlsplit(location).query else "?"
        url = f"{location}{joint}digest={quote(descriptor.digest)}"
        answer = self._ask("PUT", url, {"Content-Type": "application/octet-stream"}, body)
        self._require(answer, "push", _CREATED)
        given = answer.headers.get("docker-content-digest", descriptor.digest)
        if given != descriptor.digest:
            message = f"{self.reference.registry} took `{descriptor.digest}` for `{given}`"
            raise RemoteError(message)

    def put_manifest(self, blob: oci.Blob, identifier: str) -> bool:
        """Store a manifest or index under its digest or a tag.

        Returns whether the registry will list it among what refers to its subject.

        Raises:
            RemoteError: it was not taken.
        """
        body = Body(lambda: io.BytesIO(blob.content), len(blob.content))
        headers = {"Content-Type": blob.descriptor.media_type}
        answer = self._ask("PUT", f"manifests/{identifier}", headers, body)
        self._require(answer, "push", _CREATED, _OK)
        self._digests[identifier] = blob.descriptor.digest
        return "oci-subject" in answer.headers

    def get_referrers(self, digest: str, kind: str) -> list[str]:
        """The digests of artifacts of a kind that refer to a manifest.

        Registries that list none themselves have an index under a tag of the digest (OCI
        distribution specification 1.1).
        """
        query = urlencode({"artifactType": kind})
        answer = self._ask("GET", f"referrers/{digest}?{query}", {"Accept": oci.INDEX})
        content = answer.content
        if answer.status != _OK:
            index = self.get_manifest(digest.replace(":", "-"))
            content = b"{}" if index is None else index.content
        try:
            found = msgspec.json.decode(content, type=dict[str, object]).get("manifests")
        except msgspec.MsgspecError:
            return []
        entries = found if isinstance(found, list) else []
        return [
            str(each.get("digest"))
            for each in entries
            if isinstance(each, dict) and each.get("artifactType") == kind
        ]

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def _ask(  # noqa: PLR0913
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        *,
        further: tuple[str, ...] = (),
        is_trial: bool = False,
    ) -> Answer:
        """One request to the repository, or to where it sent us; with a token where it wants."""
        url = urljoin(self._root, path)
        own = urlsplit(url).netloc == urlsplit(self._root).netloc
        answer = self._http.request(
            method, url, self._headers(headers or {}, further) if own else headers or {}, body
        )
        if answer.status == _UNAUTHORIZED and own:
            try:
                self._authorize(answer.headers.get("www-authenticate", ""), further)
            except RemoteError:
                if is_trial:
                    return answer
                raise
            answer = self._http.request(method, url, self._headers(headers or {}, further), body)
            if answer.status == _UNAUTHORIZED and not is_trial:
                raise self._refused(answer, "log in")
        return answer

    def _headers(self, headers: Mapping[str, str], further: tuple[str, ...]) -> dict[str, str]:
        authorization = self._authorization.get(further) or self._authorization.get((), "")
        told = {"Authorization": authorization} if authorization else {}
        return {"User-Agent": "oneroof", **headers, **told}

    def _authorize(self, challenge: str, further: tuple[str, ...]) -> None:
        """Do what a challenge asks for."""
        if not self._has_asked:
            self._has_asked = True
            self._credentials = find_credentials(self.reference)
        if self._credentials is not None and not may_carry_secrets(self._root):
            message = f"{self.reference.registry} wants credentials over plain HTTP"
            raise RemoteError(message, hint="they are sent over HTTPS only")
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "bearer":
            told = dict(_PARAMETER.findall(rest))
            self._authorization[further] = f"Bearer {self._token(told, further)}"
        elif self._credentials is not None and self._credentials.username:
            self._authorization[further] = self._credentials.basic
        else:
            message = f"{self.reference.registry} wants credentials and none were found"
            hint = f"log in: `podman login {self.reference.registry}` or `docker login`"
            raise RemoteError(message, hint=hint)

    def _token(self, told: Mapping[str, str], further: tuple[str, ...]) -> str:
        realm = told.get("realm", "")
        known = self._credentials
        if known is not None and not may_carry_secrets(realm):
            message = f"{self.reference.registry} wants credentials sent to `{realm}`"
            raise RemoteError(message, hint="they are sent over HTTPS only")
        scopes = [*self._scopes, *further]
        service = [("service", told["service"])] if "service" in told else []
        if known is not None and known.identity_token:
            form = [("grant_type", "refresh_token"), ("client_id", "oneroof"), *service]
            form += [("scope", " ".join(scopes)), ("refresh_token", known.identity_token)]
            content = urlencode(form).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = Body(lambda: io.BytesIO(content), len(content))
            answer = self._http.request("POST", realm, headers, body)
        else:
            query = urlencode([*service, *(("scope", each) for each in scopes)])
            headers = {"Authorization": known.basic} if known is not None else {}
            joint = "&" if urlsplit(realm).query else "?"
            answer = self._http.request("GET", f"{realm}{joint}{query}", headers)
        if answer.status != _OK:
            raise self._refused(answer, "log in")
        try:
            found = msgspec.json.decode(answer.content, type=dict[str, object])
        except msgspec.MsgspecError:
            found = {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str):
            message = f"{self.reference.registry}: `{realm}` gave no token"
            raise RemoteError(message)
        return token

    def _require(self, answer: Answer, action: str, *expected: int) -> None:
        if answer.status not in expected:
            raise self._refused(answer, action)

    def _refused(self, answer: Answer, action: str) -> RemoteError:
        """What a registry said, in one line."""
        where = f"{self.reference.registry}/{self.reference.repository}"
        told = _reason(answer.content)
        message = f"tried to {action} `{where}` but it answered {answer.status}" + (
            f": {told}" if told else ""
        )
        if answer.status == _UNAUTHORIZED:
            return RemoteError(message, hint=f"log in: `podman login {self.reference.registry}`")
        hints = {
            403: "ask for the right to push to it",
            413: "a proxy before the registry refuses blobs of this size; raise its limit",
        }
        return RemoteError(message, hint=hints.get(answer.status, ""))


def _blobs_of(manifest: oci.Blob) -> Iterator[str]:
    """The blobs that a manifest of an image refers to."""
    try:
        document = msgspec.json.decode(manifest.content, type=dict[str, object])
    except msgspec.MsgspecError:
        return
    layers = document.get("layers")
    for each in (document.get("config"), *(layers if isinstance(layers, list) else [])):
        if isinstance(each, dict) and isinstance(each.get("digest"), str):
            yield each["digest"]


def _reason(content: bytes) -> str:
    """The errors in the body of an answer."""
    try:
        errors = msgspec.json.decode(content, type=dict[str, object]).get("errors")
    except msgspec.MsgspecError:
        return ""
    lines = errors if isinstance(errors, list) else []
    found = [
        f"{each.get('code')}: {each.get('message')}" for each in lines if isinstance(each, dict)
    ]
    return "; ".join(found)[:300]
