import subprocess
import sys
from pathlib import Path

import pytest

from oneroof.environments.metadata import (
    RELATIVE_SHEBANG,
    dist_info_name,
    make_relative,
    render_entry_points,
    render_metadata,
    render_script,
    shebang,
)
from oneroof.paths import RelPath
from oneroof.workspace.model import (
    BUILD,
    MAIN,
    EntryPoint,
    Kind,
    Metadata,
    Requirement,
    extra,
    group,
)

MANIFEST = RelPath("pyproject.toml")


def requirement(name: str, kind: Kind, specifier: str = "", marker: str = "") -> Requirement:
    return Requirement(name, kind, MANIFEST, "", specifier, marker=marker)


def test_metadata_holds_main_requirements_and_extras_only() -> None:
    metadata = Metadata(
        manifests=(MANIFEST,),
        version="1.2",
        requires_python=">=3.9",
        requirements=(
            requirement("numpy", MAIN, ">=1.26", "sys_platform == 'linux'"),
            requirement("torch", extra("gpu"), "==2.0.1"),
            requirement("jax", extra("gpu"), marker="python_version > '3.9'"),
            requirement("pytest", group("dev")),
            requirement("hatchling", BUILD),
        ),
        extras=("gpu",),
    )
    assert render_metadata("My-Lib", metadata) == (
        "Metadata-Version: 2.1\n"
        "Name: My-Lib\n"
        "Version: 1.2\n"
        "Requires-Python: >=3.9\n"
        "Provides-Extra: gpu\n"
        "Requires-Dist: numpy>=1.26 ; sys_platform == 'linux'\n"
        'Requires-Dist: torch==2.0.1 ; extra == "gpu"\n'
        "Requires-Dist: jax ; (python_version > '3.9') and extra == \"gpu\"\n"
    )


def test_a_version_that_is_not_static_is_shown_as_zero() -> None:
    assert "Version: 0.0.0\n" in render_metadata("a", Metadata(manifests=(MANIFEST,)))


def test_a_value_over_several_lines_cannot_add_fields() -> None:
    metadata = Metadata(manifests=(MANIFEST,), requires_python=">=3.9\nName: evil")
    assert "\nName: evil" not in render_metadata("a", metadata)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("example-pkg.a", "1.0", "example_pkg_a-1.0.dist-info"),
        ("My_Lib", "1.0+cpu", "my_lib-1.0+cpu.dist-info"),
    ],
)
def test_dist_info_names_are_escaped(name: str, version: str, expected: str) -> None:
    assert dist_info_name(name, version) == expected


def test_entry_points_are_grouped_and_sorted() -> None:
    points = (
        EntryPoint("pytest11", "plug", "plug.main"),
        EntryPoint("console_scripts", "b", "m:b"),
        EntryPoint("console_scripts", "a", "m:a"),
    )
    assert render_entry_points(points) == (
        "[console_scripts]\na = m:a\nb = m:b\n\n[pytest11]\nplug = plug.main\n"
    )


@pytest.mark.parametrize("folder", ["plain", "with space", "it's", "long" * 40])
def test_scripts_run_from_any_path(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir()
    python = place / "python"
    python.symlink_to(sys.executable)
    for lines in (shebang(str(python)), RELATIVE_SHEBANG):
        script = place / "tool"
        script.write_text(render_script(lines, EntryPoint("console_scripts", "x", "sys:exit")))
        script.chmod(0o755)
        assert subprocess.run([script], check=False).returncode == 0


def test_scripts_may_name_an_attribute_of_an_attribute_and_extras() -> None:
    point = EntryPoint("console_scripts", "x", "pkg.cli: App.run [fast]")
    assert "from pkg.cli import App\n" in render_script("#!x\n", point)
    assert "sys.exit(App.run())" in render_script("#!x\n", point)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("#!/site/bin/python\nimport x\n", RELATIVE_SHEBANG + "import x\n"),
        ("#!/site/bin/python3.11\nimport x\n", RELATIVE_SHEBANG + "import x\n"),
        (
            "#!/bin/sh\n'''exec' '/site/bin/python' \"$0\" \"$@\"\n' '''\nx\n",
            RELATIVE_SHEBANG + "x\n",
        ),
        ("#!/bin/sh\necho hello\n", None),
        ("#!/usr/bin/env python\nx\n", None),
        ("\x7fELF", None),
    ],
)
def test_scripts_of_an_interpreter_are_made_relative(script: str, expected: str | None) -> None:
    found = make_relative(script.encode(), "/site/bin/python")
    assert found == (None if expected is None else expected.encode())
