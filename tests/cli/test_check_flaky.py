"""`check` on the flaky list: expired entries break it, those that name no test are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof


def write(root: Path, *entries: tuple[str, str]) -> None:
    text = "".join(
        f'[[tool.oneroof.flaky]]\ntest = "{test}"\nowner = "@team"\nuntil = {until}\n'
        'reason = "the clock"\n'
        for test, until in entries
    )
    (root / "pyproject.toml").write_text(text)


def found(oneroof: Oneroof, root: Path) -> tuple[int, list[Any]]:
    said = oneroof(root, "check", "--json", "--no-environments")
    document: Any = said.json
    return said.exit_code, [
        (each["key"], each["severity"], each["message"])
        for each in document["violations"]
        if each["rule"] in {"flaky", "manifest"}
    ]


def test_an_entry_that_names_a_test_is_well(oneroof: Oneroof, shop: Path) -> None:
    write(shop, ("libs/ml/tests/test_ml.py::test_ml", "2999-01-01"))
    assert found(oneroof, shop) == (0, [])


def test_an_entry_that_names_no_test_is_told(oneroof: Oneroof, shop: Path) -> None:
    write(shop, ("tests/test_ml.py", "2999-01-01"))
    assert found(oneroof, shop) == (
        0,
        [
            (
                "tool.oneroof.flaky[0].test",
                "warning",
                "`tests/test_ml.py` names no test; owner: @team",
            )
        ],
    )


def test_an_expired_entry_fails_and_names_the_owner(oneroof: Oneroof, shop: Path) -> None:
    write(shop, ("libs/ml", "2020-01-31"))
    assert found(oneroof, shop) == (
        1,
        [
            (
                "tool.oneroof.flaky[0].until",
                "error",
                "`libs/ml` was to be flaky until 2020-01-31; owner: @team",
            )
        ],
    )


def test_an_entry_without_an_owner_fails_with_file_and_key(oneroof: Oneroof, shop: Path) -> None:
    (shop / "pyproject.toml").write_text(
        '[[tool.oneroof.flaky]]\ntest = "libs/ml"\nuntil = 2999-01-01\nreason = "x"\n'
    )
    assert found(oneroof, shop) == (
        1,
        [
            (
                "tool.oneroof.flaky[0].owner",
                "error",
                "is missing: an entry needs `test`, `owner`, `until`, `reason`",
            )
        ],
    )
