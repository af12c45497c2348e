"""Poetry, setuptools, setup.py and Hatch side by side: flat layouts, a namespace shared by two
projects, test modules of one name everywhere, helpers beside tests, unittest, `pythonpath`."""

import random
from pathlib import Path

from editing import texts
from editing.world import Home, World

FLAT = ("test_main", "test_one", "test_two")

HOMES = (
    Home("alpha", "alpha", "alpha/alpha", "alpha", (), "tests", test_names=FLAT),
    Home("beta", "beta", "beta/beta", "beta", ("alpha",), "tests", test_names=FLAT),
    Home("acme-a", "acme-a", "acme-a/acme/a", "acme.a", (), "tests", test_names=FLAT),
    Home("acme-b", "acme-b", "acme-b/src/acme/b", "acme.b", ("acme-a",), "tests", test_names=FLAT),
    Home(
        "uni", "uni", "uni/uni", "uni", ("alpha",), "tests", runner="unittest", test_names=FLAT[:2]
    ),
    Home("gamma", "gamma", "gamma/src/gamma", "gamma", ("beta", "acme-b"), "tests/unit"),
)

BACKEND = '[build-system]\nrequires = ["{0}"]\nbuild-backend = "{1}"\n'
SETUPTOOLS = BACKEND.format("setuptools", "setuptools.build_meta")


def write_manifest(world: World, home: Home, dice: random.Random | None = None) -> str:
    needs = [each for each in home.needs if dice is None or dice.randrange(4)]
    lines = "".join(f"    {each}\n" for each in needs)
    quoted = ", ".join(f'"{each}"' for each in needs)
    project = f'[project]\nname = "{home.name}"\nversion = "1"\ndependencies = [{quoted}]\n'
    if home.name in {"alpha", "uni"}:
        path_needs = "".join(f'{each} = {{ path = "../{each}" }}\n' for each in needs)
        text = (
            f'[tool.poetry]\nname = "{home.name}"\nversion = "1"\ndescription = ""\nauthors = []\n'
            f'[tool.poetry.dependencies]\npython = ">=3.9"\n{path_needs}'
            + BACKEND.format("poetry-core", "poetry.core.masonry.api")
        )
        return world.write(f"{home.folder}/pyproject.toml", text)
    if home.name == "acme-a":
        text = (
            "from setuptools import find_namespace_packages, setup\n"
            "setup(name='acme-a', version='1', packages=find_namespace_packages("
            f"include=['acme.*']), install_requires={needs!r})\n"
        )
        return world.write(f"{home.folder}/setup.py", text)
    if home.name == "acme-b":
        world.write(f"{home.folder}/pyproject.toml", SETUPTOOLS)
        text = (
            "[metadata]\nname = acme-b\nversion = 1\n[options]\npackage_dir =\n    = src\n"
            f"packages = find_namespace:\ninstall_requires =\n{lines}"
            "[options.packages.find]\nwhere = src\n"
        )
        return world.write(f"{home.folder}/setup.cfg", text)
    if home.name == "beta":
        more = '[tool.setuptools]\npackages = ["beta", "beta.deep"]\n'
        return world.write(f"{home.folder}/pyproject.toml", project + more + SETUPTOOLS)
    hatch = BACKEND.format("hatchling", "hatchling.build")
    return world.write(f"{home.folder}/pyproject.toml", project + hatch)


def make(root: Path, dice: random.Random) -> World:
    world = World(
        "mixed",
        root,
        HOMES,
        {
            "manifest": edit_manifest,
            "pytest.ini": edit_ini,
            "helpers": edit_helpers,
            "portion": edit_portion,
            "tools": edit_tools,
        },
        shared=("alpha/alpha/data.json", "acme-a/tests/words.txt", "notes.txt"),
    )
    world.write(".gitignore", "*.local\n__pycache__/\n")
    world.write("notes.txt", "notes")
    world.write("acme-a/tests/words.txt", "words")
    for home in HOMES:
        write_manifest(world, home)
        world.fill(home, dice, ("one", "two", "three"))
        world.write(f"{home.source}/__init__.py", "")
        if home.runner == "pytest":
            write_helpers(world, home, dice)
            world.write(f"{home.folder}/conftest.py", texts.conftest_text(2, name="extra"))
        else:
            world.write(f"{home.folder}/{home.tests}/__init__.py", "")
    write_ini(world, "beta", "pythonpath = lib")
    write_ini(world, "acme-b", "addopts = --import-mode=importlib\npythonpath = tests")
    world.write("beta/lib/tools.py", texts.module_text(4, []))
    world.write(
        "beta/tests/test_tools.py", texts.text_of_tests([("import tools", "tools.VALUE")], dice)
    )
    world.write_test("gamma/tests/integration/test_all.py", world.home("gamma"), dice)
    world.write("gamma/tests/integration/conftest.py", texts.conftest_text(6, name="extra"))
    return world


def write_ini(world: World, folder: str, text: str) -> str:
    return world.write(f"{folder}/pytest.ini", f"[pytest]\n{text}\n")


def write_helpers(world: World, home: Home, dice: random.Random) -> str:
    folder = f"{home.folder}/{home.tests}"
    uses = world.uses(f"{folder}/helpers.py", home, dice, dice.randrange(3))
    world.write(f"{folder}/helpers.py", texts.module_text(dice.randrange(9), uses))
    return world.write(
        f"{folder}/test_helped.py",
        texts.text_of_tests([("import helpers", "helpers.VALUE")], dice),
    )


def edit_manifest(world: World, dice: random.Random) -> str:
    return write_manifest(world, dice.choice(world.homes), dice)


def edit_ini(world: World, dice: random.Random) -> str:
    folder = dice.choice(("alpha", "beta", "acme-a", "acme-b", "gamma", "."))
    name = f"{folder}/pytest.ini"
    if (world.root / name).exists() and dice.randrange(3) == 0:
        (world.root / name).unlink()
        return f"{name} gone"
    text = dice.choice(
        (
            "pythonpath = lib",
            "pythonpath = lib tests",
            "addopts = --import-mode=importlib\npythonpath = tests",
            "addopts = -k 1",
            "testpaths = tests",
            "python_files = test_*.py check_*.py",
        )
    )
    return write_ini(world, folder, text)


def edit_helpers(world: World, dice: random.Random) -> str:
    home = dice.choice([each for each in world.homes if each.runner == "pytest"])
    return write_helpers(world, home, dice)


def edit_portion(world: World, dice: random.Random) -> str:
    """A portion of the namespace appears in another project, or goes."""
    path = dice.choice(
        (
            "acme-a/acme/c/__init__.py",
            "acme-b/src/acme/c/one.py",
            "gamma/src/acme/a/four.py",
            "acme-a/acme/__init__.py",
            "acme-b/src/acme/a/__init__.py",
            "acme-b/src/acme/a/one.py",
            "alpha/acme/a/one.py",
            "alpha/acme.py",
        )
    )
    place = world.root / path
    if place.exists() and dice.randrange(2):
        place.unlink()
        return f"{path} gone"
    return world.write(path, texts.module_text(dice.randrange(9), []))


def edit_tools(world: World, dice: random.Random) -> str:
    path = dice.choice(("beta/lib/tools.py", "beta/tests/tools.py", "beta/lib/more.py"))
    if (world.root / path).exists() and dice.randrange(3) == 0:
        (world.root / path).unlink()
        return f"{path} gone"
    uses = world.uses(path, world.home("beta"), dice, dice.randrange(2))
    return world.write(path, texts.module_text(dice.randrange(9), uses))
