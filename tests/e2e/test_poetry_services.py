"""Services and libraries that Poetry manages, each on its own, with locks of every age.

Three libraries, four services; a library is declared twice (any version, and a path for
development); locks of 1.1, 2.0 and 2.1, absent, and copied from another project.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Index, Repository

DATA = Path(__file__).parents[1] / "locks" / "data"
BACKEND = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def manifest(name: str, dependencies: str = "", develop: str = "") -> str:
    return (
        f'[tool.poetry]\nname = "{name}"\nversion = "0.1.0"\ndescription = ""\nauthors = []\n'
        f'[tool.poetry.dependencies]\npython = "^3.8"\n{dependencies}'
        f"[tool.poetry.dev-dependencies]\n{develop}{BACKEND}"
    )


def path_to(*names: str) -> str:
    return "".join(f'{name} = {{ path = "../../libs/{name}", develop = true }}\n' for name in names)


@pytest.fixture
def services(repository: Repository) -> Repository:
    files = {
        "libs/libmq/pyproject.toml": manifest("libmq"),
        "libs/libmq/libmq/__init__.py": "def send():\n    return 'sent'\n",
        "libs/libml/pyproject.toml": manifest("libml"),
        "libs/libml/libml/__init__.py": "",
        "libs/libtelemetry/pyproject.toml": manifest("libtelemetry"),
        "libs/libtelemetry/libtelemetry/__init__.py": "",
        "Makefile": "all:\n",
    }
    needs = {
        "one": ("libmq", "libtelemetry"),
        "two": ("libml", "libmq"),
        "three": ("libmq",),
        "four": (),
    }
    for number, libraries in needs.items():
        folder = f"services/service-{number}"
        any_version = "".join(f'{name} = "*"\n' for name in libraries)
        files[f"{folder}/pyproject.toml"] = manifest(
            f"service-{number}", any_version, path_to(*libraries)
        )
        files[f"{folder}/service_{number}/__init__.py"] = ""
    files["services/service-one/service_one/main.py"] = "import libmq\nprint(libmq.send())\n"
    repository.write(files)
    repository.commit()
    return repository


def test_projects_are_found_without_registration(services: Repository) -> None:
    # D1
    found = services.oneroof("ls", "--json").json["projects"]
    facts = {
        each["name"]: (each["path"], each["role"], each["distribution"], each["import_packages"])
        for each in found
    }
    assert facts == {
        "libml": ("libs/libml", "lib", "libml", ["libml"]),
        "libmq": ("libs/libmq", "lib", "libmq", ["libmq"]),
        "libtelemetry": ("libs/libtelemetry", "lib", "libtelemetry", ["libtelemetry"]),
        **{
            f"service-{number}": (
                f"services/service-{number}",
                "service",
                f"service-{number}",
                [f"service_{number}"],
            )
            for number in ("one", "two", "three", "four")
        },
    }


def test_what_a_library_needs_is_inherited(services: Repository) -> None:
    # D2
    services.write(
        {
            "libs/libmq/pyproject.toml": manifest(
                "libmq", 'libtelemetry = { path = "../libtelemetry", develop = true }\n'
            ),
            "services/service-one/pyproject.toml": manifest(
                "service-one", 'libmq = "*"\n', path_to("libmq")
            ),
        }
    )
    said = services.oneroof("graph", "service-one")
    assert said.stdout == "service-one\n└ libmq\n  └ libtelemetry\n"
    edges = services.oneroof("graph", "service-one", "--json").json["edges"]
    assert [(edge["from"], edge["to"]) for edge in edges] == [
        ("libmq", "libtelemetry"),
        ("service-one", "libmq"),
    ]


def test_declared_twice_is_one_edge(services: Repository) -> None:
    # D3
    edges = services.oneroof("graph", "service-three", "--json").json["edges"]
    assert [(edge["to"], edge["kinds"]) for edge in edges] == [("libmq", ["group:dev", "main"])]
    assert services.oneroof("check").exit_code == 0


def test_an_empty_constraint_is_named_with_its_cure(services: Repository) -> None:
    # D3
    services.replace("services/service-three/pyproject.toml", 'libmq = "*"', 'libmq = ""')
    said = services.oneroof("check")
    assert said.exit_code == 1
    assert re.search(
        r"services/service-three/pyproject.toml:\d+: tool.poetry.dependencies.libmq", said.stdout
    )
    assert 'hint: write `"*"` for any version, or give a path' in said.stdout


def test_an_edit_of_a_library_shows_without_installing_again(services: Repository) -> None:
    # D4
    assert services.oneroof("sync", "service-one").exit_code == 0
    command = ("exec", "service-one", "--", "python", "-m", "service_one.main")
    assert services.oneroof(*command).stdout == "sent\n"
    services.replace("libs/libmq/libmq/__init__.py", "sent", "sent anew")
    assert services.oneroof(*command).stdout == "sent anew\n"
    python = services.root / "services/service-one/.venv/bin/python"
    assert services.run(python, "-m", "service_one.main") == "sent anew\n"
    again = services.oneroof("sync", "service-one")
    assert again.stderr.startswith("unchanged  service-one")


def test_locks_of_every_age_are_read(repository: Repository) -> None:
    # D12
    for age in ("poetry-1.1", "poetry-1.8", "poetry-2"):
        for path in (DATA / age).rglob("*"):
            if path.is_file():
                place = f"{age}/{path.relative_to(DATA / age).as_posix()}"
                repository.write({place: path.read_text()})
    found = repository.oneroof("check", "--json").json["violations"]
    assert [each for each in found if each["rule"] in {"stale-lock", "foreign-lock", "lock"}] == []
    locks = {each["lock"] for each in repository.oneroof("ls", "--json").json["projects"]}
    assert {f"{age}/app/poetry.lock" for age in ("poetry-1.1", "poetry-1.8", "poetry-2")} <= locks


def test_absent_and_foreign_locks_are_named(services: Repository) -> None:
    # D12
    lock = (DATA / "poetry-2/app/poetry.lock").read_text()
    services.write(
        {
            "services/service-four/pyproject.toml": manifest("service-four", 'six = "*"\n'),
            "services/service-three/poetry.lock": lock,
        }
    )
    found = services.oneroof("check", "--json").json["violations"]
    rules = {each["project"]: each["rule"] for each in found}
    assert rules["service-four"] == "missing-lock"
    assert rules["service-three"] in {"foreign-lock", "stale-lock"}
    assert "services/service-three" in services.oneroof("check").stdout


def test_clean_counts_bytes_and_touches_no_source(services: Repository) -> None:
    # D13
    services.oneroof("sync", "service-one")
    said = services.oneroof("clean", "--venvs", "--all", "--dry-run", "--json")
    assert said.json["size_bytes"] > 0
    assert all(entry["size_bytes"] >= 0 for entry in said.json["entries"])
    assert (services.root / "services/service-one/.venv").exists()
    cleaned = services.oneroof("clean", "--venvs", "--all")
    assert cleaned.exit_code == 0
    assert not (services.root / "services/service-one/.venv").exists()
    assert services.git("status", "--porcelain", "--ignored") == ""


def test_a_library_of_that_name_on_the_index_is_never_taken(
    services: Repository, index: Index
) -> None:
    index.wheels.add("libml", "99.0")
    code = "import libml, importlib.metadata as m; print(m.version('libml'), libml.__file__)"
    said = services.python("service-two", code)
    assert said.stdout == f"0.1.0 {services.root}/libs/libml/libml/__init__.py\n"
    assert "libml" not in index.names_asked
