"""Exports and bundles of a function in a uv workspace, installed by pip in its own environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.distributions.conftest import BACKEND, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Index, Repository

SHARED = "[tool.uv.sources]\nlibmq = { workspace = true }\nlibml = { workspace = true }\n"


@pytest.fixture
def function(repository: Repository, index: Index) -> Repository:
    """`fn-x` needs `libmq` and so `libml` and `dep`; the lock is uv's own."""
    index.with_hashes = True
    for name in ("dep", "low"):
        index.wheels.add(name, "1.0")
    repository.write(
        {
            "pyproject.toml": (
                '[project]\nname = "all"\nversion = "0"\nrequires-python = ">=3.11"\n'
                '[tool.uv]\npackage = false\n[tool.uv.workspace]\nmembers = ["libs/*", "fn-x"]\n'
            ),
            "fn-x/pyproject.toml": manifest("fn-x", "libmq", "low")
            + '[dependency-groups]\ndev = ["pytest"]\n'
            + SHARED,
            "fn-x/backend.py": BACKEND,
            "fn-x/fn_x/__init__.py": "import dep, libml, libmq, low\nprint(libmq.WORD)\n",
            "libs/libmq/pyproject.toml": manifest("libmq", "libml") + SHARED,
            "libs/libmq/backend.py": BACKEND,
            "libs/libmq/libmq/__init__.py": "WORD = 'sent'\n",
            "libs/libml/pyproject.toml": manifest(
                "libml", "dep>=1", "colorama; sys_platform == 'win32'"
            ),
            "libs/libml/backend.py": BACKEND,
            "libs/libml/libml/__init__.py": "",
        }
    )
    lock(repository)
    repository.commit()
    return repository


def lock(repository: Repository, *arguments: str) -> None:
    import uv

    repository.run(uv.find_uv_bin(), "lock", "--quiet", "--python", sys.executable, *arguments)


def environment(repository: Repository, folder: Path) -> Path:
    """A fresh virtual environment with pip and nothing else."""
    repository.run(sys.executable, "-m", "venv", folder)
    return folder / "bin/python"


def test_an_export_is_the_main_closure_and_installs_with_its_hashes(
    function: Repository, tmp_path: Path
) -> None:
    # M10
    said = function.oneroof("export", "fn-x", "-o", "fn-x/src/requirements.txt")
    assert said.exit_code == 0, said.stderr
    file = function.root / "fn-x/src/requirements.txt"
    lines = file.read_text().splitlines()
    assert [line.removesuffix(" \\") for line in lines if line[0] not in " #-"] == [
        'colorama==0.4.6 ; sys_platform == "win32"',
        "dep==1.0",
        "./wheels/libml-1.0-py3-none-any.whl",
        "./wheels/libmq-1.0-py3-none-any.whl",
        "low==1.0",
    ]
    python = environment(function, tmp_path / "venv")
    call = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    function.run(*call, "--require-hashes", "-r", "requirements.txt", cwd=file.parent)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import fn_x"
    assert function.run(python, "-c", code, function.root / "fn-x", cwd=tmp_path) == "sent\n"


def test_a_check_fails_when_the_lock_has_moved_on(function: Repository, index: Index) -> None:
    # M10
    where = ("export", "fn-x", "-o", "fn-x/src/requirements.txt")
    function.oneroof(*where)
    assert function.oneroof(*where, "--check").exit_code == 0
    index.wheels.add("dep", "1.9")
    lock(function, "--upgrade-package", "dep")
    said = function.oneroof(*where, "--check")
    assert said.exit_code == 1
    assert said.stdout == "fn-x/src/requirements.txt\n  - dep==1.0\n  + dep==1.9\n"
    function.oneroof(*where)
    assert function.oneroof(*where, "--check").exit_code == 0


def test_a_lock_file_is_installed_by_others(function: Repository, tmp_path: Path) -> None:
    # M10
    import uv

    said = function.oneroof("export", "fn-x", "-o", str(tmp_path / "out/pylock.toml"))
    assert said.exit_code == 0, said.stderr
    python = environment(function, tmp_path / "venv")
    call = (uv.find_uv_bin(), "pip", "--quiet")
    function.run(
        *call, "install", "--preview", "--python", python, "-r", "pylock.toml", cwd=tmp_path / "out"
    )
    listed = function.run(*call, "freeze", "--python", python)
    names = {line.partition("==")[0].partition(" @")[0] for line in listed.splitlines()}
    assert names - {"pip", "setuptools"} == {"dep", "libml", "libmq", "low"}


def test_a_bundle_runs_without_the_libraries(function: Repository, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = function.oneroof("wheel", "--bundle", "fn-x", "-o", str(out))
    assert said.exit_code == 0, said.stderr
    assert [each.name for each in out.glob("*.whl")] == ["fn_x-1.0-py3-none-any.whl"]
    python = environment(function, tmp_path / "venv")
    index = function.variables["UV_DEFAULT_INDEX"]
    call = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    function.run(*call, "--index-url", index, *out.glob("*.whl"), cwd=tmp_path)
    assert function.run(python, "-c", "import fn_x", cwd=tmp_path) == "sent\n"
