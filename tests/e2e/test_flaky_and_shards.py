"""A test that is really flaky, and a repository whose tests run on several machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Repository

MANIFEST = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.11"\n'
EVERY_SECOND = """
from pathlib import Path

RUNS = Path({place!r})


def test_every_second_time():
    RUNS.write_text(RUNS.read_text() + "x")
    assert len(RUNS.read_text()) % 2 == 0


def test_always():
    pass
"""
LISTED = """
[[tool.oneroof.flaky]]
test = "shop/tests/test_flaky.py::test_every_second_time"
owner = "@checkout"
until = {until}
reason = "it counts"
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The file, outside of the repository, that counts the runs of the flaky test."""
    place = tmp_path / "runs"
    place.write_text("")
    return place


@pytest.fixture
def shop(repository: Repository, runs: Path) -> Repository:
    files = {
        "pyproject.toml": "",
        "shop/pyproject.toml": MANIFEST.format("shop"),
        "shop/tests/test_flaky.py": EVERY_SECOND.format(place=str(runs)),
        "shop/tests/test_sound.py": "def test_sound():\n    pass\n",
        "user/pyproject.toml": MANIFEST.format("user"),
        "user/tests/test_user.py": "def test_user():\n    pass\n",
    }
    repository.write(files)
    repository.commit()
    return repository


def test_a_flaky_test_is_named_and_runs_again_next_time(shop: Repository, runs: Path) -> None:
    first = shop.oneroof("test", "--retries", "1")
    assert first.exit_code == 0
    assert first.stderr.splitlines()[-2] == (
        "flaky: shop/tests/test_flaky.py::test_every_second_time failed 1 of 2 times; "
        "it is not on the flaky list"
    )
    assert ": 1 flaky, 1 passed (4 tests) in " in first.stderr.splitlines()[-1]
    again = shop.oneroof("test", "--json")
    assert (again.exit_code, again.statuses) == (
        1,
        {"shop:test": "failed", "user:test": "passed"},
    )
    assert again.json["targets"][0]["tests"] == {
        "passed": 2,
        "failed": 1,
        "skipped": 0,
        "cached": 1,
    }
    assert len(runs.read_text()) == 3


def test_the_list_lets_a_failure_pass_until_its_day(shop: Repository) -> None:
    shop.write({"pyproject.toml": LISTED.format(until="2999-12-31")})
    told = shop.oneroof("test")
    assert told.exit_code == 0
    assert told.stderr.splitlines()[-2] == (
        "quarantined: shop/tests/test_flaky.py::test_every_second_time failed 1 of 1 time; "
        "owner: @checkout; until 2999-12-31; it counts"
    )
    assert shop.oneroof("test").exit_code == 0
    assert shop.oneroof("check").exit_code == 0

    shop.replace("shop/tests/test_flaky.py", "def test_always", "def test_ever")
    shop.write({"pyproject.toml": LISTED.format(until="2020-12-31")})
    told = shop.oneroof("test")
    assert told.exit_code == 1
    assert "was to be flaky until 2020-12-31 only; owner: @checkout" in told.stderr
    checked = shop.oneroof("check")
    assert checked.exit_code == 1
    assert "owner: @checkout [flaky]" in checked.stderr + checked.stdout


def test_machines_with_nothing_in_common_but_the_commit_run_everything_once(
    shop: Repository, tmp_path: Path
) -> None:
    shop.replace("shop/tests/test_flaky.py", "% 2 == 0", "> 0")
    shop.commit()
    told = []
    for number in ("1", "2", "3"):
        machine = tmp_path / f"machine-{number}"
        shop.run("git", "clone", "--quiet", shop.root, machine, cwd=tmp_path)
        other = type(shop)(machine, shop.program, {**shop.variables})
        other.variables["ONEROOF_CACHE_DIR"] = str(tmp_path / f"cache-{number}")
        told.append(other.oneroof("test", "--shard", f"{number}/3", "--json").json)
    files = [path for each in told for of in each["shard"]["targets"].values() for path in of]
    assert sorted(files) == [
        "shop/tests/test_flaky.py",
        "shop/tests/test_sound.py",
        "user/tests/test_user.py",
    ]
    counts = [of["tests"]["passed"] for each in told for of in each["targets"]]
    assert sum(counts) == 4
    assert len({each["shard"]["division"] for each in told}) == 1
