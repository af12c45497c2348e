"""Running `oneroof` in this process, from a folder, and all it said."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
from tests.wheelhouse import Wheelhouse

from oneroof.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeWorkspace


@dataclass(frozen=True, slots=True)
class Said:
    """What one command line said and how it ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> object:
        """Standard output as the one JSON document it is."""
        return json.loads(self.stdout)


class Oneroof(Protocol):
    def __call__(self, root: Path, *arguments: str) -> Said: ...


@pytest.fixture
def oneroof(
    isolated: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Oneroof:
    """`oneroof(folder, "ls", "--json")`; durations, paths and digests in text are filtered."""
    del isolated

    def call(root: Path, *arguments: str) -> Said:
        monkeypatch.chdir(root)
        capsys.readouterr()
        exit_code = run(arguments)
        out, err = capsys.readouterr()
        return Said(exit_code, _filtered(out, root), _filtered(err, root))

    return call


def _filtered(text: str, root: Path) -> str:
    text = text.replace(str(root), "<root>")
    text = re.sub(r"\b\d+\.\d s\b", "<time>", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "<commit>", text)


HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'

SHOP = {
    "README.md": "# shop\n",
    "libs/ml/pyproject.toml": '[project]\nname = "ml"\nversion = "0.1.0"\n' + HATCHLING,
    "libs/ml/ml/__init__.py": "",
    "libs/ml/tests/test_ml.py": "def test_ml():\n    assert True\n",
    "libs/mq/pyproject.toml": '[project]\nname = "mq"\nversion = "0.2.0"\n' + HATCHLING,
    "libs/mq/mq/__init__.py": "",
    "services/api/pyproject.toml": (
        '[project]\nname = "shop-api"\nversion = "1.0"\nrequires-python = ">=3.8"\n'
        'dependencies = ["ml", "six>=1.16"]\n'
        '[dependency-groups]\ntest = ["mq"]\n'
        '[tool.uv.sources]\nml = { path = "../../libs/ml", editable = true }\n'
        'mq = { path = "../../libs/mq", editable = true }\n'
        '[tool.oneroof]\ntags = ["web"]\n'
        "[tool.oneroof.tasks.hello]\ncommand = \"python -c 'print(1)'\"\n" + HATCHLING
    ),
    "services/api/shop_api/__init__.py": "",
}


@pytest.fixture
def shop(workspace: MakeWorkspace) -> Path:
    """Two libraries and a service: `shop-api` needs `ml`, and `mq` for its tests."""
    return workspace(SHOP)


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """The only place uv finds distributions in: made-up ones, a pytest among them."""
    wheelhouse = Wheelhouse(tmp_path / "wheelhouse")
    wheelhouse.add("pytest", "9.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheelhouse.folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return wheelhouse


@pytest.fixture
def offline(wheelhouse: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheelhouse:
    """A wheelhouse with `six` and `attrs` that is all there is: no index and no cache of uv."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    wheelhouse.add("six", "1.16")
    wheelhouse.add("attrs", "23.1")
    return wheelhouse
