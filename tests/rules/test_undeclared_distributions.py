"""Imports of third-party distributions."""

from pathlib import Path

import pytest
from tests.rules.judging import BUILD, distribution, manifest, places, undeclared

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.distributions import Distribution, Distributions
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.editing.edits import AddItem
from oneroof.workspace.model import ProjectName

YAML = distribution("pyyaml", "yaml", "yaml.nodes", "_yaml")
HTTP = distribution("requests", "requests", requires=["urllib3"])
URLLIB = distribution("urllib3", "urllib3")

DEPENDENCIES = ("project", "dependencies")

pytestmark = pytest.mark.usefixtures("isolated")


def app(text: str, *needs: str, more: str = "", path: str = "app/app/code.py") -> dict[str, str]:
    return {
        "app/pyproject.toml": manifest("app", *needs, more=more),
        "app/app/__init__.py": "",
        path: text,
    }


def test_a_module_is_of_the_distribution_whose_files_have_it(tmp_path: Path) -> None:
    assert undeclared(tmp_path, app("import yaml\n", "PyYAML"), "app", [YAML]) == []


def test_what_only_comes_along_is_not_declared(tmp_path: Path) -> None:
    files = app("import requests\n\nimport urllib3\n", "requests")
    assert undeclared(tmp_path, files, "app", [HTTP, URLLIB]) == [
        Violation(
            "undeclared",
            ProjectName("app"),
            Problem(
                "app/app/code.py",
                "imports `urllib3` of `urllib3`, which app does not declare: it only comes along "
                "with something else",
                hint='write `"urllib3>=2.0"` in `[project] dependencies` of app/pyproject.toml',
            ),
            fails=True,
            line=3,
            subject="urllib3",
            fix=Fix(
                ((RelPath("app/pyproject.toml"), AddItem(DEPENDENCIES, "urllib3>=2.0")),),
            ),
        )
    ]


def test_what_nothing_installed_has(tmp_path: Path) -> None:
    (found,) = undeclared(tmp_path, app("import nothing.at_all\n"), "app", [])
    assert (found.fails, found.problem.message, found.problem.hint) == (
        True,
        "imports `nothing.at_all`, which nothing installed for app has",
        "declare the distribution that has it, or guard the import",
    )


@pytest.mark.parametrize(
    ("module", "said", "line"),
    [
        ("sklearn.svm", "; it is known as a module of `scikit-learn`", "scikit-learn"),
        ("pandas", "", "pandas"),
    ],
)
def test_what_nothing_installed_has_and_everybody_knows(
    tmp_path: Path, module: str, said: str, line: str
) -> None:
    (found,) = undeclared(tmp_path, app(f"import {module}\n"), "app", [])
    assert (found.problem.message, found.problem.hint) == (
        f"imports `{module}`, which nothing installed for app has{said}",
        f'write `"{line}"` in `[project] dependencies` of app/pyproject.toml',
    )


def test_what_is_installed_for_another_project_is_named(tmp_path: Path) -> None:
    (found,) = undeclared(tmp_path, app("import yaml\n"), "app", [], elsewhere=[YAML])
    assert (found.problem.message, found.problem.hint) == (
        "imports `yaml` of `pyyaml`, which app does not declare, nor is it installed",
        'write `"pyyaml"` in `[project] dependencies` of app/pyproject.toml',
    )


def test_third_parties_are_not_judged_without_an_environment(tmp_path: Path) -> None:
    assert undeclared(tmp_path, app("import nothing\n"), "app") == []


@pytest.mark.parametrize(
    "text",
    [
        "import os, tomllib\nfrom xml.etree import ElementTree\n",
        "import distutils\n",
        "from . import code\nfrom .code import x\n",
        "from app import code\n",
        "from app.not_yet_generated import x\n",
        "try:\n    import gone\nexcept ImportError:\n    gone = None\n",
        "try:\n    import gone\nexcept (OSError, ModuleNotFoundError):\n    import gone_too\n",
        "try:\n    import gone\nexcept Exception:\n    pass\n",
        "def f():\n    try:\n        import gone\n    except ImportError:\n        return\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gone\n",
        "import typing as t\nif t.TYPE_CHECKING:\n    import gone\n",
        "if not TYPE_CHECKING:\n    x = 1\nelse:\n    import gone\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import gone\n",
        "import sys\nif sys.version_info < (3, 11):\n    import gone\nelse:\n    import os\n",
        "import sys\nif sys.platform == 'win32':\n    import gone\n",
        "from importlib.util import find_spec\nif find_spec('gone'):\n    import gone.more\n",
        "import pytest\npytest.importorskip('gone')\nimport gone.more\n",
        "gone = pytest.importorskip('gone')\nfrom gone import more\n",
        "text = '''\nimport gone\n'''\n",
        "if False:\n    import gone\n",
    ],
)
def test_what_is_there_anyway_or_may_be_missing(tmp_path: Path, text: str) -> None:
    installed = [distribution("pytest", "pytest")]
    assert undeclared(tmp_path, app(text, "pytest"), "app", installed) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("try:\n    import gone\nexcept ValueError:\n    pass\n", 2),
        ("try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import gone\n", 6),
        ("def f():\n    import gone\n", 2),
        ("class C:\n    if DEBUG:\n        import gone\n", 3),
        ("for x in ():\n    import gone\n", 2),
        ("match 1:\n    case _:\n        import gone\n", 3),
        ("x = (1 +\n  2); import gone\n", 2),
        ("from gone import (  # all\n    a,\n)\n", 1),
    ],
)
def test_what_must_be_there(tmp_path: Path, text: str, line: int) -> None:
    assert places(undeclared(tmp_path, app(text), "app", [])) == [f"app/app/code.py:{line}"]


STORAGE = Distribution(
    "google-cloud-storage",
    "2.0",
    frozenset({"google.cloud.storage", "google.cloud.storage.blob"}),
    frozenset({"google", "google.cloud"}),
)
AUTH = Distribution("google-auth", "2.0", frozenset({"google.auth"}), frozenset({"google"}))


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("google.cloud.storage.blob.Blob", ("google-cloud-storage",)),
        ("google.cloud.storage", ("google-cloud-storage",)),
        ("google.auth.transport", ("google-auth",)),
        ("google.cloud.bigquery", ()),
        ("google", ("google-auth", "google-cloud-storage")),
        ("googleapis", ()),
    ],
)
def test_the_longest_known_name_decides_in_namespaces(
    dotted: str, expected: tuple[str, ...]
) -> None:
    assert Distributions([STORAGE, AUTH]).providers(dotted) == expected


def test_a_portion_that_is_imported_from_its_namespace(tmp_path: Path) -> None:
    files = app("from google.cloud import storage\nimport google.auth\n", "google-cloud-storage")
    (found,) = undeclared(tmp_path, files, "app", [STORAGE, AUTH])
    assert found.problem.message.startswith("imports `google.auth` of `google-auth`, ")


def test_one_distribution_of_several_that_share_a_package_suffices(tmp_path: Path) -> None:
    installed = [distribution("azure-core", "azure"), distribution("azure-more", "azure")]
    assert undeclared(tmp_path, app("import azure\n", "azure-more"), "app", installed) == []


def test_what_an_asked_extra_brings_is_declared(tmp_path: Path) -> None:
    server = distribution("uvicorn", "uvicorn", optional={"standard": ["uvloop"]})
    installed = [server, distribution("uvloop", "uvloop")]
    files = app("import uvloop\n", "uvicorn[standard]")
    assert undeclared(tmp_path, files, "app", installed) == []


def test_a_declared_distribution_that_is_for_another_platform(tmp_path: Path) -> None:
    files = app("import win_only\n", "win-only ; sys_platform == 'win32'")
    assert undeclared(tmp_path, files, "app", []) == []


def test_what_a_declared_but_absent_distribution_may_have_is_only_told(tmp_path: Path) -> None:
    files = app("import other_name\n", "win-only ; sys_platform == 'win32'")
    (found,) = undeclared(tmp_path, files, "app", [])
    assert not found.fails


def test_a_requirement_of_an_extra_that_is_not_installed(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\nfast = ["orjson"]\n'
    files = app("import orjson\n", more=more, path="app/app/__init__.py")
    (found,) = undeclared(tmp_path, files, "app", [])
    assert (found.fails, found.problem.message) == (
        False,
        "imports `orjson` of `orjson`, which is declared for extra `fast` only",
    )


def test_a_development_extra_is_none_for_users(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\ndev = ["requests", "pytest"]\n'
    (found,) = undeclared(tmp_path, app("import requests\n", more=more), "app", [HTTP])
    assert found.fails


def test_tests_have_what_the_root_declares_for_tests(tmp_path: Path) -> None:
    files = {
        **app("import pytest\nimport helper\n", path="app/tests/test_app.py"),
        "pyproject.toml": '[dependency-groups]\ntest = ["pytest", "helper"]\n',
    }
    installed = [distribution("pytest", "pytest"), distribution("helper", "helper")]
    assert undeclared(tmp_path, files, "app", installed) == []


def test_programs_do_not_have_what_the_root_declares_for_tests(tmp_path: Path) -> None:
    (found,) = undeclared(
        tmp_path, app("import pytest\n"), "app", [distribution("pytest", "pytest")]
    )
    assert found.problem.message == (
        "imports `pytest` of `pytest`, which is declared for all tests by the root only"
    )


def test_scripts_and_examples_are_advised_together(tmp_path: Path) -> None:
    files = {
        **app(""),
        **{f"app/examples/{each}.py": "import urllib3\n" for each in "abc"},
    }
    (found,) = undeclared(tmp_path, files, "app", [URLLIB])
    assert (found.fails, places([found])) == (False, ["app/examples/a.py:1"])
    assert found.problem.message.endswith("; so do 2 other files")


def test_files_of_the_project_wherever_they_lie_are_its_own(tmp_path: Path) -> None:
    files = app("import helpers\n") | {"app/shared/helpers.py": ""}
    assert undeclared(tmp_path, files, "app", []) == []


def test_a_folder_that_bears_its_name_does_not_hide_a_distribution(tmp_path: Path) -> None:
    files = app("import urllib3\n") | {"app/tests/urllib3/test_it.py": ""}
    assert len(undeclared(tmp_path, files, "app", [URLLIB])) == 1


def test_a_requirement_of_the_build_is_not_taken_for_one_that_is_absent(tmp_path: Path) -> None:
    (found,) = undeclared(tmp_path, app("import gone\n"), "app", [])
    assert found.fails


def test_modules_of_programs_elsewhere_are_not_said_to_be_missing(tmp_path: Path) -> None:
    files = app("import helpers\n") | {
        "job/pyproject.toml": manifest("job"),
        "job/job/__init__.py": "",
        "job/helpers.py": "",
    }
    assert undeclared(tmp_path, files, "app", []) == []


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        (
            "pyproject.toml",
            '[tool.poetry]\nname = "app"\nversion = "1"\n' + BUILD,
            'write `urllib3 = ">=2.0"` in `[tool.poetry.dependencies]` of app/pyproject.toml',
        ),
        ("requirements.txt", "six\n", "write `urllib3>=2.0` in app/requirements.txt"),
        (
            "setup.cfg",
            "[metadata]\nname = app\nversion = 1\n[options]\npackages = app\n",
            "write `urllib3>=2.0` in `[options] install_requires` of app/setup.cfg",
        ),
    ],
)
def test_the_line_to_write_in_each_dialect(tmp_path: Path, file: str, text: str, hint: str) -> None:
    files = {f"app/{file}": text, "app/app/__init__.py": "import urllib3\n"}
    (found,) = undeclared(tmp_path, files, "app", [URLLIB])
    assert found.problem.hint == hint


META = distribution("everything", requires=["urllib3>=2"])


def test_what_a_distribution_without_modules_needs_is_declared_by_it(tmp_path: Path) -> None:
    files = app("import urllib3\n", "everything")
    assert undeclared(tmp_path, files, "app", [META, URLLIB]) == []


def test_a_part_for_an_extra_is_loaded_when_it_is_asked_for(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\nfast = ["orjson"]\n'
    files = app("import orjson\n", more=more) | {
        "app/app/__init__.py": "def start():\n    from .code import x\n",
        "app/app/__main__.py": "try:\n    from app import code\nexcept ImportError:\n    pass\n",
    }
    assert undeclared(tmp_path, files, "app", []) == []


@pytest.mark.parametrize(
    "text",
    [
        "from .code import x\n",
        "from app import code\n",
        "from app.other import y\n",
        "from . import (\n    other,\n)\n",
    ],
)
def test_a_part_for_an_extra_that_is_loaded_at_once(tmp_path: Path, text: str) -> None:
    more = '[project.optional-dependencies]\nfast = ["orjson"]\n'
    files = app("import orjson\n", more=more) | {
        "app/app/__init__.py": text,
        "app/app/other.py": "import app.code\n",
    }
    assert places(undeclared(tmp_path, files, "app", [])) == ["app/app/code.py:1"]


def test_tests_are_not_told_again_what_run_time_code_lacks(tmp_path: Path) -> None:
    files = app("import urllib3\n") | {
        "app/tests/test_app.py": "import urllib3\n",
        "app/examples/a.py": "import urllib3\n",
    }
    assert places(undeclared(tmp_path, files, "app", [URLLIB])) == ["app/app/code.py:1"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/tox.ini", "[testenv]\ndeps =\n  pytest\n  py312: url_lib.3>=2\n"),
        ("app/tox.ini", "[testenv:x]\ncommands_pre = python -m pip install url-lib-3\n"),
        ("app/noxfile.py", "DEPS = ['url-lib-3==2']\ndef tests(s):\n    s.install(*DEPS)\n"),
        ("app/hatch.toml", "[envs.default]\npost-install-commands = ['pip install url-lib-3']\n"),
    ],
)
def test_what_runners_install_is_there_for_tests(tmp_path: Path, path: str, text: str) -> None:
    other = distribution("url-lib-3", "urllib3")
    tested = app("import urllib3\n", path="app/tests/test_app.py") | {path: text}
    assert undeclared(tmp_path, tested, "app", [other]) == []
    code = app("import urllib3\n") | {path: text}
    assert places(undeclared(tmp_path, code, "app", [other])) == ["app/app/code.py:1"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/examples/a.py", '"""First `pip install -U urllib3[x]`."""\nimport urllib3\n'),
        ("app/examples/a.py", "# uv add 'urllib3>=2'\nimport urllib3\n"),
        ("app/examples/a.py", '"""This demo needs\n`urllib3` as well."""\nimport urllib3\n'),
        (
            "app/docs/a.ipynb",
            (
                '{"cells": [{"cell_type": "code", "source": '
                '["%pip install -q urllib3\\n", "import urllib3\\n"]}]}'
            ),
        ),
    ],
)
def test_an_example_may_say_itself_what_to_install(tmp_path: Path, path: str, text: str) -> None:
    assert undeclared(tmp_path, app(text, path=path), "app", [URLLIB]) == []


def test_an_example_beside_a_readme_that_says_what_to_install(tmp_path: Path) -> None:
    files = app("import urllib3\n", path="app/examples/a.py") | {
        "app/examples/README.md": "```console\n$ pip install urllib3\n```\n"
    }
    assert undeclared(tmp_path, files, "app", [URLLIB]) == []


def test_a_folder_of_examples_without_metadata_is_only_told(tmp_path: Path) -> None:
    files = {
        "examples/one/requirements.txt": "requests\n",
        "examples/one/main.py": "import requests\nimport urllib3\n",
    }
    (found,) = undeclared(tmp_path, files, "examples/one", [HTTP, URLLIB])
    assert (found.fails, found.line) == (False, 2)


def test_a_module_named_by_the_folder_of_the_project(tmp_path: Path) -> None:
    files = {
        "examples/one/requirements.txt": "requests\n",
        "examples/one/main.py": "from one.setup import start\nimport requests\n",
        "examples/one/setup.py": "def start(): ...\n",
    }
    assert undeclared(tmp_path, files, "examples/one", [HTTP]) == []


def test_what_is_declared_in_a_file_is_told_by_the_file(tmp_path: Path) -> None:
    files = {
        "app/setup.py": "from setuptools import setup\n"
        "setup(name='app', packages=['app'], install_requires=['requests'])\n",
        "app/requirements.txt": "urllib3\n",
        "app/app/__init__.py": "import urllib3\n",
    }
    (found,) = undeclared(tmp_path, files, "app", [URLLIB])
    assert found.problem.message == (
        "imports `urllib3` of `urllib3`, which is declared in `app/requirements.txt` only"
    )


def test_nothing_is_said_where_requirements_cannot_be_read(tmp_path: Path) -> None:
    files = app("import urllib3\n", path="app/tests/test_app.py")
    files["app/pyproject.toml"] = files["app/pyproject.toml"].replace(
        "dependencies = []", 'dynamic = ["dependencies"]'
    )
    assert undeclared(tmp_path, files, "app", [URLLIB]) == []


@pytest.mark.parametrize(
    "files",
    [
        {"shared/tool.py": ""},
        {"app/tests/conftest.py": "def pytest_configure():\n    sys.path.insert(0, made())\n"},
        {"app/tests/conftest.py": "def there(monkeypatch):\n    monkeypatch.syspath_prepend(1)\n"},
    ],
    ids=["of-no-project", "sys.path", "syspath_prepend"],
)
def test_a_module_that_something_else_than_an_installation_gives(
    tmp_path: Path, files: dict[str, str]
) -> None:
    tested = app("import shared.tool\n", path="app/tests/test_app.py")
    assert undeclared(tmp_path, tested | files, "app", []) == []
    assert places(undeclared(tmp_path / "without", tested, "app", [])) == [
        "app/tests/test_app.py:1"
    ]


def test_a_script_in_a_package_is_beside_it(tmp_path: Path) -> None:
    text = "import urllib3\n\nif __name__ == '__main__':\n    main()\n"
    more = '[dependency-groups]\ndev = ["urllib3"]\n'
    files = app(text, more=more, path="app/app/scripts/update.py")
    assert undeclared(tmp_path, files, "app", [URLLIB]) == []
    files["app/app/__init__.py"] = "from app.scripts.update import main\n"
    (found,) = undeclared(tmp_path / "loaded", files, "app", [URLLIB])
    assert found.fails


def test_scripts_are_not_told_again_what_tests_lack(tmp_path: Path) -> None:
    files = app("import urllib3\n", path="app/tests/test_app.py") | {
        "app/scripts/load.py": "import urllib3\n"
    }
    assert places(undeclared(tmp_path, files, "app", [URLLIB])) == ["app/tests/test_app.py:1"]


def test_a_portion_is_told_by_its_own_name(tmp_path: Path) -> None:
    (found,) = undeclared(tmp_path, app("from google import auth\n"), "app", [AUTH])
    assert found.problem.message.startswith("imports `google.auth` of `google-auth`, ")


def test_a_plugin_is_loaded_by_its_host(tmp_path: Path) -> None:
    more = (
        '[project.optional-dependencies]\nfull = ["orjson"]\n'
        '[project.entry-points."host.plugins"]\napp = "app.code:register"\n'
    )
    assert undeclared(tmp_path, app("import orjson\n", more=more), "app", []) == []
    files = app("import orjson\n", more=more.replace('entry-points."host.plugins"', "scripts"))
    assert len(undeclared(tmp_path / "command", files, "app", [])) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [("app/tests/feature_store/test_it.py", []), ("app/tests/features/test_it.py", [False])],
)
def test_tests_of_an_extra_bear_its_name(tmp_path: Path, path: str, expected: list[bool]) -> None:
    more = '[project.optional-dependencies]\nfeaturestore = ["urllib3"]\n'
    found = undeclared(tmp_path, app("import urllib3\n", more=more, path=path), "app", [URLLIB])
    assert [each.fails for each in found] == expected
