from typing import TYPE_CHECKING

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.static_version import (
    find_attribute,
    find_by_pattern,
    find_in_module,
)

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("a/__init__.py")


@pytest.mark.parametrize(
    ("code", "version"),
    [
        ('__version__ = "1.2"', "1.2"),
        ('__version__: str = "1.2"', "1.2"),
        ("__version__ = VERSION = '1.2'", "1.2"),
        ("__version__ = (1, 2, 3)", "1.2.3"),
        ('__version__ = "1"\n__version__ = "2"', "2"),
        ("from ._v import __version__", "7"),
        ("from a._v import __version__", None),
        ("from ._v import number as __version__", "8"),
        ("__version__ = get_version()", None),
        ("def broken(", None),
        ("", None),
    ],
)
def test_literals_of_a_module(tree: "MakeTree", code: str, version: str | None) -> None:
    made = tree({PATH: code, "a/_v.py": '__version__ = "7"\nnumber = "8"'})
    assert find_in_module(made, PATH) == version


def test_modules_that_import_from_each_other_end(tree: "MakeTree") -> None:
    made = tree({PATH: "from .b import __version__", "a/b.py": "from . import __version__"})
    assert find_in_module(made, PATH) is None


def test_attribute_below_the_first_root_that_has_the_module(tree: "MakeTree") -> None:
    made = tree({"src/a/v.py": 'VERSION = "3"', "a/v.py": 'VERSION = "4"'})
    assert find_attribute(made, [RelPath("src"), RelPath(".")], "a.v.VERSION") == "3"


def test_the_pattern_of_hatch(tree: "MakeTree") -> None:
    made = tree({PATH: 'x = 1\nVERSION = "v1.5"\n'})
    assert find_by_pattern(made, PATH) == "1.5"
