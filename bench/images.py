"""Time `oneroof image --push` on a small and on a heavy service, into a registry on this machine.

    python bench/images.py [--oneroof .venv/bin/oneroof] [--rounds 9] [--heavy]

Needs Debian's `docker-registry`, uv, and an index for the packages (Flask and gunicorn; with
`--heavy` also numpy and pandas). The base is a layout made up on the spot: nothing is run in it.
Printed are medians over whole processes: after an edit of one line of an internal library; with
nothing changed; and on a machine that has nothing, where the registry has the image. Beside them
stands `python -c pass`, and what one request to the registry takes.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.images.conftest import write_base

BUILD = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
FILES = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*", "services/*"]\n',
    "libs/common/pyproject.toml": f'[project]\nname = "common"\nversion = "1.0"\n{BUILD}',
    "libs/common/src/common/__init__.py": "ANSWER = 0\n",
    "services/web/src/web/__init__.py": "",
    "services/web/src/web/app.py": "from flask import Flask\nimport common\napp = Flask('web')\n",
}


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    config = folder / "registry.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    quiet = subprocess.DEVNULL
    with subprocess.Popen(["docker-registry", "serve", config], stdout=quiet, stderr=quiet) as run:
        try:
            for _ in range(100):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/").close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            run.terminate()


def write_workspace(root: Path, packages: list[str], python: str) -> None:
    listed = json.dumps(["common", *packages])
    web = (
        f'[project]\nname = "web"\nversion = "1.0"\nrequires-python = "=={python}.*"\n'
        f"dependencies = {listed}\n[tool.uv.sources]\ncommon = {{ workspace = true }}\n{BUILD}"
    )
    for path, text in {**FILES, "services/web/pyproject.toml": web}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    name = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for command in (
        ("git", "init", "--quiet", "-b", "main"),
        (shutil.which("uv") or "uv", "lock"),
        ("git", "add", "--all"),
        ("git", *name, "commit", "--quiet", "-m", "all"),
    ):
        subprocess.run(command, cwd=root, check=True, capture_output=True)


def timed(call: Callable[[], object]) -> tuple[float, object]:
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def measure(chosen: argparse.Namespace, folder: Path, host: str) -> None:
    root, python = folder / "workspace", f"{sys.version_info[0]}.{sys.version_info[1]}"
    packages = ["flask", "gunicorn", *(["numpy", "pandas"] if chosen.heavy else [])]
    write_workspace(root, packages, python)
    base = write_base(folder / "base", files=(f"usr/bin/python{python}",))
    command = [str(Path(chosen.oneroof).absolute()), "image", "web", "--json", "--base"]
    command += [f"oci:{base}", "--push", f"{host}/web:t"]

    def push(cache: str) -> dict[str, dict[str, object]]:
        environ = {**os.environ, "ONEROOF_CACHE_DIR": str(folder / cache)}
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, check=False)
        if done.returncode:
            sys.exit(done.stderr.decode())
        return json.loads(done.stdout)

    first, _ = timed(lambda: push("cache"))
    print(f"first, with all wheels to fetch and to build   {first:8.3f} s")
    rows: dict[str, list[float]] = {}
    sent: list[int] = []
    for number in range(chosen.rounds):
        edited = root / "libs/common/src/common/__init__.py"
        edited.write_text(f"ANSWER = {number + 1}\n")
        seconds, told = timed(lambda: push("cache"))
        rows.setdefault("edit of a library, built and pushed", []).append(seconds)
        sent.append(int(str(told["pushed"]["uploaded_bytes"])))  # type: ignore[index]
        seconds, told = timed(lambda: push("cache"))
        assert told["pushed"]["requests"] == 1  # type: ignore[index]
        rows.setdefault("nothing changed", []).append(seconds)
        shutil.rmtree(folder / "empty", ignore_errors=True)
        seconds, told = timed(lambda: push("empty"))
        assert told["pushed"]["changed"] is False  # type: ignore[index]
        assert not list((folder / "empty").rglob("*.whl"))
        rows.setdefault("nothing changed, machine without a cache", []).append(seconds)
        seconds, _ = timed(lambda: urllib.request.urlopen(f"http://{host}/v2/").read())
        rows.setdefault("one request", []).append(seconds)
        seconds, _ = timed(lambda: subprocess.run((sys.executable, "-c", "pass"), check=True))
        rows.setdefault("python -c pass", []).append(seconds)
    for name, values in rows.items():
        spread = f"{min(values):.3f} to {max(values):.3f}"
        print(f"{name:46} {statistics.median(values):8.3f} s  ({spread})")
    print(f"sent after an edit                             {statistics.median(sent):8.0f} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--oneroof", default=".venv/bin/oneroof")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--heavy", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oneroof-images-") as name:
        folder = Path(name)
        with registry(folder) as host:
            measure(chosen, folder, host)


if __name__ == "__main__":
    main()
