from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from oneroof.errors import ConfigError
from oneroof.paths import ROOT, RelPath
from oneroof.workspace.tree import EMPTY, Folder, Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]

FILES = [RelPath(path) for path in ("a/b/c/z.py", "a/x.py", "top.py", "a/b/c/y.py")]


def test_a_folder_lists_what_lies_directly_in_it() -> None:
    found = Tree(Path("/nowhere"), FILES)
    assert [found.folder(RelPath(each)) for each in (".", "a", "a/b", "a/b/c", "q")] == [
        Folder(("a",), ("top.py",)),
        Folder(("b",), ("x.py",)),
        Folder(("c",), ()),
        Folder((), ("y.py", "z.py")),
        EMPTY,
    ]


def test_membership_is_of_files_and_folders_are_asked_for_otherwise() -> None:
    found = Tree(Path("/nowhere"), FILES)
    assert (RelPath("a/x.py") in found, RelPath("a/b") in found) == (True, False)
    assert (found.is_folder(RelPath("a/b")), found.is_folder(RelPath("a/x.py"))) == (True, False)


def test_below_walks_in_depth_first_order() -> None:
    found = Tree(Path("/nowhere"), FILES)
    assert list(found.below(ROOT)) == ["top.py", "a/x.py", "a/b/c/y.py", "a/b/c/z.py"]


def test_an_empty_workspace_has_an_empty_root() -> None:
    found = Tree(Path("/nowhere"), [])
    assert (found.folder(ROOT), list(found.below(ROOT))) == (EMPTY, [])


def test_every_read_is_noted(tree: MakeTree) -> None:
    found = tree({"a": "1", "b": "2", "c": "3"})
    found.read_text(RelPath("a"))
    found.absolute(RelPath("b"))
    assert found.reads == {"a", "b"}


def test_a_byte_order_mark_is_no_content(tree: MakeTree) -> None:
    assert tree({"a": b"\xef\xbb\xbfx"}).read_text(RelPath("a")) == "x"


def test_a_file_that_is_not_utf8_is_named_with_the_first_wrong_byte(tree: MakeTree) -> None:
    with pytest.raises(ConfigError) as caught:
        tree({"a": b"x\xff"}).read_text(RelPath("a"))
    assert (caught.value.message, caught.value.hint) == (
        "a: is not UTF-8: byte 1 is `0xff`",
        "save the file as UTF-8",
    )


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a: cannot be read: No such file or directory"):
        Tree(tmp_path, [RelPath("a")]).read_bytes(RelPath("a"))


def test_what_a_link_leads_over_counts_as_read_too(tree: MakeTree) -> None:
    found = tree({"shared/x": "1"})
    links = {"one": "two", "two": "shared/x", "away": "../elsewhere", "loop": "loop"}
    for name, target in links.items():
        (found.root / name).symlink_to(target)
    linked = Tree(found.root, found.files, frozenset(map(RelPath, links)))
    assert linked.read_bytes(RelPath("one")) == b"1"
    assert linked.reads == {"one", "two", "shared/x"}
    for name in ("away", "loop"):
        with pytest.raises(ConfigError):
            linked.read_bytes(RelPath(name))
