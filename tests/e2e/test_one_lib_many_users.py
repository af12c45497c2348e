"""One library, many users, one pull request: each user is tested against the change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Repository

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def manifest(name: str, *libraries: str) -> str:
    sources = "".join(f"{each} = {{ workspace = true }}\n" for each in libraries)
    return (
        f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {list(libraries)!r}\n[tool.uv.sources]\n{sources}{HATCHLING}"
    )


@pytest.fixture
def users(repository: Repository) -> Repository:
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["lib/*", "app/*"]\n',
        "lib/prices/pyproject.toml": manifest("prices"),
        "lib/prices/prices/__init__.py": (
            "def price():\n    return 3\n\ndef name():\n    return 'x'\n"
        ),
        "lib/prices/tests/test_prices.py": "def test_it():\n    import prices\n",
        "app/other/pyproject.toml": manifest("other"),
        "app/other/other/__init__.py": "",
        "app/other/tests/test_other.py": "def test_it():\n    import other\n",
    }
    for number in range(1, 4):
        user = f"user{number}"
        asked = "price() == 3" if number == 2 else "name() == 'x'"
        files |= {
            f"app/{user}/pyproject.toml": manifest(user, "prices"),
            f"app/{user}/{user}/__init__.py": "",
            f"app/{user}/tests/test_{user}.py": (
                f"import prices\n\ndef test_it():\n    assert prices.{asked}\n"
            ),
        }
    repository.write(files)
    repository.commit()
    return repository


def test_a_change_is_tested_against_all_its_users(users: Repository) -> None:
    # O2
    users.git("switch", "--quiet", "--create", "cheaper")
    users.replace("lib/prices/prices/__init__.py", "return 3", "return 2")
    users.commit()
    said = users.oneroof("test", "--since", "main", "--json")
    assert said.exit_code == 1
    assert said.statuses == {
        "prices:test": "passed",
        "user1:test": "passed",
        "user2:test": "failed",
        "user3:test": "passed",
    }
    assert set(said.sources.values()) == {"ran"}


def test_only_what_is_not_known_to_pass_runs_again(users: Repository) -> None:
    # O2
    first = users.oneroof("test", "--json")
    assert set(first.sources.values()) == {"ran"}
    users.replace("app/user1/tests/test_user1.py", "test_it", "test_that")
    again = users.oneroof("test", "--json")
    assert [name for name, source in again.sources.items() if source == "ran"] == ["user1:test"]
    users.git("checkout", "--quiet", ".")
    assert set(users.oneroof("test", "--json").sources.values()) == {"local-cache"}


def test_it_says_what_differs_from_the_last_run(users: Repository) -> None:
    users.oneroof("test")
    users.replace("lib/prices/prices/__init__.py", "return 3", "return 2")
    said = users.oneroof("explain", "user2:test")
    assert said.stdout.splitlines()[0] == "user2:test would run"
    assert said.stdout.splitlines()[-1].split() == ["lib/prices/prices/__init__.py", "modified"]


def test_libraries_of_one_namespace_work_together(users: Repository) -> None:
    # O3
    for name in ("one", "two"):
        users.write(
            {
                f"lib/{name}/pyproject.toml": manifest(f"corp-{name}")
                + '[tool.hatch.build.targets.wheel]\npackages = ["corp"]\n',
                f"lib/{name}/corp/{name}/__init__.py": f"NAME = {name!r}\n",
            }
        )
    users.write(
        {
            "app/both/pyproject.toml": manifest("both", "corp-one", "corp-two"),
            "app/both/both/__init__.py": "",
        }
    )
    code = "import corp.one, corp.two; print(corp.one.NAME, corp.two.NAME)"
    said = users.python("both", code)
    assert said.stdout == "one two\n", said.stderr
    alone = users.python("corp-one", "import corp.two")
    assert "No module named 'corp.two'" in alone.stderr
    assert users.oneroof("check").exit_code == 0
    users.write({"lib/two/corp/one/__init__.py": ""})
    (found,) = json.loads(users.oneroof("check", "--json").stdout)["violations"]
    assert (found["rule"], found["path"], found["message"]) == (
        "two-owners",
        "lib/two/corp/one/__init__.py",
        "`corp.one` of corp-two is also a module of corp-one (`lib/one/corp/one/__init__.py`)",
    )
