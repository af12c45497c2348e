"""Namespace packages with nothing but a `setup.py` each, Airflow beside them.

`example_pkg.a` and `example_pkg.b` are portions of one namespace (PEP 420); b pins `requests`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository


def setup_py(name: str, *requires: str) -> str:
    return (
        "from setuptools import find_namespace_packages, setup\n\n"
        f"setup(\n    name={name!r},\n    version='0.1',\n"
        "    packages=find_namespace_packages(include=['example_pkg.*']),\n"
        f"    install_requires={list(requires)!r},\n)\n"
    )


@pytest.fixture
def namespace(repository: Repository, index: Index) -> Repository:
    for version in ("2.0.0", "2.32.0"):
        index.wheels.add("requests", version)
    repository.write(
        {
            "pkg_a/setup.py": setup_py("example_pkg_a", "requests"),
            "pkg_a/example_pkg/a/__init__.py": "def name() -> str:\n    return 'a'\n",
            "pkg_b/setup.py": setup_py("example_pkg_b", "requests==2.0.0", "example_pkg_a"),
            "pkg_b/example_pkg/b/__init__.py": (
                "from example_pkg.a import name\n\nNAME: str = name() + 'b'\n"
            ),
            "dags/dag.py": "",
        }
    )
    repository.commit()
    return repository


def test_portions_of_one_namespace_are_importable_together(namespace: Repository) -> None:
    # N1
    said = namespace.oneroof("sync", "example-pkg-a", "example-pkg-b")
    assert said.exit_code == 0, said.stderr
    python = namespace.root / "pkg_b/.venv/bin/python"
    code = "import example_pkg.a, example_pkg.b; print(example_pkg.b.NAME)"
    assert namespace.run(python, "-c", code, cwd=namespace.root.parent) == "ab\n"


def test_a_stray_init_in_a_namespace_is_an_error(namespace: Repository) -> None:
    # N1
    namespace.write({"pkg_a/example_pkg/__init__.py": ""})
    said = namespace.oneroof("check")
    assert said.exit_code == 1
    assert "pkg_a/example_pkg/__init__.py" in said.stdout


def test_what_two_wheels_would_both_install_is_named(namespace: Repository) -> None:
    # N6, as far as `check`
    for name, requires in (("pkg_a", ["requests"]), ("pkg_b", ["requests", "example_pkg_a"])):
        text = setup_py(f"example_{name}", *requires).replace("include=['example_pkg.*']", "")
        namespace.write(
            {
                f"{name}/setup.py": text,
                f"{name}/example_pkg/py.typed": f"{name}\n",
                f"{name}/tests/__init__.py": "",
            }
        )
    found = namespace.oneroof("check", "--no-environments", "--json").json["violations"]
    assert [
        (each["rule"], each["path"], each["hint"]) for each in found if each["severity"] == "error"
    ] == [
        (
            "overlap",
            "pkg_b/example_pkg/py.typed",
            "leave it out of one wheel, or move it below a package that only one of them has",
        ),
        (
            "two-owners",
            "pkg_b/tests/__init__.py",
            "leave the tests out of both wheels: installed together, one is lost",
        ),
    ]


def test_an_undeclared_portion_is_named_with_its_line_and_the_line_to_write(
    namespace: Repository,
) -> None:
    # N2
    namespace.write({"pkg_b/setup.py": setup_py("example_pkg_b", "requests==2.0.0")})
    said = namespace.oneroof("check", "example-pkg-b", "--json")
    (found,) = [each for each in said.json["violations"] if each["rule"] == "undeclared"]
    assert (found["path"], found["line"], found["message"], found["hint"]) == (
        "pkg_b/example_pkg/b/__init__.py",
        1,
        ("imports `example_pkg.a` of `example-pkg-a`, which example-pkg-b does not declare"),
        'write `"example_pkg_a"` in `install_requires` of pkg_b/setup.py',
    )
    assert said.exit_code == 1


def test_an_environment_holds_the_declared_closure_and_no_more(namespace: Repository) -> None:
    # N3
    assert namespace.python("example-pkg-b", "import example_pkg.b").exit_code == 0
    said = namespace.python("example-pkg-a", "import example_pkg.a, example_pkg.b")
    assert said.exit_code == 1
    assert "No module named 'example_pkg.b'" in said.stderr


def test_each_project_has_its_own_version_and_who_asks_is_said(namespace: Repository) -> None:
    # N4
    code = "import requests; print(requests.__version__)"
    versions = [namespace.python(f"example-pkg-{each}", code).stdout for each in "ab"]
    assert versions == ["2.32.0\n", "2.0.0\n"]
    said = namespace.oneroof("why", "requests")
    assert [line.split("  ")[0] for line in said.stdout.splitlines()] == [
        "example-pkg-a -> requests",
        "example-pkg-b -> requests",
    ]
    assert "`requests==2.0.0`" in said.stdout
    (requests,) = json.loads(namespace.oneroof("versions", "--json").stdout)["packages"]
    assert [
        (each["version"], [project["name"] for project in each["projects"]])
        for each in requests["versions"]
    ] == [("2.32.0", ["example-pkg-a"]), ("2.0.0", ["example-pkg-b"])]
    asked = requests["versions"][1]["projects"][0]["requirements"]
    assert [each["requirement"] for each in asked] == ["requests==2.0.0", "requests"]
    shared = namespace.oneroof("versions", "--shared")
    assert shared.stderr.endswith(
        "warning: example-pkg-a: one environment downgrades `requests` 2.32.0 -> 2.0.0\n"
    )


def test_pins_that_contradict_each_other_are_an_error(namespace: Repository) -> None:
    # N4
    namespace.replace("pkg_a/setup.py", "'requests'", "'requests>=2.20'")
    said = namespace.oneroof("check", "--no-environments", "--json")
    (found,) = [each for each in said.json["violations"] if each["rule"] == "contradiction"]
    assert (found["project"], found["path"], found["message"]) == (
        "example-pkg-b",
        "pkg_b/setup.py",
        (
            "asks for `requests==2.0.0`, and example-pkg-a for `requests>=2.20` "
            "(pkg_a/setup.py: install_requires[0]), which comes along: "
            "example-pkg-b -> example-pkg-a"
        ),
    )
    assert said.exit_code == 1


def test_dags_stay_thin(namespace: Repository, index: Index) -> None:
    # N9
    index.wheels.add("tensorflow", "2.0")
    index.wheels.add("apache-airflow", "3.0", {"airflow/__init__.py": "class DAG: ...\n"})
    namespace.write(
        {
            "pyproject.toml": (
                "[[tool.oneroof.rules.forbidden]]\n"
                'from = "role:dags"\nto = "heavy"\nreason = "the scheduler parses DAGs"\n'
            ),
            "heavy/pyproject.toml": (
                '[project]\nname = "heavy"\nversion = "1"\ndependencies = ["tensorflow"]\n'
                '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
            ),
            "heavy/heavy/__init__.py": "import tensorflow\n",
            "dags/requirements.txt": "apache-airflow\n",
            "dags/dag.py": "from airflow import DAG\n\ndag = DAG()\n",
        }
    )
    assert namespace.oneroof("sync", "dags").exit_code == 0
    namespace.run(namespace.root / "dags/.venv/bin/python", namespace.root / "dags/dag.py")
    assert namespace.oneroof("check", "dags").exit_code == 0
    namespace.replace("dags/dag.py", "DAG\n\n", "DAG\nimport heavy\n\n")
    said = namespace.oneroof("check", "dags", "--json")
    (found,) = [each for each in said.json["violations"] if each["rule"] == "forbidden"]
    assert (found["path"], found["line"]) == ("dags/dag.py", 2)
    assert "`role:dags` may not import `heavy`: the scheduler parses DAGs" in found["message"]
    assert said.exit_code == 1


def test_the_ambient_python_is_never_touched(namespace: Repository) -> None:
    # N5
    code = "import sys; print(sys._base_executable)"
    used = namespace.python("example-pkg-a", code).stdout.strip()
    place = "import sysconfig, os; print(sorted(os.listdir(sysconfig.get_path('purelib'))))"
    before = namespace.run(used, "-I", "-c", place)
    assert namespace.oneroof("sync").exit_code == 0
    assert namespace.run(used, "-I", "-c", place) == before


def test_setup_py_alone_is_read_and_never_run(namespace: Repository) -> None:
    # N7
    namespace.write(
        {"pkg_a/setup.py": setup_py("example_pkg_a", "requests") + "open('ran', 'w')\n"}
    )
    found = namespace.oneroof("ls", "--json").json["projects"]
    facts = {each["name"]: (each["version"], each["import_packages"]) for each in found}
    assert facts["example-pkg-a"] == ("0.1", ["example_pkg.a"])
    assert facts["example-pkg-b"] == ("0.1", ["example_pkg.b"])
    assert not list(namespace.root.rglob("ran"))


def test_type_checkers_see_what_is_editable(namespace: Repository) -> None:
    # N8
    said = namespace.oneroof("sync", "example-pkg-b")
    assert said.exit_code == 0
    namespace.write(
        {
            "pyproject.toml": '[dependency-groups]\ntypes = ["mypy"]\n[tool.mypy]\nstrict = true\n',
        }
    )
    assert namespace.oneroof("types", "example-pkg-b", "--json").statuses == {
        "example-pkg-b:types": "passed"
    }
    namespace.replace("pkg_a/example_pkg/a/__init__.py", "-> str:", "-> int:")
    namespace.replace("pkg_a/example_pkg/a/__init__.py", "'a'", "1")
    said = namespace.oneroof("types", "example-pkg-b")
    assert said.exit_code == 1
    assert "example_pkg/b/__init__.py:3: error:" in said.stderr


def test_an_environment_elsewhere_stands_alone(namespace: Repository, tmp_path: Path) -> None:
    # N10; the build backend is from the real index
    namespace.variables.pop("UV_DEFAULT_INDEX")
    namespace.replace("pkg_a/setup.py", "'requests'", "'six'")
    namespace.replace("pkg_b/setup.py", "'requests==2.0.0'", "'six==1.16.0'")
    place = tmp_path / "opt" / "tagging"
    said = namespace.oneroof(
        "sync", "example-pkg-b", "--path", str(place), "--no-editable", "--main"
    )
    assert said.exit_code == 0, said.stderr
    code = "import sys, example_pkg.b as b; print(b.NAME); print(*sys.path, b.__file__)"
    told = namespace.run(place / "bin/python", "-c", code, cwd=tmp_path)
    first, second = told.splitlines()
    assert first == "ab"
    assert str(namespace.root) not in second


def test_no_registry_is_needed(namespace: Repository, index: Index) -> None:
    # N11, as far as `sync`
    said = namespace.oneroof(
        "sync",
        "example-pkg-b",
        UV_FIND_LINKS=str(index.wheels.folder),
        UV_NO_INDEX="1",
        UV_OFFLINE="1",
    )
    assert said.exit_code == 0, said.stderr
    assert index.asked == []
