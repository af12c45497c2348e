"""A workspace to be edited: its projects in the order in which they may use each other."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from editing import texts

STEMS = ("one", "two", "three", "four", "five", "six")
DATA = ("data.json", "more.txt")
IMPORTS = 0.7
"""How many of the ways in which a file sees others are imports."""
MODULES_IN_DOUBT, TESTS_IN_DOUBT = 0.02, 0.12


@dataclass(frozen=True)
class Home:
    """One project."""

    name: str
    folder: str
    source: str
    """The folder of its import package."""
    package: str
    needs: tuple[str, ...] = ()
    tests: str = "tests"
    """The folder of its tests, from its own."""
    runner: str = "pytest"
    test_names: tuple[str, ...] = tuple(f"test_{stem}" for stem in STEMS[:4])


Kind = Callable[["World", random.Random], str | None]
"""An edit: says what it did, or None where it found nothing to do."""


@dataclass
class World:
    """What edits and generators know of a workspace."""

    name: str
    root: Path
    homes: tuple[Home, ...]
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """Kinds of edits that only this workspace has."""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that edits set for what follows."""
    shared: tuple[str, ...] = ()
    """Files of no project, or of another one, that tests may read by path."""

    def home(self, name: str) -> Home:
        return next(each for each in self.homes if each.name == name)

    def home_of(self, path: str) -> Home | None:
        found = [each for each in self.homes if f"{path}/".startswith(f"{each.folder}/")]
        return max(found, key=lambda each: len(each.folder)) if found else None

    def git(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ("git", *arguments), cwd=self.root, capture_output=True, check=check, text=True
        )
        return done.stdout

    def files(self) -> list[str]:
        """All that git does not ignore and that is there, sorted."""
        listed = self.git("ls-files", "-z", "-c", "-o", "--exclude-standard").split("\0")
        return sorted({each for each in listed if each and os.path.lexists(self.root / each)})

    def write(self, path: str, text: str) -> str:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()
        place.write_text(text)
        return path

    # what there is

    def sources(self) -> list[str]:
        """The modules of import packages."""
        return [
            path
            for path in self.files()
            if path.endswith(".py")
            and any(path.startswith(f"{home.source}/") for home in self.homes)
        ]

    def tests(self) -> list[str]:
        return [
            path
            for path in self.files()
            if PurePosixPath(path).name.startswith("test_") and path.endswith(".py")
        ]

    def data(self) -> list[str]:
        known = ("setup.cfg", "pyproject.toml", "pytest.ini", "tox.ini", "uv.lock", ".gitignore")
        return [
            path
            for path in self.files()
            if not path.endswith((".py", ".toml", ".cfg", ".ini", ".lock", ".sh"))
            and PurePosixPath(path).name not in known
            and not (self.root / path).is_symlink()
        ]

    def dotted(self, path: str) -> str | None:
        """The name by which a module of a package is imported."""
        for home in self.homes:
            if path.startswith(f"{home.source}/"):
                inside = path.removeprefix(f"{home.source}/").removesuffix(".py")
                return f"{home.package}.{inside.replace('/', '.')}".removesuffix(".__init__")
        return None

    def needed(self, home: Home) -> list[Home]:
        """The projects that one may import from, whoever says so."""
        names = list(home.needs)
        for name in names:
            names += [each for each in self.home(name).needs if each not in names]
        return [each for each in self.homes if each.name in names]

    def rank(self, dotted: str) -> tuple[int, int, int]:
        """Modules use those of lower rank only, so that imports do not go round in circles."""
        for place, home in enumerate(self.homes):
            if dotted == home.package or dotted.startswith(f"{home.package}."):
                inside = dotted.removeprefix(home.package).strip(".").split(".")
                stem = STEMS.index(inside[-1]) if inside[-1] in STEMS else 9
                return place, len(inside), stem
        return len(self.homes), 0, 0

    # what may be used

    def targets(self, path: str, home: Home) -> list[str]:
        """The modules that a file of a project may import, by dotted name."""
        own = self.dotted(path)
        top = self.rank(own) if own else (len(self.homes), 0, 0)
        open_to = {home.name, *(each.name for each in self.needed(home))}
        found = []
        for source in self.sources():
            owner, dotted = self.home_of(source), self.dotted(source)
            if owner is None or dotted is None or source.endswith("__init__.py"):
                continue
            if owner.name in open_to and self.rank(dotted) < top and "plugins" not in source:
                found.append(dotted)
        return found

    def uses(self, path: str, home: Home, dice: random.Random, count: int) -> list[tuple[str, str]]:
        """Ways in which a file sees others: mostly imports, some files."""
        targets = self.targets(path, home)
        # What leaves a reader in doubt is seen by all that use it: rare in modules, or nothing
        # would ever be served.
        doubts = TESTS_IN_DOUBT if "/test_" in path else MODULES_IN_DOUBT
        found = []
        for place in range(count):
            alias = f"part{place}"
            in_doubt = dice.random() < doubts
            if dice.random() < IMPORTS and targets:
                target = dice.choice(targets)
                near = self._relative(path, target)
                if in_doubt or near is None or dice.randrange(2):
                    ways = texts.COMPUTED if in_doubt else texts.IMPORTS
                    found.append(dice.choice(ways)(target, alias, dice))
                else:
                    found.append(texts.relative(*near, alias, dice))
            elif in_doubt:
                found.append(dice.choice([*self._doubtful_ways(path, dice)]))
            elif ways_to_files := [*self._file_ways(path, home, alias, dice)]:
                found.append(dice.choice(ways_to_files))
        return found

    def _relative(self, path: str, target: str) -> tuple[str, str] | None:
        own = self.dotted(path)
        if own is None:
            return None
        package = own if path.endswith("/__init__.py") else own.rpartition(".")[0]
        above, _, module = target.rpartition(".")
        if above == package:
            return ".", module
        if package.startswith(f"{above}."):
            return "." * (package.removeprefix(above).count(".") + 1), module
        return None

    def _file_ways(
        self, path: str, home: Home, alias: str, dice: random.Random
    ) -> Iterator[tuple[str, str]]:
        folder = PurePosixPath(path).parent
        place = self.root / folder
        inside = [*place.iterdir()] if place.is_dir() else []
        here = sorted(each.name for each in inside if each.is_file())
        for name in here:
            if name.endswith((".json", ".txt")):
                yield texts.beside(name, alias, dice)
            if name.endswith(".sh"):
                yield texts.program(name, dice)
        for each in (home, *self.needed(home)):
            for name in DATA:
                if (self.root / each.source / name).is_file():
                    yield texts.resource(each.package, name, dice)

    def _doubtful_ways(self, path: str, dice: random.Random) -> Iterator[tuple[str, str]]:
        folder = PurePosixPath(path).parent
        if (self.root / folder / "templates").is_dir():
            yield texts.listing("templates", dice)
        for shared in self.shared:
            yield texts.elsewhere(len(folder.parts), shared, dice)

    # writing

    def write_module(self, path: str, home: Home, dice: random.Random) -> str:
        uses = self.uses(path, home, dice, dice.choice((0, 1, 1, 2, 2)))
        if path.endswith("__init__.py"):
            uses = []
        return self.write(path, texts.module_text(dice.randrange(9), uses))

    def write_test(self, path: str, home: Home, dice: random.Random) -> str:
        uses = self.uses(path, home, dice, dice.choice((1, 2, 2, 3)))
        if home.runner == "unittest":
            return self.write(path, texts.unittest_text(uses, dice))
        more = dice.choice(("", "", "\n\ndef test_more():\n    pass\n"))
        if dice.randrange(4) == 0:
            word = dice.choice(("a", "b", "c"))
            more += (
                "\n\n@__import__('pytest').mark.parametrize('word', "
                f"['{word}'])\ndef test_word(word):\n    assert word\n"
            )
        return self.write(path, texts.text_of_tests(uses, dice, more))

    def fill(self, home: Home, dice: random.Random, stems: Sequence[str] = STEMS[:4]) -> None:
        """Write the package and the tests of a project."""
        self.write(f"{home.source}/data.json", str(dice.randrange(100)))
        self.write(f"{home.source}/more.txt", "text\n")
        self.write(f"{home.source}/run.sh", "#!/bin/sh\n")
        for name in ("a.j2", "b.j2"):
            self.write(f"{home.source}/templates/{name}", name)
        for stem in stems:
            self.write_module(f"{home.source}/{stem}.py", home, dice)
        for stem in stems[:2]:
            self.write_module(f"{home.source}/deep/{stem}.py", home, dice)
        self.write(f"{home.source}/deep/__init__.py", "")
        for name in home.test_names:
            self.write_test(f"{home.folder}/{home.tests}/{name}.py", home, dice)
