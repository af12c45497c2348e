"""Imports of other projects of the workspace."""

from pathlib import Path

import pytest
from tests.rules.judging import BUILD, manifest, places, undeclared

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.rules.violation import Fix, Violation
from oneroof.workspace.editing.edits import AddItem
from oneroof.workspace.model import ProjectName

PORTION = '[tool.hatch.build.targets.wheel]\npackages = ["example_pkg"]\n'
A = {
    "pkg_a/pyproject.toml": manifest("example-pkg-a", more=PORTION),
    "pkg_a/example_pkg/a/__init__.py": "",
}
B = {"pkg_b/pyproject.toml": manifest("example-pkg-b", more=PORTION)}
LIBRARY = {"lib/pyproject.toml": manifest("lib"), "lib/lib/__init__.py": "", "lib/lib/x.py": ""}

DEPENDENCIES = ("project", "dependencies")

pytestmark = pytest.mark.usefixtures("isolated")


def test_the_project_is_named_by_the_file_that_is_reached(tmp_path: Path) -> None:
    files = {
        **A,
        **B,
        "pkg_b/example_pkg/b/__init__.py": "import os\n\nfrom example_pkg.a import thing\n",
    }
    assert undeclared(tmp_path, files, "example-pkg-b") == [
        Violation(
            "undeclared",
            ProjectName("example-pkg-b"),
            Problem(
                "pkg_b/example_pkg/b/__init__.py",
                "imports `example_pkg.a` of `example-pkg-a`, which example-pkg-b does not declare",
                hint=(
                    'write `"example-pkg-a"` in `[project] dependencies` of pkg_b/pyproject.toml'
                ),
            ),
            fails=True,
            line=3,
            subject="example-pkg-a",
            fix=Fix(
                ((RelPath("pkg_b/pyproject.toml"), AddItem(DEPENDENCIES, "example-pkg-a")),),
            ),
        )
    ]


@pytest.mark.parametrize(
    "statement", ["from ..a import thing", "from .. import a", "def f():\n    from ..a import x"]
)
def test_a_relative_import_of_a_portion_of_another_project_counts(
    tmp_path: Path, statement: str
) -> None:
    files = {**A, **B, "pkg_b/example_pkg/b/__init__.py": f"{statement}\n"}
    line = statement.count("\n") + 1
    assert places(undeclared(tmp_path, files, "example-pkg-b")) == [
        f"pkg_b/example_pkg/b/__init__.py:{line}"
    ]


@pytest.mark.parametrize(
    "statement",
    ["from . import made", "from .made import x", "from ..b import c", "from ...a import x"],
)
def test_other_relative_imports_ask_nothing_of_others(tmp_path: Path, statement: str) -> None:
    files = {**A, **B, "pkg_b/example_pkg/b/c.py": f"{statement}\n"}
    assert undeclared(tmp_path, files, "example-pkg-b") == []


@pytest.mark.parametrize(
    "statement",
    [
        "from example_pkg import a",
        "import example_pkg.a as a",
        "import sys, example_pkg.a",
        "def f():\n    import example_pkg.a",
        "from example_pkg import (\n    b,\n    a,\n)",
    ],
)
def test_a_portion_of_a_namespace_however_it_is_imported(tmp_path: Path, statement: str) -> None:
    files = {**A, **B, "pkg_b/example_pkg/b/__init__.py": f"{statement}\n"}
    (found,) = undeclared(tmp_path, files, "example-pkg-b")
    assert found.problem.message.startswith("imports `example_pkg.a` of `example-pkg-a`, ")


def test_the_namespace_alone_is_nobodys(tmp_path: Path) -> None:
    files = {**A, **B, "pkg_b/example_pkg/b/__init__.py": "import example_pkg\n"}
    assert undeclared(tmp_path, files, "example-pkg-b") == []


def test_own_portions_are_own(tmp_path: Path) -> None:
    files = {
        **A,
        **B,
        "pkg_b/example_pkg/b/__init__.py": "from example_pkg.b import more\n",
        "pkg_b/example_pkg/b/more.py": "",
    }
    assert undeclared(tmp_path, files, "example-pkg-b") == []


@pytest.mark.parametrize(
    ("needs", "more"),
    [
        (("lib",), ""),
        (("lib>=1",), '[tool.uv.sources]\nlib = { path = "../lib" }\n'),
    ],
)
def test_what_is_declared_is_well(tmp_path: Path, needs: tuple[str, ...], more: str) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app", *needs, more=more),
        "app/app/__init__.py": "import lib.x\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_what_comes_along_with_another_is_not_declared(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "middle/pyproject.toml": manifest("middle", "lib"),
        "middle/middle/__init__.py": "",
        "app/pyproject.toml": manifest("app", "middle"),
        "app/app/__init__.py": "import lib\nimport middle\n",
    }
    (found,) = undeclared(tmp_path, files, "app")
    assert found.problem.message == (
        "imports `lib` of `lib`, which app does not declare: it only comes along with something "
        "else"
    )


IN_GROUP = '[dependency-groups]\ntest = ["pytest", "lib"]\n'
IN_HATCH = '[tool.hatch.envs.test]\ndependencies = ["pytest"]\n'
IN_EXTRA = '[project.optional-dependencies]\nmore = ["lib"]\n'


@pytest.mark.parametrize(
    ("more", "path", "text", "expected"),
    [
        (IN_GROUP, "app/tests/test_app.py", "import lib\n", []),
        (IN_GROUP, "app/app/test_app.py", "import lib\n", []),
        (IN_GROUP, "app/app/__init__.py", "import lib\n", [True]),
        (IN_GROUP, "app/app/__init__.py", "if TYPE_CHECKING:\n    import lib\n", []),
        (IN_GROUP, "app/scripts/load.py", "import lib\n", []),
        (IN_EXTRA, "app/app/__init__.py", "import lib\n", [False]),
        (IN_EXTRA, "app/app/more.py", "import lib\n", []),
        (IN_EXTRA, "app/app/__init__.py", "def f():\n    import lib\n", []),
        (
            IN_EXTRA,
            "app/app/__init__.py",
            "try:\n    import lib\nexcept ImportError:\n    lib = None\n",
            [],
        ),
        (IN_EXTRA, "app/tests/test_app.py", "import lib\n", [False]),
        ("", "app/app/__init__.py", "if TYPE_CHECKING:\n    import lib\n", []),
        ("", "app/tests/test_app.py", "import lib\n", [True]),
        ("", "app/docs/conf.py", "import lib\n", [False]),
        ("", "app/setup.py", "import lib\n", []),
    ],
)
def test_which_kinds_a_file_may_use(
    tmp_path: Path, more: str, path: str, text: str, expected: list[bool]
) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app", more=more),
        "app/app/__init__.py": "",
        path: text,
    }
    assert [each.fails for each in undeclared(tmp_path, files, "app")] == expected


def test_a_kind_that_does_not_suffice_is_named(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app", more=IN_GROUP),
        "app/app/__init__.py": "import lib\n",
    }
    (found,) = undeclared(tmp_path, files, "app")
    message = "imports `lib` of `lib`, which is declared for group `test` only"
    assert found.problem.message == message


def test_an_extra_that_a_group_asks_of_the_project_counts_for_the_group(tmp_path: Path) -> None:
    more = IN_EXTRA + '[dependency-groups]\ntest = ["pytest", "app[more]"]\n'
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app", more=more),
        "app/app/__init__.py": "",
        "app/tests/test_app.py": "import lib\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_what_an_asked_extra_of_a_project_holds_is_declared(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "core/pyproject.toml": manifest("core", more=IN_EXTRA),
        "core/core/__init__.py": "",
        "app/pyproject.toml": manifest("app", "core[more]"),
        "app/app/__init__.py": "import lib\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_each_project_is_named_once_in_a_file(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "import lib\nimport lib.x\n",
        "app/app/more.py": "\nimport lib.x\n",
    }
    found = undeclared(tmp_path, files, "app")
    assert places(found) == ["app/app/__init__.py:1", "app/app/more.py:2"]


def test_a_module_beside_the_file_comes_before_another_projects(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        "app/scripts/lib.py": "",
        "app/scripts/load.py": "import lib\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_files_beside_a_program_are_not_there_for_others(tmp_path: Path) -> None:
    files = {
        "job/pyproject.toml": manifest("job"),
        "job/job/__init__.py": "",
        "job/settings_of_job.py": "",
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "import settings_of_job\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_of_several_projects_with_a_module_one_that_is_declared_suffices(tmp_path: Path) -> None:
    files = {
        **{f"{each}/pyproject.toml": manifest(each, more=PORTION) for each in ("one", "two")},
        **{f"{each}/example_pkg/same.py": "" for each in ("one", "two")},
        "app/pyproject.toml": manifest("app", "two"),
        "app/app/__init__.py": "import example_pkg.same\n",
    }
    assert undeclared(tmp_path, files, "app") == []


def test_a_script_that_says_itself_what_it_needs(tmp_path: Path) -> None:
    text = '# /// script\n# dependencies = ["lib"]\n# ///\nimport lib\n'
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        "app/scripts/load.py": text,
    }
    assert undeclared(tmp_path, files, "app") == []


@pytest.mark.parametrize(
    ("path", "count"), [("app/examples/one/main.py", 0), ("app/app/one/main.py", 1)]
)
def test_an_example_with_its_own_list_of_requirements(
    tmp_path: Path, path: str, count: int
) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        path: "import lib\n",
        path.replace("main.py", "requirements.txt"): "lib\n",
    }
    assert len(undeclared(tmp_path, files, "app")) == count


def test_a_cell_of_a_notebook(tmp_path: Path) -> None:
    cell = '{"cell_type": "code", "source": ["%pip list\\n", "import lib\\n"]}'
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        "app/look.ipynb": f'{{"cells": [{cell}]}}',
    }
    assert places(undeclared(tmp_path, files, "app")) == ["app/look.ipynb:2"]


POETRY = '[tool.poetry]\nname = "app"\nversion = "1"\n'
SETUP_PY = 'from setuptools import setup\nsetup(name="app", version="1", packages=["app"])\n'
SETUP_CFG = "[metadata]\nname = app\nversion = 1\n[options]\npackages = app\n"


@pytest.mark.parametrize(
    ("file", "text", "hint"),
    [
        (
            "pyproject.toml",
            manifest("app"),
            'write `"lib"` in `[project] dependencies` of app/pyproject.toml',
        ),
        (
            "pyproject.toml",
            manifest("app", "other", more='[tool.uv.sources]\nother = { path = "../other" }\n'),
            (
                'write `"lib"` in `[project] dependencies` of app/pyproject.toml, and '
                '`lib = { path = "../lib" }` in `[tool.uv.sources]`'
            ),
        ),
        (
            "pyproject.toml",
            POETRY + BUILD,
            (
                'write `lib = { path = "../lib", develop = true }` in '
                "`[tool.poetry.dependencies]` of app/pyproject.toml"
            ),
        ),
        ("setup.py", SETUP_PY, 'write `"lib"` in `install_requires` of app/setup.py'),
        ("setup.cfg", SETUP_CFG, "write `lib` in `[options] install_requires` of app/setup.cfg"),
        ("requirements.txt", "six\n", "write `-e ../lib` in app/requirements.txt"),
    ],
)
def test_the_line_to_write_in_each_dialect(tmp_path: Path, file: str, text: str, hint: str) -> None:
    files = {**LIBRARY, f"app/{file}": text, "app/app/__init__.py": "import lib\n"}
    (found,) = undeclared(tmp_path, files, "app")
    assert found.problem.hint == hint


def test_the_line_to_write_between_members_of_one_workspace(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["lib", "app"]\n',
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "import lib\n",
    }
    (found,) = undeclared(tmp_path, files, "app")
    assert found.problem.hint == (
        'write `"lib"` in `[project] dependencies` of app/pyproject.toml, and '
        "`lib = { workspace = true }` in `[tool.uv.sources]`"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (manifest("app"), "`test` of `[dependency-groups]`"),
        (
            manifest("app", more='[dependency-groups]\nci = ["pytest"]\n'),
            "`ci` of `[dependency-groups]`",
        ),
        (
            manifest("app", more='[project.optional-dependencies]\ndev = ["pytest"]\n'),
            "`dev` of `[project.optional-dependencies]`",
        ),
    ],
)
def test_the_line_of_a_test_belongs_where_the_test_runner_is(
    tmp_path: Path, text: str, place: str
) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": text,
        "app/app/__init__.py": "",
        "app/tests/test_app.py": "import lib\n",
    }
    (found,) = undeclared(tmp_path, files, "app")
    assert found.problem.hint == f'write `"lib"` in {place} of app/pyproject.toml'


def test_what_run_time_code_needs_as_well_is_told_there(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "import lib\n",
        "app/tests/test_app.py": "import lib\n",
    }
    assert places(undeclared(tmp_path, files, "app")) == ["app/app/__init__.py:1"]


def test_what_a_project_without_code_needs_is_declared_by_it(tmp_path: Path) -> None:
    meta = "[project]\nname = 'meta'\nversion = '1'\ndependencies = ['lib']\n"
    files = {
        **LIBRARY,
        "meta/pyproject.toml": meta,
        "app/pyproject.toml": manifest("app", "meta"),
        "app/app/__init__.py": "import lib\n",
    }
    assert undeclared(tmp_path, files, "app") == []
    files["meta/meta/__init__.py"] = ""
    files["meta/pyproject.toml"] = manifest("meta", "lib")
    assert places(undeclared(tmp_path / "2", files, "app")) == ["app/app/__init__.py:1"]


def test_an_import_that_may_fail_need_not_be_declared(tmp_path: Path) -> None:
    text = (
        "def f():\n    try:\n        import lib\n"
        "    except ImportError as error:\n        raise Missing from error\n"
    )
    files = {**LIBRARY, "app/pyproject.toml": manifest("app"), "app/app/__init__.py": text}
    assert undeclared(tmp_path, files, "app") == []


def test_examples_are_only_told_and_together(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        "app/examples/a.py": "import lib\n",
        "app/examples/b.py": "import lib\n",
    }
    (found,) = undeclared(tmp_path, files, "app")
    assert (found.fails, places([found])) == (False, ["app/examples/a.py:1"])
    assert found.problem.hint == (
        'write `"lib"` in `test` of `[dependency-groups]` of app/pyproject.toml; '
        "or list it in a `requirements.txt` of its folder"
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/tox.ini", "[testenv]\ndeps =\n  -e {toxinidir}/../lib[x]\n"),
        ("app/hatch.toml", "[envs.default]\npre-install-commands = ['pip install -e ../lib']\n"),
        ("app/noxfile.py", "def tests(session):\n    session.install('-e', '../lib')\n"),
    ],
)
def test_a_project_that_runners_install_is_there_for_tests(
    tmp_path: Path, path: str, text: str
) -> None:
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        "app/tests/test_app.py": "import lib\n",
        path: text,
    }
    assert undeclared(tmp_path, files, "app") == []


def test_scripts_of_a_root_that_is_not_built_are_beside_it(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "pyproject.toml": '[project]\nname = "all"\nversion = "1"\n[tool.uv]\npackage = false\n',
        "scripts/load.py": "import lib\n",
    }
    assert [each.fails for each in undeclared(tmp_path, files, "all")] == [False]


@pytest.mark.parametrize("manifest_of", ["inner/setup.py", "inner/pyproject.toml"])
def test_what_is_packaged_apart_is_not_judged_by_another_manifest(
    tmp_path: Path, manifest_of: str
) -> None:
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["lib", "app"]\n'
        'exclude = ["app/inner"]\n',
        **LIBRARY,
        "app/pyproject.toml": manifest("app"),
        "app/app/__init__.py": "",
        f"app/{manifest_of}": '[project]\nname = "inner"\n',
        "app/inner/tests/test_inner.py": "import lib\n",
    }
    assert undeclared(tmp_path, files, "app") == []


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        (
            {"pyproject.toml": manifest("app", more=IN_HATCH)},
            (
                'write `"lib @ {root:uri}/../lib"` in `[tool.hatch.envs.test] dependencies` '
                "of app/pyproject.toml"
            ),
        ),
        (
            {
                "pyproject.toml": manifest("app"),
                "hatch.toml": '[envs.hatch-test]\nextra-dependencies = ["pytest"]\n',
            },
            (
                'write `"lib @ {root:uri}/../lib"` in `extra-dependencies` of `[envs.hatch-test]` '
                "of app/hatch.toml"
            ),
        ),
        (
            {"pyproject.toml": manifest("app"), "test-requirements.txt": "pytest\n"},
            "write `-e ../lib` in app/test-requirements.txt",
        ),
        (
            {
                "setup.py": (
                    "from setuptools import setup\n"
                    'setup(name="app", packages=["app"], extras_require={"tests": ["pytest"]})\n'
                )
            },
            'write `"lib"` in `tests` of `extras_require` of app/setup.py',
        ),
        (
            {
                "setup.cfg": "[metadata]\nname = app\n[options]\npackages = app\n"
                "[options.extras_require]\ntests =\n  pytest\n"
            },
            "write `lib` in `tests` of `[options.extras_require]` of app/setup.cfg",
        ),
        (
            {
                "pyproject.toml": '[tool.poetry]\nname = "app"\nversion = "1"\n'
                '[tool.poetry.group.ci.dependencies]\npytest = "*"\n'
            },
            (
                'write `lib = { path = "../lib", develop = true }` in '
                "`[tool.poetry.group.ci.dependencies]` of app/pyproject.toml"
            ),
        ),
    ],
    ids=["hatch", "hatch.toml", "requirements", "setup.py", "setup.cfg", "poetry"],
)
def test_the_line_of_a_test_is_written_as_those_beside_it(
    tmp_path: Path, files: dict[str, str], hint: str
) -> None:
    found = undeclared(
        tmp_path,
        {
            **LIBRARY,
            **{f"app/{name}": text for name, text in files.items()},
            "app/app/__init__.py": "",
            "app/tests/test_app.py": "import lib\n",
        },
        "app",
    )
    assert [each.problem.hint for each in found] == [hint]


def test_the_line_for_what_a_plugin_of_the_backend_reads(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools_dynamic_dependencies]\ndependencies = ["b=={version}"]\n'
        '[build-system]\nrequires = []\nbuild-backend = "setuptools.build_meta"\n'
    )
    files = {**LIBRARY, "app/pyproject.toml": text, "app/app/__init__.py": "import lib\n"}
    assert [each.problem.hint for each in undeclared(tmp_path, files, "app")] == [
        (
            'write `"lib"` in `[tool.setuptools_dynamic_dependencies] dependencies` of '
            "app/pyproject.toml"
        )
    ]


def test_a_group_named_for_tests_is_theirs_without_a_runner(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\ntests = ["respx"]\n'
    files = {
        **LIBRARY,
        "app/pyproject.toml": manifest("app", more=more),
        "app/app/__init__.py": "",
        "app/tests/test_app.py": "import lib\n",
    }
    assert [each.problem.hint for each in undeclared(tmp_path, files, "app")] == [
        'write `"lib"` in `tests` of `[project.optional-dependencies]` of app/pyproject.toml'
    ]


def test_a_folder_around_the_packages_of_a_project_is_not_its_own(tmp_path: Path) -> None:
    packages = '[tool.setuptools]\npackages = ["core.lab.one"]\n'
    where = '[tool.setuptools.package-dir]\n"core.lab.one" = "namespace/core/lab/one"\n'
    files = {
        "core/pyproject.toml": manifest("core"),
        "core/core/__init__.py": "",
        "lab/pyproject.toml": '[project]\nname = "lab"\nversion = "1"\n'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        + packages
        + where,
        "lab/namespace/core/__init__.py": "",
        "lab/namespace/core/lab/one/__init__.py": "from core import Message\n",
    }
    found = undeclared(tmp_path, files, "lab")
    assert places(found) == ["lab/namespace/core/lab/one/__init__.py:1"]


def test_a_relative_import_in_a_single_module_asks_nothing_of_others(tmp_path: Path) -> None:
    files = {
        **LIBRARY,
        "one/pyproject.toml": manifest("one", more=BUILD),
        "one/one.py": "from .lib import x\nfrom ..lib import x\n",
    }
    assert undeclared(tmp_path, files, "one") == []
