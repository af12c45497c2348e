"""What wheels are said to hold is what real build backends put into them."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.conftest import write_files

from oneroof.changes.snapshot import open_root
from oneroof.workspace.layout.wheel import DATA, wheel_files

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "corp-one"\nversion = "1"\n[project.scripts]\nserve = "corp.one:run"\n'


def backend(requires: str, name: str) -> str:
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{name}"\n'


HATCH = PROJECT + backend("hatchling", "hatchling.build")
SETUPTOOLS = PROJECT + backend("setuptools", "setuptools.build_meta")
POETRY = backend("poetry-core", "poetry.core.masonry.api")
FILES = {
    "README.md": "",
    "corp/py.typed": "",
    "corp/data/x.json": "{}",
    "corp/one/__init__.py": "def run(): ...\n",
    "corp/one/table.csv": "",
    "corp/one/deep/more.py": "",
    "tests/__init__.py": "",
    "tests/test_one.py": "",
    "settings.cfg": "",
}


@pytest.mark.parametrize(
    "manifest",
    [
        HATCH + '[tool.hatch.build.targets.wheel]\npackages = ["corp"]\n',
        HATCH + '[tool.hatch.build.targets.wheel]\npackages = ["corp/one"]\n',
        HATCH
        + '[tool.hatch.build.targets.wheel]\npackages = ["corp", "tests"]\nexclude = ["*.csv"]\n'
        + '[tool.hatch.build.targets.wheel.force-include]\n"settings.cfg" = "corp/settings.cfg"\n'
        + '[tool.hatch.build.targets.wheel.shared-data]\n"settings.cfg" = "etc/corp.cfg"\n',
        SETUPTOOLS + '[tool.setuptools.packages.find]\ninclude = ["corp*"]\n',
        SETUPTOOLS
        + '[tool.setuptools]\npackages = ["corp.one"]\n'
        + '[tool.setuptools.package-data]\n"corp.one" = ["*.csv"]\n',
        SETUPTOOLS
        + '[tool.setuptools]\npackages = ["corp", "corp.one", "tests"]\n'
        + '[tool.setuptools.data-files]\n"etc" = ["settings.cfg"]\n',
        PROJECT + POETRY + '[tool.poetry]\npackages = [{ include = "corp" }]\n',
        PROJECT
        + POETRY
        + '[tool.poetry]\npackages = [{ include = "corp/one" }]\nexclude = ["**/*.csv"]\n'
        + 'include = [{ path = "settings.cfg", format = "wheel" }]\n',
        PROJECT.replace("corp-one", "one")
        + backend("uv_build>=0.9", "uv_build")
        + '[tool.uv.build-backend]\nmodule-name = "corp.one"\nmodule-root = ""\n',
        PROJECT.replace('"corp-one"', '"corp.one"\ndescription = "x"')
        + backend("flit_core>=3.2,<4", "flit_core.buildapi"),
        PROJECT + backend("pdm-backend", "pdm.backend") + '[tool.pdm.build]\nincludes = ["corp"]\n',
    ],
    ids=lambda text: text.partition('requires = ["')[2].partition('"')[0],
)
def test_the_files_of_a_wheel_are_those_of_its_backend(
    tmp_path: Path, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uv

    monkeypatch.setenv("ONEROOF_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "one"
    write_files(folder, {**FILES, "pyproject.toml": manifest})
    opened = open_root(folder)
    (project,) = opened.workspace.projects
    expected = {
        place for place in wheel_files(opened.tree, project) if not place.startswith(f"{DATA}/bin/")
    }
    command = [uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(tmp_path / "dist")]
    subprocess.run([*command, str(folder)], check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = [each for each in zipfile.ZipFile(wheel).namelist() if not each.endswith("/")]
    held = {
        f"{DATA}/{name.partition('.data/data/')[2]}" if ".data/data/" in name else name
        for name in names
        if ".dist-info/" not in name
    }
    assert held == expected
