import tomllib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from oneroof.errors import Problem
from oneroof.paths import RelPath
from oneroof.workspace.dialects.poetry import PoetryTable, read_poetry
from oneroof.workspace.dialects.toml import Table
from oneroof.workspace.model import (
    MAIN,
    EntryPoint,
    Group,
    Index,
    Requirement,
    Source,
    extra,
    group,
)

if TYPE_CHECKING:
    from tests.workspace.conftest import MakeTree

PATH = RelPath("libs/a/pyproject.toml")
NAMED = '[tool.poetry]\nname = "a"\nversion = "1"\n'
DEPENDENCIES = "tool.poetry.dependencies"


@pytest.fixture
def read(tree: "MakeTree") -> "Read":
    return Read(tree)


class Read:
    def __init__(self, tree: "MakeTree") -> None:
        self.tree = tree
        self.problems: list[Problem] = []

    def __call__(self, text: str) -> PoetryTable:
        table = Table(PATH, tomllib.loads(NAMED + text), self.problems, "")
        return read_poetry(table, self.tree({PATH: ""}))

    def main(self, text: str) -> list[Requirement]:
        requirements = self(f"[{DEPENDENCIES}]\n{text}").metadata.requirements
        return [each for each in requirements if each.kind == MAIN]


def main(name: str, **fields: object) -> Requirement:
    plain = Requirement(name, MAIN, PATH, f"{DEPENDENCIES}.{name}")
    return replace(plain, **fields)


def test_python_is_the_interpreter_not_a_requirement(read: Read) -> None:
    metadata = read('[tool.poetry.dependencies]\npython = "^3.11"\nrich = "^13"').metadata
    assert metadata.requires_python == "<4.0,>=3.11"
    assert metadata.requirements == (main("rich", specifier="<14,>=13"),)


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ('{ path = "../b", develop = true }', Source("path", "../b", editable=True)),
        ('{ path = "../b" }', Source("path", "../b")),
        ('{ git = "https://h.io/b", tag = "v1" }', Source("git", "https://h.io/b", reference="v1")),
        (
            '{ git = "https://h.io/r", rev = "ab", subdirectory = "b" }',
            Source("git", "https://h.io/r", reference="ab", subdirectory="b"),
        ),
        ('{ url = "https://h.io/b.whl" }', Source("url", "https://h.io/b.whl")),
    ],
)
def test_sources(read: Read, written: str, source: Source) -> None:
    assert read.main(f"b = {written}") == [main("b", sources=(source,))]


def test_markers_python_and_platform_are_one_marker(read: Read) -> None:
    text = 'b = { version = "*", python = "<3.12", platform = "linux", markers = "os_name==\'a\'" }'
    [requirement] = read.main(text)
    assert requirement.marker == (
        'os_name == "a" and python_version < "3.12" and sys_platform == "linux"'
    )


def test_a_list_of_constraints_gives_one_requirement_each(read: Read) -> None:
    found = read.main('b = [{ version = "^1", python = "<3.12" }, { path = "../b" }, "2.*"]')
    assert found == [
        main(
            "b",
            key=f"{DEPENDENCIES}.b[0]",
            specifier="<2,>=1",
            marker='python_version < "3.12"',
        ),
        main("b", key=f"{DEPENDENCIES}.b[1]", sources=(Source("path", "../b"),)),
        main("b", key=f"{DEPENDENCIES}.b[2]", specifier="==2.*"),
    ]


def test_an_empty_constraint_says_how_to_mend_it_and_keeps_the_name(read: Read) -> None:
    assert read.main('libmq = ""') == [main("libmq")]
    assert read.problems == [
        Problem(
            PATH,
            'expected a version constraint, found `""`: it is empty',
            key="tool.poetry.dependencies.libmq",
            hint='write `"*"` for any version, or give a path as '
            '`{ path = "../...", develop = true }`',
            fatal=True,
        )
    ]


def test_alternatives_beyond_pep_440_are_told(read: Read) -> None:
    assert read.main('b = "1.2.3 || 1.4"')[0].specifier == "<=1.4,>=1.2.3"
    assert [(each.key, each.fatal) for each in read.problems] == [(f"{DEPENDENCIES}.b", False)]


def test_extras_hold_optional_requirements(read: Read) -> None:
    metadata = read(
        """
        [tool.poetry.dependencies]
        b = { version = "^1", optional = true, extras = ["Z", "y"] }
        c = "*"
        d = { version = "*", optional = true }
        [tool.poetry.extras]
        Fast_One = ["b", "c"]
        """
    ).metadata
    assert metadata.extras == ("fast-one",)
    assert [(each.kind, each.name, each.extras) for each in metadata.requirements] == [
        (MAIN, "c", ()),
        (extra("fast-one"), "b", ("y", "z")),
        (extra("fast-one"), "c", ()),
    ]
    assert [each.key for each in read.problems] == [f"{DEPENDENCIES}.d"]


def test_groups_and_legacy_dev_dependencies(read: Read) -> None:
    metadata = read(
        """
        [tool.poetry.dev-dependencies]
        pytest = "*"
        [tool.poetry.group.Lint]
        optional = true
        [tool.poetry.group.Lint.dependencies]
        ruff = "*"
        [tool.poetry.group.all]
        include-groups = ["lint"]
        """
    ).metadata
    assert metadata.groups == (
        Group("dev", default=True),
        Group("lint"),
        Group("all", default=True),
    )
    assert [(each.kind, each.key) for each in metadata.requirements] == [
        (group("dev"), "tool.poetry.dev-dependencies.pytest"),
        (group("lint"), "tool.poetry.group.Lint.dependencies.ruff"),
        (group("all"), "tool.poetry.group.Lint.dependencies.ruff"),
    ]


def test_sources_are_indexes_by_priority(read: Read) -> None:
    metadata = read(
        """
        [tool.poetry.dependencies]
        torch = { version = "^2", source = "torch" }
        [[tool.poetry.source]]
        name = "torch"
        url = "https://t.io/whl"
        priority = "explicit"
        [[tool.poetry.source]]
        name = "own"
        url = "https://o.io/simple"
        priority = "supplemental"
        [[tool.poetry.source]]
        name = "mirror"
        url = "https://m.io/simple"
        default = true
        """
    ).metadata
    assert metadata.indexes == (
        Index("torch", "https://t.io/whl", explicit=True),
        Index("own", "https://o.io/simple"),
        Index("mirror", "https://m.io/simple", default=True),
    )
    source = Source("index", "https://t.io/whl", name="torch")
    assert metadata.requirements == (main("torch", specifier="<3,>=2", sources=(source,)),)


def test_scripts_and_plugins_are_entry_points(read: Read) -> None:
    metadata = read(
        """
        [tool.poetry.scripts]
        a = "a.cli:main"
        b = { reference = "a.b:main", type = "console" }
        c = { reference = "bin/c.sh", type = "file" }
        [tool.poetry.plugins.pytest11]
        a = "a.plugin"
        """
    ).metadata
    assert metadata.entry_points == (
        EntryPoint("console_scripts", "a", "a.cli:main"),
        EntryPoint("console_scripts", "b", "a.b:main"),
        EntryPoint("pytest11", "a", "a.plugin"),
    )


def test_a_missing_readme_is_told(read: Read) -> None:
    read('readme = ["README.md"]')
    assert [str(each) for each in read.problems] == [
        "libs/a/pyproject.toml: tool.poetry.readme: `README.md` does not exist"
    ]


def test_a_version_from_git_is_not_static(read: Read) -> None:
    assert read("[tool.poetry-dynamic-versioning]\nenable = true").metadata.version is None
