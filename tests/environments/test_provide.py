import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from oneroof.environments.model import (
    Environment,
    Interpreter,
    InterpreterError,
    Request,
    command_environment,
)
from oneroof.environments.provide import Provider
from oneroof.errors import ToolError
from oneroof.locks.model import LockSource, Pin, registry
from oneroof.workspace.model import EntryPoint, Project, ProjectName

MakeProject = Callable[..., Project]
MakeProvider = Callable[..., Provider]
MakeWheel = Callable[..., Pin]

A, B, C = map(ProjectName, ("example-pkg-a", "example-pkg-b", "example-pkg-c"))
FILES = {
    "pkg_a/example_pkg/a/__init__.py": "NAME = 'a'\n",
    "pkg_b/example_pkg/b/__init__.py": "NAME = 'b'\ndef main():\n    print('ran b')\n",
    "pkg_c/example_pkg/c/__init__.py": "",
}


def python(environment: Environment, code: str, *options: str) -> str:
    command = [str(environment.python), *options, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return (done.stdout or done.stderr.splitlines()[-1]).strip()


@pytest.fixture
def portions(make_project: MakeProject) -> list[Project]:
    script = EntryPoint("console_scripts", "run-b", "example_pkg.b:main")
    return [
        make_project(A, path="pkg_a", packages={"example_pkg.a": "pkg_a/example_pkg/a"}),
        make_project(
            B,
            path="pkg_b",
            packages={"example_pkg.b": "pkg_b/example_pkg/b"},
            needs=[A, "third"],
            entry_points=[script],
        ),
        make_project(C, path="pkg_c", packages={"example_pkg.c": "pkg_c/example_pkg/c"}),
    ]


@pytest.fixture
def environment(
    make_provider: MakeProvider, portions: list[Project], make_wheel: MakeWheel
) -> Environment:
    return make_provider(portions, FILES, [make_wheel("third")]).prepare(Request(B))


def test_portions_of_a_namespace_and_pins_are_importable_together(
    environment: Environment,
) -> None:
    code = (
        "import example_pkg.a as a, example_pkg.b as b, third; print(a.NAME, b.NAME, third.VERSION)"
    )
    assert python(environment, code) == "a b 1.0"
    assert python(environment, code, "-I") == "a b 1.0"


def test_python_knows_the_environment_as_its_prefix(environment: Environment) -> None:
    inner = "import sys; print(sys.prefix)"
    code = f"{inner}; import subprocess; subprocess.run([sys.executable, '-c', {inner!r}])"
    printed = set(python(environment, code).split())
    assert printed == {str(environment.folder)}


@pytest.mark.parametrize("name", ["requests", "example_pkg.c"])
def test_what_is_not_declared_is_not_importable(environment: Environment, name: str) -> None:
    assert python(environment, f"import {name}") == f"ModuleNotFoundError: No module named '{name}'"


def test_metadata_of_internal_projects_is_real(environment: Environment) -> None:
    code = (
        "from importlib.metadata import distribution, distributions as all\n"
        "print(sorted(d.name for d in all()), distribution('example_pkg_b').requires)"
    )
    assert python(environment, code) == (
        "['example-pkg-a', 'example-pkg-b', 'third'] ['example-pkg-a', 'third']"
    )


def test_console_scripts_of_internal_projects_run(environment: Environment) -> None:
    done = subprocess.run([environment.folder / "bin" / "run-b"], capture_output=True, check=True)
    assert done.stdout == b"ran b\n"


def test_scripts_of_pins_run_in_the_environment_and_not_in_the_shared_part(
    make_provider: MakeProvider, make_project: MakeProject, make_wheel: MakeWheel
) -> None:
    where = "def main():\n    import sys\n    print(sys.prefix)\n"
    points = "[console_scripts]\nwhere = tool:main\n"
    files = {"tool.py": where, "tool-1.0.dist-info/entry_points.txt": points}
    found = make_provider([make_project("a")], {}, [make_wheel("tool", files=files)]).prepare(
        Request(ProjectName("a"))
    )
    done = subprocess.run([found.folder / "bin" / "where"], capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(found.folder)


def test_path_files_and_data_of_pins_are_honoured(
    make_provider: MakeProvider, make_project: MakeProject, make_wheel: MakeWheel
) -> None:
    files = {
        "hidden/inner.py": "X = 1\n",
        "hidden.pth": "hidden\n",
        "pin-1.0.data/data/share/pin/settings": "on",
    }
    found = make_provider([make_project("a")], {}, [make_wheel("pin", files=files)]).prepare(
        Request(ProjectName("a"))
    )
    code = "import inner, sys; print(len(sys.path) == len(set(sys.path)))"
    assert python(found, code) == "True"
    assert (found.folder / "share" / "pin" / "settings").read_text() == "on"


def test_a_pytest_plugin_of_the_workspace_is_an_entry_point_in_dependents(
    make_provider: MakeProvider, make_project: MakeProject
) -> None:
    plugin = EntryPoint("pytest11", "plug", "plug.hooks")
    projects = [
        make_project("plug", packages={"plug": "libs/plug/src/plug"}, entry_points=[plugin]),
        make_project("app", needs=["plug"]),
    ]
    files = {"libs/plug/src/plug/hooks.py": "", "libs/plug/src/plug/__init__.py": ""}
    found = make_provider(projects, files).prepare(Request(ProjectName("app")))
    code = (
        "from importlib.metadata import entry_points\n"
        "print([each.load().__name__ for each in entry_points(group='pytest11')])"
    )
    assert python(found, code) == "['plug.hooks']"


def test_folders_named_otherwise_are_linked_under_their_import_name(
    make_provider: MakeProvider, make_project: MakeProject
) -> None:
    packages = {"pkg.deep": "libs/a/lib", "single": "libs/a/src/other.py"}
    files = {"libs/a/lib/__init__.py": "X = 1\n", "libs/a/src/other.py": "Y = 2\n"}
    found = make_provider([make_project("a", packages=packages)], files).prepare(
        Request(ProjectName("a"))
    )
    assert python(found, "import pkg.deep, single; print(pkg.deep.X, single.Y)") == "1 2"


def test_a_root_shared_with_other_projects_shows_only_declared_packages(
    make_provider: MakeProvider, make_project: MakeProject
) -> None:
    projects = [
        make_project("one", packages={"one": "libs/one"}),
        make_project("two", packages={"two": "libs/two"}, needs=["one"]),
        make_project("three", packages={"three": "libs/three"}),
    ]
    files = {f"libs/{name}/__init__.py": "" for name in ("one", "two", "three")}
    found = make_provider(projects, files).prepare(Request(ProjectName("two")))
    assert python(found, "import one, two; print('both')") == "both"
    assert python(found, "import three") == "ModuleNotFoundError: No module named 'three'"


def test_projects_that_are_not_built_have_source_roots_but_no_metadata(
    make_provider: MakeProvider, make_project: MakeProject
) -> None:
    project = make_project("app", packages={"app": "libs/app/app"}, build_backend=None)
    found = make_provider([project], {"libs/app/app/__init__.py": ""}).prepare(
        Request(ProjectName("app"))
    )
    code = "import app; from importlib.metadata import distributions as d; print(list(d()))"
    assert python(found, code) == "[]"


def test_without_its_project_an_environment_holds_only_what_that_requires(
    make_provider: MakeProvider, portions: list[Project]
) -> None:
    found = make_provider(portions, FILES).prepare(Request(B, with_project=False))
    assert python(found, "import example_pkg.a, example_pkg.b").startswith("ModuleNotFoundError")
    assert python(found, "import example_pkg.a; print('a')") == "a"


def test_equal_pins_are_installed_once_even_in_parallel(
    make_provider: MakeProvider, make_project: MakeProject, make_wheel: MakeWheel, cache: Path
) -> None:
    names = [ProjectName(f"p{number}") for number in range(8)]
    provider = make_provider([make_project(name) for name in names], {}, [make_wheel("third")])
    threads = [threading.Thread(target=provider.prepare, args=[Request(name)]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in (cache / "sites").iterdir() if each.is_dir()]) == 1
    assert len(list((cache / "environments").iterdir())) == len(names)


def test_an_unfinished_installation_is_made_again(
    environment: Environment,
    make_provider: MakeProvider,
    portions: list[Project],
    cache: Path,
) -> None:
    site = cache / "sites" / environment.plan.site.digest
    (site / "oneroof.json").unlink()
    module = site / environment.plan.site.interpreter.site_packages / "third.py"
    module.unlink()
    make_provider(portions, FILES).realise(environment.plan)
    assert module.is_file()


def test_a_plan_is_the_same_value_each_time_and_prints_as_json(
    make_provider: MakeProvider, portions: list[Project]
) -> None:
    plan = make_provider(portions, FILES).plan(Request(B))
    assert make_provider(portions, FILES).plan(Request(B)) == plan
    assert msgspec.json.decode(msgspec.json.encode(plan), type=type(plan)) == plan


def test_who_asks_for_a_pin_does_not_change_the_shared_part(
    make_provider: MakeProvider, portions: list[Project]
) -> None:
    pin = Pin("third", "1.0", hashes=("sha256:aa",))
    one = make_provider(portions, {}, [replace(pin, reasons=("a",))]).plan(Request(A))
    other = make_provider(portions, {}, [replace(pin, reasons=("c",))]).plan(Request(C))
    assert one.site == other.site
    assert one.digest != other.digest


def test_a_wrong_hash_fails_with_its_reason_and_others_go_on(
    make_provider: MakeProvider, portions: list[Project], make_wheel: MakeWheel
) -> None:
    good = make_wheel("third")
    bad = replace(make_wheel("fourth"), hashes=(f"sha256:{'1' * 64}",))
    provider = make_provider(portions, FILES, {B: [good], A: [bad]})
    for _ in range(2):
        with pytest.raises(ToolError, match="Hash mismatch"):
            provider.prepare(Request(A))
    assert python(provider.prepare(Request(B)), "import third; print('third')") == "third"


def test_a_pin_without_wheel_for_this_platform_is_an_error(
    make_provider: MakeProvider, portions: list[Project], make_wheel: MakeWheel, cache: Path
) -> None:
    pin = make_wheel("third", tag="cp27-cp27m-win32")
    with pytest.raises(ToolError, match=r"third==1\.0 has no wheels"):
        make_provider(portions, FILES, [pin]).prepare(Request(B))
    assert [each for each in (cache / "sites").iterdir() if each.is_dir()] == []


def test_python_is_demanded_by_dependencies_too(
    make_provider: MakeProvider, make_project: MakeProject
) -> None:
    projects = [make_project("a", needs=["b"]), make_project("b", requires_python=">=4")]
    with pytest.raises(InterpreterError, match=r"`>=4` \(libs/b/pyproject.toml\)"):
        make_provider(projects).plan(Request(ProjectName("a")))


def test_also_adds_pins_that_the_project_does_not_have(
    make_provider: MakeProvider, portions: list[Project]
) -> None:
    provider = make_provider(portions, {}, [Pin("third", "1.0")])
    plan = provider.plan(Request(A, also=(Pin("third", "9"), Pin("pytest", "8"))))
    assert [(pin.name, pin.version) for pin in plan.site.pins] == [
        ("pytest", "8"),
        ("third", "1.0"),
    ]


def test_a_folder_of_the_workspace_is_installed_from_a_copy(
    make_provider: MakeProvider, make_project: MakeProject, wheelhouse: Path, root: Path
) -> None:
    del wheelhouse
    pin = Pin("vendored", None, LockSource("directory", "vendor/it"))
    files = {f"vendor/it/{path}": text for path, text in BACKEND.items()}
    found = make_provider([make_project("a")], files, [pin]).prepare(Request(ProjectName("a")))
    assert python(found, "import compiled; print(compiled.X)") == "1"
    assert not (root / "vendor/it/build").exists()


def test_a_folder_outside_the_workspace_is_installed_as_it_is_now(
    make_provider: MakeProvider, make_project: MakeProject, wheelhouse: Path, root: Path
) -> None:
    del wheelhouse
    place = root.parent / "outside"
    place.mkdir()
    for path, text in BACKEND.items():
        (place / path).write_text(
            text.replace('"build"', '"build", exist_ok=True').replace("os.mkdir", "os.makedirs")
        )
    pin = Pin("vendored", None, LockSource("directory", "../outside"))

    def ask() -> str:
        found = make_provider([make_project("a")], {}, [pin]).prepare(Request(ProjectName("a")))
        return python(found, "import compiled; print(compiled.X)")

    assert ask() == "1"
    (place / "compiled.py").write_text("X = 2\n")
    assert ask() == "2"


def test_a_wheel_that_no_hash_vouches_for_counts_by_its_content(
    make_provider: MakeProvider,
    make_project: MakeProject,
    make_wheel: MakeWheel,
    wheelhouse: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("UV_FIND_LINKS", "UV_NO_INDEX"):
        monkeypatch.delenv(name)
    pin = Pin("third", "1.0", registry(str(wheelhouse)))

    def ask() -> str:
        found = make_provider([make_project("a")], {}, [pin]).prepare(Request(ProjectName("a")))
        return python(found, "import third; print(third.VERSION)")

    make_wheel("third")
    assert ask() == "1.0"
    make_wheel("third", files={"third.py": "VERSION = 'other'\n"})
    assert ask() == "other"


def test_of_two_scripts_with_one_name_the_first_is_there(
    make_provider: MakeProvider, make_project: MakeProject, wheelhouse: Path
) -> None:
    del wheelhouse
    projects = [
        make_project(
            name,
            packages={name: f"libs/{name}/{name}"},
            needs=needs,
            entry_points=[EntryPoint("console_scripts", "run", f"{name}:main")],
        )
        for name, needs in (("a", ["b"]), ("b", []))
    ]
    files = {
        f"libs/{name}/{name}/__init__.py": f"def main():\n    print({name!r})\n" for name in "ab"
    }
    found = make_provider(projects, files).prepare(Request(ProjectName("a")))
    done = subprocess.run([found.folder / "bin" / "run"], capture_output=True, check=True)
    assert done.stdout == b"a\n"


BACKEND = {
    "pyproject.toml": (
        '[project]\nname = "vendored"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    ),
    "compiled.py": "X = 1\n",
    "backend.py": """
import os, zipfile
def build_wheel(folder, settings=None, metadata=None):
    os.mkdir("build")
    name = "vendored-1.0-py3-none-any.whl"
    info = "vendored-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.write("compiled.py")
        metadata = ["Metadata-Version: 2.1", "Name: vendored", "Version: 1.0", ""]
        tags = ["Wheel-Version: 1.0", "Tag: py3-none-any", "Root-Is-Purelib: true", ""]
        wheel.writestr(info + "METADATA", "\\n".join(metadata))
        wheel.writestr(info + "WHEEL", "\\n".join(tags))
        wheel.writestr(info + "RECORD", "compiled.py,,\\n")
    return name
""",
}


@pytest.fixture
def compiled(make_project: MakeProject) -> list[Project]:
    project = make_project(
        "vendored",
        path="ext",
        packages={"compiled": "ext/compiled.py"},
        has_extension_modules=True,
    )
    return [project, make_project("app", needs=["vendored"])]


def test_projects_with_extension_modules_are_installed_from_a_wheel(
    make_provider: MakeProvider, compiled: list[Project], wheelhouse: Path, root: Path, cache: Path
) -> None:
    del wheelhouse
    files = {f"ext/{path}": text for path, text in BACKEND.items()}
    provider = make_provider(compiled, files)
    found = provider.prepare(Request(ProjectName("app")))
    code = "import compiled; print(compiled.__file__.startswith(CACHE), compiled.X)"
    assert python(found, f"CACHE = {str(cache / 'built')!r}; {code}") == "True 1"
    assert not (root / "ext" / "build").exists()
    (root / "ext" / "compiled.py").write_text("X = 2\n")
    assert (
        python(provider.prepare(Request(ProjectName("app"))), "import compiled as c; print(c.X)")
        == "2"
    )


def test_a_failing_build_says_why(
    make_provider: MakeProvider, compiled: list[Project], wheelhouse: Path
) -> None:
    del wheelhouse
    files = {f"ext/{path}": text for path, text in BACKEND.items()}
    files["ext/backend.py"] = "def build_wheel(*_):\n    raise SystemExit('no compiler here')\n"
    with pytest.raises(ToolError, match=r"(?s)build a wheel of `ext` .*no compiler here"):
        make_provider(compiled, files).prepare(Request(ProjectName("app")))


def test_commands_find_the_environment_first_and_no_other_python(environment: Environment) -> None:
    caller = {"PATH": "/bin", "PYTHONPATH": "/x", "PYTHONHOME": "/y", "HOME": "/h"}
    root = environment.plan.root
    assert command_environment(environment, caller) == {
        "HOME": "/h",
        "PATH": f"{environment.folder}/bin:/bin",
        "VIRTUAL_ENV": str(environment.folder),
        "MYPYPATH": f"{root}/pkg_b:{root}/pkg_a",
    }


def test_environments_work_for_every_python_here(
    make_provider: MakeProvider, portions: list[Project], interpreters: tuple[Interpreter, ...]
) -> None:
    provider = make_provider(portions, FILES)
    minors = sorted({each.minor for each in interpreters if each.digits >= (3, 8)})
    found = {}
    for minor in minors:
        environment = provider.prepare(Request(B, python=minor))
        found[minor] = python(environment, "import sys, example_pkg.a; print(sys.prefix)")
        assert found[minor] == str(environment.folder)
    assert len(set(found.values())) == len(minors)


def test_mypy_resolves_imports_across_projects(environment: Environment) -> None:
    arguments = ["--python-executable", str(environment.python), "--cache-dir", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments, "-c", "import example_pkg.a, third"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=command_environment(environment, os.environ),
    )
    assert '"third": module is installed, but missing library stubs' in done.stdout
    assert "example_pkg" not in done.stdout
