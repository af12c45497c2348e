"""`run` and its short forms: what they would do, and how wishes that cannot be are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace
    from tests.wheelhouse import Wheelhouse


@pytest.mark.parametrize(
    ("arguments", "stderr"),
    [
        (
            ["test", "shop-ap"],
            "error: no project is selected by `shop-ap`\nhint: did you mean `shop-api`?\n",
        ),
        (
            ["run", "hallo"],
            "error: no project has a task `hallo`\nhint: did you mean `hello`?\n",
        ),
        (
            ["run", "zzz"],
            (
                "error: no project has a task `zzz`\n"
                "hint: there are `fmt`, `hello`, `lint`, `test`, `types`\n"
            ),
        ),
        (
            ["tset"],
            (
                "error: there is no command `tset`; did you mean `test`?\n"
                "hint: `oneroof --help` shows the usage\n"
            ),
        ),
        (
            ["exec", "libs", "--", "true"],
            "error: `libs` names several projects: `ml`, `mq`\nhint: name one of them\n",
        ),
        (
            ["sync", "shop-api", "--with", "lint"],
            "error: shop-api has no group or extra `lint`\nhint: it has `test`\n",
        ),
    ],
)
def test_wrong_usage_names_the_nearest_and_exits_2(
    oneroof: Oneroof, shop: Path, arguments: list[str], stderr: str
) -> None:
    said = oneroof(shop, *arguments)
    assert said.stderr == stderr
    assert (said.exit_code, said.stdout) == (2, "")


@pytest.mark.parametrize("arguments", [["types"], ["test", "mq"]])
def test_nothing_to_do_exits_3(oneroof: Oneroof, shop: Path, arguments: list[str]) -> None:
    said = oneroof(shop, *arguments)
    assert said.stderr == (
        f"error: no selected project has anything to do for `{arguments[0]}`\n"
        "hint: `oneroof ls --json` shows the tasks of each project\n"
    )
    assert (said.exit_code, said.stdout) == (3, "")


def test_nothing_affected_is_well(oneroof: Oneroof, shop: Path) -> None:
    said = oneroof(shop, "test", "--since", "main", "--json")
    assert said.json == {"ok": True, "targets": []}
    assert (said.exit_code, said.stderr) == (0, "nothing is affected\n")


def test_dry_run_says_what_would_run_and_runs_nothing(
    oneroof: Oneroof, shop: Path, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("six", "1.16.0")
    said = oneroof(shop, "run", "test,hello", "--dry-run")
    assert said.stdout == "run  ml:test         1 test file\nrun  shop-api:hello\n"
    assert said.exit_code == 0
    assert not (shop.parent / "cache" / "sites").exists()


def test_dry_run_json_gives_the_fingerprint(
    oneroof: Oneroof, shop: Path, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("six", "1.16.0")
    document = oneroof(shop, "run", "hello", "--dry-run", "--json").json
    assert isinstance(document, dict)
    (target,) = document["targets"]
    fingerprint = target.pop("fingerprint")
    assert len(fingerprint) == 64
    assert target == {
        "target": "shop-api:hello",
        "would": "run",
        "error": None,
        "test_files": None,
    }


def test_what_cannot_be_planned_is_an_error_with_the_reason(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    del wheelhouse
    test = {"tests/test_it.py": "def test_it():\n    pass\n"}
    files = {
        "good/pyproject.toml": '[project]\nname = "good"\nversion = "1"\n',
        "bad/pyproject.toml": (
            '[project]\nname = "bad"\nversion = "1"\ndependencies = ["no-such-thing"]\n'
        ),
        **{f"good/{path}": text for path, text in test.items()},
        **{f"bad/{path}": text for path, text in test.items()},
    }
    said = oneroof(workspace(files), "test", "--dry-run")
    lines = said.stdout.splitlines()
    assert lines[1] == "run    good:test  1 test file"
    assert lines[0].startswith("error  bad:test   no pins for `no-such-thing`")
