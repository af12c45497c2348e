"""Distributions that Poetry and Hatch build, published on an index that wants a password."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.pypi import PASSWORD, USER, Pypi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


@pytest.fixture
def pypi(tmp_path: Path) -> Iterator[Pypi]:
    made = Pypi(tmp_path / "pypi")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def football(repository: Repository, index: Index, backends: Path, pypi: Pypi) -> Repository:
    """A library that needs another one by its path, and the index for both."""
    for wheel in backends.glob("*.whl"):
        if not (index.wheels.folder / wheel.name).exists():
            (index.wheels.folder / wheel.name).symlink_to(wheel)
    repository.write(
        {
            "pyproject.toml": (
                f'[[tool.uv.index]]\nname = "corp"\nurl = "{pypi.url}"\n'
                f'publish-url = "{pypi.publish_url}"\n'
            ),
            "lib/nflscores/pyproject.toml": (
                f'[project]\nname = "nflscores"\nversion = "1.4.2"\n'
                f'requires-python = ">=3.9"\n{HATCH}'
            ),
            "lib/nflscores/nflscores/__init__.py": "SCORE = 6\n",
            "lib/nfltouchdown/pyproject.toml": (
                '[tool.poetry]\nname = "nfltouchdown"\nversion = "0.3.1"\ndescription = ""\n'
                'authors = []\n[tool.poetry.dependencies]\npython = "^3.9"\n'
                f'nflscores = {{ path = "../nflscores", develop = true }}\n{POETRY}'
            ),
            "lib/nfltouchdown/nfltouchdown/__init__.py": (
                "from nflscores import SCORE\nTOUCHDOWN = SCORE\n"
            ),
        }
    )
    repository.commit()
    repository.variables |= {"UV_PUBLISH_USERNAME": USER, "UV_PUBLISH_PASSWORD": PASSWORD}
    repository.variables |= {"UV_HTTP_RETRIES": "0", "NETRC": os.devnull}
    return repository


def test_path_dependencies_become_ranges_and_versions_are_kept(
    football: Repository, pypi: Pypi, tmp_path: Path
) -> None:
    # M14
    said = football.oneroof("publish", "--dry-run", "nfltouchdown", "--index", "corp")
    assert said.exit_code == 0, said.stderr
    # Which version of the metadata it is, the backends say.
    lines = [re.sub(r" 2\.\d$", " 2.N", line) for line in said.stdout.splitlines()]
    assert [" ".join(line.split()) for line in lines[2:]] == [
        "1 nflscores 1.4.2 new nflscores-1.4.2-py3-none-any.whl Metadata-Version 2.N",
        "2 nfltouchdown 0.3.1 new nfltouchdown-0.3.1-py3-none-any.whl Metadata-Version 2.N",
        "Requires-Dist: nflscores>=1.4.2,<2",
    ]
    assert pypi.files == []

    said = football.oneroof("publish", "nfltouchdown", "--index", "corp")
    assert (said.exit_code, said.stdout) == (
        0,
        "published  nflscores 1.4.2\npublished  nfltouchdown 0.3.1\n",
    )
    import uv

    call = (uv.find_uv_bin(), "--quiet")
    elsewhere = tmp_path / "elsewhere"
    football.run(*call, "venv", "--python", sys.executable, elsewhere)
    python = elsewhere / "bin/python"
    football.run(
        *(*call, "pip", "install", "--default-index", pypi.url, "--python", python),
        "nfltouchdown",
    )
    code = "from nfltouchdown import TOUCHDOWN; print(TOUCHDOWN)"
    assert football.run(python, "-c", code, cwd=tmp_path) == "6\n"

    football.write({"lib/nfltouchdown/nfltouchdown/__init__.py": "TOUCHDOWN = 7\n"})
    said = football.oneroof("publish", "nfltouchdown", "--index", "corp")
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        1,
        (
            "error: nfltouchdown 0.3.1: the index has version 0.3.1 with another content of "
            "`nfltouchdown-0.3.1-py3-none-any.whl`: raise the version"
        ),
    )
    with zipfile.ZipFile(pypi.folder / "packages/nfltouchdown-0.3.1-py3-none-any.whl") as wheel:
        assert b"import SCORE" in wheel.read("nfltouchdown/__init__.py")


def test_an_interrupted_run_says_how_far_it_got(football: Repository, pypi: Pypi) -> None:
    pypi.stop()
    pypi.start(dies_at=2, when="hangs")
    running = subprocess.Popen(
        [football.program, "publish", "--index", "corp"],
        cwd=football.root,
        env=football.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while pypi.asked.count("POST /") < 2:
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate()
    assert (running.returncode, stdout) == (130, "published  nflscores 1.4.2\n")
    assert stderr == (
        "2 wheels: 1 published, 1 not published\n"
        "not published: nfltouchdown 0.3.1\n"
        "hint: the same command goes on from there\n"
    )


def test_another_clone_goes_on_where_one_was_killed(
    football: Repository, pypi: Pypi, tmp_path: Path
) -> None:
    pypi.stop()
    pypi.start(dies_at=2, when="after")
    said = football.oneroof("publish", "--index", "corp")
    assert (said.exit_code, said.stdout) == (1, "published  nflscores 1.4.2\n")
    assert "not published: nfltouchdown 0.3.1\n" in said.stderr
    pypi.stop()
    pypi.start()
    football.git("clone", "--quiet", str(football.root), str(tmp_path / "clone"))
    football.root = tmp_path / "clone"
    football.variables["ONEROOF_CACHE_DIR"] = str(tmp_path / "another-cache")
    said = football.oneroof("publish", "--index", "corp")
    assert (said.exit_code, said.stdout) == (
        0,
        "already there  nflscores 1.4.2\nalready there  nfltouchdown 0.3.1\n",
    )
