from pathlib import Path

import pytest

from oneroof.disk import cache_root, write_atomically


def test_parent_folders_are_made(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a/b/file", b"content")
    assert (tmp_path / "a/b/file").read_bytes() == b"content"


def test_the_old_content_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"file": b"new"}


def test_a_failed_write_leaves_the_old_content_and_no_debris(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").write_bytes(b"old")
    with pytest.raises(IsADirectoryError):
        write_atomically(folder, b"new")
    assert [each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*")] == [
        "folder",
        "folder/kept",
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ONEROOF_CACHE_DIR": "/srv/cache", "XDG_CACHE_HOME": "/xdg"}, "/srv/cache"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/oneroof"),
        ({}, "/home/someone/.cache/oneroof"),
        ({"ONEROOF_CACHE_DIR": "~/cache"}, "/home/someone/cache"),
        ({"ONEROOF_CACHE_DIR": ""}, "/home/someone/.cache/oneroof"),
    ],
)
def test_the_cache_lies_where_the_environment_says(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ONEROOF_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_root() == Path(expected)


def test_a_relative_cache_folder_counts_from_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONEROOF_CACHE_DIR", "cache")
    assert cache_root() == tmp_path / "cache"
