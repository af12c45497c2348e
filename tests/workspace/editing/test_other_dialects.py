"""`setup.cfg` and requirements files after a change."""

from configparser import RawConfigParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof.paths import RelPath
from oneroof.workspace.dialects.requirements_lines import parse_requirements
from oneroof.workspace.editing.apply import edited
from oneroof.workspace.editing.arrays import name_in
from oneroof.workspace.editing.edits import AddItem, AddKey, RemoveItems, RemoveLine
from oneroof.workspace.editing.refusal import NotEditable

CFG = RelPath("setup.cfg")
TXT = RelPath("requirements.txt")
OPTION = ("options", "install_requires")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("install_requires =\n    b\n    z\n", "install_requires =\n    b\n    m\n    z\n"),
        ("install_requires =\n\tz\n\tb", "install_requires =\n\tz\n\tb\n\tm"),
        (
            "install_requires =\n    b\n    # on z\n    z\n\nzip_safe = 1\n",
            "install_requires =\n    b\n    m\n    # on z\n    z\n\nzip_safe = 1\n",
        ),
        ("install-requires = b\n", "install-requires = b; m\n"),
        ("zip_safe = 1\n\n[x]\n", "zip_safe = 1\ninstall_requires =\n    m\n\n[x]\n"),
        ("install_requires =\n", "install_requires =\n    m\n"),
    ],
)
def test_a_requirement_is_added_to_setup_cfg(before: str, after: str) -> None:
    assert edited(CFG, f"[options]\n{before}", [AddItem(OPTION, "m")]) == f"[options]\n{after}"


def test_a_section_is_made_in_setup_cfg() -> None:
    path = ("options.extras_require", "test")
    assert edited(CFG, "[metadata]\nname = x\n", [AddItem(path, "m>=1")]) == (
        "[metadata]\nname = x\n\n[options.extras_require]\ntest =\n    m>=1\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("install_requires =\n    b\n    M>=1  # m\n", "install_requires =\n    b\n"),
        ("install_requires = b; m\n", "install_requires = b\n"),
        ("install_requires =\n    m\nx = 1\n", "install_requires =\nx = 1\n"),
    ],
)
def test_a_requirement_is_removed_from_setup_cfg(before: str, after: str) -> None:
    text = edited(CFG, f"[options]\n{before}", [RemoveItems(OPTION, "m")])
    assert text == f"[options]\n{after}"


@pytest.mark.parametrize("edit", [AddItem(OPTION, "m"), RemoveItems(OPTION, "m")])
def test_what_is_read_from_a_file_is_left(edit: AddItem | RemoveItems) -> None:
    with pytest.raises(NotEditable, match="is read from a file"):
        edited(CFG, "[options]\ninstall_requires = file: x.txt\n", [edit])


@pytest.mark.parametrize(
    ("before", "item", "after"),
    [
        ("b\nz\n", "m>=1", "b\nm>=1\nz\n"),
        ("z\nb\n", "m>=1", "z\nb\nm>=1\n"),
        ("-r base.txt\n# on z\nz==1\n", "m", "-r base.txt\n# on z\nm\nz==1\n"),
        ("", "m", "m\n"),
        ("b", "m", "b\nm"),
        ("b\r\nz\r\n", "m", "b\r\nm\r\nz\r\n"),
        ("-e ../a\nb\n", "-e ../lib", "-e ../a\n-e ../lib\nb\n"),
        ("b\n", "-e ../lib", "-e ../lib\nb\n"),
        ("--index-url x\n", "m", "--index-url x\nm\n"),
    ],
)
def test_a_requirement_is_added_to_a_requirements_file(before: str, item: str, after: str) -> None:
    assert edited(TXT, before, [AddItem((), item)]) == after


def test_a_requirement_is_removed_with_its_further_lines() -> None:
    text = "b\nm==1 \\\n    --hash=sha256:00\nz  # z\n"
    assert edited(TXT, text, [RemoveLine(2)]) == "b\nz  # z\n"


def test_lines_with_hashes_get_no_neighbour_without() -> None:
    with pytest.raises(NotEditable, match="hashes"):
        edited(TXT, "b==1 --hash=sha256:00\n", [AddItem((), "m")])


@pytest.mark.parametrize("name", ["setup.py", "requirements.txt", "setup.cfg"])
def test_what_a_file_has_no_place_for_is_refused(name: str) -> None:
    with pytest.raises(NotEditable):
        edited(RelPath(name), "", [AddKey(("a",), "b")])


LINES = st.lists(
    st.sampled_from(
        ["attrs", "# on it", "", "numpy<2  # why", "-e ../lib", "Zope.event==1", "-r x"]
    )
)


@given(LINES, st.sampled_from(["", "\n"]))
def test_a_requirements_file_says_one_more_and_all_its_comments(lines: list[str], end: str) -> None:
    text = "\n".join(lines) + (end if lines else "")
    new = edited(TXT, text, [AddItem((), "m>=1")])
    rest = new.splitlines()
    rest.remove("m>=1")
    assert rest == text.splitlines()
    number = next(each.number for each in parse_requirements(new) if each.text == "m>=1")
    if text:
        assert edited(TXT, new, [RemoveLine(number)]).rstrip("\n") == text.rstrip("\n")


@given(st.lists(st.sampled_from(["attrs", "# on it", "numpy<2  # why", "Zope.event==1"])))
def test_setup_cfg_says_one_more_and_all_its_comments(lines: list[str]) -> None:
    value = "".join(f"    {line}\n" for line in lines)
    text = f"[options]\ninstall_requires =\n{value}zip_safe = 1\n"
    new = edited(CFG, text, [AddItem(OPTION, "m>=1")])
    rest = new.split("\n")
    rest.remove("    m>=1")
    assert rest == text.split("\n")
    assert edited(CFG, new, [RemoveItems(OPTION, "m")]) == text
    parser = RawConfigParser()
    parser.read_string(new)
    found = parser["options"]["install_requires"].split("\n")
    names = [name_in(each.partition(" #")[0]) for each in found if each]
    assert "m" in names
