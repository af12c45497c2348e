"""Libraries and apps with Poetry groups, an explicit private index and one shared root.

telemetry <- ml <- common-ml, fastapi-ml; mq <- fastapi-ml. Both apps are called `app`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

PASSES = "def test_main():\n    assert True\n"
TELEMETRY = "telemetry/telemetry/__init__.py"
COMMON, FASTAPI = "app@apps/common-ml", "app@apps/fastapi-ml"


def manifest(name: str, *libraries: str, index: str = "", more: str = "") -> str:
    paths = "".join(
        f'{each} = {{ path = "../../libs/{each}", develop = true }}\n' for each in libraries
    )
    source = f'[[tool.poetry.source]]\nname = "here"\nurl = "{index}"\n' if index else ""
    return (
        f'[tool.poetry]\nname = "{name}"\nversion = "0.1.0"\ndescription = ""\nauthors = []\n'
        f'packages = [{{ include = "{name}" }}]\n'
        f'[tool.poetry.dependencies]\npython = ">=3.11"\n{paths}'
        '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
        f'[tool.poetry.group.lint.dependencies]\nruff = "*"\n{source}{more}'
        '[build-system]\nrequires = ["poetry-core"]\n'
        'build-backend = "poetry.core.masonry.api"\n'
    )


@pytest.fixture
def shared(repository: Repository) -> Repository:
    files = {
        "pyproject.toml": "[tool.ruff]\nline-length = 60\n[tool.ruff.lint]\nselect = ['E', 'F']\n",
        "README.md": "# shared\n",
        ".github/workflows/test.yml": "on: push\n",
        "libs/telemetry/pyproject.toml": manifest("telemetry"),
        "libs/ml/pyproject.toml": manifest("ml", "telemetry"),
        "libs/mq/pyproject.toml": manifest("mq"),
        "apps/common-ml/pyproject.toml": manifest("app", "ml"),
        "apps/fastapi-ml/pyproject.toml": manifest("app", "ml", "mq"),
    }
    for name in ("telemetry", "ml", "mq"):
        files[f"libs/{name}/{name}/__init__.py"] = ""
        files[f"libs/{name}/README.md"] = "# it\n"
        files[f"libs/{name}/tests/test_main.py"] = PASSES
    for name in ("common-ml", "fastapi-ml"):
        files[f"apps/{name}/app/__init__.py"] = ""
        files[f"apps/{name}/tests/test_main.py"] = PASSES
    repository.write(files)
    repository.commit()
    return repository


def affected(repository: Repository, *arguments: str) -> list[str]:
    said = repository.oneroof("affected", "--format", "lines", *arguments)
    assert said.exit_code == 0, said.stderr
    return said.stdout.splitlines()


EVERYTHING = [COMMON, FASTAPI, "ml", "mq", "telemetry"]
OF_TELEMETRY = [COMMON, FASTAPI, "ml", "telemetry"]


def installed(repository: Repository, folder: str) -> set[str]:
    code = (
        "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
    )
    return set(repository.run(repository.root / folder / ".venv/bin/python", "-c", code).split())


def test_only_a_group_is_synced(shared: Repository) -> None:
    # H1
    said = shared.oneroof("sync", "telemetry", "--only", "lint", "--no-project")
    assert said.exit_code == 0, said.stderr
    assert installed(shared, "libs/telemetry") == {"ruff"}


def test_an_unknown_group_names_those_there_are(shared: Repository) -> None:
    # H1
    said = shared.oneroof("sync", "telemetry", "--with", "lnit")
    assert said.exit_code == 2
    assert said.stderr == (
        "error: telemetry has no group or extra `lnit`\nhint: it has `dev`, `lint`\n"
    )


def test_an_explicit_source_gives_its_package_and_nothing_else(
    repository: Repository, index: Index, second_index: Index, poetry: Path
) -> None:
    # H2, without an image
    index.wheels.add("torchlike", "2.0.1")
    index.wheels.add("torchlike", "3.0")
    index.wheels.add("tiny", "1.0")
    second_index.wheels.add(
        "torchlike", "2.0.1+cpu", {"torchlike.py": "BUILD = 'cpu'\n"}, requires=["tiny"]
    )
    second_index.wheels.add("tiny", "9.0")
    sources = (
        f'[[tool.poetry.source]]\nname = "here"\nurl = "{index.url}"\npriority = "primary"\n'
        f'[[tool.poetry.source]]\nname = "cpu"\nurl = "{second_index.url}"\n'
        'priority = "explicit"\n'
    )
    text = manifest("ml", more=sources).replace(
        'python = ">=3.11"\n', 'python = ">=3.11"\ntorchlike = { version = "*", source = "cpu" }\n'
    )
    repository.write({"libs/ml/pyproject.toml": text, "libs/ml/ml/__init__.py": ""})
    repository.commit()
    repository.variables["PATH"] = f"{poetry.parent}{os.pathsep}{repository.variables['PATH']}"
    said = repository.oneroof("lock", "ml")
    assert said.exit_code == 0, said.stderr
    code = "import torchlike, tiny; print(torchlike.BUILD, tiny.__version__)"
    assert repository.python("ml", code).stdout == "cpu 1.0\n"
    assert second_index.names_asked == {"torchlike"}
    assert repository.oneroof("check").exit_code == 0


def test_an_explicit_source_holds_without_a_lock(
    repository: Repository, index: Index, second_index: Index
) -> None:
    # H2, as uv says it
    index.wheels.add("torchlike", "3.0")
    index.wheels.add("tiny", "1.0")
    second_index.wheels.add("torchlike", "2.0.1+cpu", requires=["tiny"])
    repository.write(
        {
            "ml/pyproject.toml": (
                '[project]\nname = "ml"\nversion = "1"\ndependencies = ["torchlike"]\n'
                f'[[tool.uv.index]]\nname = "cpu"\nurl = "{second_index.url}"\nexplicit = true\n'
                '[tool.uv.sources]\ntorchlike = { index = "cpu" }\n'
            )
        }
    )
    code = "import torchlike, tiny; print(torchlike.__version__, tiny.__version__)"
    assert repository.python("ml", code).stdout == "2.0.1+cpu 1.0\n"
    assert second_index.names_asked == {"torchlike"}


def test_tests_are_each_projects_own(shared: Repository) -> None:
    # H9
    for name in ("telemetry", "ml", "mq"):
        shared.write(
            {
                f"libs/{name}/tests/test_main.py": (
                    f"import os\n\ndef test_main():\n    print(os.getpid())\n"
                    f"    assert os.getcwd().endswith('libs/{name}')\n"
                    f"    assert {name!r} != 'ml'\n"
                )
            }
        )
    said = shared.oneroof("test", "libs", "--json")
    assert said.exit_code == 1
    assert said.statuses == {"ml:test": "failed", "mq:test": "passed", "telemetry:test": "passed"}
    counts = {each["target"]: each["tests"] for each in said.json["targets"]}
    assert [each["passed"] + each["failed"] for each in counts.values()] == [1, 1, 1]


def test_a_change_reaches_all_that_depend_on_it(shared: Repository) -> None:
    # H12
    shared.git("switch", "--quiet", "--create", "work")
    shared.write({f"libs/{TELEMETRY}": "x = 1\n"})
    shared.commit()
    assert affected(shared, "--since", "main") == OF_TELEMETRY
    shared.git("switch", "--quiet", "--create", "other", "main")
    shared.write({"libs/mq/mq/__init__.py": "x = 1\n"})
    shared.commit()
    assert affected(shared, "--since", "main") == [FASTAPI, "mq"]


def test_prose_and_services_affect_nothing(shared: Repository) -> None:
    # H13
    shared.write(
        {
            "README.md": "new\n",
            "libs/telemetry/README.md": "new\n",
            ".github/workflows/test.yml": "on: pull_request\n",
        }
    )
    assert affected(shared) == []


def test_a_deleted_file_affects_its_owner(shared: Repository) -> None:
    # H13
    (shared.root / "libs/telemetry/tests/test_main.py").unlink()
    assert affected(shared) == ["telemetry"]


def test_a_renamed_file_affects_both_sides(shared: Repository) -> None:
    # H13
    shared.write({"libs/mq/mq/moved.py": "x = 1\n"})
    shared.commit()
    shared.git("mv", "libs/mq/mq/moved.py", "libs/telemetry/telemetry/moved.py")
    assert affected(shared) == EVERYTHING


def test_root_configuration_concerns_the_tasks_that_read_it(shared: Repository) -> None:
    # H13
    shared.replace("pyproject.toml", "line-length = 60", "line-length = 70")
    assert affected(shared, "--task", "lint") == EVERYTHING
    assert affected(shared, "--task", "test") == []


def test_the_first_commit_affects_everything(shared: Repository, tmp_path: Path) -> None:
    # H13
    folder = tmp_path / "fresh"
    shared.run("cp", "-r", shared.root, folder)
    shared.run("rm", "-rf", folder / ".git")
    shared.root = folder
    assert affected(shared) == EVERYTHING
    shared.git("init", "--quiet")
    assert affected(shared) == EVERYTHING


def test_a_shallow_clone_is_an_error_or_everything(shared: Repository, tmp_path: Path) -> None:
    # H13
    shared.git("switch", "--quiet", "--create", "work")
    shared.write({f"libs/{TELEMETRY}": "x = 1\n"})
    shared.commit()
    clone = tmp_path / "clone"
    url = f"file://{shared.root}"
    shared.run("git", "clone", "--quiet", "--depth", "1", "--branch", "work", url, clone)
    shared.root = clone
    shared.git("fetch", "--quiet", "--depth", "1", "origin", "main:main")
    said = shared.oneroof("affected", "--since", "main", "--format", "lines")
    assert said.exit_code != 0 or said.stdout.splitlines() == EVERYTHING
    if said.exit_code:
        assert "shallow" in said.stderr
        assert "hint: " in said.stderr


def test_a_matrix_is_never_ambiguous(shared: Repository) -> None:
    # H14
    found = []
    for edit in ("", "apps/common-ml/app/__init__.py", f"libs/{TELEMETRY}"):
        if edit:
            shared.write({edit: "x = 1\n"})
        said = shared.oneroof("affected", "--format", "github")
        outputs = dict(line.split("=", 1) for line in said.stdout.splitlines())
        matrix = json.loads(outputs["matrix"])["include"]
        assert outputs["any"] == ("true" if matrix else "false")
        jobs = shared.oneroof("affected", "--format", "gitlab").stdout
        assert jobs.count("\n  script:\n") == max(1, len(matrix))
        found.append([each["project"] for each in matrix])
    assert found == [[], [COMMON], OF_TELEMETRY]


def test_the_roots_configuration_is_shared(shared: Repository) -> None:
    # H15
    long = "x = '" + "y" * 70 + "'\n"
    shared.write({"libs/mq/mq/long.py": long, "libs/ml/ml/long.py": long})
    statuses = [
        shared.oneroof("lint", "ml", "mq", "--json", folder=folder).statuses
        for folder in (".", "libs/mq", "apps")
        if (shared.root / folder).exists()
    ]
    assert statuses[0] == {"ml:lint": "failed", "mq:lint": "failed"}
    shared.write({"libs/mq/ruff.toml": 'extend = "../../pyproject.toml"\nline-length = 100\n'})
    merged = shared.oneroof("lint", "libs/ml", "libs/mq", "--json")
    assert merged.statuses == {"ml:lint": "failed", "mq:lint": "passed"}
    shared.write({"libs/mq/mq/unused.py": "import os\n"})
    again = shared.oneroof("lint", "libs/mq")
    assert "F401" in again.stderr


@pytest.fixture
def locked(shared: Repository, index: Index, poetry: Path) -> Repository:
    """The same, with real locks; everything third-party is from the local index."""
    for folder, name, libraries in (
        ("libs/telemetry", "telemetry", ()),
        ("libs/ml", "ml", ("telemetry",)),
        ("libs/mq", "mq", ()),
        ("apps/common-ml", "app", ("ml",)),
        ("apps/fastapi-ml", "app", ("ml", "mq")),
    ):
        # Without a difference the locks of telemetry and mq would have one content hash.
        more = "[tool.poetry.group.docs.dependencies]\n" if name == "mq" else ""
        text = manifest(name, *libraries, index=index.url, more=more)
        shared.write({f"{folder}/pyproject.toml": text})
        shared.run(poetry, "lock", cwd=shared.root / folder)
    shared.commit()
    shared.variables["PATH"] = f"{poetry.parent}{os.pathsep}{shared.variables['PATH']}"
    return shared


def _stale(repository: Repository) -> set[str]:
    found = repository.oneroof("check", "--json").json["violations"]
    return {each["project"] for each in found if each["rule"] == "stale-lock"}


def test_locks_of_dependents_are_stale_and_brought_up_to_date(
    locked: Repository, index: Index
) -> None:
    # H19, and H13 for a lock: its project only
    index.wheels.add("tiny", "1.0")
    assert _stale(locked) == set()
    locked.replace(
        "libs/telemetry/pyproject.toml", 'python = ">=3.11"\n', 'python = ">=3.11"\ntiny = "*"\n'
    )
    assert _stale(locked) == {"telemetry", "ml", COMMON, FASTAPI}
    before = (locked.root / "libs/mq/poetry.lock").read_bytes()
    said = locked.oneroof("lock")
    assert said.exit_code == 0, said.stderr
    assert _stale(locked) == set()
    assert (locked.root / "libs/mq/poetry.lock").read_bytes() == before
    assert locked.python(FASTAPI, "import tiny; print(tiny.__version__)").stdout == "1.0\n"
    assert locked.oneroof("check").exit_code == 0


def test_a_lock_affects_only_whose_closure_changed(
    locked: Repository, index: Index, poetry: Path
) -> None:
    # H13
    index.wheels.add("tiny", "1.0")
    manifest_of_mq = "libs/mq/pyproject.toml"
    locked.replace(manifest_of_mq, 'python = ">=3.11"\n', 'python = ">=3.11"\ntiny = "*"\n')
    locked.run(poetry, "lock", cwd=locked.root / "libs/mq")
    locked.commit()
    index.wheels.add("tiny", "2.0")
    locked.run(poetry, "update", "--lock", cwd=locked.root / "libs/mq")
    found = locked.oneroof("affected", "--json").json["projects"]
    assert [each["name"] for each in found] == ["mq"]
    assert [reason["detail"] for reason in found[0]["reasons"]] == ["tiny 1.0 -> 2.0"]


def test_it_is_said_which_pin_blocks_which_python(
    repository: Repository, index: Index, poetry: Path
) -> None:
    # H20
    index.wheels.add("compiled", "1.0", tag="cp311-cp311-manylinux2014_x86_64")
    repository.write(
        {
            "tool/pyproject.toml": manifest("tool", index=index.url).replace(
                'pytest = "*"\n', 'pytest = "*"\ncompiled = "1.0"\n'
            ),
            "tool/tool/__init__.py": "",
        }
    )
    repository.run(poetry, "lock", cwd=repository.root / "tool")
    assert repository.oneroof("check", "--python", "3.11").exit_code == 0
    said = repository.oneroof("check", "--python", "3.12", "--json")
    assert said.exit_code == 1
    (violation,) = [each for each in said.json["violations"] if each["rule"] == "python"]
    assert violation["project"] == "tool"
    assert "compiled" in violation["key"]
    assert "`compiled` 1.0 has no wheel for cpython 3.12" in violation["message"]


def test_it_is_said_that_an_old_test_runner_breaks_on_a_python(
    repository: Repository, index: Index, poetry: Path
) -> None:
    # H20: metadata of pytest 6.2.2 admits every later Python
    index.wheels.add("pytest", "6.2.2", requires_python=">=3.6")
    text = manifest("tool", index=index.url).replace('pytest = "*"', 'pytest = "6.2.2"')
    repository.write({"tool/pyproject.toml": text, "tool/tool/__init__.py": ""})

    def blocked() -> list[tuple[str, str]]:
        said = repository.oneroof("check", "--no-environments", "--python", "3.9,3.12", "--json")
        assert said.exit_code == 1
        found = [each for each in said.json["violations"] if each["rule"] == "python"]
        return sorted((each["path"], each["message"]) for each in found)

    itself = (
        "tool/pyproject.toml",
        "tool itself requires Python `>=3.11`, which excludes 3.9",
    )
    without_lock = "`pytest==6.2.2` breaks on Python 3.12 and later: tool -> pytest"
    assert blocked() == [("tool/pyproject.toml", without_lock), itself]
    repository.run(poetry, "lock", cwd=repository.root / "tool")
    with_lock = "`pytest` 6.2.2 breaks on Python 3.12 and later: tool -> pytest"
    assert blocked() == [("tool/poetry.lock", with_lock), itself]


def test_a_broken_signature_of_a_library_fails_the_types_of_its_users(shared: Repository) -> None:
    # H16: nothing here has a `py.typed`
    shared.write(
        {
            "pyproject.toml": '[dependency-groups]\ntypes = ["mypy"]\n[tool.mypy]\n',
            f"libs/{TELEMETRY}": "def send(name: str) -> None:\n    print(name)\n",
            "libs/ml/ml/__init__.py": "from telemetry import send\n\nsend('ml')\n",
            "apps/common-ml/app/main.py": "import ml\n\nml.send(name='app')\n",
        }
    )
    assert shared.oneroof("types", "common-ml", "ml", "--json").statuses == {
        f"{COMMON}:types": "passed",
        "ml:types": "passed",
    }
    shared.replace(f"libs/{TELEMETRY}", "name: str", "name: str, level: int")
    said = shared.oneroof("types", "common-ml")
    assert said.exit_code == 1
    assert 'app/main.py:3: error: Missing positional argument "level"' in said.stderr
