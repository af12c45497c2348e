"""What is kept of the import graph between runs: always what reading everything anew would give."""

import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.imports.test_graph import owning
from tests.projects import project

from oneroof.changes.difference import difference, find_listing
from oneroof.imports.graph import ImportGraph
from oneroof.imports.kept import Source, listing_path, make_graph, read_kept
from oneroof.paths import RelPath
from oneroof.workspace.git import WorkTree, read_blob
from oneroof.workspace.model import ImportPackage, Project

Files = dict[str, str]
"""Contents by path; one that starts with `->` is a link."""
LATER_NS = 3600 * 10**9
A, B = "libs/a/src/a", "libs/b/src/b"
ONE = [owning("a", "a"), owning("b", "b")]


def write(root: Path, files: Files) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            path.symlink_to(text.removeprefix("->"))
        else:
            path.write_text(text)


def state(root: Path, committed: Files, files: Files) -> WorkTree:
    """What git would say of these files, of which some are committed."""
    write(root, committed)
    blobs = {RelPath(path): read_blob(root, RelPath(path)) for path in sorted(committed)}
    listing = "".join(
        f"H {blob.mode} {blob.identity} 0\t{path}\0" for path, blob in blobs.items() if blob
    )
    write(root, files)
    now = {RelPath(path): read_blob(root, RelPath(path)) for path in files}
    dirty = ((path, now.get(path)) for path in sorted({*blobs, *now}))
    changed = tuple((path, blob) for path, blob in dirty if blob != blobs.get(path))
    return WorkTree(root, "", listing.encode("utf-8", "surrogateescape"), changed)


def make(
    tree: WorkTree, memory: Path | None, projects: list[Project] = ONE, later_ns: int = LATER_NS
) -> ImportGraph:
    kept = None if memory is None else read_kept(memory)
    changes = {}
    if memory is not None and kept is not None:
        listing = find_listing(kept.listing_digest, tree, listing_path(memory))
        assert listing is not None
        changes = difference((listing, dict(kept.dirty)), (tree.listing, dict(tree.dirty)))
    source = Source(tree, time.time_ns() + later_ns, projects)
    return make_graph(source, kept, changes, memory)


def told(graph: ImportGraph) -> list[object]:
    return [
        (path, scan, graph.uses(path), graph.dynamic(path))
        for path, scan in sorted(graph.scans.items())
    ]


PLACES = [
    *(f"{A}/{name}.py" for name in ("__init__", "x", "y", "s", "s/__init__", "s/x", "s/t/x")),
    *(f"{B}/{name}.py" for name in ("__init__", "x", "x/__init__")),
    *("libs/a/tests/x.py", "libs/a/tests/conftest.py", "libs/a/x.py", "libs/b/src/a/z.py"),
    *("libs/mapped/__init__.py", "libs/mapped/y.py", "x.py", "libs/a/src/a/n.ipynb"),
]
TEXTS = [
    *("", "import a.x", "import a.s.x", "from a import x, y, s", "from a.s import *", "import b.x"),
    *("from . import x", "from .s import x", "from .. import y", "from .s.t import *", "import x"),
    *("from m.p import y", "import m.p", "patch('a.s.x')", "'b.x.name'", "import a.z", "x = '"),
    *("exec(code)", "import os\nimport a.x", "from a import *", "->x.py", "import other", "{}"),
]


def mapped() -> Project:
    """A project whose package `m.p` lies in a folder of another name."""
    one = project("mapped")
    owned = (ImportPackage("m.p", RelPath("libs/mapped")),)
    return structs.replace(one, metadata=structs.replace(one.metadata, import_packages=owned))


OTHER = [*ONE, mapped()]
files = st.dictionaries(st.sampled_from(PLACES), st.sampled_from(TEXTS), max_size=10)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(PLACES), st.sampled_from(TEXTS)),
        st.tuples(st.just("remove"), st.sampled_from(PLACES), st.just("")),
        st.tuples(st.just("move"), st.sampled_from(PLACES), st.sampled_from(PLACES)),
        st.tuples(st.sampled_from(["commit", "projects", "hurry"]), st.just(""), st.just("")),
    ),
    min_size=1,
    max_size=6,
)


def conflicts(path: str, files: Files) -> bool:
    """Whether a file would have to be a folder too, or lie in a link."""
    return any(each.startswith(f"{path}/") or path.startswith(f"{each}/") for each in files)


def edit(files: Files, kind: str, one: str, other: str) -> Files:
    found = dict(files)
    text = found.pop(one, None)
    if kind == "write" and not conflicts(one, found):
        found[one] = other
    elif kind == "move" and text is not None and not conflicts(other, found):
        found[other] = text
    return found


@settings(deadline=None, max_examples=60)
@given(files, st.lists(edits, min_size=1, max_size=4))
def test_the_kept_graph_is_the_one_made_anew(first: Files, rounds: list[list[tuple]]) -> None:  # type: ignore[type-arg]
    with TemporaryDirectory() as scratch:
        root, memory = Path(scratch) / "tree", Path(scratch) / "memory"
        committed, now, projects = first, first, ONE
        make(state(root, committed, now), memory)
        for steps in rounds:
            later_ns = LATER_NS
            for kind, one, other in steps:
                if kind == "commit":
                    committed = now
                elif kind == "projects":
                    projects = OTHER if projects is ONE else ONE
                elif kind == "hurry":
                    later_ns = 0
                else:
                    now = edit(now, kind, one, other)
            tree = state(root, committed, now)
            assert told(make(tree, memory, projects, later_ns)) == told(make(tree, None, projects))


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    files = {f"{A}/x.py": "import a.y", f"{A}/y.py": ""}
    tree = state(root, files, files)
    first = told(make(tree, memory))
    shutil.rmtree(root)
    assert told(make(tree, memory)) == first


def test_what_was_moved_is_not_read_again(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    before, after = {f"{A}/x.py": "import a.y\n"}, {f"{A}/z.py": "import a.y\n"}
    make(state(root, before, before), memory)
    tree = state(root, before, after)
    shutil.rmtree(root)
    found = make(tree, memory)
    assert {path: [each.module for each in scan.imports] for path, scan in found.scans.items()} == {
        f"{A}/z.py": ["a.y"]
    }


def test_what_was_written_while_git_looked_is_read_again(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    files = {f"{A}/x.py": "import a.y"}
    tree = state(root, files, files)
    (root / A / "x.py").write_text("import a.z")  # after git looked, so git tells of the former
    make(tree, memory, later_ns=-LATER_NS)
    write(root, files)
    found = make(tree, memory)
    assert [each.module for each in found.scans[RelPath(f"{A}/x.py")].imports] == ["a.y"]


def test_what_was_written_while_git_looked_is_read_again_when_files_come(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    files = {f"{A}/x.py": "import a.y"}
    tree = state(root, files, files)
    (root / A / "x.py").write_text("import a.z")
    make(tree, memory, later_ns=-LATER_NS)
    found = make(state(root, files, {**files, f"{A}/y.py": ""}), memory)
    assert [use.path for use in found.uses(RelPath(f"{A}/x.py"))] == [f"{A}/y.py"]


def test_a_file_that_became_a_link_is_not_read(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    before = {f"{A}/x.py": "import a.y", f"{A}/y.py": "import a.x"}
    make(state(root, before, before), memory)
    found = make(state(root, before, {**before, f"{A}/x.py": "->y.py"}), memory)
    assert list(found.scans) == [f"{A}/y.py"]
    assert [use.path for use in found.uses(RelPath(f"{A}/y.py"))] == [f"{A}/x.py"]


def test_what_could_not_be_read_is_read_again(tmp_path: Path) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    files = {f"{A}/x.py": "import a.y"}
    tree = state(root, files, files)
    shutil.rmtree(root)
    gone = make(tree, memory).scans[RelPath(f"{A}/x.py")]
    assert gone.broken == "cannot be read: No such file or directory"
    write(root, files)
    assert make(tree, memory).scans[RelPath(f"{A}/x.py")].broken == ""


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_a_damaged_memory_is_as_none(tmp_path: Path, damage: bytes) -> None:
    root, memory = tmp_path / "tree", tmp_path / "memory"
    files = {f"{A}/x.py": "import a.y", f"{A}/y.py": ""}
    tree = state(root, files, files)
    first = told(make(tree, memory))
    memory.write_bytes(damage)
    assert told(make(tree, memory)) == first


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"libs/a/src/a/\xff.py")
    files = {name: "import a.y", f"{A}/y.py": ""}
    tree = state(tmp_path / "tree", files, files)
    projects = [*ONE, structs.replace(owning("c", "c"), path=RelPath(os.fsdecode(b"libs/\xff")))]
    for _ in range(2):
        found = make(tree, tmp_path / "memory", projects)
        assert [use.path for use in found.uses(RelPath(name))] == [f"{A}/y.py"]


def test_many_files_are_read_as_few_are(tmp_path: Path) -> None:
    files = {f"{A}/f{number}.py": f"import a.f{number + 1}\n" for number in range(500)}
    found = make(state(tmp_path / "tree", files, files), None)
    for number in range(499):
        assert [use.path for use in found.uses(RelPath(f"{A}/f{number}.py"))] == [
            f"{A}/f{number + 1}.py"
        ]
