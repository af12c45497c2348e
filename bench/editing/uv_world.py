"""A uv workspace without a lock: src layouts, one configuration of pytest and one conftest.py at
the root, a plugin of pytest among the projects, symbolic links, plugins found by listing."""

import random
from pathlib import Path

from editing import texts
from editing.world import Home, World

NEEDS = {
    "base": (),
    "plug": ("base",),
    "left": ("base",),
    "right": ("base",),
    "top": ("left", "right"),
}

PLUGINS_INIT = """\
import importlib
from pathlib import Path

VALUE = 0
for each in sorted(Path(__file__).parent.glob("*.py")):
    if each.stem != "__init__":
        VALUE += importlib.import_module(f"{__name__}.{each.stem}").VALUE
"""

LAZY = """\
import importlib


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    return importlib.import_module(f".{name}", __name__)
"""

ROOT_CONFTEST = """\
import json
from pathlib import Path

import pytest


@pytest.fixture
def extra():
    return json.loads(Path(__file__).with_name("shared.json").read_text())
"""


def manifest(name: str, needs: tuple[str, ...], more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in needs)
    groups = ""
    if name in {"left", "top"}:
        groups = '[dependency-groups]\ntest = ["pytest", "plug"]\n'
    if name == "plug":
        groups = '[project.entry-points.pytest11]\nplugged = "plug.plugin"\n'
    return (
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{groups}{more}\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )


def root_manifest(more: str = "") -> str:
    return (
        '[tool.uv.workspace]\nmembers = ["*"]\n[dependency-groups]\ndev = ["pytest"]\n'
        f'[tool.pytest.ini_options]\naddopts = "-q"\n{more}'
    )


def make(root: Path, dice: random.Random) -> World:
    world = World(
        "uv",
        root,
        tuple(Home(name, name, f"{name}/src/{name}", name, needs) for name, needs in NEEDS.items()),
        {
            "manifest": edit_manifest,
            "root configuration": edit_root,
            "shared data": edit_shared,
            "plugin": edit_plugin,
            "export": edit_export,
            "plugins folder": edit_plugins_folder,
        },
        shared=("base/src/base/data.json", "left/tests/note.txt", "shared.json"),
    )
    world.write("pyproject.toml", root_manifest())
    world.write("conftest.py", ROOT_CONFTEST)
    world.write("shared.json", "3")
    world.write(".gitignore", "*.local\nbuild/\n__pycache__/\n")
    world.write("left/tests/note.txt", "note")
    for home in world.homes:
        world.write(f"{home.folder}/pyproject.toml", manifest(home.name, home.needs))
        world.fill(home, dice)
        one = texts.module_text(1, [(f"from {home.package}.one import VALUE as one", "one")])
        world.write(f"{home.source}/__init__.py", one if home.name in {"left", "base"} else "")
        world.write(f"{home.source}/plugins/__init__.py", PLUGINS_INIT)
        world.write(f"{home.source}/plugins/first.py", "VALUE = 1\n")
        world.write(
            f"{home.folder}/tests/test_plugins.py",
            texts.text_of_tests([(f"import {home.package}.plugins as p", "p.VALUE")], dice),
        )
    world.write("plug/src/plug/plugin.py", texts.conftest_text(5, name="plugged"))
    for name in ("left", "top"):
        world.write(
            f"{name}/tests/test_plugged.py",
            "def test_plugged(plugged, record_property):\n"
            "    record_property('seen', str(plugged))\n    assert plugged % 5 != 1\n",
        )
    world.write("base/fixtures/word.txt", "word")
    link(root / "left/tests/shown", "../../base/fixtures")
    world.write(
        "left/tests/test_shown.py",
        texts.text_of_tests(
            [("from pathlib import Path", texts.number(read_beside("shown/word.txt")))], dice
        ),
    )
    link(root / "right/src/right/other.py", "two.py")
    world.write(
        "right/tests/test_other.py",
        texts.text_of_tests([("from right import other", "other.VALUE")], dice),
    )
    return world


def read_beside(path: str) -> str:
    return f"(Path(__file__).parent / '{path}').read_text()"


def link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)


def edit_manifest(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    needs = tuple(each for each in home.needs if dice.randrange(4))
    more = dice.choice(
        (
            "",
            "",
            '[tool.pytest.ini_options]\naddopts = "-k one"\n',
            '[tool.pytest.ini_options]\npython_files = ["test_t*.py"]\n',
            '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
            "[project.scripts]\nrun = 'base:main'\n",
        )
    )
    return world.write(f"{home.folder}/pyproject.toml", manifest(home.name, needs, more))


def edit_root(world: World, dice: random.Random) -> str:
    more = dice.choice(
        (
            "",
            "",
            'markers = ["slow"]\n',
            'python_functions = ["test_0", "test_m*"]\n',
            "[tool.ruff]\nline-length = 90\n",
            '[tool.oneroof]\neverything = ["shared.json"]\n',
        )
    )
    return world.write("pyproject.toml", root_manifest(more))


def edit_shared(world: World, dice: random.Random) -> str:
    if dice.randrange(4) == 0:
        uses = world.uses("conftest.py", world.home("base"), dice, 1)
        return world.write("conftest.py", texts.conftest_text(dice.randrange(5), uses))
    if dice.randrange(4) == 0:
        world.write("conftest.py", ROOT_CONFTEST)
    if dice.randrange(3) == 0:
        return world.write("base/fixtures/word.txt", f"word{dice.randrange(9)}")
    return world.write("shared.json", str(dice.randrange(9)))


def edit_plugin(world: World, dice: random.Random) -> str:
    uses = world.uses("plug/src/plug/plugin.py", world.home("plug"), dice, dice.randrange(2))
    text = texts.conftest_text(dice.randrange(9), uses, "plugged")
    return world.write("plug/src/plug/plugin.py", text)


def edit_export(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    stem = dice.choice(("one", "two"))
    text = dice.choice(
        (
            "",
            f"from {home.package}.{stem} import VALUE, scaled\n",
            f"from .{stem} import *\n",
            f"__all__ = ['{stem}']\nVALUE = {dice.randrange(9)}\n",
            LAZY,
        )
    )
    return world.write(f"{home.source}/__init__.py", text)


def edit_plugins_folder(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    path = f"{home.source}/plugins/{dice.choice(('first', 'second', 'third'))}.py"
    place = world.root / path
    if place.exists() and dice.randrange(2):
        place.unlink()
        return f"{path} gone"
    return world.write(path, f"VALUE = {dice.randrange(9)}\n")
