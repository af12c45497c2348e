"""Files of known durations: read together, brought up to date, refused where they are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oneroof.errors import ConfigError
from oneroof.paths import RelPath
from oneroof.tasks.durations import Durations, Taken, read_durations, renewed, write_durations

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = map(RelPath, ("p/a.py", "p/b.py", "p/c.py"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    some = Durations(targets={"p:test": Taken(1.5, {A: 0.25})})
    write_durations(tmp_path / "new/x.json", some)
    assert read_durations([tmp_path / "new/x.json"]) == some
    assert (tmp_path / "new/x.json").read_text() == (
        '{\n  "format": 1,\n  "targets": {\n    "p:test": {\n      "seconds": 1.5,\n'
        '      "files": {\n        "p/a.py": 0.25\n      }\n    }\n  }\n}\n'
    )


def test_of_several_files_the_longest_durations_count_in_any_order(tmp_path: Path) -> None:
    write_durations(tmp_path / "d/1.json", Durations(targets={"p:test": Taken(1.0, {A: 2.0})}))
    more = Durations(targets={"p:test": Taken(None, {A: 1.0, B: 3.0}), "q:lint": Taken(4.0)})
    write_durations(tmp_path / "d/deep/2.json", more)
    together = Durations(targets={"p:test": Taken(1.0, {A: 2.0, B: 3.0}), "q:lint": Taken(4.0)})
    assert read_durations([tmp_path / "d"]) == together
    assert read_durations([tmp_path / "d/deep/2.json", tmp_path / "d/1.json"]) == together


def test_an_empty_folder_holds_none(tmp_path: Path) -> None:
    assert read_durations([tmp_path]) == Durations()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the durations in `x.json` cannot be read: No such file or directory"),
        ("nonsense", "`x.json` holds no durations: JSON is malformed"),
        ('{"targets": {"a": {"seconds": -1}}}', "`x.json` holds no durations: Expected `float`"),
        ('{"format": 2}', "`x.json` holds no durations: Invalid enum value 2"),
        ('{"pytest": []}', "`x.json` holds no durations: Object contains unknown field"),
    ],
)
def test_what_holds_no_durations_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, said: str
) -> None:
    from pathlib import Path as Place

    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    with pytest.raises(ConfigError) as error:
        read_durations([Place("x.json")])
    assert error.value.message.startswith(said)
    assert error.value.hint.startswith("write them with `oneroof test --write-durations FILE`")


def test_what_was_measured_counts_and_what_is_gone_goes() -> None:
    old = Durations(
        targets={"p:test": Taken(1.0, {A: 1.0, B: 1.0, C: 1.0}), "gone:test": Taken(1.0)}
    )
    new = {"p:test": Taken(None, {B: 2.0}), "q:test": Taken(3.0)}
    assert renewed(old, new, {A, B}, {"p:test", "q:test"}) == Durations(
        targets={"p:test": Taken(1.0, {A: 1.0, B: 2.0}), "q:test": Taken(3.0)}
    )
