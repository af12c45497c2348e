from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.conftest import write_files
from tests.projects import project

from oneroof.errors import ConfigError
from oneroof.images.start import Start, environment, find_start
from oneroof.paths import RelPath
from oneroof.workspace.model import EntryPoint, ImportPackage, Project
from oneroof.workspace.settings import ImageSettings, ProjectSettings
from oneroof.workspace.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FLASK = "from flask import Flask\napp: Flask = Flask(__name__)\n"
FAST = "import fastapi\ndef f():\n    x = fastapi.FastAPI()\nserver = fastapi.FastAPI()\n"


def made(*scripts: str, entrypoint: tuple[str, ...] | None = None) -> Project:
    found = project("shop", settings=ProjectSettings(image=ImageSettings(entrypoint=entrypoint)))
    points = tuple(EntryPoint("console_scripts", name, "x:y") for name in scripts)
    packages = (ImportPackage("acme.shop", RelPath("libs/shop/acme/shop")),)
    metadata = msgspec.structs.replace(
        found.metadata, entry_points=points, import_packages=packages
    )
    return msgspec.structs.replace(found, metadata=metadata)


def start(
    folder: Path, project: Project, files: Mapping[str, str], installed: tuple[str, ...] = ()
) -> Start:
    placed = {f"libs/shop/acme/shop/{path}": text for path, text in files.items()}
    write_files(folder, placed)
    return find_start(project, Tree(folder, map(RelPath, placed)), installed)


def test_the_settings_say_it(tmp_path: Path) -> None:
    found = start(tmp_path, made("shop", entrypoint=("/bin/x", "y")), {})
    assert found.words == ("/bin/x", "y")


def test_no_words_are_the_interpreter(tmp_path: Path) -> None:
    assert start(tmp_path, made("shop", entrypoint=()), {}).words == ("/app/bin/python",)


@pytest.mark.parametrize("scripts", [("shop",), ("other", "shop")])
def test_the_console_script_of_the_same_name(tmp_path: Path, scripts: tuple[str, ...]) -> None:
    assert start(tmp_path, made(*scripts), {"app.py": FLASK}).words == ("/app/bin/shop",)


def test_the_only_console_script(tmp_path: Path) -> None:
    assert start(tmp_path, made("run"), {}).words == ("/app/bin/run",)


@pytest.mark.parametrize(
    ("source", "installed", "words"),
    [
        (FLASK, "gunicorn", "gunicorn --bind 0.0.0.0:8000 acme.shop.web.app:app"),
        (FLASK, "x", "flask --app acme.shop.web.app:app run --host 0.0.0.0 --port 8000"),
        (FAST, "uvicorn", "uvicorn acme.shop.web.app:server --host 0.0.0.0 --port 8000"),
    ],
)
def test_a_web_application_and_its_server(
    tmp_path: Path, source: str, installed: str, words: str
) -> None:
    found = start(tmp_path, made(), {"web/app.py": source}, (installed,))
    assert found.words == ("/app/bin/python", "-m", *words.split())
    assert found.port == 8000


def test_a_package_that_runs(tmp_path: Path) -> None:
    files = {"__main__.py": "", "a.py": FAST}
    assert start(tmp_path, made(), files).words == ("/app/bin/python", "-m", "acme.shop")


def test_nothing_that_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="libs/shop: how `shop` starts is not found"):
        start(tmp_path, made(), {"a.py": "def f(:\nFlask("})


def test_several_ways_to_start(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"in several ways: console script `a`, console script `b`"
    ):
        start(tmp_path, made("a", "b"), {})


def test_variables_of_the_base_stay_and_those_of_the_settings_win() -> None:
    found = environment({"PATH": "/usr/bin", "LANG": "C"}, {"LANG": "de", "A": "1"})
    assert found == {
        "PATH": "/app/bin:/usr/bin",
        "LANG": "de",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "A": "1",
    }
