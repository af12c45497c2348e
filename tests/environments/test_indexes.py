import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oneroof.environments import uv
from oneroof.environments.layers import write_virtual_environment
from oneroof.environments.model import Interpreter
from oneroof.locks.model import Pin, registry

MakeWheel = Callable[..., Pin]


class Index:
    """A package index on loopback that notes what it is asked for."""

    def __init__(self, wheels: list[Path]) -> None:
        self.asked: set[str] = set()
        files = {wheel.name: wheel.read_bytes() for wheel in wheels}
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                first, _, rest = self.path.strip("/").partition("/")
                name = rest.strip("/")
                if first == "files":
                    body = files[name]
                else:
                    asked.add(name)
                    links = [each for each in files if each.startswith(f"{name}-")]
                    body = "".join(f'<a href="/files/{each}">{each}</a>' for each in links).encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_HEAD(self) -> None:
                self.send_response(405)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/simple"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def indexes(
    make_wheel: MakeWheel, wheelhouse: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Index, Index]]:
    for name in ("UV_FIND_LINKS", "UV_NO_INDEX"):
        monkeypatch.delenv(name)
    for name in ("torchlike", "other"):
        make_wheel(name)
    wheels = sorted(wheelhouse.iterdir())
    both = (Index(wheels), Index(wheels))
    yield both
    for each in both:
        each.server.shutdown()
        each.server.server_close()


def pin(name: str, wheelhouse: Path, url: str = "") -> Pin:
    wheel = wheelhouse / f"{name}-1.0-py3-none-any.whl"
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Pin(name, "1.0", registry(url, "cpu" if url else ""), (f"sha256:{found}",))


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "UV_INDEX"])
def test_an_index_of_its_own_is_asked_for_its_pins_and_no_other_index_is(
    indexes: tuple[Index, Index],
    wheelhouse: Path,
    interpreter: Interpreter,
    tmp_path: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    own, usual = indexes
    monkeypatch.setenv(variable, usual.url)
    write_virtual_environment(tmp_path / "site", interpreter)
    pins = (pin("other", wheelhouse), pin("torchlike", wheelhouse, own.url))
    uv.install(tmp_path / "site" / "bin" / "python", uv.plan_batches(pins, tmp_path))
    packages = tmp_path / "site" / interpreter.site_packages
    assert {each.name for each in packages.glob("*.py")} == {"other.py", "torchlike.py"}
    assert (own.asked, usual.asked) == ({"torchlike"}, {"other"})


def test_a_declared_default_index_takes_the_place_of_the_users_own(
    indexes: tuple[Index, Index],
    wheelhouse: Path,
    interpreter: Interpreter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared, usual = indexes
    monkeypatch.setenv("UV_DEFAULT_INDEX", usual.url)
    write_virtual_environment(tmp_path / "site", interpreter)
    batches = uv.plan_batches((pin("other", wheelhouse),), tmp_path)
    uv.install(tmp_path / "site" / "bin" / "python", batches, declared.url)
    assert (declared.asked, usual.asked) == ({"other"}, set())
