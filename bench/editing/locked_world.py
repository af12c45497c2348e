"""A uv workspace with a real lock over wheels of our own, two versions of each in a local folder:
extras, groups, configuration of pytest in every file that can hold it, settings of oneroof."""

import os
import random
import subprocess
from pathlib import Path

from tests.wheelhouse import Wheelhouse

from editing import texts
from editing.world import Home, World

NEEDS = {"core": (), "api": ("core",), "cli": ("core", "api")}
VERSIONS = ("1.0", "2.0")
PLUGIN = "import pytest\n\n\n@pytest.fixture\ndef shade():\n    return {0!r}\n"

SEEN = """\
import importlib.metadata
import os
import sys


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def test_versions(record_property):
    for name in ("tiny", "small", "wide", "shade", "core"):
        record_property(name, version(name))
    assert version("tiny") != "%s"


def test_variable(record_property):
    record_property("seen", os.environ.get("SHADE", "none"))


def test_python(record_property):
    record_property("seen", str(sys.version_info[:2]))


def test_imports(record_property):
    try:
        import tiny
    except ImportError:
        record_property("seen", "none")
    else:
        record_property("seen", tiny.__version__)
"""


def add_wheels(house: Wheelhouse) -> None:
    house.add("colorama", "1.0")  # what pytest needs elsewhere
    for version in VERSIONS:
        house.add("tiny", version)
        house.add("small", version, requires=["tiny"])
        house.add("wide", version, requires=["small"])
        house.add(
            "shade",
            version,
            {
                "shade.py": PLUGIN.format(version),
                f"shade-{version}.dist-info/entry_points.txt": "[pytest11]\nshade = shade\n",
            },
        )


def write_manifest(world: World, home: Home, dice: random.Random | None = None) -> str:
    def maybe(text: str, often: int = 3) -> str:
        return text if dice is None or dice.randrange(often) else ""

    needs = [each for each in home.needs if maybe("x", 5)]
    third = [
        *(["tiny"] if maybe("x", 4) else []),
        *(["small"] if home.name == "api" and maybe("x", 4) else []),
    ]
    if dice is not None and dice.randrange(3) == 0:
        third = [f"{each}{dice.choice(('<2', '>=2', '==1.0', ''))}" for each in third]
    listed = ", ".join(f'"{each}"' for each in (*needs, *third))
    sources = "".join(f"{each} = {{ workspace = true }}\n" for each in needs)
    extra = dice.choice(("wide", "small", "wide; python_version < '3'")) if dice else "wide"
    python = dice.choice((">=3.11", ">=3.11", ">=3.12")) if dice else ">=3.11"
    group = dice.choice(('"pytest"', '"pytest", "shade"')) if dice else '"pytest", "shade"'
    settings = dice.choice(("", 'inputs = ["/notes.txt"]\n')) if dice else ""
    text = (
        f'[project]\nname = "{home.name}"\nversion = "1"\nrequires-python = "{python}"\n'
        f"dependencies = [{listed}]\n"
        f'[project.optional-dependencies]\ntest = ["{extra}"]\n'
        f"[dependency-groups]\ndev = [{group}]\n"
        f"[tool.uv.sources]\n{sources}[tool.oneroof]\n{settings}"
        '[tool.oneroof.tasks.test]\nenv = ["SHADE"]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )
    return world.write(f"{home.folder}/pyproject.toml", text)


def root_manifest(wheels: Path, more: str = "") -> str:
    return (
        '[project]\nname = "whole"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = []\n[dependency-groups]\ndev = ["pytest"]\n'
        '[tool.uv]\npackage = false\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'
        f'[[tool.uv.index]]\nname = "local"\nurl = "{wheels}"\nformat = "flat"\ndefault = true\n'
        f"{more}"
    )


def lock(world: World, *arguments: str) -> bool:
    command = (os.environ.get("UV", "uv"), "lock", "--offline", "--quiet", *arguments)
    done = subprocess.run(command, cwd=world.root, capture_output=True, check=False)
    return done.returncode == 0


def make(root: Path, dice: random.Random) -> World:
    wheels = root.parent / "wheels"
    house = Wheelhouse(wheels)
    house.add_installed("pytest")
    add_wheels(house)
    world = World(
        "locked",
        root,
        tuple(
            Home(name, f"packages/{name}", f"packages/{name}/src/{name}", name, needs)
            for name, needs in NEEDS.items()
        ),
        {
            "manifest": edit_manifest,
            "manifest and lock": edit_manifest_and_lock,
            "lock": edit_lock,
            "lock ": edit_lock,
            "configuration": edit_configuration,
            "settings": edit_settings,
            "variable": edit_variable,
        },
        shared=("packages/core/src/core/data.json", "notes.txt"),
    )
    world.write(".gitignore", "*.local\n.env\n.venv\n__pycache__/\n")
    world.write("notes.txt", "notes")
    world.write("pyproject.toml", root_manifest(wheels))
    for home in world.homes:
        write_manifest(world, home)
        world.fill(home, dice, ("one", "two", "three"))
        world.write(f"{home.source}/__init__.py", "")
        world.write(f"{home.folder}/tests/test_seen.py", SEEN % dice.choice(VERSIONS))
        world.write(f"{home.folder}/tests/conftest.py", texts.conftest_text(1))
        world.write(
            f"{home.folder}/tests/test_shade.py",
            "def test_shade(shade, record_property):\n    record_property('seen', shade)\n",
        )
    if not lock(world):
        message = "uv could not lock the workspace"
        raise RuntimeError(message)
    return world


def edit_manifest(world: World, dice: random.Random) -> str:
    return write_manifest(world, dice.choice(world.homes), dice)


def edit_manifest_and_lock(world: World, dice: random.Random) -> str:
    done = edit_manifest(world, dice)
    return f"{done}, {'locked' if lock(world) else 'not to be locked'}"


def edit_lock(world: World, dice: random.Random) -> str | None:
    name = dice.choice(("tiny", "small", "wide", "shade"))
    pin = f"{name}=={dice.choice(VERSIONS)}"
    chosen = dice.choice((("--upgrade-package", pin), ("--upgrade-package", name), ("--upgrade",)))
    return f"uv.lock {' '.join(chosen)}" if lock(world, *chosen) else None


def edit_configuration(world: World, dice: random.Random) -> str:
    folder = dice.choice(("", *(f"{home.folder}/" for home in world.homes)))
    name, text = dice.choice(
        (
            ("pytest.ini", "[pytest]\naddopts = -k test_0\n"),
            ("pytest.ini", "[pytest]\n"),
            ("tox.ini", "[pytest]\naddopts = -k seen\n[tox]\nenvlist = a\n"),
            ("tox.ini", "[tox]\nenvlist = b\n"),
            ("setup.cfg", "[tool:pytest]\naddopts = -k test_1\n"),
            ("setup.cfg", "[flake8]\nmax-line-length = 90\n"),
            (".pytest.ini", "[pytest]\npython_functions = test_1*\n"),
            (".env", f"SHADE={dice.randrange(9)}\n"),
        )
    )
    place = world.root / f"{folder}{name}"
    if place.exists() and dice.randrange(2):
        place.unlink()
        return f"{folder}{name} gone"
    return world.write(f"{folder}{name}", text)


def edit_settings(world: World, dice: random.Random) -> str:
    if dice.randrange(2):
        return world.write("notes.txt", f"notes {dice.randrange(9)}")
    more = dice.choice(
        (
            "",
            '[tool.oneroof]\neverything = ["notes.txt"]\n',
            '[tool.oneroof.projects.core]\ninputs = ["/notes.txt"]\n',
            '[tool.oneroof]\ntest-requirements = ["pytest", "shade<2"]\n',
        )
    )
    return world.write("pyproject.toml", root_manifest(world.root.parent / "wheels", more))


def edit_variable(world: World, dice: random.Random) -> str:
    if world.variables and dice.randrange(3) == 0:
        world.variables.clear()
        return "SHADE unset"
    world.variables["SHADE"] = dice.choice(("red", "green"))
    return f"SHADE={world.variables['SHADE']}"
