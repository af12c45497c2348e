from collections.abc import Callable, Mapping

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.dialects.setup_cfg import read_setup_cfg
from oneroof.workspace.model import EntryPoint, Metadata
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]
FOLDER = RelPath("libs/mq")


def read(tree: MakeTree, text: str, files: Mapping[str, str] | None = None) -> Metadata:
    metadata = read_setup_cfg(tree({"libs/mq/setup.cfg": text, **(files or {})}), FOLDER)
    assert metadata is not None
    return metadata


def needs(metadata: Metadata) -> list[tuple[str, str, str]]:
    return [(each.kind, each.pep508, each.key) for each in metadata.requirements]


def said(metadata: Metadata) -> list[str]:
    return [str(problem) for problem in metadata.problems]


def test_all_fields_are_read(tree: MakeTree) -> None:
    metadata = read(
        tree,
        """\
[metadata]
name = libmq
version = 1.2

[options]
python-requires = >=3.9
install_requires =
    requests>=2
    # a comment
    tomli; python_version < "3.11"
setup_requires = wheel; setuptools>=61
tests_require =
    pytest

[options.extras_require]
Dev_Tools =
    ruff
empty =

[options.entry_points]
console_scripts =
    mq = libmq.cli:Main
""",
    )
    assert (metadata.name, metadata.version, metadata.requires_python) == ("libmq", "1.2", ">=3.9")
    assert needs(metadata) == [
        ("main", "requests>=2", "options.install_requires[0]"),
        ("main", 'tomli ; python_version < "3.11"', "options.install_requires[1]"),
        ("build", "wheel", "options.setup_requires[0]"),
        ("build", "setuptools>=61", "options.setup_requires[1]"),
        ("extra:dev-tools", "ruff", "options.extras_require.Dev_Tools[0]"),
        ("group:test", "pytest", "options.tests_require[0]"),
    ]
    assert metadata.extras == ("dev-tools", "empty")
    assert metadata.entry_points == (EntryPoint("console_scripts", "mq", "libmq.cli:Main"),)
    assert metadata.problems == ()


@pytest.mark.parametrize("text", ["[flake8]\nmax-line-length = 100\n", "[mypy]\n", ""])
def test_a_file_of_other_tools_is_no_manifest(tree: MakeTree, text: str) -> None:
    assert read_setup_cfg(tree({"libs/mq/setup.cfg": text}), FOLDER) is None


@pytest.mark.parametrize(
    ("written", "file", "content"),
    [
        ("attr: mq.__version__", "mq/__init__.py", '__version__ = "2.1"\n'),
        ("attr: mq.version.VERSION", "mq/version.py", "VERSION = (2, 1)\n"),
        ("attr: mq.__version__", "mq/__init__.py", 'M = "2"\n__version__ = M + ".1"\n'),
        ("attr: mq.__version__", "src/mq/__init__.py", '__version__: str = "2.1"\n'),
        ("attr: about.version", "about.py", 'def version():\n    return "2.1"\n'),
        ("file: VERSION", "VERSION", "2.1\n"),
    ],
)
def test_a_version_is_read_from_where_it_stands(
    tree: MakeTree, written: str, file: str, content: str
) -> None:
    files = {f"libs/mq/{file}": content}
    metadata = read(tree, f"[metadata]\nname = mq\nversion = {written}\n", files)
    assert (metadata.version, said(metadata)) == ("2.1", [])


def test_a_version_below_the_package_folder_is_found(tree: MakeTree) -> None:
    text = "[metadata]\nversion = attr: mq.V\n[options]\npackage_dir =\n    = lib\n"
    metadata = read(tree, text, {"libs/mq/lib/mq/__init__.py": "V = '3'"})
    assert metadata.version == "3"


@pytest.mark.parametrize(
    ("written", "content", "problem"),
    [
        ("attr: mq.V", "V = find()", "is not static: `find()` (line 1)"),
        ("attr: mq.W", "V = 1", "is not static: `mq.W does not exist`"),
        ("file: NONE", "", "`NONE` does not exist"),
    ],
)
def test_a_version_that_is_not_static_is_said(
    tree: MakeTree, written: str, content: str, problem: str
) -> None:
    metadata = read(tree, f"[metadata]\nversion = {written}\n", {"libs/mq/mq/__init__.py": content})
    assert metadata.version is None
    assert said(metadata) == [f"libs/mq/setup.cfg: metadata.version: {problem}"]


def test_requirements_may_stand_in_a_file(tree: MakeTree) -> None:
    text = "[options]\ninstall_requires = file: requirements.txt\n"
    metadata = read(tree, text, {"libs/mq/requirements.txt": "# pins\na==1\n\nb\n"})
    assert [each.pep508 for each in metadata.requirements] == ["a==1", "b"]


def test_entry_points_may_stand_in_a_file(tree: MakeTree) -> None:
    text = "[options]\nentry_points = file: points.ini\n"
    metadata = read(tree, text, {"libs/mq/points.ini": "[console_scripts]\nmq = mq:main\n"})
    assert metadata.entry_points == (EntryPoint("console_scripts", "mq", "mq:main"),)


@pytest.mark.parametrize("content", [b"[metadata]\nname = \xff", b"name = mq\n", b"[a]\n[a]\n"])
def test_a_broken_file_is_fatal_and_named(tree: MakeTree, content: bytes) -> None:
    metadata = read_setup_cfg(tree({"libs/mq/setup.cfg": content}), FOLDER)
    assert metadata is not None
    assert [problem.fatal for problem in metadata.problems] == [True]


def test_a_malformed_requirement_is_named_with_its_place(tree: MakeTree) -> None:
    metadata = read(tree, "[options]\ninstall_requires =\n    a\n    ==1\n")
    assert [each.name for each in metadata.requirements] == ["a"]
    assert metadata.problems[0].key == "options.install_requires[1]"
