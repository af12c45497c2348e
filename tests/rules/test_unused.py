"""Run-time requirements that nothing imports."""

from pathlib import Path

import pytest
from tests.rules.judging import distribution, manifest, opened, sources_of, unused

from oneroof.rules.distributions import Distribution
from oneroof.rules.unused import find_unused

YAML = distribution("pyyaml", "yaml", "_yaml")
DATABASE = distribution("sqlthing", "sqlthing", optional={"pg": ["pgdriver"]})
DRIVER = distribution("pgdriver", "pgdriver")
SERVER = distribution("gunicorn", "gunicorn", scripts=["gunicorn"])

pytestmark = pytest.mark.usefixtures("isolated")


CODE = """
import sqlthing
import zoneinfo

def uri(name, place):
    return f"snowflake://{name}", "django.db.backends.postgresql", f"https://{place}"
"""


def app(text: str, *needs: str, more: str = "", **files: str) -> dict[str, str]:
    return {
        "app/pyproject.toml": manifest("app", *needs, more=more),
        "app/app/__init__.py": text,
        "lib/pyproject.toml": manifest("lib"),
        "lib/lib/__init__.py": "",
        **files,
    }


FIRST = ["project.dependencies[0]"]


def test_a_project_that_nothing_imports(tmp_path: Path) -> None:
    assert unused(tmp_path, app("import os\n", "lib"), "app") == FIRST


def test_a_distribution_that_nothing_imports(tmp_path: Path) -> None:
    assert unused(tmp_path, app("import os\n", "PyYAML"), "app", [YAML]) == FIRST


@pytest.mark.parametrize(
    "text",
    ["import lib\n", "def f():\n    from lib import x\n", "import os\nNAME = 'lib.thing:main'\n"],
)
def test_a_project_that_is_used(tmp_path: Path, text: str) -> None:
    assert unused(tmp_path, app(text, "lib"), "app") == []


@pytest.mark.parametrize(
    "text",
    [
        "import yaml\n",
        "from yaml import nodes\n",
        "import importlib\nx = importlib.import_module('yaml')\n",
        "import os\nLOADER = 'yaml.SafeLoader'\n",
        "import os\nAPPS = ['yaml']\n",
        "import os\nNEEDS = 'pyyaml'\n",
    ],
)
def test_a_distribution_that_is_used(tmp_path: Path, text: str) -> None:
    assert unused(tmp_path, app(text, "PyYAML"), "app", [YAML]) == []


def test_tests_count_as_use(tmp_path: Path) -> None:
    files = app("import os\n", "PyYAML") | {"app/tests/test_app.py": "import yaml\n"}
    assert unused(tmp_path, files, "app", [YAML]) == []


def test_documentation_is_no_use(tmp_path: Path) -> None:
    files = app('"""Once with yaml."""\nimport os\n', "PyYAML")
    assert unused(tmp_path, files, "app", [YAML]) == FIRST


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("app/Dockerfile", 'CMD ["gunicorn", "app:app"]\n'),
        ("app/deploy/run.sh", "exec gunicorn app:app\n"),
    ],
)
def test_a_command_in_a_file_for_another_tool(tmp_path: Path, file: str, text: str) -> None:
    files = app("import os\n", "gunicorn") | {file: text}
    assert unused(tmp_path, files, "app", [SERVER]) == []


def test_a_command_in_a_task(tmp_path: Path) -> None:
    more = '[tool.oneroof.tasks.serve]\ncommand = "gunicorn app:app"\n'
    assert unused(tmp_path, app("import os\n", "gunicorn", more=more), "app", [SERVER]) == []


@pytest.mark.parametrize(
    ("needs", "installed"),
    [
        (["types-requests"], [distribution("types-requests", "requests_stubs")]),
        (["all-of-it"], [distribution("all-of-it")]),
        (["plugin"], [distribution("plugin", "plugin", is_plugin=True)]),
        (["not-here"], []),
        (["adbc-driver-snowflake"], [distribution("adbc-driver-snowflake", "adbc_driver")]),
        (["psycopg2"], [distribution("psycopg2", "psycopg2")]),
        (["tzdata"], [distribution("tzdata", "tzdata")]),
        (["sqlthing", "pgdriver"], [DATABASE, DRIVER]),
        (
            ["sqlthing", "urllib3==2.0"],
            [
                distribution("urllib3", "urllib3"),
                distribution("sqlthing", "sqlthing", requires=["urllib3"]),
            ],
        ),
        (
            ["server[fast]"],
            [distribution("server", "server", optional={"fast": ["sqlthing"]}), DATABASE],
        ),
    ],
    ids=[
        "stubs",
        "no-modules",
        "plugin",
        "absent",
        "url",
        "alias",
        "tzdata",
        "backend",
        "pin",
        "extra",
    ],
)
def test_what_no_import_would_show(
    tmp_path: Path, needs: list[str], installed: list[object]
) -> None:
    files = app(CODE, *needs)
    assert unused(tmp_path, files, "app", installed) == []  # type: ignore[arg-type]


SECOND = ["project.dependencies[1]"]


@pytest.mark.parametrize(
    ("declared", "needed", "expected"),
    [
        ("urllib3", "urllib3>=1", SECOND),
        ("urllib3>=1.26", "urllib3>=1.26", SECOND),
        ("urllib3>=1.21,<3", "urllib3>=1.26", SECOND),
        ("urllib3>=2", "urllib3", []),
        ("urllib3>=2.5", "urllib3<3,>=1.21", []),
        ("urllib3<3", "urllib3>=1.21", []),
        ("urllib3!=2.1", "urllib3", []),
        ("urllib3>=2", "other", SECOND),
    ],
)
def test_a_bound_that_is_tighter_than_what_others_ask_holds_a_version(
    tmp_path: Path, declared: str, needed: str, expected: list[str]
) -> None:
    installed = [distribution("urllib3", "urllib3"), distribution("r", "r", requires=[needed])]
    assert unused(tmp_path, app("import r\n", "r", declared), "app", installed) == expected


def test_a_bound_on_what_only_tests_bring_along_is_told(tmp_path: Path) -> None:
    more = '[dependency-groups]\ntest = ["r"]\n'
    installed = [distribution("urllib3", "urllib3"), distribution("r", "r", requires=["urllib3"])]
    files = app("import os\n", "urllib3>=2", more=more)
    assert unused(tmp_path, files, "app", installed) == FIRST


@pytest.mark.parametrize(
    ("before", "beside", "expected"),
    [
        ("", "  # its plugin needs it", []),
        ("  # PyYAML is asked for by the deployment\n", "", []),
        ("  # for the tests\n", "", ["project.dependencies[0]"]),
        ("", "  # oneroof: ignore[unused]", ["project.dependencies[0]"]),
    ],
)
def test_a_requirement_that_a_comment_explains(
    tmp_path: Path, before: str, beside: str, expected: list[str]
) -> None:
    listed = f'dependencies = [\n{before}  "PyYAML",{beside}\n]\n'
    files = app("import os\n")
    files["app/pyproject.toml"] = manifest("app").replace("dependencies = []\n", listed)
    assert unused(tmp_path, files, "app", [YAML]) == expected


def test_a_project_that_another_loads_by_name(tmp_path: Path) -> None:
    files = app("from core.database import Thing\n", "core", "lib") | {
        "core/pyproject.toml": manifest("core"),
        "core/core/__init__.py": "",
        "core/core/database.py": "import importlib\nWHERE = 'lib.database'\n",
    }
    assert unused(tmp_path, files, "app") == []


def test_a_project_with_nothing_to_import(tmp_path: Path) -> None:
    files = app("import os\n", "meta") | {
        "meta/pyproject.toml": '[project]\nname = "meta"\nversion = "1"\n'
    }
    assert unused(tmp_path, files, "app") == []


def test_a_project_without_code_says_nothing_of_its_requirements(tmp_path: Path) -> None:
    assert unused(tmp_path, app("", "lib", "PyYAML"), "app", [YAML]) == []


def test_groups_and_extras_are_not_judged(tmp_path: Path) -> None:
    more = '[dependency-groups]\ntest = ["PyYAML"]\n[project.optional-dependencies]\nx = ["lib"]\n'
    assert unused(tmp_path, app("import os\n", more=more), "app", [YAML]) == []


PYTEST = distribution("pytest", "pytest", "_pytest", scripts=["pytest"])
TESTS = {"app/tests/test_app.py": "import pytest\n", "app/Makefile": "test:\n\tpytest\n"}


@pytest.mark.parametrize("installed", [[PYTEST], None])
@pytest.mark.parametrize("tool", ["pytest", "pytest-cov", "black", "ipykernel"])
def test_a_tool_for_development_that_only_tests_and_makefiles_use(
    tmp_path: Path, tool: str, installed: list[Distribution] | None
) -> None:
    assert unused(tmp_path, app("import os\n", tool, **TESTS), "app", installed) == FIRST


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("pytest", "import pytest\n"),
        ("pytest-cov", "import pytest\n"),
        ("pytest", "import subprocess\nsubprocess.run(['pytest', '-q'])\n"),
        ("ipykernel", "import papermill\n"),
    ],
)
def test_a_tool_for_development_that_run_time_code_uses(
    tmp_path: Path, tool: str, text: str
) -> None:
    assert unused(tmp_path, app(text, tool, **TESTS), "app") == []


def test_a_project_that_only_has_tests_needs_their_tools_at_run_time(tmp_path: Path) -> None:
    files = {"app/pyproject.toml": manifest("app", "pytest"), **TESTS}
    assert unused(tmp_path, files, "app") == []


@pytest.mark.parametrize(
    ("tool", "more"),
    [
        ("pytest", '[project.entry-points.pytest11]\nx = "app"\n'),
        ("ipykernel", '[tool.oneroof]\nrole = "notebook"\n'),
    ],
)
def test_a_tool_for_development_that_the_project_is_there_for(
    tmp_path: Path, tool: str, more: str
) -> None:
    assert unused(tmp_path, app("import os\n", tool, more=more), "app") == []


def test_where_a_tool_for_development_belongs(tmp_path: Path) -> None:
    text = (
        '[tool.poetry]\nname = "app"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
        'pytest = "*"\n[build-system]\nrequires = ["poetry-core"]\n'
        'build-backend = "poetry.core.masonry.api"\n'
    )
    files = {"app/pyproject.toml": text, "app/app/__init__.py": "import os\n", **TESTS}
    found, project = opened(tmp_path, files, "app")
    (violation,) = find_unused(sources_of(found), project)
    assert violation.problem.message == (
        "declares `pytest`, a tool for development, at run time, "
        "and no run-time file of app uses it"
    )
    assert violation.problem.hint == (
        "move it to `[tool.poetry.group.test.dependencies]` of app/pyproject.toml"
    )


@pytest.mark.parametrize("name", ["adbc-driver-sqlite", "mysqlclient", "certifi-https"])
def test_a_driver_that_nothing_names_is_told(tmp_path: Path, name: str) -> None:
    installed = [distribution(name, "some_driver")]
    assert unused(tmp_path, app(CODE, name), "app", installed) == FIRST


@pytest.mark.parametrize(
    ("remark", "expected"),
    [("# at run time", FIRST), ("# PyYAML is for a plugin", []), ("# oneroof: ignore", FIRST)],
)
def test_a_comment_beside_several_requirements_is_about_the_one_it_names(
    tmp_path: Path, remark: str, expected: list[str]
) -> None:
    files = app("import os\n")
    listed = f'dependencies = ["PyYAML", "other"]  {remark}\n'
    files["app/pyproject.toml"] = manifest("app").replace("dependencies = []\n", listed)
    assert unused(tmp_path, files, "app", [YAML]) == expected
