"""A registry in this process that remembers what it was asked for, and can be difficult."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class FakeRegistry:
    """`http://127.0.0.1:PORT`; set attributes to make it difficult."""

    def __init__(self) -> None:
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, dict[str, tuple[str, bytes]]] = {}
        self.requests: list[str] = []
        self.uploaded_bytes = 0
        self.basic = ""
        """`name:password` that it wants."""
        self.tokens = False
        """Whether it sends clients to its token service."""
        self.guarded: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT")
        """Methods that want credentials."""
        self.token_requests: list[dict[str, list[str]]] = []
        self.failures = 0
        """How many requests are answered by 503 first."""
        self.mounts = True
        self.mount_status = 202
        self.is_relative = False
        self.lists_referrers = False
        handler = type("Handler", (_Handler,), {"registry": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def manifest(self, repository: str, tag: str) -> Any:
        return json.loads(self.manifests[repository][tag][1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _refuse(self, status: int, code: str) -> None:
        errors = {"errors": [{"code": code, "message": code.lower()}]}
        self._answer(status, json.dumps(errors).encode())

    def do(self) -> None:
        registry = self.registry
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/token":
            self._give_token(parse_qs(parts.query))
            return
        registry.requests.append(f"{self.command} {parts.path}")
        if registry.failures:
            registry.failures -= 1
            self._answer(503, Retry_After="0")
            return
        if not self._is_allowed():
            return
        if match := re.fullmatch(r"/v2/(.+)/manifests/(.+)", parts.path):
            self._manifest(match[1], match[2], body)
        elif match := re.fullmatch(r"/v2/(.+)/blobs/uploads/(.*)", parts.path):
            self._upload(match[1], query, body)
        elif match := re.fullmatch(r"/v2/(.+)/blobs/(.+)", parts.path):
            content = registry.blobs.get(match[1], {}).get(match[2])
            self._answer(404) if content is None else self._answer(200, content)
        else:
            self._answer(404)

    do_GET = do_HEAD = do_POST = do_PUT = do  # noqa: N815  the names that http.server calls

    def _is_allowed(self) -> bool:
        registry = self.registry
        told = self.headers.get("Authorization", "")
        if not (registry.basic or registry.tokens) or self.command not in registry.guarded:
            return True
        if registry.tokens:
            challenge = f'Bearer realm="http://{registry.host}/token",service="here",scope="x"'
            right = told == "Bearer secret-token"
        else:
            challenge = 'Basic realm="here"'
            right = told == "Basic " + base64.b64encode(registry.basic.encode()).decode()
        if not right:
            self._answer(401, WWW_Authenticate=challenge)
        return right

    def _give_token(self, query: dict[str, list[str]]) -> None:
        told = self.headers.get("Authorization", "")
        self.registry.token_requests.append(query)
        right = "Basic " + base64.b64encode(self.registry.basic.encode()).decode()
        if self.registry.basic and told != right:
            self._refuse(401, "UNAUTHORIZED")
        else:
            self._answer(200, b'{"token": "secret-token"}')

    def _manifest(self, repository: str, name: str, body: bytes) -> None:
        known = self.registry.manifests.setdefault(repository, {})
        if self.command == "PUT":
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            document = json.loads(body)
            held = self.registry.blobs.get(repository, {})
            wanted = [each["digest"] for each in document.get("layers", [])]
            if any(each not in held for each in wanted):
                self._refuse(400, "MANIFEST_BLOB_UNKNOWN")
                return
            known[name] = known[digest] = (self.headers["Content-Type"], body)
            more = {}
            if self.registry.lists_referrers and "subject" in document:
                more = {"OCI_Subject": document["subject"]["digest"]}
            self._answer(201, Docker_Content_Digest=digest, **more)
        elif name not in known:
            self._refuse(404, "MANIFEST_UNKNOWN")
        else:
            kind, content = known[name]
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            self._answer(200, content, Content_Type=kind, Docker_Content_Digest=digest)

    def _upload(self, repository: str, query: dict[str, str], body: bytes) -> None:
        registry = self.registry
        held = registry.blobs.setdefault(repository, {})
        if self.command == "PUT":
            if query.get("state") != "1" or query["digest"] != (
                f"sha256:{hashlib.sha256(body).hexdigest()}"
            ):
                self._refuse(400, "DIGEST_INVALID")
                return
            held[query["digest"]] = body
            registry.uploaded_bytes += len(body)
            self._answer(201, Docker_Content_Digest=query["digest"])
            return
        source = registry.blobs.get(query.get("from", ""), {})
        if "mount" in query and not registry.mounts and registry.mount_status != 202:
            self._refuse(registry.mount_status, "DENIED")
        elif registry.mounts and query.get("mount") in source:
            held[query["mount"]] = source[query["mount"]]
            self._answer(201)
        else:
            root = "" if registry.is_relative else f"http://{registry.host}"
            self._answer(202, Location=f"{root}/v2/{repository}/blobs/uploads/1?state=1")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as above
        del format, arguments
