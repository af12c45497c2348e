from __future__ import annotations

from typing import TYPE_CHECKING

from tests.distributions.conftest import BACKEND, built_here, manifest, metadata_in, names_in

from oneroof.distributions.archive import read_wheel

if TYPE_CHECKING:
    from tests.cli.conftest import Oneroof
    from tests.conftest import Git, MakeWorkspace


def test_a_service_comes_with_the_libraries_it_needs(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    root = workspace(
        {**built_here("app", "lib"), **built_here("lib", "low"), **built_here("low")}
        | built_here("other")
    )
    said = oneroof(root, "wheel", "app", "-o", "out")
    assert said.exit_code == 0, said.stderr
    assert said.stdout == (
        "out/app-1.0-py3-none-any.whl\nout/lib-1.0-py3-none-any.whl\nout/low-1.0-py3-none-any.whl\n"
    )
    assert said.stderr == "3 wheels: 3 built\n"
    wheel = root / "out/app-1.0-py3-none-any.whl"
    assert "Requires-Dist: lib>=1.0,<2\n" in metadata_in(wheel)
    assert names_in(wheel)[0] == "app/__init__.py"


def test_what_is_unchanged_is_not_built_again(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({**built_here("app", "lib"), **built_here("lib")})
    assert oneroof(root, "wheel", "-o", "out").stderr == "2 wheels: 2 built\n"
    assert oneroof(root, "wheel", "-o", "out").stderr == "2 wheels: 2 unchanged\n"
    (root / "lib/lib/__init__.py").write_text("NAME = 'new'\n")
    assert oneroof(root, "wheel", "-o", "out").stderr == "2 wheels: 1 built, 1 unchanged\n"


def test_wheels_of_older_versions_are_removed(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace(built_here("lib"))
    oneroof(root, "wheel", "-o", "out")
    (root / "out/stranger-1.0-py3-none-any.whl").write_bytes(b"")
    (root / "lib/pyproject.toml").write_text(manifest("lib", version="2.0"))
    assert oneroof(root, "wheel", "-o", "out").stderr == (
        "removed out/lib-1.0-py3-none-any.whl\n1 wheel: 1 built\n"
    )
    assert sorted(each.name for each in (root / "out").glob("*.whl")) == [
        "lib-2.0-py3-none-any.whl",
        "stranger-1.0-py3-none-any.whl",
    ]


def test_the_source_tree_stays_as_it_is(
    workspace: MakeWorkspace, oneroof: Oneroof, git: Git
) -> None:
    littering = BACKEND.replace(
        'print("built"', 'pathlib.Path("build").mkdir(); pathlib.Path("x").touch(); print("built"'
    )
    root = workspace({**built_here("lib"), "lib/backend.py": littering})
    assert oneroof(root, "wheel").exit_code == 0
    assert git("status", "--porcelain", cwd=root) == ""


def test_files_that_git_ignores_never_ship(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace({**built_here("lib"), ".gitignore": "stale.py\n"})
    (root / "lib/lib/stale.py").write_text("")
    oneroof(root, "wheel", "-o", "out")
    assert "lib/stale.py" not in names_in(root / "out/lib-1.0-py3-none-any.whl")


def test_a_backend_that_fails_is_told_and_the_others_go_on(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    broken = 'def build_wheel(*_):\n    print("looking")\n    raise OSError("no such thing")\n'
    root = workspace({**built_here("bad"), **built_here("good"), "bad/backend.py": broken})
    said = oneroof(root, "wheel", "-o", "out")
    assert said.exit_code == 4
    assert said.stdout == "out/good-1.0-py3-none-any.whl\n"
    lines = said.stderr.splitlines()
    assert lines[0] == "error: bad: `build_wheel` of backend: OSError: no such thing"
    assert lines[1] == "looking"
    assert lines[-1] == "2 wheels: 1 built, 1 failed"


def test_a_backend_that_cannot_be_loaded_is_told(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    root = workspace({**built_here("bad"), "bad/backend.py": "import nothing_of_the_kind\n"})
    said = oneroof(root, "wheel", "-o", "out")
    assert said.stderr.splitlines()[0] == (
        "error: bad: `get_requires_for_build_wheel` of backend: the backend `backend` cannot be "
        "loaded: No module named 'nothing_of_the_kind'"
    )


def test_json_tells_the_wheels(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace(built_here("lib"))
    told = oneroof(root, "wheel", "-o", "out", "--json").json
    assert isinstance(told, dict)
    wheel = told["wheels"][0]
    assert (wheel["project"], wheel["version"], wheel["source"]) == ("lib", "1.0", "ran")
    assert wheel["filename"] == "lib-1.0-py3-none-any.whl"
    assert told["ok"] is True


def test_projects_that_are_not_built_are_refused(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    root = workspace({"app/requirements.txt": "", "app/main.py": ""})
    said = oneroof(root, "wheel", "app")
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        3,
        "error: no selected project is built as a wheel",
    )


def test_a_file_that_two_wheels_hold_is_told(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    backend = BACKEND.replace("head = [", 'files["tests/__init__.py"] = b""\n    head = [')
    root = workspace(
        {
            **built_here("app", "lib"),
            **built_here("lib"),
            "app/backend.py": backend,
            "lib/backend.py": backend,
        }
    )
    stderr = oneroof(root, "wheel", "-o", "out").stderr
    assert "warning: app and lib both hold `tests/__init__.py`\n" in stderr
    assert "warning: lib: the wheel holds `tests` at its top, which clashes" in stderr


def test_a_bundle_is_one_wheel_with_the_libraries_inside(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    files = {**built_here("app", "lib", "six"), **built_here("lib", "low"), **built_here("low")}
    root = workspace(files)
    said = oneroof(root, "wheel", "--bundle", "app", "-o", "out")
    assert (said.exit_code, said.stdout) == (0, "out/app-1.0-py3-none-any.whl\n")
    wheel = root / "out/app-1.0-py3-none-any.whl"
    assert read_wheel(wheel).payload == ("app/__init__.py", "lib/__init__.py", "low/__init__.py")
    assert metadata_in(wheel) == (
        "Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Dist: six\n"
    )
    before = wheel.read_bytes()
    assert oneroof(root, "wheel", "--bundle", "app", "-o", "out", "--no-cache").exit_code == 0
    assert wheel.read_bytes() == before


def test_a_bundle_of_wheels_that_differ_in_a_file_is_refused(
    workspace: MakeWorkspace, oneroof: Oneroof
) -> None:
    files = {**built_here("app", "lib"), **built_here("lib")}
    for name in ("app", "lib"):
        new = f'files["x.py"] = b"{name}"\n    head = ['
        files[f"{name}/backend.py"] = BACKEND.replace("head = [", new)
    said = oneroof(workspace(files), "wheel", "--bundle", "app", "-o", "out")
    assert (said.exit_code, said.stderr.splitlines()[0]) == (
        2,
        "error: app and lib both hold `x.py`, and differ in it",
    )


def test_a_bundle_needs_all_of_its_wheels(workspace: MakeWorkspace, oneroof: Oneroof) -> None:
    root = workspace(
        {**built_here("app", "lib"), **built_here("lib"), "lib/backend.py": "raise OSError\n"}
    )
    said = oneroof(root, "wheel", "--bundle", "app", "-o", "out")
    assert (said.exit_code, said.stdout) == (4, "")
    assert said.stderr.startswith("error: lib: ")
    assert not (root / "out").exists()
    both = oneroof(root, "wheel", "--bundle", "--no-deps", "app")
    assert (both.exit_code, both.stderr.splitlines()[0]) == (
        2,
        "error: `--bundle` puts into one wheel what `--no-deps` leaves out",
    )
