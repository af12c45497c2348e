"""Texts of modules and tests that see each other, and files, in every way Python knows.

Each way is a function from what is to be seen to a head (statements) and a term (an expression
with a small whole number), so that a module's `VALUE`, and what a test records, depend on it.
"""

import random
from collections.abc import Callable, Sequence

Way = Callable[[str, str, random.Random], tuple[str, str]]


def _split(target: str) -> tuple[str, str]:
    package, _, module = target.rpartition(".")
    return package, module


def _plain(target: str, _alias: str, dice: random.Random) -> tuple[str, str]:
    term = dice.choice(("{0}.VALUE", "{0}.VALUE", "{0}.scaled(2)", "{0}.scaled(by=3)"))
    return f"import {target}", term.format(target)


def _aliased(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    return f"import {target} as {alias}", f"{alias}.VALUE"


def _from_package(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    if not package:
        return f"import {module} as {alias}", f"{alias}.VALUE"
    return f"from {package} import {module} as {alias}", f"{alias}.VALUE"


def _name(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    return f"from {target} import (\n    VALUE as {alias},  # its number\n)", alias


def _star(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    return f"from {target} import *\n{alias} = VALUE", alias


def _guarded(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    head = f"try:\n    from {target} import VALUE as {alias}\nexcept ImportError:\n    {alias} = 50"
    return head, alias


def _optional(target: str, alias: str, dice: random.Random) -> tuple[str, str]:
    package, _ = _split(target)
    other = f"{package}.{dice.choice(('five', 'six', 'fast'))}" if package else "fast"
    return _guarded(other, alias, dice)


def _conditional(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    head = f"import sys\nif sys.version_info >= (3, 8): import {target} as {alias}\nelse: pass"
    return head, f"{alias}.VALUE"


def _typing(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    head = f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {target} as {alias}"
    return head, "0"


def _late(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    return f"def {alias}():\n    import {target}\n    return {target}.VALUE", f"{alias}()"


def _literal(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    return "import importlib", f'importlib.import_module("{target}").VALUE'


def _dunder(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    return "", f"__import__('{target}', fromlist=['VALUE']).VALUE"


def _computed(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    return "import importlib", f"importlib.import_module('.'.join(('{package}', '{module}'))).VALUE"


def _renamed_loader(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    head = f"from importlib import import_module as load_{alias}\n{alias} = '{package}.'"
    return head, f"load_{alias}({alias} + '{module}').VALUE"


def _mapped(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    head = f"import importlib\n{alias} = ['{package}' '.' + each for each in ['{module}']]"
    return head, f"sum(each.VALUE for each in map(importlib.import_module, {alias}))"


def _relative_name(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    return "import importlib", f"importlib.import_module('.{module}', '{package}').VALUE"


def _found(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    return (
        "import importlib.util",
        f"(3 if importlib.util.find_spec('{target}') is not None else 4)",
    )


def _found_computed(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    head = f"from importlib.util import find_spec\n{alias} = '{module}'"
    return head, f"(5 if find_spec(f'{package}.{{{alias}}}') is not None else 6)"


def _source(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    head = f"import inspect\nimport {target} as {alias}"
    return head, f"len(inspect.getsource({alias})) % 50"


def _located(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    head = f"from pydoc import locate\n{alias} = '{target}'"
    return head, f"locate({alias}).VALUE"


def _located_computed(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, module = _split(target)
    head = f"from pydoc import locate\n{alias} = '{module}'"
    return head, f"locate('{package}.' + {alias} + '.VALUE')"


def _listed(target: str, alias: str, _dice: random.Random) -> tuple[str, str]:
    package, _ = _split(target)
    return (
        f"import pkgutil\nimport {package} as {alias}",
        f"len([each.name for each in pkgutil.iter_modules({alias}.__path__)])",
    )


def _run(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    return "import runpy", f"runpy.run_module('{target}')['VALUE']"


def _process(target: str, _alias: str, _dice: random.Random) -> tuple[str, str]:
    head = "import subprocess\nimport sys"
    return head, f"int(subprocess.check_output([sys.executable, '-m', '{target}']))"


IMPORTS: Sequence[Way] = (
    *(_plain, _plain, _plain, _aliased, _from_package, _from_package, _name, _name, _star),
    *(_guarded, _optional, _conditional, _typing, _late, _literal, _found),
)
"""Ways that a reader can follow."""

COMPUTED: Sequence[Way] = (
    *(_computed, _renamed_loader, _mapped, _relative_name, _found_computed, _listed, _run),
    *(_located, _located_computed, _process, _dunder, _source),
)
"""Ways that leave a reader in doubt."""


def relative(level: str, module: str, alias: str, dice: random.Random) -> tuple[str, str]:
    """A relative import: `level` holds the dots, and what follows them."""
    if dice.randrange(2):
        return f"from {level} import {module} as {alias}", f"{alias}.VALUE"
    between = "" if level.endswith(".") else "."
    return f"from {level}{between}{module} import VALUE as {alias}", alias


def number(text: str) -> str:
    """An expression with a small number for a text."""
    return f"sum({text}.encode()) % 50"


def beside(name: str, _alias: str, dice: random.Random) -> tuple[str, str]:
    """Read a file beside the module."""
    place = dice.choice(
        (
            f"Path(__file__).with_name('{name}').read_text()",
            f"(Path(__file__).parent / '{name}').read_text()",
            f"open(os.path.join(os.path.dirname(__file__), '{name}')).read()",
        )
    )
    return "import os\nfrom pathlib import Path", number(place)


def resource(package: str, name: str, dice: random.Random) -> tuple[str, str]:
    """Read a file of a package by the package's name."""
    if dice.randrange(2):
        return "import importlib.resources", number(
            f"importlib.resources.files('{package}').joinpath('{name}').read_text()"
        )
    return "import pkgutil", number(f"pkgutil.get_data('{package}', '{name}').decode()")


def listing(folder: str, dice: random.Random) -> tuple[str, str]:
    """What a folder beside the module holds."""
    term = dice.choice(
        (
            f"len(os.listdir(os.path.join(os.path.dirname(__file__), '{folder}')))",
            f"len([*(Path(__file__).parent / '{folder}').iterdir()])",
            f"len([*Path(__file__).parent.glob('{folder}/*')])",
        )
    )
    return "import os\nfrom pathlib import Path", term


def elsewhere(climbs: int, path: str, dice: random.Random) -> tuple[str, str]:
    """Read a file by a path that first leads up from the module's folder."""
    ups = ", ".join(["'..'"] * climbs)
    nested = "os.path.abspath(__file__)"
    for _ in range(climbs + 1):
        nested = f"os.path.dirname({nested})"
    dots = "/".join([".."] * climbs)
    place = dice.choice(
        (
            f"(Path(__file__).parents[{climbs}] / '{path}').read_text()",
            f"(Path(__file__).resolve(){'.parent' * (climbs + 1)} / '{path}').read_text()",
            f"open(os.path.join(os.path.dirname(__file__), {ups}, '{path}')).read()",
            f"open(os.path.join({nested}, '{path}')).read()",
            f"(Path(__file__).parent / '{dots}/{path}').read_text()",
        )
    )
    return "import os\nfrom pathlib import Path", number(place)


def program(name: str, _dice: random.Random) -> tuple[str, str]:
    """Whether a file beside the module may be run."""
    return (
        "import os",
        f"(7 if os.access(os.path.join(os.path.dirname(__file__), '{name}'), os.X_OK) else 8)",
    )


def module_text(base: int, uses: Sequence[tuple[str, str]]) -> str:
    """A module whose `VALUE` depends on all it uses."""
    heads = "".join(f"{head}\n" for head, _ in uses if head)
    total = "".join(f" + {term}" for _, term in uses)
    return (
        f'"""A module."""\n{heads}BASE = {base}\nVALUE = (BASE{total}) % 97\n\n\n'
        "def scaled(by=1):\n    return VALUE * by % 97\n\n\n"
        'if __name__ == "__main__":\n    print(VALUE)\n'
    )


def text_of_tests(uses: Sequence[tuple[str, str]], dice: random.Random, more: str = "") -> str:
    """Tests that record what they see and fail for one value in thirteen."""
    heads, bodies = [], []
    for place, (head, term) in enumerate(uses):
        inside = dice.randrange(3) == 0 and "import *" not in head
        lines = [f"    {line}" for line in head.split("\n")] if inside and head else []
        if head and not inside:
            heads.append(head)
        fixture = ", extra" if dice.randrange(3) == 0 else ""
        bodies += [
            f"\n\ndef test_{place}(record_property{fixture}):",
            *lines,
            f"    seen = {term}{' + extra' if fixture else ''}",
            "    record_property('seen', str(seen))",
            f"    assert seen % 13 != {dice.randrange(13)}",
        ]
    return "\n".join([*heads, *bodies, more, ""])


def unittest_text(uses: Sequence[tuple[str, str]], dice: random.Random) -> str:
    """The same for unittest."""
    heads = "".join(f"{head}\n" for head, _ in uses if head)
    bodies = "".join(
        f"\n    def test_{place}(self):\n        self.assertNotEqual(({term}) % 9, "
        f"{dice.randrange(9)})\n"
        for place, (_, term) in enumerate(uses)
    )
    return f"import unittest\n{heads}\n\nclass Test(unittest.TestCase):{bodies}\n"


def conftest_text(value: int, uses: Sequence[tuple[str, str]] = (), name: str = "extra") -> str:
    """A conftest.py with one fixture."""
    heads = "".join(f"{head}\n" for head, _ in uses if head)
    total = "".join(f" + {term}" for _, term in uses)
    return f"import pytest\n{heads}\n\n@pytest.fixture\ndef {name}():\n    return {value}{total}\n"
