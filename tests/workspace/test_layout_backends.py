import tomllib
from collections.abc import Callable, Mapping

import pytest

from oneroof.paths import RelPath
from oneroof.workspace.layout import (
    compiles,
    find_import_packages,
    not_importable_from_roots,
    source_roots,
)
from oneroof.workspace.model import ImportPackage, Metadata
from oneroof.workspace.tree import Tree

MakeTree = Callable[[Mapping[str, str | bytes]], Tree]
FOLDER = RelPath("libs/mq")
BACKENDS = {
    "poetry": "poetry.core.masonry.api",
    "hatch": "hatchling.build",
    "pdm": "pdm.backend",
    "flit": "flit_core.buildapi",
    "uv": "uv_build",
    "maturin": "maturin",
    "scikit": "scikit_build_core.build",
    "meson": "mesonpy",
}


def find(
    tree: MakeTree, backend: str | None, config: str, files: str, name: str = "lib-mq"
) -> tuple[dict[str, str], list[str]]:
    """Names with their paths below the project (`^` in front: from the root), and problems."""
    listed = {path[1:] if path[0] == "^" else f"{FOLDER}/{path}": "" for path in files.split()}
    made = tree({f"{FOLDER}/pyproject.toml": "", **listed})
    metadata = Metadata((RelPath(f"{FOLDER}/pyproject.toml"),), name=name, build_backend=backend)
    found, problems = find_import_packages(made, FOLDER, tomllib.loads(config), metadata)
    shown = {
        each.name: each.path.removeprefix("libs/mq/")
        if each.path.startswith("libs/mq/")
        else f"^{each.path}"
        for each in found
    }
    return shown, [problem.key for problem in problems]


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("", "lib_mq/__init__.py tests/__init__.py", {"lib_mq": "lib_mq"}),
        ("", "src/lib_mq/__init__.py", {"lib_mq": "src/lib_mq"}),
        ("", "lib_mq.py other.py", {"lib_mq": "lib_mq.py"}),
        ("", "src/lib_mq.py", {"lib_mq": "src/lib_mq.py"}),
        ("packages=[{include='mq'}]", "mq/a.py lib_mq/__init__.py", {"mq": "mq"}),
        ("packages=[{include='mq',from='lib'}]", "lib/mq/__init__.py", {"mq": "lib/mq"}),
        ("packages=[{include='mq.py'}]", "mq.py", {"mq": "mq.py"}),
        ("packages=[{include='ns/mq'}]", "ns/mq/__init__.py ns/x/__init__.py", {"ns.mq": "ns/mq"}),
        ("packages=[{include='ns'}]", "ns/a/__init__.py ns/b/c.py",
         {"ns.a": "ns/a", "ns.b": "ns/b"}),
        ("packages=[{include='mq',to='ns'}]", "mq/__init__.py", {"ns.mq": "mq"}),
        ("packages=[{include='mq'},{include='tests',format='sdist'}]", "mq/a.py tests/b.py",
         {"mq": "mq"}),
        ("packages=[{include='mq',format=['sdist','wheel']}]", "mq/a.py", {"mq": "mq"}),
        ("packages=[{include='brick/log',from='../../components'}]",
         "^components/brick/log/__init__.py", {"brick.log": "^components/brick/log"}),
        ("packages=[{include='mq/**/*.py'}]", "mq/__init__.py mq/a/b.py", {"mq": "mq"}),
        ("packages=[{include='*.py',from='lib'}]", "lib/a.py lib/b.py c.py",
         {"a": "lib/a.py", "b": "lib/b.py"}),
        ("packages=[{include='ns/mq/*.py'}]", "ns/mq/a.py ns/x/b.py", {"ns.mq": "ns/mq"}),
        ("packages=[{include='ns'}]\nexclude=['ns/b']", "ns/a/__init__.py ns/b/__init__.py",
         {"ns.a": "ns/a"}),
        ("include=[{path='extra.py',format='wheel'},'notes.py']", "lib_mq/a.py extra.py notes.py",
         {"lib_mq": "lib_mq", "extra": "extra.py"}),
    ],
)  # fmt: skip
def test_poetry(tree: MakeTree, config: str, files: str, expected: dict[str, str]) -> None:
    found = find(tree, BACKENDS["poetry"], f"[tool.poetry]\n{config}", files)
    assert found == (expected, [])


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("", "lib_mq/__init__.py tests/__init__.py", {"lib_mq": "lib_mq"}),
        ("", "src/lib_mq/__init__.py src/other/__init__.py", {"lib_mq": "src/lib_mq"}),
        ("", "lib_mq.py", {"lib_mq": "lib_mq.py"}),
        ("", "ns/lib_mq/__init__.py x/y.py", {"ns.lib_mq": "ns/lib_mq"}),
        ("packages=['src/mq']", "src/mq/__init__.py src/b/__init__.py", {"mq": "src/mq"}),
        ("packages=['src/ns']", "src/ns/a/b/__init__.py src/ns/a/c.py", {"ns.a": "src/ns/a"}),
        ("packages=['mq','other']", "mq/__init__.py other/a.py", {"mq": "mq", "other": "other"}),
        ("only-include=['src/mq']\nsources=['src']", "src/mq/__init__.py", {"mq": "src/mq"}),
        ("only-include=['src/mq']", "src/mq/__init__.py", {"src.mq": "src/mq"}),
        ("only-include=['mq.py']", "mq.py a.py", {"mq": "mq.py"}),
        ("include=['mq']", "mq/__init__.py other/__init__.py", {"mq": "mq"}),
        ("include=['/mq/**/*.py','/one.py']", "mq/a.py one.py two.py sub/mq/a.py",
         {"mq": "mq", "one": "one.py"}),
        ("include=['src/**']\nsources=['src']", "src/mq/__init__.py x.py", {"mq": "src/mq"}),
        ("include=['*.py']\nexclude=['tests','/x.py']", "mq/__init__.py tests/a.py x.py",
         {"mq": "mq"}),
        ("packages=['src/ns']\nexclude=['ns/b/']", "src/ns/a/__init__.py src/ns/b/__init__.py",
         {"ns.a": "src/ns/a", "ns.b": "src/ns/b"}),
        ("packages=['src/ns']\nexclude=['src/ns/b/']", "src/ns/a/x.py src/ns/b/x.py",
         {"ns.a": "src/ns/a"}),
        ("only-include=['lib']\n[tool.hatch.build.targets.wheel.sources]\nlib='mq'",
         "lib/__init__.py", {"mq": "lib"}),
        ("[tool.hatch.build.targets.wheel.force-include]\n'../shared/log'='mq/log'",
         "lib_mq/__init__.py ^libs/shared/log/__init__.py",
         {"lib_mq": "lib_mq", "mq.log": "^libs/shared/log"}),
        ("[tool.hatch.build.targets.wheel.force-include]\n'one.py'='two.py'", "one.py",
         {"two": "one.py"}),
    ],
)  # fmt: skip
def test_hatch(tree: MakeTree, config: str, files: str, expected: dict[str, str]) -> None:
    table = f"[tool.hatch.build.targets.wheel]\n{config}"
    assert find(tree, BACKENDS["hatch"], table, files) == (expected, [])


def test_hatch_takes_options_of_all_targets(tree: MakeTree) -> None:
    config = "[tool.hatch.build]\npackages = ['lib/mq']"
    found = find(tree, BACKENDS["hatch"], config, "lib/mq/__init__.py")
    assert found == ({"mq": "lib/mq"}, [])


def test_hatch_has_a_file_of_its_own(tree: MakeTree) -> None:
    made = tree(
        {
            "libs/mq/hatch.toml": "[build.targets.wheel]\npackages = ['lib/mq']\n",
            "libs/mq/lib/mq/__init__.py": "",
        }
    )
    metadata = Metadata((), name="mq", build_backend=BACKENDS["hatch"])
    found, problems = find_import_packages(made, FOLDER, {}, metadata)
    assert (found, problems) == ((ImportPackage("mq", RelPath("libs/mq/lib/mq")),), ())


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("", "a/__init__.py b/__init__.py c/x.py tests/__init__.py", {"a": "a", "b": "b"}),
        ("", "src/a/__init__.py b/__init__.py", {"a": "src/a"}),
        ("", "one.py two.py docs/x.txt", {"one": "one.py", "two": "two.py"}),
        ("package-dir='lib'", "lib/a/__init__.py", {"a": "lib/a"}),
        ("includes=['mq']", "mq/__init__.py other/__init__.py", {"mq": "mq"}),
        ("includes=['src/mq/']", "src/mq/__init__.py src/b/__init__.py", {"mq": "src/mq"}),
        ("includes=['*.py']", "one.py mq/__init__.py", {"one": "one.py"}),
        ("includes=['src/ns/**/*.py']", "src/ns/a/b.py src/ns/c.txt", {"ns.a": "src/ns/a"}),
        ("excludes=['b']", "a/__init__.py b/__init__.py", {"a": "a"}),
        ("includes=['mq']\npackage-dir='lib'", "mq/__init__.py lib/x.py", {"mq": "mq"}),
    ],
)
def test_pdm(tree: MakeTree, config: str, files: str, expected: dict[str, str]) -> None:
    found = find(tree, BACKENDS["pdm"], f"[tool.pdm.build]\n{config}", files)
    assert found == (expected, [])


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("", "lib_mq/__init__.py", {"lib_mq": "lib_mq"}),
        ("", "src/lib_mq.py", {"lib_mq": "src/lib_mq.py"}),
        ("[tool.flit.module]\nname='mq'", "src/mq/__init__.py", {"mq": "src/mq"}),
        ("[tool.flit.module]\nname='ns.mq'", "ns/mq/__init__.py", {"ns.mq": "ns/mq"}),
        ("[tool.flit.metadata]\nmodule='mq'", "mq.py", {"mq": "mq.py"}),
    ],
)
def test_flit(tree: MakeTree, config: str, files: str, expected: dict[str, str]) -> None:
    assert find(tree, BACKENDS["flit"], config, files) == (expected, [])


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ("", "src/lib_mq/__init__.py src/other/__init__.py", {"lib_mq": "src/lib_mq"}),
        ("module-root=''", "lib_mq/__init__.py", {"lib_mq": "lib_mq"}),
        ("module-root='py'\nmodule-name='Mq'", "py/Mq/__init__.py", {"Mq": "py/Mq"}),
        ("module-name=['a','ns.b']", "src/a/__init__.py src/ns/b/__init__.py",
         {"a": "src/a", "ns.b": "src/ns/b"}),
        ("module-name='ns'\nnamespace=true", "src/ns/a/__init__.py src/ns/b/__init__.py",
         {"ns.a": "src/ns/a", "ns.b": "src/ns/b"}),
    ],
)  # fmt: skip
def test_uv_build(tree: MakeTree, config: str, files: str, expected: dict[str, str]) -> None:
    table = f"[tool.uv.build-backend]\n{config}"
    assert find(tree, BACKENDS["uv"], table, files) == (expected, [])


@pytest.mark.parametrize(
    ("backend", "config", "files", "expected"),
    [
        ("maturin", "", "lib_mq/__init__.py Cargo.toml src/lib.rs", {"lib_mq": "lib_mq"}),
        ("maturin", "", "src/lib_mq/__init__.py", {"lib_mq": "src/lib_mq"}),
        ("maturin", "", "src/lib.rs", {}),
        ("maturin", "[tool.maturin]\npython-source='python'\nmodule-name='mq._core'",
         "python/mq/__init__.py", {"mq": "python/mq"}),
        ("scikit", "", "src/lib_mq/__init__.py CMakeLists.txt", {"lib_mq": "src/lib_mq"}),
        ("scikit", "[tool.scikit-build.wheel]\npackages=['python/mq']", "python/mq/__init__.py",
         {"mq": "python/mq"}),
        ("scikit", "[tool.scikit-build.wheel.packages]\n'ns/mq'='lib'", "lib/__init__.py",
         {"ns.mq": "lib"}),
    ],
)  # fmt: skip
def test_compiled(
    tree: MakeTree, backend: str, config: str, files: str, expected: dict[str, str]
) -> None:
    assert find(tree, BACKENDS[backend], config, files) == (expected, [])


def test_meson_is_said_not_to_be_static(tree: MakeTree) -> None:
    found = find(tree, BACKENDS["meson"], "", "mq/__init__.py meson.build")
    assert found == ({"mq": "mq"}, ["build-system.build-backend"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("app/__init__.py tests/__init__.py docs/conf.py", {"app": "app"}),
        ("app/main.py examples/x.py", {"app": "app"}),
        ("main.py worker.py setup.py conftest.py test_main.py noxfile.py",
         {"main": "main.py", "worker": "worker.py"}),
        ("src/app/__init__.py main.py", {"app": "src/app", "main": "main.py"}),
        ("src/__init__.py src/app/x.py", {"src": "src"}),
        ("my-folder/x.py data/x.json", {}),
    ],
)  # fmt: skip
def test_what_nothing_builds_is_imported_where_it_lies(
    tree: MakeTree, files: str, expected: dict[str, str]
) -> None:
    assert find(tree, None, "", files) == (expected, [])


@pytest.mark.parametrize(
    ("backend", "config", "files", "expected"),
    [
        ("poetry", "", "app/x.py", ({"app": "app"}, ["tool.poetry.packages"])),
        ("poetry", "[tool.poetry]\npackages=[{include='mq'}]", "",
         ({}, ["tool.poetry.packages[0].include"])),
        ("poetry", "[tool.poetry]\npackages=[{include='mq',from='../../..'}]", "",
         ({}, ["tool.poetry.packages[0].from"])),
        ("poetry", "[tool.poetry]\npackages=['mq']", "", ({}, ["tool.poetry.packages[0]"])),
        ("hatch", "", "app/x.py", ({"app": "app"}, ["tool.hatch.build.targets.wheel"])),
        ("hatch", "[tool.hatch.build.targets.wheel]\npackages=['src/mq',1]", "",
         ({}, ["tool.hatch.build.targets.wheel.packages[1]",
               "tool.hatch.build.targets.wheel.packages[0]"])),
        ("hatch", "[tool.hatch.build.targets.wheel]\npackages=['../tel']", "^libs/tel/a.py",
         ({}, ["tool.hatch.build.targets.wheel.packages[0]"])),
        ("uv", "", "mq/x.py", ({"mq": "mq"}, ["tool.uv.build-backend.module-name"])),
        ("flit", "", "mq/x.py", ({"mq": "mq"}, ["tool.flit.module.name"])),
        ("pdm", "[tool.pdm.build]\npackage-dir='lib'", "",
         ({}, ["tool.pdm.build.package-dir"])),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_named_by_its_key(
    tree: MakeTree,
    backend: str,
    config: str,
    files: str,
    expected: tuple[dict[str, str], list[str]],
) -> None:
    assert find(tree, BACKENDS[backend], config, files) == expected


def test_a_backend_in_the_project_is_what_it_requires(tree: MakeTree) -> None:
    config = "[build-system]\nrequires=['flit_core>=3']\nbuild-backend='own'\nbackend-path=['.']"
    found = find(tree, "own", config, "lib_mq/__init__.py own.py")
    assert found == ({"lib_mq": "lib_mq"}, [])


def test_nothing_below_a_nested_project_belongs_to_the_outer_one(tree: MakeTree) -> None:
    made = tree({"ns/a/__init__.py": "", "ns/b/src/x/__init__.py": "", "ns/b/y.py": ""})
    nested = frozenset({RelPath("ns/b")})
    found, _ = find_import_packages(made, RelPath("."), {}, Metadata(()), nested)
    assert found == (ImportPackage("ns.a", RelPath("ns/a")),)


@pytest.mark.parametrize(
    "init",
    [
        '__import__("pkg_resources").declare_namespace(__name__)\n',
        "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
    ],
)
def test_a_namespace_of_the_old_styles_is_none_of_the_projects(tree: MakeTree, init: str) -> None:
    made = tree({"ns/__init__.py": init, "ns/mq/__init__.py": ""})
    found, _ = find_import_packages(made, RelPath("."), {}, Metadata(()))
    assert [each.name for each in found] == ["ns.mq"]


def test_a_linked_package_is_what_the_link_leads_to(tree: MakeTree) -> None:
    made = tree({"libs/shared/log/__init__.py": "", "libs/mq/app.py": ""})
    (made.root / "libs/mq/log").symlink_to("../shared/log")
    (made.root / "libs/mq/loop").symlink_to("..")
    (made.root / "libs/mq/away").symlink_to("../../../..")
    links = [RelPath(f"libs/mq/{name}") for name in ("log", "loop", "away")]
    linked = Tree(made.root, [*made.files, *links])
    found, _ = find_import_packages(linked, FOLDER, {}, Metadata(()))
    assert found == (
        ImportPackage("app", RelPath("libs/mq/app.py")),
        ImportPackage("log", RelPath("libs/shared/log")),
    )


def test_links_in_a_circle_end(tree: MakeTree) -> None:
    made = tree({"a/x/data.txt": "", "b/y/data.txt": ""})
    (made.root / "a/x/down").symlink_to("../../b/y")
    (made.root / "b/y/down").symlink_to("../../a/x")
    (made.root / "a/me").symlink_to("me")
    links = [RelPath("a/x/down"), RelPath("b/y/down"), RelPath("a/me")]
    found = find_import_packages(
        Tree(made.root, [*made.files, *links]), RelPath("."), {}, Metadata(())
    )
    assert found == ((), ())


def test_source_roots_are_sorted_and_each_once() -> None:
    packages = [
        ImportPackage("b", RelPath("src/b")),
        ImportPackage("ns.a", RelPath("lib/ns/a")),
        ImportPackage("c", RelPath("src/c.py")),
        ImportPackage("moved", RelPath("src/other")),
    ]
    assert source_roots(packages) == ("lib", "src")
    assert not_importable_from_roots(packages) == (packages[3],)


@pytest.mark.parametrize(
    ("backend", "config", "compiled"),
    [
        (None, "", False),
        ("hatchling.build", "", False),
        ("hatchling.build", "[tool.hatch.build.hooks.custom]\n", False),
        ("hatchling.build", "[tool.hatch.build.targets.wheel.hooks.cython]\n", True),
        ("maturin", "", True),
        ("mesonpy", "", True),
        ("scikit_build_core.build", "", True),
        ("setuptools.build_meta", "", False),
        ("setuptools.build_meta", "[[tool.setuptools.ext-modules]]\nname='x'", True),
        ("setuptools.build_meta", "[[tool.setuptools-rust.ext-modules]]\ntarget='x'", True),
        ("poetry.core.masonry.api", "[tool.poetry]\nbuild='build.py'", True),
        ("poetry.core.masonry.api", "[tool.poetry]\n", False),
        ("pdm.backend", "[tool.pdm.build]\nrun-setuptools=true", True),
    ],
)
def test_what_compiles(backend: str | None, config: str, *, compiled: bool) -> None:
    assert compiles(tomllib.loads(config), backend) is compiled
