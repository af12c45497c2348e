from __future__ import annotations

import base64
import io
import json
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.images.registry import FakeRegistry

from oneroof import transport
from oneroof.errors import RemoteError
from oneroof.images import oci
from oneroof.images.image import Image, Part
from oneroof.images.pins import read_pins, write_pin
from oneroof.images.push import Pushed, Target, push_image
from oneroof.images.reference import Reference, parse_reference
from oneroof.images.registry import Registry
from oneroof.transport import may_carry_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE, OWN, NEW = b"base layer", b"own layer", b"new layer"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegistry]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)
    made = FakeRegistry()
    yield made
    made.close()


def part(content: bytes, *, is_base: bool = False) -> Part:
    descriptor = oci.make_blob(oci.LAYER, content).descriptor
    return Part(descriptor, lambda: io.BytesIO(content), is_base)


def image(*layers: bytes) -> Image:
    config = oci.make_blob(oci.CONFIG, b"{}" + layers[-1])
    parts = tuple(part(each, is_base=each == BASE) for each in layers)
    manifest = oci.render_manifest(config.descriptor, [each.descriptor for each in parts], {})
    return Image(oci.Platform("amd64", "linux"), manifest, config, parts)


def push(
    registry: FakeRegistry,
    root: Path,
    *layers: bytes,
    to: str = "app",
    tags: tuple[str, ...] = ("t",),
    base: str = "",
) -> Pushed:
    made = image(*(layers or (BASE, OWN)))
    below = parse_reference(f"{registry.host}/{base}") if base else None
    with closing(Registry(parse_reference(f"{registry.host}/{to}"), push=True)) as there:
        return push_image(there, [made], made.manifest, Target(tags, below), root)


def log_in(tmp_path: Path, **entry: object) -> None:
    folder = tmp_path / "docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(entry))


def auth(login: str) -> dict[str, str]:
    return {"auth": base64.b64encode(login.encode()).decode()}


def test_an_image_is_there_after_it_was_pushed(registry: FakeRegistry, tmp_path: Path) -> None:
    pushed = push(registry, tmp_path, tags=("t", "u"))
    made = image(BASE, OWN)
    assert registry.manifests["app"]["t"] == (oci.MANIFEST, made.manifest.content)
    assert registry.manifests["app"]["u"] == (oci.MANIFEST, made.manifest.content)
    assert sorted(registry.blobs["app"].values()) == sorted([BASE, OWN, made.config.content])
    assert (pushed.uploaded, pushed.mounted, pushed.found) == (3, 0, 0)
    assert pushed.uploaded_bytes == registry.uploaded_bytes


def test_an_unchanged_image_costs_one_request(registry: FakeRegistry, tmp_path: Path) -> None:
    push(registry, tmp_path)
    registry.requests.clear()
    pushed = push(registry, tmp_path)
    assert registry.requests == ["HEAD /v2/app/manifests/t"]
    assert (pushed.was_there, pushed.requests) == (True, 1)


def test_only_what_is_not_there_goes_up(registry: FakeRegistry, tmp_path: Path) -> None:
    push(registry, tmp_path)
    before = registry.uploaded_bytes
    pushed = push(registry, tmp_path, BASE, OWN, NEW)
    assert (pushed.uploaded, pushed.found) == (2, 2)
    assert registry.uploaded_bytes - before == len(NEW) + len(b"{}" + NEW)


def test_a_new_tag_uploads_nothing(registry: FakeRegistry, tmp_path: Path) -> None:
    push(registry, tmp_path)
    pushed = push(registry, tmp_path, tags=("t", "u"))
    assert (pushed.uploaded, pushed.was_there) == (0, False)
    assert registry.manifests["app"]["u"] == registry.manifests["app"]["t"]


def test_layers_of_another_image_are_mounted(registry: FakeRegistry, tmp_path: Path) -> None:
    push(registry, tmp_path, to="one")
    pushed = push(registry, tmp_path, BASE, OWN, NEW, to="two")
    assert (pushed.mounted, pushed.uploaded) == (2, 2)
    assert BASE in registry.blobs["two"].values()


def test_layers_of_the_base_are_mounted_from_where_it_is(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.blobs["python"] = {part(BASE).descriptor.digest: BASE}
    pushed = push(registry, tmp_path, base="python:3")
    assert pushed.mounted == 1


@pytest.mark.parametrize("status", [202, 401, 403, 404, 405])
def test_a_registry_that_does_not_mount_gets_an_upload(
    registry: FakeRegistry, tmp_path: Path, status: int
) -> None:
    registry.mounts, registry.mount_status = False, status
    pushed = push(registry, tmp_path, base="python:3")
    assert (pushed.mounted, pushed.uploaded) == (0, 3)


def test_relative_places_to_upload_to(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.is_relative = True
    assert push(registry, tmp_path).uploaded == 3


def test_a_flaky_registry_is_asked_again(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_delay", lambda *_: 0.0)
    registry.failures = 3
    assert push(registry, tmp_path).uploaded == 3


def test_a_registry_that_stays_down_is_told(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_delay", lambda *_: 0.0)
    registry.failures = 99
    with pytest.raises(RemoteError, match=r"tried to look up `.*/app` but it answered 503"):
        push(registry, tmp_path)


def test_redirects_take_no_credentials_to_another_host() -> None:
    headers = {"Authorization": "Basic x", "Accept": "y"}
    there = transport._redirected("https://a.io/v2/x", {"location": "https://b.io/y"}, headers)
    assert there == ("https://b.io/y", {"Accept": "y"})
    plain = transport._redirected("https://a.io/v2/x", {"location": "http://a.io/y"}, headers)
    assert "Authorization" not in plain[1]
    here = transport._redirected("https://a.io/v2/x", {"location": "/y"}, headers)
    assert here == ("https://a.io/y", headers)


def test_nobody_there(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_delay", lambda *_: 0.0)
    registry.close()
    with pytest.raises(RemoteError, match=r"127\.0\.0\.1:\d+ cannot be reached: "):
        push(registry, tmp_path)


@pytest.mark.parametrize("tokens", [False, True])
def test_the_password_of_an_engine_is_used(
    registry: FakeRegistry, tmp_path: Path, *, tokens: bool
) -> None:
    registry.basic, registry.tokens = "me:secret", tokens
    log_in(tmp_path, auths={registry.host: auth("me:secret")})
    assert push(registry, tmp_path).uploaded == 3


def test_a_token_for_a_mount_covers_both_repositories(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.tokens = True
    registry.mounts = True
    registry.blobs["python"] = {part(BASE).descriptor.digest: BASE}
    registry.guarded = ("POST", "PUT")
    assert push(registry, tmp_path, base="python:3").mounted == 1
    scopes = registry.token_requests[0]["scope"]
    assert scopes == ["repository:app:pull,push", "repository:python:pull"]


def test_a_challenge_may_come_at_the_first_upload_only(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.basic, registry.guarded = "me:secret", ("POST", "PUT")
    log_in(tmp_path, auths={f"https://{registry.host}": auth("me:secret")})
    assert push(registry, tmp_path).uploaded == 3


@pytest.mark.parametrize("tokens", [False, True])
def test_a_wrong_password_is_one_clear_line_without_it(
    registry: FakeRegistry, tmp_path: Path, *, tokens: bool
) -> None:
    registry.basic, registry.tokens = "me:secret", tokens
    log_in(tmp_path, auths={registry.host: auth("me:wrong-one")})
    with pytest.raises(RemoteError) as caught:
        push(registry, tmp_path)
    assert caught.value.message.startswith(
        f"tried to log in `{registry.host}/app` but it answered 401"
    )
    assert "wrong-one" not in caught.value.message


def test_no_credentials_are_told(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.basic = "me:secret"
    with pytest.raises(RemoteError, match="wants credentials and none were found") as caught:
        push(registry, tmp_path)
    assert "podman login" in caught.value.hint


def test_a_credential_helper_is_asked(
    registry: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.basic = "me:secret"
    helper = tmp_path / "bin" / "docker-credential-mine"
    helper.parent.mkdir()
    helper.write_text('#!/bin/sh\nread host\nprintf \'{"Username": "me", "Secret": "secret"}\'\n')
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(helper.parent), prepend=":")
    log_in(tmp_path, credHelpers={registry.host: "mine"})
    assert push(registry, tmp_path).uploaded == 3


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://ghcr.io/v2/", True),
        ("http://127.0.0.1:5000/v2/", True),
        ("http://localhost/v2/", True),
        ("http://[::1]:5000/", True),
        ("http://ghcr.io/v2/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.evil.example/", False),
    ],
)
def test_secrets_go_over_plain_http_to_this_machine_only(url: str, may: bool) -> None:  # noqa: FBT001
    assert may_carry_secrets(url) is may


def test_a_manifest_that_is_not_what_was_asked_for(registry: FakeRegistry) -> None:
    digest = "sha256:" + "0" * 64
    registry.manifests["app"] = {digest: (oci.MANIFEST, b"{}")}
    client = Registry(Reference(registry.host, "app"))
    with pytest.raises(RemoteError, match="gave another manifest than"):
        client.get_manifest(digest)
    client.close()


def test_bases_are_pinned_in_a_file_of_their_own(tmp_path: Path) -> None:
    one, two = parse_reference("python:3.12-slim"), parse_reference("a.io/b:1")
    digest = "sha256:" + "a" * 64
    assert write_pin(tmp_path, one, digest)
    assert write_pin(tmp_path, two, digest)
    assert not write_pin(tmp_path, two, digest)
    assert read_pins(tmp_path) == {str(one): digest, str(two): digest}
