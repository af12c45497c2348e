from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from oneroof.paths import RelPath
from oneroof.workspace.dialects.requirements import read_requirements_files
from oneroof.workspace.model import MAIN, Group, Index, Metadata, Requirement, Source, group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.workspace.conftest import MakeTree

APP = RelPath("app")
FILE = RelPath("app/requirements.txt")


@pytest.fixture
def read(tree: "MakeTree") -> "Read":
    return Read(tree)


class Read:
    def __init__(self, tree: "MakeTree") -> None:
        self.tree = tree

    def __call__(self, files: "Mapping[str, str | bytes]", *, with_main: bool = True) -> Metadata:
        metadata = read_requirements_files(
            self.tree(files), APP, with_main=with_main, with_compiled=with_main
        )
        return metadata or Metadata(manifests=())

    def main(self, text: str, **others: str) -> list[Requirement]:
        files = {name.replace("__", "/"): content for name, content in others.items()}
        return list(self({FILE: text, **files}).requirements)


def wanted(name: str, line: int, **fields: object) -> Requirement:
    plain = Requirement(name, MAIN, FILE, f"line {line}")
    return replace(plain, **fields)


def test_lines_of_every_form(read: Read) -> None:
    text = (
        "# comment\n"
        "Flask[async]>=3 ; python_version > '3.8'  # why\n"
        "\n"
        "rich==1.0 \\\n"
        "    --hash=sha256:aa \\\n"
        "    --hash=sha256:bb\n"
        "x @ git+https://h.io/r@v1#subdirectory=x\n"
        "./wheels/my_lib-1.0-py3-none-any.whl\n"
    )
    assert read.main(text) == [
        wanted("flask", 2, specifier=">=3", extras=("async",), marker='python_version > "3.8"'),
        wanted("rich", 4, specifier="==1.0", hashes=("sha256:aa", "sha256:bb")),
        wanted(
            "x", 7, sources=(Source("git", "https://h.io/r", reference="v1", subdirectory="x"),)
        ),
        wanted("my-lib", 8, sources=(Source("path", "./wheels/my_lib-1.0-py3-none-any.whl"),)),
    ]


def test_a_local_project_is_named_by_its_own_metadata(read: Read) -> None:
    library = {"lib/pyproject.toml": '[project]\nname = "The_Lib"'}
    metadata = read({FILE: "-e ../lib[b,a]\n../lib ; os_name == 'x'\n", **library})
    assert metadata.problems == ()
    assert list(metadata.requirements) == [
        wanted("the-lib", 1, extras=("a", "b"), sources=(Source("path", "../lib", editable=True),)),
        wanted("the-lib", 2, marker='os_name == "x"', sources=(Source("path", "../lib"),)),
    ]


def test_a_path_may_be_meant_from_the_workspace_root(read: Read) -> None:
    library = {"lib/pyproject.toml": '[tool.poetry]\nname = "lib"'}
    [requirement] = read({FILE: "-e lib", **library}).requirements
    assert requirement.sources == (Source("path", "../lib", editable=True),)


def test_a_path_that_leads_nowhere_is_told(read: Read) -> None:
    metadata = read({FILE: "-e ../gone\nrich"})
    assert [each.name for each in metadata.requirements] == ["rich"]
    assert [str(each) for each in metadata.problems] == [
        "app/requirements.txt: line 1: `-e ../gone` leads to no project whose name can be read"
    ]


def test_included_files_keep_their_place(read: Read) -> None:
    metadata = read({FILE: "-r ../base.txt\nb", "base.txt": "a", "app/x.py": ""})
    assert [(each.name, each.declared_in, each.kind) for each in metadata.requirements] == [
        ("a", "base.txt", MAIN),
        ("b", FILE, MAIN),
    ]
    assert metadata.manifests == (FILE, "base.txt")


def test_a_circle_of_includes_ends(read: Read) -> None:
    metadata = read({FILE: "-r other.txt\na", "app/other.txt": "-r requirements.txt\nb"})
    assert [each.name for each in metadata.requirements] == ["b", "a"]


def test_missing_includes_are_told(read: Read) -> None:
    metadata = read({FILE: "-r gone.txt\n-c https://u:p@h.io/c.txt\n"})
    assert [str(each) for each in metadata.problems] == [
        "app/requirements.txt: line 1: `gone.txt` does not exist",
        "app/requirements.txt: line 2: `https://***@h.io/c.txt` is not read: it is not a file",
    ]


def test_constraints_narrow_and_add_nothing(read: Read) -> None:
    files: dict[str, str | bytes] = {FILE: "a>=1\n-c ../c.txt\nb", "c.txt": "a<2\nz==3\n"}
    found = read(files).requirements
    assert [(each.name, each.specifier) for each in found] == [("a", "<2,>=1"), ("b", "")]


def test_index_options(read: Read) -> None:
    metadata = read(
        {FILE: "-i https://i.io\n--extra-index-url=https://e.io --pre\n--find-links https://f.io"}
    )
    assert metadata.indexes == (Index("", "https://i.io", default=True), Index("", "https://e.io"))
    assert [each.key for each in metadata.problems] == ["line 3"]


def test_malformed_lines_leave_the_others(read: Read) -> None:
    metadata = read({FILE: "a=1\nb\n--frobnicate x\n-\n"})
    assert [each.name for each in metadata.requirements] == ["b"]
    assert [each.key for each in metadata.problems] == ["line 1", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requirements.txt", MAIN),
        ("requirements.in", MAIN),
        ("requirements-prod.txt", MAIN),
        ("requirements/base.txt", MAIN),
        ("requirements-dev.txt", group("dev")),
        ("requirements_test.txt", group("test")),
        ("requirements.lint.txt", group("lint")),
        ("dev-requirements.txt", group("dev")),
        ("test-requirements.latest.txt", group("test-latest")),
        ("requirements/docs.txt", group("docs")),
        ("requirements/requirements-ci.txt", group("ci")),
        ("tests/requirements.txt", group("tests")),
        ("requirements-lock.txt", None),
        ("requirements/constraints.txt", None),
        ("notes.txt", None),
    ],
)
def test_the_name_of_a_file_says_its_kind(read: Read, path: str, kind: str | None) -> None:
    found = read({f"app/{path}": "rich"}).requirements
    assert [each.kind for each in found] == ([kind] if kind else [])


def test_what_was_compiled_from_a_file_beside_it_does_not_count(read: Read) -> None:
    files: dict[str, str | bytes] = {"app/requirements.in": "a", FILE: "a==1\nb==2"}
    assert [each.declared_in for each in read(files).requirements] == ["app/requirements.in"]


def test_a_group_that_includes_the_main_file_does_not_repeat_it(read: Read) -> None:
    metadata = read({FILE: "a", "app/requirements-dev.txt": "-r requirements.txt\nb"})
    assert [(each.kind, each.name) for each in metadata.requirements] == [
        (MAIN, "a"),
        (group("dev"), "b"),
    ]
    assert metadata.groups == (Group("dev"),)


def test_beside_other_metadata_only_handwritten_groups_count(read: Read) -> None:
    metadata = read(
        {
            FILE: "a",
            "app/requirements-dev.txt": "b",
            "app/requirements-test.txt": "c==1 --hash=sha256:aa",
            "app/requirements-docs.txt": "# This file was autogenerated by uv\nd==1",
        },
        with_main=False,
    )
    assert [each.name for each in metadata.requirements] == ["b"]


def test_utf_16_as_powershell_writes_it(read: Read) -> None:
    data = "rich==1\r\nclick\r\n".encode("utf-16")
    assert [each.name for each in read({FILE: data}).requirements] == ["rich", "click"]


def test_other_bytes_are_told(read: Read) -> None:
    metadata = read({FILE: b"rich\xff"})
    assert [(each.path, each.fatal) for each in metadata.problems] == [(FILE, True)]
