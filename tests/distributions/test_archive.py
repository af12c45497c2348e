from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from oneroof.distributions.archive import Member, Wheel, WheelError, read_wheel, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAME = "a-1-py3-none-any.whl"
WHEEL = Wheel(
    NAME,
    {
        "a-1.dist-info/METADATA": Member(b"Name: a\n"),
        "a/run.sh": Member(b"#!/bin/sh\n", is_program=True),
        "a/__init__.py": Member(b"X = 1\n"),
    },
)


def test_a_wheel_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_wheel(WHEEL, tmp_path / NAME)
    assert read_wheel(tmp_path / NAME) == WHEEL


def test_the_order_of_members_does_not_show(tmp_path: Path) -> None:
    write_wheel(WHEEL, tmp_path / "one")
    write_wheel(Wheel(NAME, dict(reversed(list(WHEEL.members.items())))), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_metadata_comes_last_and_record_at_the_very_end(tmp_path: Path) -> None:
    write_wheel(WHEEL, tmp_path / NAME)
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        assert archive.namelist() == [
            *("a/__init__.py", "a/run.sh"),
            *("a-1.dist-info/METADATA", "a-1.dist-info/RECORD"),
        ]


def changed(path: Path, **files: bytes) -> Path:
    """A wheel with members added or replaced behind the back of its RECORD."""
    write_wheel(WHEEL, path)
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, **files}.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a/__init__.py": b"X = 2\n"}, "holds another `a/__init__.py` than its RECORD says"),
        ({"b.py": b""}, "holds `b.py`, which its RECORD does not name"),
        ({"../b.py": b""}, "holds `../b.py`, which leads out of it"),
        ({"a-1.dist-info/RECORD": b"gone.py,,\n"}, "lacks `gone.py`, which its RECORD names"),
        ({"b.dist-info/METADATA": b""}, "has METADATA twice"),
    ],
)
def test_what_record_does_not_bear_out_is_refused(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    path = changed(tmp_path / NAME, **files)
    with pytest.raises(WheelError, match=f"^the wheel `{NAME}` {said}$"):
        read_wheel(path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"PK no")
    with pytest.raises(WheelError, match="cannot be read: File is not a zip file"):
        read_wheel(tmp_path / NAME)
