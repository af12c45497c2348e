"""`--shard` and what goes with it: how wishes that cannot be are refused, what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.wheelhouse import Wheelhouse


@pytest.mark.parametrize("value", ["0/5", "6/5", "x", "1", "1/0", "-1/2", "1/2@xyz", "1/2/3"])
def test_a_shard_that_cannot_be_is_a_usage_error(oneroof: Oneroof, shop: Path, value: str) -> None:
    said = oneroof(shop, "test", f"--shard={value}")
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == (
        "error: invalid value for '--shard': expected K/N, where K is one of 1 to N, such as "
        f"`2/5`; found `{value}`\nhint: `oneroof test --help` shows the usage\n"
    )


def test_an_empty_shard_is_said_and_well(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "test", "--shard", "2/2")
    assert (said.exit_code, said.stdout) == (0, "")
    assert said.stderr.startswith("shard 2/2 of division ")
    assert said.stderr.endswith(" is empty: there is only 1 piece to divide\n")
    assert oneroof(shop, "test", "--shard", "2/2", "--json").json == {
        "ok": True,
        "targets": [],
        "shard": {
            "index": 2,
            "count": 2,
            "division": said.stderr.split()[4],
            "targets": {},
            "weight": 0.0,
        },
    }


def test_a_dry_run_says_what_is_in_the_shard(
    oneroof: Oneroof, shop: Path, wheelhouse: Wheelhouse
) -> None:
    del wheelhouse
    (shop / "libs/ml/tests/test_ml.py").write_text("#" * 60_000)
    (shop / "libs/ml/tests/test_more.py").write_text("#" * 60_000)
    said = oneroof(shop, "test", "--shard", "1/2", "--dry-run")
    assert said.stderr.endswith(
        ": 1 of 1 target, 1 of 2 test files, 50% of the work by the sizes of files\n"
    )
    assert said.stdout == "run  ml:test  1 test file\n"


def test_another_division_than_the_one_asked_for_is_an_error(oneroof: Oneroof, shop: Path) -> None:
    division = oneroof(shop, "test", "--shard", "2/2").stderr.split()[4]
    assert oneroof(shop, "test", "--shard", f"2/2@{division}").exit_code == 0
    said = oneroof(shop, "test", "--shard", "2/2@00000000")
    assert said.exit_code == 2
    assert said.stderr == (
        f"error: this machine divides the work otherwise: division `{division}`, expected "
        "`00000000`\n"
        "hint: give all shards the same commit, selection, durations and oneroof\n"
    )


def test_durations_without_a_shard_are_a_usage_error(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "test", "--durations", "x.json")
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: `--durations` says how to divide the work, and there is no `--shard`\n"
            "hint: add `--shard K/N`\n"
        ),
    )


def test_durations_that_are_not_there_are_an_error(oneroof: Oneroof, shop: Path) -> None:
    hint = "hint: write them with `oneroof test --write-durations FILE`, or name no file\n"
    said = oneroof(shop, "test", "--shard", "1/2", "--durations", "x.json")
    assert (said.exit_code, said.stderr) == (
        2,
        f"error: the durations in `x.json` cannot be read: No such file or directory\n{hint}",
    )
    (shop / "pyproject.toml").write_text('[tool.oneroof]\ndurations = "x.json"\n')
    said = oneroof(shop, "test", "--shard", "1/2")
    assert (said.exit_code, said.stderr) == (
        2,
        (
            "error: pyproject.toml: tool.oneroof.durations: the durations in `<root>/x.json` "
            f"cannot be read: No such file or directory\n{hint}"
        ),
    )
