from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.cli.changing import write_all
from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.rules.fixing import Change

if TYPE_CHECKING:
    from pathlib import Path


def changes(*names: str) -> list[Change]:
    return [Change(RelPath(name), b"old", b"new") for name in names]


def test_all_is_written_or_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
    with pytest.raises(ConfigError, match="c: was changed meanwhile"):
        write_all(tmp_path, changes("a", "b", "c"))
    assert (tmp_path / "a").read_bytes() == b"old"
    (tmp_path / "a").chmod(0o755)
    write_all(tmp_path, changes("a", "b"))
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"new", b"new"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755


def test_what_was_written_is_taken_back_where_the_rest_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oneroof.cli import changing

    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
    write = changing.write_change

    def fail(root: Path, change: Change) -> None:
        if change.path == "b":
            raise OSError(28, "No space left on device")
        write(root, change)

    monkeypatch.setattr(changing, "write_change", fail)
    with pytest.raises(ConfigError, match="b: cannot be written: No space left on device"):
        write_all(tmp_path, changes("a", "b"))
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"old", b"old"]
