from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.distributions.conftest import built_here

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Oneroof
    from tests.conftest import MakeWorkspace
    from tests.wheelhouse import Wheelhouse

FILES = {
    **built_here("app", "lib", "six"),
    **built_here("lib", "attrs"),
    **built_here("other", "pytest"),
    "app/tests/test_app.py": "",
}


@pytest.fixture
def repository(workspace: MakeWorkspace, offline: Wheelhouse) -> Path:
    del offline
    return workspace(FILES)


def files_in(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_a_stage_holds_the_closure_and_nothing_else(repository: Path, oneroof: Oneroof) -> None:
    said = oneroof(repository, "stage", "app", "-o", "../out", "--python", "3.12")
    assert said.exit_code == 0, said.stderr
    out = repository.parent / "out"
    assert files_in(out) == [
        "Dockerfile",
        "app/app-1.0-py3-none-any.whl",
        "libs/lib-1.0-py3-none-any.whl",
        "pylock.toml",
        "requirements.txt",
        "third/attrs-23.1-py3-none-any.whl",
        "third/six-1.16-py3-none-any.whl",
    ]
    hashes = [
        hashlib.sha256((out / "third" / each).read_bytes()).hexdigest()
        for each in ("attrs-23.1-py3-none-any.whl", "six-1.16-py3-none-any.whl")
    ]
    assert (out / "requirements.txt").read_text() == (
        f"attrs==23.1 --hash=sha256:{hashes[0]}\nsix==1.16 --hash=sha256:{hashes[1]}\n"
    )


def test_every_wheel_of_a_stage_is_in_its_lock(repository: Path, oneroof: Oneroof) -> None:
    oneroof(repository, "stage", "app", "-o", "../out", "--python", "3.12")
    out = repository.parent / "out"
    lock: dict[str, Any] = tomllib.loads((out / "pylock.toml").read_text())
    assert lock["requires-python"] == "==3.12.*"
    wheels = {
        wheel["path"]: wheel["hashes"]["sha256"]
        for package in lock["packages"]
        for wheel in package["wheels"]
    }
    assert wheels == {
        path: hashlib.sha256((out / path).read_bytes()).hexdigest()
        for path in files_in(out)
        if path.endswith(".whl")
    }


def test_third_party_packages_are_installed_before_the_code(
    repository: Path, oneroof: Oneroof
) -> None:
    oneroof(repository, "stage", "app", "-o", "../out", "--python", "3.12")
    lines = (repository.parent / "out/Dockerfile").read_text().splitlines()
    copies = [line for line in lines if line.startswith("COPY")]
    assert copies == [
        "COPY requirements.txt /stage/",
        "COPY third/ /stage/third/",
        "COPY libs/ /stage/",
        "COPY app/ /stage/",
        "COPY --from=third /app /app",
        "COPY --from=code /app /app",
    ]
    assert all("--no-index" in line for line in lines if " install " in line)


def test_an_edit_changes_its_own_wheel_only(repository: Path, oneroof: Oneroof) -> None:
    def staged() -> dict[str, bytes]:
        oneroof(repository, "stage", "app", "-o", "../out", "--python", "3.12")
        out = repository.parent / "out"
        return {each: (out / each).read_bytes() for each in files_in(out)}

    before = staged()
    assert staged() == before
    (repository / "lib/lib/__init__.py").write_text("X = 2\n")
    after = staged()
    assert [each for each in before if before[each] != after[each]] == [
        "libs/lib-1.0-py3-none-any.whl",
        "pylock.toml",
    ]


def test_a_list_writes_nothing(repository: Path, oneroof: Oneroof) -> None:
    said = oneroof(repository, "stage", "app", "--list", "--python", "3.12")
    assert [line.split()[0] for line in said.stdout.splitlines()] == [
        "Dockerfile",
        "app/app-1.0-py3-none-any.whl",
        "libs/lib-1.0-py3-none-any.whl",
        "pylock.toml",
        "requirements.txt",
        "third/attrs-23.1-py3-none-any.whl",
        "third/six-1.16-py3-none-any.whl",
    ]
    assert not (repository.parent / "out").exists()


def test_tests_come_beside_the_same_wheels(repository: Path, oneroof: Oneroof) -> None:
    oneroof(repository, "stage", "app", "-o", "../plain", "--python", "3.12")
    oneroof(repository, "stage", "app", "-o", "../out", "--python", "3.12", "--test")
    out, plain = repository.parent / "out", repository.parent / "plain"
    further = sorted(set(files_in(out)) - set(files_in(plain)))
    assert further == ["requirements-test.txt", "test/pytest-9.0-py3-none-any.whl"]
    for path in files_in(plain):
        if path.endswith(".whl"):
            assert (out / path).read_bytes() == (plain / path).read_bytes()


def test_a_wheel_that_only_this_machine_could_use_is_refused(
    repository: Path, oneroof: Oneroof, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("attrs", "24.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    where = ("--python", "3.12", "--platform", "linux/arm64")
    said = oneroof(repository, "stage", "app", "-o", "../out", *where)
    # The resolution for that machine takes the older one, which runs there.
    assert said.exit_code == 0, said.stderr
    assert "third/attrs-23.1-py3-none-any.whl" in files_in(repository.parent / "out")


def test_a_folder_with_other_things_is_left_alone(repository: Path, oneroof: Oneroof) -> None:
    said = oneroof(repository, "stage", "app", "-o", "lib", "--python", "3.12")
    assert said.exit_code == 2
    assert said.stderr.splitlines()[-2:] == [
        "error: lib: is there already and is no stage",
        "hint: remove it, or give another folder with `-o`",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--platform", "windows/amd64"), "`--platform windows/amd64` is not known"),
        (("--python", "three"), "`--python three` is no version of Python"),
    ],
)
def test_what_cannot_be_is_told(
    repository: Path, oneroof: Oneroof, arguments: tuple[str, ...], said: str
) -> None:
    told = oneroof(repository, "stage", "app", "--list", *arguments)
    assert (told.exit_code, told.stderr.splitlines()[0]) == (2, f"error: {said}")


def test_a_zip_holds_the_code_of_all_wheels(repository: Path, oneroof: Oneroof) -> None:
    where = ("stage", "app", "--format", "zip", "-o", "../out/f.zip", "--python", "3.12")
    said = oneroof(repository, *where)
    assert (said.exit_code, said.stdout) == (0, "../out/f.zip\n"), said.stderr
    file = repository.parent / "out/f.zip"
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert [each for each in names if ".dist-info/" not in each] == [
            *("app/__init__.py", "attrs.py", "lib/__init__.py", "six.py")
        ]
        assert names == sorted(names)
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        modes = {each.filename: each.external_attr >> 16 for each in archive.infolist()}
        assert (modes["app/__init__.py"], modes["six.py"]) == (0o100644, 0o100755)
    before = file.read_bytes()
    oneroof(repository, *where)
    assert file.read_bytes() == before
    code = "import app, lib, six, importlib.metadata as m; print(lib.NAME, m.version('six'))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(file)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "lib 1.16\n"


def test_a_zip_leaves_commands_and_notes_of_installers_out(
    repository: Path, oneroof: Oneroof, wheelhouse: Wheelhouse
) -> None:
    files = {
        "six.py": "",
        "six-1.17.data/scripts/six": "#!python\n",
        "six-1.17.data/purelib/more.py": "",
        "six-1.17.data/headers/six.h": "",
        "six-1.17.dist-info/direct_url.json": "{}",
    }
    wheelhouse.add("six", "1.17", files)
    said = oneroof(
        repository, "stage", "app", "--format", "zip", "--list", "--json", "--python", "3.12"
    )
    told: Any = said.json
    names = [each["path"] for each in told["files"]]
    assert [each for each in names if "six" in each or "more" in each] == [
        *("more.py", "six-1.17.dist-info/METADATA", "six-1.17.dist-info/WHEEL", "six.py")
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "app"), "app: is a folder"),
        (("-o", "x.zip", "--test"), "`--test` says nothing of a zip file"),
        (("-o", "x.zip", "--base", "b"), "`--base` says nothing of a zip file"),
        (("-o", "app/backend.py/x.zip"), "app/backend.py: cannot be written: File exists"),
    ],
)
def test_what_a_zip_cannot_be_is_told(
    repository: Path, oneroof: Oneroof, arguments: tuple[str, ...], said: str
) -> None:
    told = oneroof(repository, "stage", "app", "--format", "zip", "--python", "3.12", *arguments)
    assert told.exit_code == 2
    assert f"error: {said}" in told.stderr.splitlines()


def test_two_wheels_that_differ_in_a_file_make_no_zip(
    repository: Path, oneroof: Oneroof, wheelhouse: Wheelhouse
) -> None:
    wheelhouse.add("six", "1.17", {"attrs.py": "another = True\n"})
    said = oneroof(repository, "stage", "app", "--format", "zip", "--list", "--python", "3.12")
    assert said.exit_code == 2
    line = "error: attrs and six both hold `attrs.py`, and differ in it"
    assert line in said.stderr.splitlines()
