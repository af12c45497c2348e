from pathlib import Path

import pytest

from oneroof.errors import Problem
from oneroof.locks.read import parse_lock, read_lock
from oneroof.paths import RelPath
from oneroof.workspace.tree import Tree


@pytest.mark.parametrize(
    ("name", "text", "key", "message"),
    [
        ("uv.lock", "version = 2\n", "version", "format `2` is not known, expected `1`"),
        ("uv.lock", "package = []\n", "", "object missing required field `version`"),
        (
            "uv.lock",
            'version = 1\n[[package]]\nname = "a"\n',
            "package[0]",
            "object missing required field `source`",
        ),
        (
            "uv.lock",
            "version = 1\n[[package]]\nname = 3\nsource = {}\n",
            "package[0].name",
            "expected `str`, got `int`",
        ),
        (
            "uv.lock",
            'version = 1\n[[package]]\nname = "a"\nsource = {}\n',
            "package.source",
            "a package has a source of no known kind",
        ),
        (
            "poetry.lock",
            '[metadata]\nlock-version = "3.0"\n',
            "metadata.lock-version",
            "format `3.0` is not known, expected `1` or `2`",
        ),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\n',
            "",
            "object missing required field `metadata`",
        ),
        (
            "pdm.lock",
            '[metadata]\nlock_version = "5.0"\n',
            "metadata.lock_version",
            "format `5.0` is not known, expected `3` or `4`",
        ),
        (
            "pylock.toml",
            'lock-version = "2.0"\ncreated-by = "x"\npackages = []\n',
            "lock-version",
            "format `2.0` is not known, expected `1.0`",
        ),
        (
            "pylock.toml",
            'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "A_b"\nversion = "1"\n',
            "packages[0].name",
            "name 'A_b' is not normalized",
        ),
        (
            "requirements.txt",
            "six==1.0 --hash=sha256:aa\nrich>=1\n",
            "line 2",
            "`rich` is not pinned to one version",
        ),
        (
            "requirements.txt",
            "six==1.0 --hash=sha256:aa\n???\n",
            "line 2",
            "`???` is not a pin: expected package name at the start of dependency specifier",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_key(name: str, text: str, key: str, message: str) -> None:
    lock, problems = parse_lock(text, RelPath(f"app/{name}"))
    assert lock is None
    [problem] = problems
    assert (problem.path, problem.key, problem.message, problem.fatal) == (
        f"app/{name}",
        key,
        message,
        True,
    )
    assert problem.hint


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_a_truncated_lock_is_not_toml(name: str) -> None:
    _, [problem] = parse_lock('version = 1\n[[package]]\nname = "a', RelPath(name))
    assert problem.message.startswith("is not TOML: ")


def test_an_unresolved_merge_is_named() -> None:
    _, [problem] = parse_lock("<<<<<<< HEAD\nversion = 1\n", RelPath("uv.lock"))
    assert problem.message == "holds the marks of an unresolved merge"


def test_a_lock_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(b"version = 1 # \xff\n")
    found = read_lock(Tree(tmp_path, [RelPath("uv.lock")]), RelPath("uv.lock"))
    assert found == (
        None,
        (
            Problem(
                "uv.lock",
                "is not UTF-8: byte 14 is `0xff`",
                hint="save the file as UTF-8",
                fatal=True,
            ),
        ),
    )


def test_windows_line_ends_make_no_difference() -> None:
    text = 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n'
    path = RelPath("uv.lock")
    assert parse_lock(text.replace("\n", "\r\n"), path) == parse_lock(text, path)
