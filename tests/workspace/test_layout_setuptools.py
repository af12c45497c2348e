import tomllib
from collections.abc import Callable, Mapping

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.layout import find_import_packages
from oneroof.workspace.model import Metadata
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]
FOLDER = RelPath("libs/mq")
PROJECT = "[project]\nname = 'mq'\n"


def find(
    tree: MakeTree,
    files: str,
    *,
    pyproject: str = "",
    setup_py: str = "",
    setup_cfg: str = "",
) -> tuple[dict[str, str], list[str]]:
    """Names with their paths below the project, and what is wrong."""
    manifests = {
        "pyproject.toml": pyproject,
        "setup.py": f"from setuptools import *\n{setup_py}" if setup_py else "",
        "setup.cfg": setup_cfg,
    }
    written = {f"{FOLDER}/{name}": text for name, text in manifests.items() if text}
    made = tree(written | {f"{FOLDER}/{path}": "" for path in files.split()})
    metadata = Metadata(
        tuple(map(RelPath, written)), name="mq", build_backend="setuptools.build_meta"
    )
    found, problems = find_import_packages(made, FOLDER, tomllib.loads(pyproject), metadata)
    shown = {each.name: each.path.removeprefix("libs/mq/") for each in found}
    return shown, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("table", "files", "expected"),
    [
        ("packages=['mq','mq.sub']", "mq/__init__.py mq/sub/__init__.py x/__init__.py",
         {"mq": "mq"}),
        ("packages=['ns.mq']", "ns/mq/__init__.py ns/x/__init__.py", {"ns.mq": "ns/mq"}),
        ("packages=['ns','ns.mq']", "ns/mq/__init__.py", {"ns.mq": "ns/mq"}),
        ("py-modules=['one']", "one.py two.py", {"one": "one.py"}),
        ("packages=[]", "mq/__init__.py", {}),
        ("packages=['mq']\npackage-dir={''='lib'}", "lib/mq/__init__.py", {"mq": "lib/mq"}),
        ("packages=['mq']\npackage-dir={mq='code'}", "code/__init__.py", {"mq": "code"}),
        ("packages=['mq','mq.sub']\npackage-dir={mq='code','mq.sub'='far'}",
         "code/__init__.py far/__init__.py", {"mq": "code", "mq.sub": "far"}),
    ],
)  # fmt: skip
def test_listed_packages(tree: MakeTree, table: str, files: str, expected: dict[str, str]) -> None:
    text = f"{PROJECT}[tool.setuptools]\n{table}\n"
    assert find(tree, files, pyproject=text) == (expected, [])


def test_packages_outside_the_folder(tree: MakeTree) -> None:
    text = f"{PROJECT}[tool.setuptools]\npackages = ['mq']\npackage-dir = {{'' = '../code'}}\n"
    made = tree({"libs/mq/pyproject.toml": text, "libs/code/mq/__init__.py": ""})
    metadata = Metadata((), name="mq", build_backend="setuptools.build_meta")
    found, problems = find_import_packages(made, FOLDER, tomllib.loads(text), metadata)
    assert ([each.path for each in found], problems) == (["libs/code/mq"], ())


@pytest.mark.parametrize(
    ("table", "files", "expected"),
    [
        ("", "mq/__init__.py ns/a/x.py tests/__init__.py data/x.json",
         {"mq": "mq", "ns.a": "ns/a", "tests": "tests"}),
        ("namespaces=false", "mq/__init__.py ns/a/__init__.py", {"mq": "mq"}),
        ("where=['src']", "src/mq/__init__.py other/__init__.py", {"mq": "src/mq"}),
        ("where=['a','b']", "a/one/__init__.py b/two/__init__.py",
         {"one": "a/one", "two": "b/two"}),
        ("include=['mq*']", "mq/__init__.py mq_more/x.py tests/x.py",
         {"mq": "mq", "mq_more": "mq_more"}),
        ("exclude=['tests*']", "mq/__init__.py tests/x.py tests_more/x.py", {"mq": "mq"}),
        ("include=['ns.mq']", "ns/mq/__init__.py ns/x/__init__.py", {"ns.mq": "ns/mq"}),
    ],
)  # fmt: skip
def test_found_packages(tree: MakeTree, table: str, files: str, expected: dict[str, str]) -> None:
    text = f"{PROJECT}[tool.setuptools.packages.find]\n{table}\n"
    assert find(tree, files, pyproject=text) == (expected, [])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("mq/__init__.py tests/__init__.py docs/conf.py scripts/x.py", {"mq": "mq"}),
        ("mq/x.py _private/x.py .github/x.py", {"mq": "mq"}),
        ("src/a/__init__.py src/b/x.py src/one.py c/__init__.py",
         {"a": "src/a", "b": "src/b", "one": "src/one.py"}),
        ("one.py setup.py conftest.py noxfile.py", {"one": "one.py"}),
        ("ns/a/__init__.py ns/b/__init__.py", {"ns.a": "ns/a", "ns.b": "ns/b"}),
    ],
)  # fmt: skip
def test_automatic_discovery(tree: MakeTree, files: str, expected: dict[str, str]) -> None:
    assert find(tree, files, pyproject=PROJECT) == (expected, [])


def test_automatic_discovery_follows_package_dir(tree: MakeTree) -> None:
    text = f"{PROJECT}[tool.setuptools]\npackage-dir = {{'' = 'lib'}}\n"
    assert find(tree, "lib/mq/__init__.py x/__init__.py", pyproject=text) == ({"mq": "lib/mq"}, [])
    text = f"{PROJECT}[tool.setuptools]\npackage-dir = {{mq = 'code'}}\n"
    assert find(tree, "code/x/__init__.py code/a.py", pyproject=text) == ({"mq": "code"}, [])


def test_several_packages_in_a_flat_layout_are_refused(tree: MakeTree) -> None:
    found, problems = find(tree, "a/__init__.py b/__init__.py", pyproject=PROJECT)
    assert found == {"a": "a", "b": "b"}
    assert problems == [
        (
            "libs/mq/pyproject.toml: tool.setuptools: setuptools refuses several top-level packages"
            " in a flat layout: `a`, `b`"
        )
    ]


@pytest.mark.parametrize(
    ("setup_py", "files", "expected"),
    [
        ("setup(packages=['mq'])", "mq/__init__.py x/__init__.py", {"mq": "mq"}),
        ("setup(packages=find_packages())", "mq/__init__.py mq/a/__init__.py x/y.py", {"mq": "mq"}),
        ("setup(packages=find_packages('src'), package_dir={'': 'src'})", "src/mq/__init__.py",
         {"mq": "src/mq"}),
        ("setup(packages=find_packages(exclude=('tests', 'tests.*')))",
         "mq/__init__.py tests/__init__.py", {"mq": "mq"}),
        ("setup(packages=find_packages(where='.', include=['mq*']))",
         "mq/__init__.py tests/__init__.py", {"mq": "mq"}),
        ("setup(packages=find_namespace_packages(include=['ns.*']))",
         "ns/mq/__init__.py tests/x.py", {"ns.mq": "ns/mq"}),
        ("setup(packages=[p for p in find_packages() if p.startswith('mq')] + ['x'])",
         "mq/__init__.py y/__init__.py x/__init__.py", {"mq": "mq", "x": "x"}),
        ("setup(packages=find_packages(), py_modules=['one'])", "mq/__init__.py one.py two.py",
         {"mq": "mq", "one": "one.py"}),
        ("N = 'mq'\nsetup(packages=[f'ns.{N}'], namespace_packages=['ns'])",
         "ns/mq/__init__.py ns/x/__init__.py", {"ns.mq": "ns/mq"}),
        ("setup(package_dir={'mq': 'code'}, packages=['mq'])", "code/__init__.py", {"mq": "code"}),
        ("setup()", "mq/__init__.py", {"mq": "mq"}),
        ("setup(ext_modules=[Extension('c', ['c.c'])])", "mq/__init__.py", {}),
    ],
)  # fmt: skip
def test_setup_py(tree: MakeTree, setup_py: str, files: str, expected: dict[str, str]) -> None:
    assert find(tree, files, setup_py=setup_py) == (expected, [])


def test_packages_that_are_not_static_are_said_and_not_guessed(tree: MakeTree) -> None:
    found = find(tree, "mq/__init__.py", setup_py="setup(packages=list_them())")
    problem = "libs/mq/setup.py: packages: is not static: `list_them()` (line 2)"
    assert found == ({}, [problem])


@pytest.mark.parametrize(
    ("options", "files", "expected"),
    [
        ("packages = find:", "mq/__init__.py ns/a/__init__.py", {"mq": "mq"}),
        ("packages = find_namespace:", "mq/__init__.py ns/a/__init__.py",
         {"mq": "mq", "ns.a": "ns/a"}),
        ("package_dir =\n    = src\npackages = find:\n[options.packages.find]\nwhere = src",
         "src/mq/__init__.py", {"mq": "src/mq"}),
        ("packages = find:\n[options.packages.find]\nwhere = src", "src/mq/__init__.py",
         {"mq": "src/mq"}),
        ("packages = find:\n[options.packages.find]\nexclude =\n    tests*",
         "mq/__init__.py tests/__init__.py", {"mq": "mq"}),
        ("packages =\n    mq\n    mq.sub", "mq/__init__.py mq/sub/__init__.py", {"mq": "mq"}),
        ("packages = mq, other", "mq/__init__.py other/__init__.py",
         {"mq": "mq", "other": "other"}),
        ("py_modules = one", "one.py two.py", {"one": "one.py"}),
        ("zip_safe = no", "mq/__init__.py", {"mq": "mq"}),
    ],
)  # fmt: skip
def test_setup_cfg(tree: MakeTree, options: str, files: str, expected: dict[str, str]) -> None:
    assert find(tree, files, setup_cfg=f"[options]\n{options}\n") == (expected, [])


def test_setup_cfg_fills_what_setup_py_leaves_open(tree: MakeTree) -> None:
    found = find(
        tree,
        "src/mq/__init__.py x/__init__.py",
        setup_py="setup(name='mq')",
        setup_cfg="[options]\npackage_dir =\n    = src\npackages = mq\n",
    )
    assert found == ({"mq": "src/mq"}, [])


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("packages=['mq']", "tool.setuptools.packages: folder `mq` of package `mq` does not exist"),
        ("py-modules=['one']", "tool.setuptools.py-modules: `one.py` does not exist"),
        (
            "packages.find.where=['lib']",
            "tool.setuptools.packages.find.where: `lib` does not exist",
        ),
        ("packages='mq'", "tool.setuptools.packages: must be a list of strings, found `mq`"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(tree: MakeTree, table: str, problem: str) -> None:
    found = find(tree, "x.txt", pyproject=f"{PROJECT}[tool.setuptools]\n{table}\n")
    assert found == ({}, [f"libs/mq/pyproject.toml: {problem}"])
