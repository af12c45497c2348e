"""`inputs` with a leading `!`: files that would count and do not."""

from __future__ import annotations

import pytest

from oneroof.changes.inputs import Inputs
from oneroof.paths import RelPath

HUB = RelPath("libs/hub")


@pytest.mark.parametrize(
    ("globs", "path", "says"),
    [
        ((), "libs/hub/a.json", None),
        (("*.json",), "libs/hub/a.json", True),
        (("!*.json",), "libs/hub/a.json", False),
        (("!*.json",), "libs/hub/a.txt", None),
        (("data/**", "!data/big"), "libs/hub/data/big/a.bin", False),
        (("!data/big", "data/**"), "libs/hub/data/big/a.bin", True),
        (("!/data/*",), "data/a.json", False),
        (("!../other/a.json",), "libs/other/a.json", False),
        (("!**",), "libs/hub/a.py", None),
        (("!**",), "libs/hub/a.pyi", None),
        (("!**",), "libs/hub/a.ipynb", None),
        (("a.py", "!**"), "libs/hub/a.py", True),
    ],
)
def test_the_last_glob_that_matches_decides_and_python_always_counts(
    globs: tuple[str, ...], path: str, says: object
) -> None:
    assert Inputs(HUB, globs).says(RelPath(path)) is says
