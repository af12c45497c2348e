"""Images read, pushed and run by other people's tools; each test says which it needs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tests.distributions.conftest import built_here
from tests.images.conftest import write_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

SERVER = """
import sys, http.server
class Home(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        import os, lib, importlib.metadata as m, hashlib, base64
        wrong = [str(f) for d in m.distributions() for f in d.files if f.hash and
            base64.urlsafe_b64encode(hashlib.sha256(f.locate().read_bytes()).digest())
            .rstrip(b"=").decode() != f.hash.value]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(repr([sys.prefix, os.getuid(), lib.NAME, wrong]).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Home).serve_forever()
"""
MKBASE = """
hooks=$(dpkg -L mmdebstrap | grep -m1 'hooks/merged-usr$')
exec mmdebstrap --quiet --mode=root --variant=extract --hook-dir="$hooks" \
  --include=python3.11-minimal,libpython3.11-stdlib,base-files,netbase,media-types \
  --extract-hook='rm -rf "$1"/var/lib/apt "$1"/usr/share/doc' bookworm "$1"
"""
PYLOCK = """
lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "six"
version = "1.16"
index = "{index}"
wheels = [{{ url = "{url}", hashes = {{ sha256 = "{digest}" }} }}]
"""
CONTAINERS = (
    "[containers]\n"
    'default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]\n'
    '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
)


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [each for each in tools if shutil.which(each) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.fixture
def shop(repository: Repository, index: Index) -> Repository:
    index.wheels.add("six", "1.16")
    files = {**built_here("app", "lib", "six"), **built_here("lib")}
    repository.write({**files, "app/app/__main__.py": SERVER})
    repository.commit()
    return repository


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    port, config = free_port(), tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/"
        f"registry}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    )
    with subprocess.Popen(["docker-registry", "serve", config], stderr=subprocess.DEVNULL) as run:
        try:
            wait_for(f"http://127.0.0.1:{port}/v2/")
            yield f"127.0.0.1:{port}"
        finally:
            run.terminate()


def wait_for(url: str) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310  our own address
                text: str = answer.read().decode()
                return text
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"nobody answers at {url}")


@needs("docker-registry", "skopeo")
def test_a_real_registry_takes_it_and_skopeo_finds_it(
    shop: Repository, registry: str, tmp_path: Path
) -> None:
    base = ("--base", f"oci:{write_base(tmp_path / 'base', files=('usr/bin/python3.11',))}")
    where = ("--push", f"{registry}/shop/app:t", *base, "--json")
    pushed: Any = shop.oneroof("image", "app", *where).json
    assert pushed["pushed"]["changed"]
    raw = shop.run(
        "skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{registry}/shop/app:t"
    )
    assert [each["digest"] for each in json.loads(raw)["layers"]] == [
        each["digest"] for each in pushed["images"][0]["layers"]
    ]
    again: Any = shop.oneroof("image", "app", *where).json
    assert (again["pushed"]["changed"], again["pushed"]["requests"]) == (False, 1)
    other: Any = shop.oneroof("image", "app", "--push", f"{registry}/copy:t", *base, "--json").json
    # What is small goes up again: the configuration, and what is told of the image.
    assert (other["pushed"]["mounted"], other["pushed"]["uploaded"]) == (5, 4)


@needs("docker-registry", "skopeo")
def test_a_machine_that_has_nothing_fetches_no_wheel_for_what_the_registry_has(
    shop: Repository, registry: str, index: Index, tmp_path: Path
) -> None:
    base = ("--base", f"oci:{write_base(tmp_path / 'base', files=('usr/bin/python3.11',))}")
    where = ("--push", f"{registry}/shop/app:t", *base, "--json")
    wheel = index.wheels.folder / "six-1.16-py3-none-any.whl"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    url = index.url.replace("simple", wheel.name)
    shop.write({"app/pylock.toml": PYLOCK.format(index=index.url, url=url, digest=digest)})
    shop.commit()
    first: Any = shop.oneroof("image", "app", *where).json
    index.asked.clear()
    shop.variables["ONEROOF_CACHE_DIR"] = str(tmp_path / "new-cache")
    again: Any = shop.oneroof("image", "app", *where).json
    assert (again["digest"], again["pushed"]["changed"]) == (first["digest"], False)
    assert again["pushed"]["requests"] == 1
    assert [path for path in index.asked if path.endswith(".whl")] == []
    told = json.loads(
        shop.run("skopeo", "inspect", "--tls-verify=false", "--raw", referrers(registry, first))
    )
    assert sorted(each["artifactType"] for each in told["manifests"]) == [
        "application/vnd.cyclonedx+json",
        "application/vnd.in-toto+json",
    ]


def referrers(registry: str, image: Any) -> str:
    return f"docker://{registry}/shop/app:{image['digest'].replace(':', '-')}"


@needs("skopeo", "umoci")
def test_other_tools_read_the_layout_and_the_tar_file(shop: Repository, tmp_path: Path) -> None:
    base = f"oci:{write_base(tmp_path / 'base', files=('usr/bin/python3.11',))}"
    out, tar = tmp_path / "out", tmp_path / "i.tar"
    said = shop.oneroof("image", "app", "-o", f"oci:{out}:t", "-o", f"tar:{tar}", "--base", base)
    assert said.exit_code == 0, said.stderr
    shop.run("skopeo", "inspect", f"oci-archive:{tar}")
    shop.run("skopeo", "inspect", f"docker-archive:{tar}:app:main")
    shop.run("umoci", "raw", "unpack", "--rootless", "--image", f"{out}:t", tmp_path / "root")
    assert (tmp_path / "root/app/lib/python3.11/site-packages/lib/__init__.py").is_file()


@needs("podman", "runc", "mmdebstrap", "umoci")
@pytest.mark.skipif(os.geteuid() != 0, reason="a base is made as root only")
def test_a_container_serves_as_nobody_from_a_file_system_that_cannot_be_written(
    shop: Repository, tmp_path: Path
) -> None:
    root, layout = tmp_path / "root.tar", tmp_path / "slim"
    made = subprocess.run(
        ["sh", "-c", MKBASE, "sh", root], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"mmdebstrap makes no base here: {made.stderr.splitlines()[-1]}")
    for call in (("init", "--layout", layout), ("new", "--image", f"{layout}:b")):
        shop.run("umoci", *call)
    shop.run("umoci", "raw", "add-layer", "--image", f"{layout}:b", root)
    shop.run("umoci", "config", "--image", f"{layout}:b", "--architecture", "amd64")
    tar, port = tmp_path / "i.tar", free_port()
    said = shop.oneroof("image", "app", "-o", f"tar:{tar}", "--base", f"oci:{layout}:b")
    assert said.exit_code == 0, said.stderr
    config, storage = tmp_path / "containers.conf", tmp_path / "storage.conf"
    config.write_text(CONTAINERS)
    storage.write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/g"\nrunroot = "{tmp_path}/r"\n'
    )
    shop.variables |= {
        "CONTAINERS_CONF": str(config),
        "CONTAINERS_STORAGE_CONF": str(storage),
    }
    shop.run("podman", "load", "-q", "-i", tar)
    options = ("-d", "--read-only", "--network", "host", "--name", f"oneroof-{port}")
    shop.run("podman", "run", *options, "localhost/app:main", str(port))
    try:
        assert wait_for(f"http://127.0.0.1:{port}/") == "['/app', 65532, 'lib', []]"
    finally:
        shop.run("podman", "rm", "-f", "-t", "1", f"oneroof-{port}")
