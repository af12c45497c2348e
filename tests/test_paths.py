import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneroof import paths
from oneroof.paths import ROOT, RelPath

SEGMENT = st.text("abc.-_é", min_size=1, max_size=4).filter(lambda text: text not in {".", ".."})
PATHS = st.lists(SEGMENT, min_size=1, max_size=5).map(lambda parts: RelPath("/".join(parts)))


@pytest.mark.parametrize(
    ("base", "text", "expected"),
    [
        (".", "libs/a", "libs/a"),
        ("libs/a", "../b", "libs/b"),
        ("libs/a", "../../", "."),
        ("libs/a", "./x//y/", "libs/a/x/y"),
        ("libs/a", "..\\b", "libs/b"),
        (".", "", "."),
        (".", "../x", None),
        ("libs", "../../x", None),
        ("libs", "/etc", None),
        ("libs", "C:\\x", None),
        ("libs", "C:/x", None),
    ],
)
def test_text_of_a_manifest_becomes_a_path_or_leaves_the_workspace(
    base: str, text: str, expected: str | None
) -> None:
    assert paths.normalise(RelPath(base), text) == expected


@pytest.mark.parametrize(
    ("path", "folder", "within"),
    [
        ("a/b", "a", True),
        ("a", "a", True),
        ("ab", "a", False),
        ("a", "a/b", False),
        ("a", ".", True),
        (".", ".", True),
        (".", "a", False),
    ],
)
def test_a_folder_holds_itself_and_what_lies_below(path: str, folder: str, *, within: bool) -> None:
    assert paths.is_within(RelPath(path), RelPath(folder)) is within


def test_ancestors_go_from_the_nearest_folder_to_the_root() -> None:
    assert paths.ancestors(RelPath("a/b/c")) == ["a/b", "a", "."]
    assert paths.ancestors(ROOT) == []


def test_the_parent_of_the_root_is_the_root() -> None:
    assert (paths.parent(RelPath("a/b")), paths.parent(RelPath("a")), paths.parent(ROOT)) == (
        "a",
        ".",
        ".",
    )


def test_the_name_is_the_last_segment() -> None:
    assert (paths.name(RelPath("a/b.py")), paths.name(RelPath("b.py"))) == ("b.py", "b.py")


def test_asking_for_a_path_outside_the_folder_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="'ab' is not within 'a'"):
        paths.relative_to(RelPath("ab"), RelPath("a"))


@given(PATHS, PATHS)
def test_relative_to_undoes_join(folder: RelPath, inside: RelPath) -> None:
    joined = paths.join(folder, inside)
    assert paths.relative_to(joined, folder) == inside
    assert paths.relative_to(paths.join(ROOT, inside), ROOT) == inside


@given(PATHS)
def test_a_path_in_normal_form_stays_as_it_is(path: RelPath) -> None:
    assert paths.normalise(ROOT, path) == path


@given(PATHS)
def test_a_path_lies_within_each_of_its_ancestors(path: RelPath) -> None:
    assert all(paths.is_within(path, above) for above in paths.ancestors(path))
