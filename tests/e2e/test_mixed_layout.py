"""Apps that are no packages, notebooks, engineering tasks, models and a shell library, mixed.

Manifests with CRLF, missing READMEs, missing locks; a root that declares the test tools.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def manifest(name: str, dependencies: str = "", more: str = "") -> str:
    return (
        f'[tool.poetry]\nname = "{name}"\nversion = "0.1.0"\ndescription = ""\n'
        f'authors = []\nreadme = "README.md"\n{more}'
        f'[tool.poetry.dependencies]\npython = "^3.8"\n{dependencies}{POETRY}'
    )


def hello(up: str) -> str:
    return f'helloworld = {{ path = "{up}/lib/helloworld", develop = true }}\n'


PROJECTS = {
    "app/flask-app-1": hello("../.."),
    "app/flask-app-2": hello("../.."),
    "app/shop/flask-app-3": "",
    "eda/eda-project-1": hello("../.."),
    "eda/sales/eda-project-2": "",
    "eng/load/task-1": "",
    "eng/load/task-2": "",
    "eng/fn-score": "",
    "eng/fn-sweep": "",
    "lib/helloworld": "",
    "lib/nfltouchdown": "",
    "model/nfl/touchdown/train-image": 'nfltouchdown = "*"\n',
    "model/nfl/touchdown/predict-image": "",
    "model/nfl/touchdown/package": "",
}
CRLF = ("app/flask-app-2", "eng/load/task-1", "lib/nfltouchdown")
SETTINGS = '[tool.oneroof]\ninputs = ["/lib/shellpers/**"]\n'


@pytest.fixture
def mixed(repository: Repository) -> Repository:
    files: dict[str, str | bytes] = {
        "requirements.txt": "poetry\n",
        "lib/shellpers/helpers.sh": "echo help\n",
        "infra/readme.txt": "later\n",
        "lib/helloworld/helloworld/__init__.py": "def hello():\n    return 'hello'\n",
        "lib/helloworld/tests/test_helloworld.py": (
            "import helloworld\n\ndef test_hello():\n    assert helloworld.hello() == 'hello'\n"
        ),
        "lib/nfltouchdown/nfltouchdown/__init__.py": "WHERE = 'here'\n",
        "app/flask-app-1/app.py": "import helloworld\nprint(helloworld.hello())\n",
        "app/flask-app-2/app.py": "import helloworld\n",
        "eda/eda-project-1/eda-project-1.py": (
            "import helloworld\nprint(helloworld.hello(), 'eda')\n"
        ),
        "eng/fn-score/main.py": "",
        "eng/fn-sweep/main.py": "",
    }
    for path, dependencies in PROJECTS.items():
        name = path.split("/")[-1]
        text = manifest(name, dependencies, SETTINGS if name.startswith("fn-") else "")
        if path in CRLF:
            text = text.replace("\n", "\r\n")
        files[f"{path}/pyproject.toml"] = text.encode()
    repository.write(files)
    repository.commit()
    return repository


def _digests(repository: Repository) -> dict[str, str]:
    return {
        path: hashlib.sha256((repository.root / path).read_bytes()).hexdigest()
        for path in repository.git("ls-files").splitlines()
    }


def test_all_fourteen_are_found_and_left_as_they_are(mixed: Repository) -> None:
    # M1
    before = _digests(mixed)
    found = mixed.oneroof("ls", "--json").json["projects"]
    assert sorted(each["path"] for each in found) == sorted(PROJECTS)
    assert all(each["version"] == "0.1.0" for each in found)
    edges = mixed.oneroof("graph", "--json").json["edges"]
    assert {(edge["from"], edge["to"]) for edge in edges} == {
        ("eda-project-1", "helloworld"),
        ("flask-app-1", "helloworld"),
        ("flask-app-2", "helloworld"),
        ("train-image", "nfltouchdown"),
    }
    mixed.oneroof("sync", "flask-app-2")
    assert _digests(mixed) == before
    assert mixed.git("status", "--porcelain") == ""


def test_roles_come_from_where_things_lie(mixed: Repository) -> None:
    # M1
    found = mixed.oneroof("ls", "--json").json["projects"]
    roles = {each["path"].split("/")[0]: each["role"] for each in found}
    assert {key: roles[key] for key in ("app", "eda", "lib", "model")} == {
        "app": "app",
        "eda": "notebook",
        "lib": "lib",
        "model": "model",
    }


def test_an_app_that_is_no_package_is_synced_with_a_warning(mixed: Repository) -> None:
    # M5
    said = mixed.oneroof("sync", "flask-app-1")
    assert said.exit_code == 0
    assert "warning: app/flask-app-1/" in said.stderr
    assert "README.md" in said.stderr
    assert "Traceback" not in said.stderr
    python = mixed.root / "app/flask-app-1/.venv/bin/python"
    assert mixed.run(python, mixed.root / "app/flask-app-1/app.py") == "hello\n"


def test_a_library_without_pytest_is_tested_with_the_shared_one(mixed: Repository) -> None:
    # M6
    said = mixed.oneroof("test", "helloworld", "--json")
    assert said.statuses == {"helloworld:test": "passed"}
    assert mixed.oneroof("test", "helloworld", "--json").sources == {
        "helloworld:test": "local-cache"
    }


def test_the_roots_group_is_the_shared_one(mixed: Repository, index: Index) -> None:
    # M6
    index.wheels.add("marker-of-root", "1.0", {"pytest_marker.py": "WHO = 'root'\n"})
    mixed.write(
        {
            "pyproject.toml": '[dependency-groups]\ntest = ["pytest", "marker-of-root"]\n',
            "lib/helloworld/tests/test_more.py": "def test_more():\n    import pytest_marker\n",
        }
    )
    said = mixed.oneroof("test", "helloworld", "--json")
    assert said.statuses == {"helloworld:test": "passed"}


def test_the_programs_own_environment_stays_as_it_is(mixed: Repository) -> None:
    # M7
    site = mixed.program.parent.parent / "lib"
    before = sorted(path.name for path in site.glob("*/site-packages/*"))
    assert mixed.oneroof("sync", "lib", "app").exit_code == 0
    assert sorted(path.name for path in site.glob("*/site-packages/*")) == before


def test_inputs_that_are_no_python_are_followed(mixed: Repository) -> None:
    # M12
    mixed.write({"lib/shellpers/helpers.sh": "echo more\n"})
    said = mixed.oneroof("affected", "--format", "lines")
    assert said.stdout.splitlines() == ["fn-score", "fn-sweep"]


def test_an_input_that_matches_nothing_is_reported(mixed: Repository) -> None:
    # M12
    mixed.replace("eng/fn-score/pyproject.toml", "shellpers", "shelpers")
    said = mixed.oneroof("check", "--json")
    found = [each for each in said.json["violations"] if "shelpers" in each["message"]]
    assert [(each["project"], each["path"]) for each in found] == [
        ("fn-score", "eng/fn-score/pyproject.toml")
    ]
    assert said.exit_code == 1


def test_a_script_of_an_analysis_runs_in_its_environment(mixed: Repository) -> None:
    # M13, first half
    said = mixed.oneroof("exec", "eda-project-1", "--", "python", "eda-project-1.py")
    assert (said.exit_code, said.stdout) == (0, "hello eda\n")


def test_an_internal_dependency_is_taken_from_the_index_when_its_lock_says_so(
    mixed: Repository, index: Index
) -> None:
    # M9 needs `--local`; without a lock the workspace's own is taken, never the index's.
    index.wheels.add("nfltouchdown", "9.9", {"nfltouchdown/__init__.py": "WHERE = 'index'\n"})
    said = mixed.python("train-image", "import nfltouchdown; print(nfltouchdown.WHERE)")
    assert said.stdout == "here\n"


ANALYSIS = "eda/eda-project-1/eda-project-1.py"


def test_what_an_analysis_imports_undeclared_is_named_with_its_line(mixed: Repository) -> None:
    # M13
    mixed.write(
        {
            ANALYSIS: (
                "import helloworld\nimport pandas as pd\nfrom sklearn.svm import SVC\n\n"
                "print(helloworld.hello(), pd, SVC)\n"
            )
        }
    )
    said = mixed.oneroof("check", "eda-project-1", "--json")
    found = [each for each in said.json["violations"] if each["rule"] == "undeclared"]
    place = "in `[tool.poetry.dependencies]` of eda/eda-project-1/pyproject.toml"
    assert [(each["path"], each["line"], each["hint"]) for each in found] == [
        (ANALYSIS, 2, f'write `pandas = "*"` {place}'),
        (ANALYSIS, 3, f'write `scikit-learn = "*"` {place}'),
    ]
    assert said.exit_code == 1


def test_a_kernel_of_an_analysis_can_be_registered(mixed: Repository, tmp_path: Path) -> None:
    # M13; ipykernel is from the real index
    mixed.variables.pop("UV_DEFAULT_INDEX")
    mixed.replace(
        "eda/eda-project-1/pyproject.toml",
        "[build-system]",
        '[tool.poetry.group.dev.dependencies]\nipykernel = "*"\n[build-system]',
    )
    assert mixed.oneroof("sync", "eda-project-1").exit_code == 0
    python = mixed.root / "eda/eda-project-1/.venv/bin/python"
    options = ("--prefix", str(tmp_path / "jupyter"), "--name", "eda-project-1")
    mixed.run(python, "-m", "ipykernel", "install", *options)
    place = tmp_path / "jupyter/share/jupyter/kernels/eda-project-1/kernel.json"
    command = json.loads(place.read_text())["argv"]
    assert command[0] == str(python)
    code = "import helloworld, ipykernel; print(helloworld.hello())"
    assert mixed.run(command[0], "-c", code, cwd=tmp_path) == "hello\n"


def test_a_test_runner_among_the_requirements_of_an_app_is_told(mixed: Repository) -> None:
    # M8, but for images
    mixed.write(
        {
            "app/flask-app-1/pyproject.toml": manifest(
                "flask-app-1", hello("../..") + 'pytest = "*"\n'
            ),
            "app/flask-app-1/tests/test_app.py": "import pytest\n",
        }
    )
    said = mixed.oneroof("check", "flask-app-1", "--json")
    (found,) = [each for each in said.json["violations"] if each["rule"] == "unused"]
    assert (found["path"], found["key"], found["message"], found["hint"]) == (
        "app/flask-app-1/pyproject.toml",
        "tool.poetry.dependencies.pytest",
        (
            "declares `pytest`, a tool for development, at run time, and no run-time file of "
            "flask-app-1 uses it"
        ),
        "move it to `[tool.poetry.group.test.dependencies]` of app/flask-app-1/pyproject.toml",
    )
