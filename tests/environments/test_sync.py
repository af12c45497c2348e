import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from oneroof.environments.clean import plan_clean, remove
from oneroof.environments.model import Request
from oneroof.environments.provide import Provider
from oneroof.errors import ConfigError
from oneroof.locks.model import Pin
from oneroof.workspace.model import EntryPoint, Project, ProjectName

MakeProject = Callable[..., Project]
MakeProvider = Callable[..., Provider]
MakeWheel = Callable[..., Pin]

APP, LIB = ProjectName("app"), ProjectName("lib")
FILES = {
    "libs/app/src/app.py": "def main():\n    import lib, tool\n    print(lib.X)\n",
    "libs/lib/src/lib.py": "X = 1\n",
}
TOOL = {
    "tool.py": "def main():\n    import sys\n    print(sys.prefix)\n",
    "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
}


@pytest.fixture
def provider(
    make_provider: MakeProvider, make_project: MakeProject, make_wheel: MakeWheel
) -> Provider:
    projects = [
        make_project(
            APP,
            packages={"app": "libs/app/src/app.py"},
            needs=[LIB],
            entry_points=[EntryPoint("console_scripts", "app", "app:main")],
        ),
        make_project(LIB, packages={"lib": "libs/lib/src/lib.py"}),
    ]
    return make_provider(projects, FILES, [make_wheel("tool", files=TOOL)])


@pytest.fixture
def venv(root: Path) -> Path:
    return root / "libs" / "app" / ".venv"


def output(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_synced_folder_works_as_the_virtual_environment_of_an_editor(
    provider: Provider, venv: Path
) -> None:
    assert provider.sync(provider.plan(Request(APP)), venv)
    assert output(venv / "bin" / "app") == "1"
    assert output(venv / "bin" / "tool") == str(venv)
    activated = f". '{venv}/bin/activate' && python -c 'import sys; print(sys.prefix)'"
    assert output("sh", "-c", activated) == str(venv)
    info = next(venv.glob("lib/*/site-packages/app-1.0.dist-info"))
    assert not info.is_symlink()
    assert "app-1.0.dist-info/METADATA,," in (info / "RECORD").read_text()


def test_a_link_to_a_script_works(provider: Provider, venv: Path, tmp_path: Path) -> None:
    provider.sync(provider.plan(Request(APP)), venv)
    (tmp_path / "tool").symlink_to(venv / "bin" / "tool")
    assert output(tmp_path / "tool") == str(venv)


def test_syncing_again_does_nothing(provider: Provider, venv: Path) -> None:
    provider.sync(provider.plan(Request(APP)), venv)
    before = venv.stat().st_ino
    assert not provider.sync(provider.plan(Request(APP)), venv)
    assert venv.stat().st_ino == before


def test_what_was_added_by_hand_goes_when_the_plan_changes(provider: Provider, venv: Path) -> None:
    provider.sync(provider.plan(Request(APP)), venv)
    ghost = next(venv.glob("lib/*/site-packages")) / "ghost.py"
    ghost.write_text("")
    assert provider.sync(provider.plan(Request(APP, with_project=False)), venv)
    assert not ghost.exists()
    assert not (venv / "bin" / "app").exists()


def test_a_foreign_folder_is_left_unless_forced(provider: Provider, venv: Path) -> None:
    (venv / "bin").mkdir(parents=True)
    plan = provider.plan(Request(APP))
    with pytest.raises(ConfigError, match="was not made by oneroof"):
        provider.sync(plan, venv)
    assert list(venv.iterdir()) == [venv / "bin"]
    assert provider.sync(plan, venv, force=True)
    assert output(venv / "bin" / "app") == "1"


def test_leftovers_of_a_killed_run_are_removed(provider: Provider, venv: Path) -> None:
    (venv.parent / ".venv.oneroof-1234").mkdir()
    provider.sync(provider.plan(Request(APP)), venv)
    assert sorted(each.name for each in venv.parent.iterdir()) == [".venv", "src"]


def test_without_editables_only_installed_wheels_are_used(
    make_provider: MakeProvider,
    make_project: MakeProject,
    wheelhouse: Path,
    root: Path,
    tmp_path: Path,
) -> None:
    del wheelhouse
    backend = (
        "import os, zipfile\n"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    name = 'lib-1.0-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n"
        "        wheel.write('src/lib.py', 'lib.py')\n"
        "        info = 'lib-1.0.dist-info/'\n"
        "        metadata = 'Metadata-Version: 2.1\\nName: lib\\nVersion: 1.0'\n"
        "        wheel.writestr(info + 'METADATA', metadata)\n"
        "        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true')\n"
        "        wheel.writestr(info + 'RECORD', '')\n"
        "    return name\n"
    )
    manifest = (
        '[project]\nname = "lib"\nversion = "1.0"\n[build-system]\nrequires = []\n'
        'build-backend = "backend"\nbackend-path = ["."]\n'
    )
    files = {
        "libs/lib/src/lib.py": "",
        "libs/lib/backend.py": backend,
        "libs/lib/pyproject.toml": manifest,
    }
    projects = [make_project(LIB, packages={"lib": "libs/lib/src/lib.py"})]
    provider = make_provider(projects, files)
    venv = tmp_path / "elsewhere"
    provider.sync(provider.plan(Request(LIB, editable=False)), venv)
    place = output(venv / "bin" / "python", "-c", "import lib; print(lib.__file__)")
    assert not place.startswith(str(root))
    assert str(root) not in next(venv.glob("lib/*/site-packages/_oneroof.pth")).read_text()


def test_git_sees_nothing_of_it(provider: Provider, venv: Path, root: Path) -> None:
    output("git", "-C", root, "init", "--quiet")
    output("git", "-C", root, "add", ".")
    provider.sync(provider.plan(Request(APP)), venv)
    assert "venv" not in output("git", "-C", root, "status", "--porcelain", "--untracked-files=all")


def age(folder: Path) -> None:
    os.utime(folder, (0, 0))


def kinds(cache: Path, *virtual_environments: Path) -> list[str]:
    plan = plan_clean(cache, older_than_seconds=60, virtual_environments=virtual_environments)
    return [each.kind for each in plan]


def test_clean_takes_what_nobody_used_for_long(provider: Provider, cache: Path) -> None:
    environment = provider.prepare(Request(APP))
    assert kinds(cache) == []
    for folder in cache.glob("*/*"):
        age(folder)
    assert kinds(cache) == ["environment", "site", "metadata", "metadata"]
    assert remove(plan_clean(cache, older_than_seconds=60)) > 0
    assert not environment.folder.exists()
    assert kinds(cache) == []


def test_clean_keeps_what_a_kept_environment_needs(provider: Provider, cache: Path) -> None:
    provider.prepare(Request(APP))
    for folder in (*cache.glob("sites/*"), *cache.glob("metadata/*")):
        age(folder)
    assert kinds(cache) == []


def test_clean_keeps_the_layers_of_a_living_virtual_environment(
    provider: Provider, cache: Path, venv: Path
) -> None:
    provider.sync(provider.plan(Request(APP)), venv)
    for folder in cache.glob("sites/*"):
        age(folder)
    assert kinds(cache) == []
    assert kinds(cache, venv) == ["venv", "site"]


def test_clean_never_takes_a_virtual_environment_of_others(cache: Path, tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    assert kinds(cache, tmp_path / ".venv") == []


def test_clean_takes_what_killed_runs_left(cache: Path) -> None:
    leftover = cache / "environments" / ".new-1234"
    leftover.mkdir(parents=True)
    assert kinds(cache) == []
    age(leftover)
    assert kinds(cache) == ["temporary"]
