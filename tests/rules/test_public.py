from pathlib import Path

import pytest
from tests.rules.judging import boundaries, manifest, opened, settings

from oneroof.errors import Problem
from oneroof.rules.public import find_unknown_public
from oneroof.workspace.settings import RulesSettings

PRIVATE = RulesSettings(private=True)


def pair(text: str, *, public: list[str] | None = None) -> dict[str, str]:
    own = settings("lib") if public is None else settings("lib", public=public)
    return {
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": text,
        "lib/pyproject.toml": manifest("lib", more=own),
        "lib/lib/__init__.py": "_flag = 1\n",
        "lib/lib/__main__.py": "",
        "lib/lib/api.py": "",
        "lib/lib/_impl.py": "",
        "lib/lib/_deep/__init__.py": "",
        "lib/lib/_deep/core.py": "",
        "lib/lib/models/__init__.py": "",
        "lib/lib/models/user.py": "",
    }


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("import lib._impl\n", "lib._impl", "_impl"),
        ("from lib import _impl\n", "lib._impl", "_impl"),
        ("from lib._deep.core import f\n", "lib._deep.core", "_deep"),
    ],
)
def test_a_private_module_of_another_project(
    tmp_path: Path, text: str, module: str, name: str
) -> None:
    (found,) = boundaries(tmp_path, pair(text), "app", PRIVATE)
    assert (found.rule, found.text, found.problem.hint) == (
        "private",
        f"app/app/__init__.py:1: app imports `{module}` of `lib`: `{name}` is private to lib",
        "import it from a module of lib whose name has no `_` in front",
    )


@pytest.mark.parametrize(
    "text", ["import lib.api\n", "from lib import _flag\n", "import lib.__main__\n"]
)
def test_what_is_no_private_module(tmp_path: Path, text: str) -> None:
    assert boundaries(tmp_path, pair(text), "app", PRIVATE) == []


def test_private_modules_may_be_imported_where_nothing_says_otherwise(tmp_path: Path) -> None:
    assert boundaries(tmp_path, pair("import lib._impl\n"), "app", RulesSettings()) == []


def test_a_project_may_import_its_own_private_modules(tmp_path: Path) -> None:
    files = pair("") | {"lib/tests/test_lib.py": "import lib._impl\n"}
    assert boundaries(tmp_path, files, "lib", PRIVATE) == []


def test_a_module_that_is_public_by_name_is_not_private(tmp_path: Path) -> None:
    files = pair("import lib._impl\n", public=["lib._impl"])
    assert boundaries(tmp_path, files, "app", PRIVATE) == []


def test_a_module_that_is_not_public(tmp_path: Path) -> None:
    files = pair("import lib.models\n", public=["lib.api"])
    (found,) = boundaries(tmp_path, files, "app", RulesSettings())
    assert (found.rule, found.text, found.problem.hint) == (
        "public",
        (
            "app/app/__init__.py:1: app imports `lib.models` of `lib`: only `lib.api` may be "
            "imported from outside"
        ),
        "import what is public, or add to `public` of lib",
    )


@pytest.mark.parametrize(
    ("public", "text", "broken"),
    [
        (["lib.api"], "from lib.api import f\n", False),
        (["lib.api"], "from lib import api\n", False),
        (["lib.api"], "import lib\n", True),
        (["lib.models"], "import lib.models.user\n", True),
        (["lib.models.*"], "import lib.models.user\n", False),
        (["lib.models.*"], "import lib.models\n", False),
        ([], "import lib.api\n", True),
    ],
)
def test_what_is_public(tmp_path: Path, public: list[str], text: str, *, broken: bool) -> None:
    found = boundaries(tmp_path, pair(text, public=public), "app", RulesSettings())
    assert [each.rule for each in found] == ["public"] * broken


def test_an_entry_that_is_no_module_is_a_problem_with_its_key(tmp_path: Path) -> None:
    found, project = opened(tmp_path, pair("", public=["lib.api", "lib.apo.*"]), "lib")
    (violation,) = find_unknown_public(found.imports.modules, project)
    assert violation.problem == Problem(
        "lib/pyproject.toml",
        "`lib.apo` is no module of lib",
        "tool.oneroof.public[1]",
        "correct the name, or take it out",
        fatal=True,
    )


def test_what_the_root_says_is_public_counts(tmp_path: Path) -> None:
    files = pair("import lib\n") | {
        "pyproject.toml": '[tool.oneroof.projects.lib]\npublic = ["lib.api"]\n'
    }
    found = boundaries(tmp_path, files, "app", RulesSettings())
    assert [each.rule for each in found] == ["public"]
