from pathlib import Path

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.similar import find_similar, hint_similar
from oneroof.workspace.tree import Tree

TREE = Tree(
    Path(),
    [RelPath(each) for each in ("README.md", "lib/shellpers/run.sh", "lib/shell/x", "app/a.toml")],
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("REDME.md", "README.md"),
        ("readme.MD", "README.md"),
        ("lib/shelpers", "lib/shellpers"),
        ("lib/shelpers/run.sh", "lib/shellpers/run.sh"),
        ("lib/shelpers/gone.sh", "lib/shellpers"),
        ("lib/shellpers/rum.sh", "lib/shellpers/run.sh"),
        ("nothing/like/it", None),
        ("README.md", None),
    ],
)
def test_the_name_that_is_nearest_where_the_way_ends(path: str, found: str | None) -> None:
    assert find_similar(TREE, RelPath(path)) == found


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("../REDME.md", "did you mean `../README.md`?"),
        ("../../beyond", "mend it"),
        ("b.yaml", "mend it"),
    ],
)
def test_a_hint_is_written_as_the_manifest_would(text: str, hint: str) -> None:
    assert hint_similar(TREE, RelPath("app"), text, "mend it") == hint
