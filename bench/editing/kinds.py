"""Kinds of edits that every workspace knows, and the states git may be in after them."""

import os
import random
import re
import shutil
from pathlib import Path, PurePosixPath

from editing import texts
from editing.world import STEMS, Home, Kind, World

SHADOWS = ("random", "colorsys", "string", "iniconfig", "pygments", "fast", "tiny", "tools")
"""Names of modules of the standard library, of third parties, and of nobody."""


def _module(world: World, dice: random.Random) -> str | None:
    plain = [path for path in world.sources() if not (world.root / path).is_symlink()]
    return dice.choice(plain) if plain else None


def _home(world: World, path: str) -> Home:
    return world.home_of(path) or world.homes[-1]


def value(world: World, dice: random.Random) -> str | None:
    path = _module(world, dice)
    if path is None:
        return None
    text = (world.root / path).read_text()
    new = re.sub(r"^(BASE|VALUE) = \d+", f"\\1 = {dice.randrange(9)}", text, flags=re.MULTILINE)
    return world.write(path, new) if new != text else None


def same_date(world: World, dice: random.Random) -> str | None:
    """Other content of the same size, under the date of the old."""
    path = _module(world, dice)
    if path is None:
        return None
    place = world.root / path
    before, text = place.stat(), place.read_text()
    new = re.sub(r"^(BASE|VALUE) = \d", f"\\1 = {dice.randrange(9)}", text, flags=re.MULTILINE)
    place.write_text(new)
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    return f"{path} at the same date" if new != text else None


def signature(world: World, dice: random.Random) -> str | None:
    path = _module(world, dice)
    if path is None:
        return None
    text = (world.root / path).read_text()
    head = dice.choice(
        ("def scaled(by=1):", "def scaled(by, more=0):", "def scaled(times=1, by=1):")
    )
    new = re.sub(r"def scaled\(.*\):", head, text)
    return world.write(path, new) if new != text else None


def module(world: World, dice: random.Random) -> str | None:
    path = _module(world, dice)
    return world.write_module(path, _home(world, path), dice) if path else None


def broken(world: World, dice: random.Random) -> str | None:
    path = _module(world, dice)
    text = dice.choice(("def (\n", "raise ValueError\n", "x = '''\n"))
    return world.write(path, text) if path else None


def new_module(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    place = dice.choice(("", "", "deep/"))
    return world.write_module(f"{home.source}/{place}{dice.choice(STEMS)}.py", home, dice)


def test(world: World, dice: random.Random) -> str | None:
    found = world.tests()
    path = dice.choice(found) if found else None
    return world.write_test(path, _home(world, path), dice) if path else None


def new_test(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    inside = dice.choice(("", "", "sub/", "other/"))
    name = f"{home.folder}/{home.tests}/{inside}test_{dice.choice(STEMS)}.py"
    return world.write_test(name, home, dice)


def shared_test(world: World, dice: random.Random) -> str | None:
    """A test file that takes tests from another."""
    found = [path for path in world.tests() if "/tests/test_" in path]
    if len(found) < 2:  # noqa: PLR2004
        return None
    path = dice.choice(found)
    near = [each for each in found if Path(each).parent == Path(path).parent and each != path]
    if not near:
        return None
    other = PurePosixPath(dice.choice(near)).stem
    return world.write(path, f"from {other} import *\n\n\ndef test_here():\n    pass\n")


def data(world: World, dice: random.Random) -> str | None:
    found = world.data()
    if not found:
        return None
    text = dice.choice(("1\r\n", "2\n", "3", f"{dice.randrange(99)}"))
    return world.write(dice.choice(found), text)


def new_data(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    name = dice.choice(("templates/c.j2", "templates/d.j2", "deep/data.json", "plugins/x.txt"))
    return world.write(f"{home.source}/{name}", "new")


def conftest(world: World, dice: random.Random) -> str:
    home = dice.choice(world.homes)
    inside = dice.choice(("", f"{home.tests}/", f"{home.tests}/", f"{home.tests}/sub/"))
    path = f"{home.folder}/{inside}conftest.py"
    is_there = (world.root / path).parent.is_dir()
    uses = world.uses(path, home, dice, dice.randrange(2)) if is_there else []
    text = texts.conftest_text(dice.randrange(9), uses)
    if dice.randrange(6) == 0:
        text += f"\ncollect_ignore = ['{dice.choice(home.test_names)}.py']\n"
    return world.write(path, text)


def init(world: World, dice: random.Random) -> str:
    """An `__init__.py` comes, changes or goes."""
    home = dice.choice(world.homes)
    folder = dice.choice(
        (home.source, f"{home.source}/deep", f"{home.folder}/{home.tests}", home.folder)
    )
    path = f"{folder}/__init__.py"
    if (world.root / path).exists() and dice.randrange(2):
        (world.root / path).unlink()
        return f"{path} gone"
    return world.write(path, dice.choice(("", f"VALUE = {dice.randrange(9)}\n")))


def delete(world: World, dice: random.Random) -> str | None:
    kept = ("pyproject.toml", "setup.py", "setup.cfg", "uv.lock", ".gitignore")
    found = [path for path in world.files() if not path.endswith(kept)]
    if len(found) < 20:  # noqa: PLR2004
        return None
    path = dice.choice(found)
    (world.root / path).unlink()
    return path


def rename(world: World, dice: random.Random) -> str | None:
    pool = dice.choice((world.sources(), world.tests(), world.data()))
    if not pool:
        return None
    path = PurePosixPath(dice.choice(pool))
    stem = dice.choice(STEMS)
    name = f"test_{stem}" if path.stem.startswith("test_") else stem
    target = path.with_name(f"{name}{path.suffix}")
    (world.root / path).rename(world.root / target)
    return f"{path} -> {target}"


def rename_folder(world: World, dice: random.Random) -> str | None:
    home = dice.choice(world.homes)
    name, other = dice.choice((("deep", "deeper"), ("templates", "forms"), ("sub", "below")))
    places = [world.root / home.source, world.root / home.folder / home.tests]
    for place in places:
        for old, new in ((name, other), (other, name)):
            if (place / old).is_dir() and not (place / new).exists():
                (place / old).rename(place / new)
                return f"{place.relative_to(world.root)}: {old} -> {new}"
    return None


def move(world: World, dice: random.Random) -> str | None:
    """A module, a test or a file of data goes to another project."""
    pool = dice.choice((world.sources(), world.tests(), world.data()))
    if not pool:
        return None
    path = PurePosixPath(dice.choice(pool))
    home, target = _home(world, str(path)), dice.choice(world.homes)
    if path.stem.startswith("test_"):
        new = f"{target.folder}/{target.tests}/{path.name}"
    else:
        new = f"{target.source}/{path.name}"
    if new == str(path) or home is target:
        return None
    (world.root / new).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(world.root / path, world.root / new)
    return f"{path} -> {new}"


def shadow(world: World, dice: random.Random) -> str:
    """A top-level module with a name that others have, or one that goes again."""
    home = dice.choice(world.homes)
    root = str(PurePosixPath(home.source).parent)
    folder = dice.choice((home.folder, f"{home.folder}/{home.tests}", root))
    path = f"{folder}/{dice.choice(SHADOWS)}.py"
    place = world.root / path
    if place.exists():
        place.unlink()
        return f"{path} gone"
    return world.write(path, dice.choice(("VALUE = 3\n", "raise ImportError('shadow')\n")))


def unshadow(world: World, _dice: random.Random) -> str | None:
    """All such modules go."""
    gone = [
        path
        for path in world.files()
        if PurePosixPath(path).stem in SHADOWS and "/lib/" not in path
    ]
    for path in gone:
        (world.root / path).unlink()
    return f"{len(gone)} shadows gone" if gone else None


def package_or_module(world: World, dice: random.Random) -> str | None:
    """A package beside a module of its name, or a module that becomes one."""
    path = _module(world, dice)
    if path is None or path.endswith("__init__.py"):
        return None
    place = world.root / path
    folder = place.with_suffix("")
    if folder.exists():
        if (folder / "__init__.py").exists():
            shutil.rmtree(folder)
            return f"{path}: package gone"
        return None
    folder.mkdir()
    if dice.randrange(2):
        place.rename(folder / "__init__.py")
        return f"{path} became a package"
    (folder / "__init__.py").write_text(texts.module_text(dice.randrange(9), []))
    return f"{path}: package beside"


def swap(world: World, dice: random.Random) -> str | None:
    """A file becomes a folder or a folder a file."""
    home = dice.choice(world.homes)
    place = world.root / home.source / dice.choice(("templates", "data.json", "more.txt"))
    if place.is_dir():
        shutil.rmtree(place)
        place.write_text("file")
    elif place.exists():
        place.unlink()
        place.mkdir()
        (place / "inside").write_text("x")
    else:
        return None
    return str(place.relative_to(world.root))


def chmod(world: World, dice: random.Random) -> str | None:
    found = [path for path in world.files() if path.endswith(".sh")]
    if not found:
        return None
    place = world.root / dice.choice(found)
    place.chmod(place.stat().st_mode ^ 0o111)
    return str(place.relative_to(world.root))


def link(world: World, dice: random.Random) -> str | None:
    """A symbolic link comes in the place of a file, or leads elsewhere."""
    links = [path for path in world.files() if (world.root / path).is_symlink()]
    if links and dice.randrange(2):
        place = world.root / dice.choice(links)
    else:
        pool = [*world.data(), *world.sources()]
        if not pool:
            return None
        place = world.root / dice.choice(pool)
    near = [
        path
        for path in world.files()
        if Path(path).suffix == place.suffix
        and world.root / path != place
        and not (world.root / path).is_symlink()
    ]
    if not near:
        return None
    if place.is_dir() and not place.is_symlink():
        return None
    target = os.path.relpath(world.root / dice.choice(near), place.parent)
    place.unlink()
    place.symlink_to(target)
    return f"{place.relative_to(world.root)} -> {target}"


def touch(world: World, dice: random.Random) -> str | None:
    """Only dates change."""
    found = world.files()
    for path in dice.sample(found, min(len(found), 5)):
        os.utime(world.root / path, follow_symlinks=False)
    return "touched 5 files"


def ignored(world: World, dice: random.Random) -> str:
    return world.write(f"{dice.choice(world.homes).folder}/note.local", str(dice.randrange(9)))


def revert(world: World, dice: random.Random) -> str:
    """Some files, or all, as an earlier commit has them."""
    commits = world.git("rev-list", "--max-count=25", "HEAD").split()
    commit = dice.choice(commits)
    if dice.randrange(2):
        world.git("read-tree", "--reset", "-u", commit)
        world.git("clean", "-fdq")
        return f"all as in {commit[:8]}"
    folder = dice.choice(world.homes).folder
    world.git("checkout", "-q", commit, "--", folder, check=False)
    return f"{folder} as in {commit[:8]}"


KINDS: dict[str, tuple[int, Kind]] = {
    "value": (8, value),
    "module": (8, module),
    "test": (4, test),
    "new module": (3, new_module),
    "new test": (3, new_test),
    "shared test": (1, shared_test),
    "same date": (3, same_date),
    "signature": (2, signature),
    "broken": (1, broken),
    "data": (4, data),
    "new data": (2, new_data),
    "conftest": (3, conftest),
    "init": (2, init),
    "delete": (3, delete),
    "rename": (4, rename),
    "rename folder": (2, rename_folder),
    "move": (3, move),
    "shadow": (2, shadow),
    "unshadow": (2, unshadow),
    "package or module": (2, package_or_module),
    "swap": (1, swap),
    "chmod": (2, chmod),
    "link": (2, link),
    "touch": (2, touch),
    "ignored": (1, ignored),
    "revert": (6, revert),
}
OWN_WEIGHT = 4
"""How often each of a workspace's own kinds comes."""


def edit(world: World, dice: random.Random) -> tuple[str, str]:
    """One edit: its kind and what it did."""
    kinds = {**{name: kind for name, (_, kind) in KINDS.items()}, **world.kinds}
    weights = [KINDS[name][0] if name in KINDS else OWN_WEIGHT for name in kinds]
    while True:
        (name,) = dice.choices(list(kinds), weights)
        done = kinds[name](world, dice)
        if done is not None:
            return name.strip(), done


def settle(world: World, dice: random.Random) -> str:
    """Leave the edit unstaged, or stage it, in part or whole, or commit it."""
    state = dice.choice(("unstaged", "unstaged", "staged", "half", "committed"))
    if state in {"staged", "committed"}:
        world.git("add", "-A")
    elif state == "half":
        listed = world.git("ls-files", "-z", "-m", "-o", "--exclude-standard").split("\0")
        chosen = [path for path in sorted(set(listed)) if path and dice.randrange(2)]
        if chosen:
            world.git("add", "-A", "--", *chosen, check=False)
    if state == "committed":
        commit(world)
    return state


def commit(world: World) -> None:
    world.git("add", "-A")
    world.git(
        *("-c", "user.name=edits", "-c", "user.email=edits@example.org"),
        *("commit", "-qm", "edit", "--allow-empty", "--no-verify"),
    )
