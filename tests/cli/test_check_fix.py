"""`check --fix`: what it writes in each dialect, and what it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.fixable import (
    CODE,
    DIALECTS,
    LIBRARIES,
    PLAIN,
    POETRY_CORE,
    POETRY_HEAD,
    REQUIREMENTS,
    UV,
    UV_SOURCES_AT_ROOT,
    library,
    project,
)

from oneroof.rules import fixing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof, Said
    from tests.conftest import MakeWorkspace
    from tests.wheelhouse import Wheelhouse


def fix(oneroof: Oneroof, root: Path, *arguments: str) -> Said:
    return oneroof(root, "check", "--no-environments", "--fix", *arguments)


def contents(root: Path, *paths: str) -> dict[str, str]:
    return {path: (root / path).read_bytes().decode() for path in paths}


def left(oneroof: Oneroof, root: Path) -> list[dict[str, Any]]:
    document = oneroof(root, "check", "--no-environments", "--json").json
    assert isinstance(document, dict)
    found: list[dict[str, Any]] = document["violations"]
    return [each for each in found if each["rule"] in {"undeclared", "unused"}]


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_is_mended_in_its_own_style(
    oneroof: Oneroof, workspace: MakeWorkspace, name: str
) -> None:
    before, after = DIALECTS[name]
    root = workspace(LIBRARIES | CODE | before)
    said = fix(oneroof, root)
    assert contents(root, *after) == after
    assert said.exit_code == 0
    assert left(oneroof, root) == []
    again = fix(oneroof, root)
    assert again.stderr == "fixed 0 findings in 0 files\n"
    assert contents(root, *after) == after


def test_what_was_mended_is_said(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    said = fix(oneroof, workspace(LIBRARIES | CODE | PLAIN[0]))
    assert (said.stdout, said.stderr, said.exit_code) == (
        "0 violations, 0 warnings\n",
        "wrote app/pyproject.toml\nfixed 3 findings in 1 file\n",
        0,
    )


def test_a_dry_run_shows_a_diff_and_writes_nothing(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(LIBRARIES | CODE | PLAIN[0])
    said = fix(oneroof, root, "--dry-run")
    assert said.stdout == (
        "--- a/app/pyproject.toml\n"
        "+++ b/app/pyproject.toml\n"
        "@@ -1,7 +1,9 @@\n"
        " [project]\n"
        ' name = "app"\n'
        ' version = "1"\n'
        '-dependencies = ["kept", "old"]  # run time\n'
        '+dependencies = ["kept", "lib"]  # run time\n'
        "+[dependency-groups]\n"
        '+test = ["probe"]\n'
        " [build-system]\n"
        ' requires = ["hatchling"]\n'
        ' build-backend = "hatchling.build"\n'
    )
    assert said.stderr == "would fix 3 findings in 1 file\n"
    assert said.exit_code == 1
    assert contents(root, *PLAIN[0]) == PLAIN[0]


def test_a_diff_can_be_applied_by_git(oneroof: Oneroof, workspace: MakeWorkspace, git: Any) -> None:
    before, after = REQUIREMENTS
    root = workspace(LIBRARIES | CODE | before)
    (root.parent / "fix.diff").write_text(fix(oneroof, root, "--dry-run").stdout, newline="")
    git("apply", "../fix.diff")
    assert contents(root, *after) == after


def test_json_says_what_was_mended_and_what_was_not(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    files = LIBRARIES | CODE | {"app/setup.py": SETUP_PY, "app/tests/test_app.py": ""}
    document: Any = fix(oneroof, workspace(files), "--json").json
    assert document["ok"] is False
    assert [each["rule"] for each in document["violations"]] == ["undeclared"]
    assert [(each["rule"], each["reason"]) for each in document["not_fixed"]] == [
        ("undeclared", "it is code"),
    ]
    assert (document["fixed"], document["changes"]) == ([], [])


SETUP_PY = (
    "from setuptools import setup\n"
    'setup(name="app", version="1", packages=["app"], install_requires=["kept"])\n'
)


def test_what_cannot_be_mended_is_named_and_left(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(LIBRARIES | CODE | {"app/setup.py": SETUP_PY, "app/tests/test_app.py": ""})
    said = fix(oneroof, root)
    assert said.exit_code == 1
    assert said.stderr == (
        "warning: not fixed: app/app/__init__.py:3: imports `lib` of `lib`, which app does not "
        "declare [undeclared]: it is code\n"
        "fixed 0 findings in 0 files\n"
    )
    assert '  hint: write `"lib"` in `install_requires` of app/setup.py\n' in said.stdout


def test_a_cycle_is_not_closed(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    lib = library("lib")["lib/pyproject.toml"].replace(
        'version = "1"\n', 'version = "1"\ndependencies = ["app"]\n'
    )
    files = LIBRARIES | CODE | PLAIN[0] | {"lib/pyproject.toml": lib}
    said = fix(oneroof, workspace(files))
    assert "[undeclared]: lib needs app, and both would be in a cycle\n" in said.stderr
    assert said.exit_code == 1


def test_an_import_that_is_not_allowed_is_not_declared(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    rules = '[[tool.oneroof.rules.forbidden]]\nfrom = "app"\nto = "lib"\nreason = "it goes away"\n'
    root = workspace(LIBRARIES | CODE | PLAIN[0] | {"pyproject.toml": rules})
    said = fix(oneroof, root)
    assert "[undeclared]: the import is not allowed\n" in said.stderr
    assert '"lib"' not in (root / "app/pyproject.toml").read_text()


def test_a_file_of_two_projects_loses_no_line(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    files = LIBRARIES | {
        "app/requirements.txt": "../kept\n../old\n",
        "app/app.py": "import kept\n",
        "other/requirements.txt": "-r ../app/requirements.txt\n",
        "other/other.py": "import old\nimport kept\n",
    }
    root = workspace(files)
    said = fix(oneroof, root)
    assert "[unused]: other has it from there, too\n" in said.stderr
    assert (root / "app/requirements.txt").read_text() == "../kept\n../old\n"


def test_unused_suppressions_are_taken_out(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    root = workspace(
        LIBRARIES
        | PLAIN[1]
        | CODE
        | {
            "app/app/__init__.py": (
                "import kept  # oneroof: ignore[layers] not yet\r\nimport lib\r\n"
            ),
            "pyproject.toml": (
                "[tool.oneroof.rules]\nignore = [\n"
                '    { rule = "cycle", path = "x/**", reason = "x" },\n]\n'
            ),
        }
    )
    said = fix(oneroof, root)
    assert said.stderr == (
        "wrote app/app/__init__.py\nwrote pyproject.toml\nfixed 2 findings in 2 files\n"
    )
    assert contents(root, "app/app/__init__.py", "pyproject.toml") == {
        "app/app/__init__.py": "import kept\r\nimport lib\r\n",
        "pyproject.toml": "[tool.oneroof.rules]\nignore = []\n",
    }


def test_a_comment_in_a_manifest_lets_its_requirement_pass(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    text = project(
        'dependencies = [\n  "kept",\n  "lib",\n'
        '  "old",  # oneroof: ignore[unused] is loaded by name\n]\n'
        '[dependency-groups]\ntest = ["probe"]'
    )
    root = workspace(LIBRARIES | CODE | {"app/pyproject.toml": text})
    said = fix(oneroof, root)
    assert said.stderr == "fixed 0 findings in 0 files\n"
    assert said.stdout == "0 violations, 0 warnings\n"


def test_what_the_baseline_knows_is_mended_only_where_it_is_shown(
    oneroof: Oneroof, workspace: MakeWorkspace
) -> None:
    root = workspace(LIBRARIES | CODE | PLAIN[0])
    oneroof(root, "check", "--no-environments", "--write-baseline")
    assert fix(oneroof, root).stderr == "fixed 0 findings in 0 files\n"
    assert fix(oneroof, root, "--all").exit_code == 0
    assert contents(root, *PLAIN[1]) == PLAIN[1]


def test_a_file_that_changed_meanwhile_is_left(
    oneroof: Oneroof, workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace(LIBRARIES | CODE | UV_SOURCES_AT_ROOT[0])
    planned = fixing.plan_fixes

    def plan_and_edit(*arguments: Any) -> Any:
        plan = planned(*arguments)
        (root / "pyproject.toml").write_text("# mine\n")
        return plan

    monkeypatch.setattr(fixing, "plan_fixes", plan_and_edit)
    said = fix(oneroof, root)
    assert said.stderr.count("it was changed meanwhile\n") == 3
    assert said.stderr.endswith("fixed 0 findings in 0 files\n")
    assert (root / "pyproject.toml").read_text() == "# mine\n"
    manifest = "app/pyproject.toml"
    assert contents(root, manifest) == {manifest: UV_SOURCES_AT_ROOT[0][manifest]}


def test_permissions_and_a_byte_order_mark_stay(oneroof: Oneroof, workspace: MakeWorkspace) -> None:
    text = "\ufeff" + PLAIN[0]["app/pyproject.toml"]
    root = workspace(LIBRARIES | CODE | {"app/pyproject.toml": text})
    (root / "app/pyproject.toml").chmod(0o664)
    fix(oneroof, root)
    assert (root / "app/pyproject.toml").stat().st_mode & 0o777 == 0o664
    assert contents(root, "app/pyproject.toml") == {
        "app/pyproject.toml": "\ufeff" + PLAIN[1]["app/pyproject.toml"]
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dry-run",), "`--dry-run` is for `--fix`: a check alone writes nothing"),
        (("--fix", "--write-baseline"), "`--fix` mends what `--write-baseline` would keep"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    oneroof: Oneroof, workspace: MakeWorkspace, arguments: tuple[str, ...], message: str
) -> None:
    said = oneroof(workspace(LIBRARIES), "check", *arguments)
    assert said.exit_code == 2
    assert said.stderr.startswith(f"error: {message}\n")


THIRD = "app/app/__init__.py"


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        (
            {"app/pyproject.toml": project('dependencies = ["shallow==1.0"]')},
            'dependencies = ["deep==1.5", "shallow==1.0"]\n',
        ),
        (
            {"app/pyproject.toml": project('dependencies = ["shallow"]')},
            'dependencies = ["deep>=1.5", "shallow"]\n',
        ),
        (
            {
                "app/pyproject.toml": project('dependencies = ["shallow"]'),
                "b/pyproject.toml": '[project]\nname = "b"\ndependencies = ["deep<2,>=1.2"]\n',
            },
            'dependencies = ["deep>=1.2,<2", "shallow"]\n',
        ),
        (
            {
                "app/pyproject.toml": f'{POETRY_HEAD}shallow = "^1.0"\n{POETRY_CORE}',
                "b/pyproject.toml": (
                    '[tool.poetry]\nname = "b"\n[tool.poetry.dependencies]\ndeep = "~1.5"\n'
                ),
            },
            'shallow = "^1.0"\ndeep = "~1.5"\n',
        ),
        (
            {"app/pyproject.toml": f'{POETRY_HEAD}shallow = "^1.0"\n{POETRY_CORE}'},
            'shallow = "^1.0"\ndeep = "^1.5"\n',
        ),
        ({"app/requirements.txt": "shallow~=1.0\n"}, "deep~=1.5\nshallow~=1.0\n"),
    ],
)
def test_a_distribution_gets_the_constraint_of_the_others(
    oneroof: Oneroof,
    workspace: MakeWorkspace,
    wheelhouse: Wheelhouse,
    manifests: dict[str, str],
    expected: str,
) -> None:
    wheelhouse.add("deep", "1.5", {"deeply/__init__.py": ""})
    wheelhouse.add("shallow", "1.0", {"shallow.py": "import deeply\n"}, requires=["deep"])
    root = workspace({**manifests, THIRD: "import shallow\nimport deeply\n"})
    said = oneroof(root, "check", "app", "--fix", "--json")
    manifest = next(path for path in manifests if path.startswith("app/"))
    assert expected in (root / manifest).read_text()
    assert json.loads(said.stdout)["ok"] is True
    document: Any = oneroof(root, "check", "app", "--json").json
    assert [e for e in document["violations"] if e["rule"] == "undeclared"] == []


def test_a_stale_lock_is_told(
    oneroof: Oneroof, workspace: MakeWorkspace, wheelhouse: Wheelhouse
) -> None:
    del wheelhouse
    lock = 'version = 1\nrequires-python = ">=3.11"\n'
    root = workspace(LIBRARIES | CODE | UV[0] | {"uv.lock": lock})
    assert fix(oneroof, root).stderr.endswith(
        "fixed 3 findings in 1 file\nhint: bring the locks up to date with `oneroof lock`\n"
    )
