import pytest

from oneroof.paths import RelPath
from oneroof.workspace.editing.lines import find_line

PYPROJECT = """\
# x
[project]
name = "x"
dependencies = [
  "a",
  # b
  "b",
]

[tool.poetry.group."my.one".dependencies]
c = { path = "../c" }

[[tool.x]]
k = 1
[[tool.x]]
k = 2
[tool.oneroof]
tags = ["a"]
public.x = 1
"""
SETUP_CFG = """\
[metadata]
name = x

[options]
install-requires =
    a
    # c
    b
[options.extras_require]
test = c
"""
SETUP_PY = """\
from setuptools import setup
setup(
    name="x",
    install_requires=[
        "a",
        "b",
    ],
    extras_require={
        "test": ["c"],
    },
)
"""


@pytest.mark.parametrize(
    ("file", "text", "key", "line"),
    [
        ("pyproject.toml", PYPROJECT, "project.dependencies[1]", 7),
        ("pyproject.toml", PYPROJECT, "project.dependencies", 4),
        ("pyproject.toml", PYPROJECT, "project.version", 2),
        ("pyproject.toml", PYPROJECT, 'tool.poetry.group."my.one".dependencies.c', 11),
        ("pyproject.toml", PYPROJECT, "tool.x[1].k", 16),
        ("pyproject.toml", PYPROJECT, "tool.oneroof.public.x", 19),
        ("pyproject.toml", PYPROJECT, "nothing.at.all", None),
        ("pyproject.toml", PYPROJECT, "", None),
        ("pyproject.toml", "[broken", "broken", None),
        ("setup.cfg", SETUP_CFG, "options.install_requires[1]", 8),
        ("setup.cfg", SETUP_CFG, "options.extras_require.test[0]", 10),
        ("setup.cfg", SETUP_CFG, "metadata.version", 1),
        ("setup.py", SETUP_PY, "install_requires[1]", 6),
        ("setup.py", SETUP_PY, 'extras_require["test"][0]', 9),
        ("setup.py", SETUP_PY, "packages", None),
        ("setup.py", "def", "packages", None),
        ("requirements.txt", "a\nb\n", "line 2", 2),
        ("uv.lock", "a = 1\n", "a", None),
    ],
)
def test_a_key_leads_to_its_line(file: str, text: str, key: str, line: int | None) -> None:
    assert find_line(RelPath(file), text, key) == line
