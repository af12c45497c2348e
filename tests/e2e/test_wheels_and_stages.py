"""Wheels and stages of services that Poetry, setuptools and Hatch build, with real backends."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository, Said

POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def poetry_manifest(name: str, dependencies: str = "", version: str = "0.1.0") -> str:
    return (
        f'[tool.poetry]\nname = "{name}"\nversion = "{version}"\ndescription = ""\nauthors = []\n'
        f'[tool.poetry.dependencies]\npython = "^3.9"\n{dependencies}{POETRY}'
    )


def path_to(*names: str) -> str:
    return "".join(f'{name} = {{ path = "../../libs/{name}", develop = true }}\n' for name in names)


@pytest.fixture
def services(repository: Repository, index: Index, backends: Path) -> Repository:
    for wheel in backends.glob("*.whl"):
        if not (index.wheels.folder / wheel.name).exists():
            (index.wheels.folder / wheel.name).symlink_to(wheel)
    index.wheels.add("dep", "1.0")
    repository.write(
        {
            ".gitignore": "build/\n*.egg-info/\n",
            "libs/libtelemetry/setup.py": (
                "from setuptools import find_packages, setup\n"
                "setup(name='libtelemetry', version='0.1.0', packages=find_packages('src'),\n"
                "      package_dir={'': 'src'})\n"
            ),
            "libs/libtelemetry/src/libtelemetry/__init__.py": "",
            "libs/libtelemetry/README.md": "for whom it may concern\n",
            "libs/libtelemetry/tests/test_it.py": "",
            "libs/libmq/pyproject.toml": poetry_manifest("libmq", path_to("libtelemetry")),
            "libs/libmq/libmq/__init__.py": "def send():\n    return 'sent'\n",
            "libs/libml/pyproject.toml": poetry_manifest("libml"),
            "libs/libml/libml/__init__.py": "",
            "services/service-one/pyproject.toml": poetry_manifest(
                "service-one", 'dep = "^1"\n' + path_to("libmq")
            ),
            "services/service-one/service_one/__init__.py": "",
            "services/service-one/service_one/main.py": "import libmq\nprint(libmq.send())\n",
            "services/service-two/pyproject.toml": (
                '[project]\nname = "service-two"\nversion = "0.1.0"\ndependencies = ["libmq"]\n'
                '[tool.uv.sources]\nlibmq = { path = "../../libs/libmq" }\n' + HATCH
            ),
            "services/service-two/service_two/__init__.py": "",
        }
    )
    repository.commit()
    return repository


def wheels_in(folder: Path) -> dict[str, str]:
    """The digest of each wheel."""
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.glob("*.whl"))
    }


def metadata_of(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


def install(said: Said, services: Repository, folder: Path, *arguments: str) -> Path:
    """A virtual environment elsewhere with what was built, and with nothing from an index."""
    import uv

    assert said.exit_code == 0, said.stderr
    place = folder / "elsewhere"
    call = (uv.find_uv_bin(), "--quiet")
    services.run(*call, "venv", "--python", sys.executable, place)
    services.run(
        *call, "pip", "install", "--no-index", "--python", place / "bin/python", *arguments
    )
    return place / "bin/python"


def test_wheels_of_the_closure_install_anywhere(services: Repository, tmp_path: Path) -> None:
    # D5
    said = services.oneroof("wheel", "service-one", "-o", str(tmp_path / "out"))
    out = tmp_path / "out"
    assert list(wheels_in(out)) == [
        "libmq-0.1.0-py3-none-any.whl",
        "libtelemetry-0.1.0-py3-none-any.whl",
        "service_one-0.1.0-py3-none-any.whl",
    ]
    for wheel in out.glob("*.whl"):
        assert "file:" not in metadata_of(wheel)
    python = install(said, services, tmp_path, "--no-deps", *map(str, out.glob("*.whl")))
    assert services.run(python, "-m", "service_one.main", cwd=tmp_path) == "sent\n"


def test_only_what_changed_is_built_again(services: Repository, tmp_path: Path) -> None:
    # D6
    out = tmp_path / "out"
    services.oneroof("wheel", "service-one", "-o", str(out))
    before = wheels_in(out)
    again = services.oneroof("wheel", "service-one", "-o", str(out), "--json")
    assert {each["source"] for each in again.json["wheels"]} == {"local-cache"}
    services.replace("libs/libmq/libmq/__init__.py", "sent", "posted")
    edited = services.oneroof("wheel", "service-one", "-o", str(out), "--json")
    ran = [each["project"] for each in edited.json["wheels"] if each["source"] == "ran"]
    assert ran == ["libmq"]
    after = wheels_in(out)
    assert [name for name in before if before[name] != after[name]] == [
        "libmq-0.1.0-py3-none-any.whl"
    ]
    with zipfile.ZipFile(out / "libmq-0.1.0-py3-none-any.whl") as archive:
        assert b"posted" in archive.read("libmq/__init__.py")
    services.write({"libs/libtelemetry/README.md": "for nobody\n"})
    services.oneroof("wheel", "service-one", "-o", str(out))
    assert wheels_in(out) == after


def test_no_stale_wheel_stays(services: Repository, tmp_path: Path) -> None:
    # D7
    out = tmp_path / "out"
    services.oneroof("wheel", "service-one", "-o", str(out))
    services.replace("libs/libmq/pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    said = services.oneroof("wheel", "service-one", "-o", str(out))
    assert [name for name in wheels_in(out) if name.startswith("libmq")] == [
        "libmq-0.2.0-py3-none-any.whl"
    ]
    assert "Requires-Dist: libmq>=0.2.0,<0.3" in metadata_of(
        out / "service_one-0.1.0-py3-none-any.whl"
    )
    install(said, services, tmp_path, "--no-deps", *map(str, out.glob("*.whl")))


def test_concurrent_builds_share_their_wheels(services: Repository, tmp_path: Path) -> None:
    # D8
    running = [
        subprocess.Popen(
            [services.program, "wheel", f"service-{each}", "-o", str(tmp_path / each)],
            cwd=services.root,
            env=services.variables,
            stdout=subprocess.DEVNULL,
        )
        for each in ("one", "two")
    ]
    assert [process.wait() for process in running] == [0, 0]
    one, two = wheels_in(tmp_path / "one"), wheels_in(tmp_path / "two")
    shared = one.keys() & two.keys()
    assert sorted(shared) == [
        "libmq-0.1.0-py3-none-any.whl",
        "libtelemetry-0.1.0-py3-none-any.whl",
    ]
    assert {one[each] for each in shared} == {two[each] for each in shared}


def test_a_stage_holds_wheels_pins_and_a_dockerfile(services: Repository) -> None:
    # D9, M2
    listed = services.oneroof("stage", "service-one", "--list", "--python", "3.11")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        "Dockerfile",
        "app/service_one-0.1.0-py3-none-any.whl",
        "libs/libmq-0.1.0-py3-none-any.whl",
        "libs/libtelemetry-0.1.0-py3-none-any.whl",
        "pylock.toml",
        "requirements.txt",
        "third/dep-1.0-py3-none-any.whl",
    ]
    assert listed.stderr.splitlines()[-1].startswith("7 files, ")


def test_a_stage_has_what_is_pinned_and_no_newer_release(
    services: Repository, index: Index, tmp_path: Path
) -> None:
    # D10
    out = tmp_path / "out"
    services.oneroof("stage", "service-one", "-o", str(out), "--python", "3.11")
    index.wheels.add("dep", "1.9")
    said = services.oneroof("stage", "service-one", "-o", str(out), "--python", "3.11")
    assert [each.name for each in (out / "third").iterdir()] == ["dep-1.0-py3-none-any.whl"]
    requirements = str(out / "requirements.txt")
    links = ("--find-links", str(out / "third"), "--require-hashes", "-r", requirements)
    python = install(said, services, tmp_path, *links)
    code = "import importlib.metadata; print(importlib.metadata.version('dep'))"
    assert services.run(python, "-c", code) == "1.0\n"


def test_a_strangers_project_of_the_same_name_is_never_taken(
    services: Repository, index: Index, tmp_path: Path
) -> None:
    # D11
    index.wheels.add("libmq", "99.0")
    out = tmp_path / "out"
    said = services.oneroof("stage", "service-one", "-o", str(out), "--python", "3.11")
    assert said.exit_code == 0, said.stderr
    assert [each.name for each in (out / "libs").glob("libmq*")] == ["libmq-0.1.0-py3-none-any.whl"]
    assert "libmq" not in index.names_asked
    assert "--no-index" in (out / "Dockerfile").read_text()


def test_two_clones_build_the_same_bytes(services: Repository, tmp_path: Path) -> None:
    # D13
    found = []
    for each in ("one", "two"):
        services.run("git", "clone", "--quiet", services.root, tmp_path / each)
        said = services.oneroof(
            *("--root", str(tmp_path / each), "wheel", "-o", str(tmp_path / f"out-{each}")),
            folder="../" + each,
            ONEROOF_CACHE_DIR=str(tmp_path / f"cache-{each}"),
        )
        assert said.exit_code == 0, said.stderr
        found.append(wheels_in(tmp_path / f"out-{each}"))
        assert services.run("git", "status", "--porcelain", cwd=tmp_path / each) == ""
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_wheels_built_in_place_hold_nothing_of_an_earlier_build(
    services: Repository, tmp_path: Path
) -> None:
    # N6
    services.write({"libs/libtelemetry/build/lib/libtelemetry/stale.py": ""})
    services.oneroof("wheel", "libtelemetry", "-o", str(tmp_path / "out"))
    with zipfile.ZipFile(tmp_path / "out/libtelemetry-0.1.0-py3-none-any.whl") as archive:
        names = {each for each in archive.namelist() if ".dist-info/" not in each}
    assert names == {"libtelemetry/__init__.py"}
