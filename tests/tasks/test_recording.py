"""What a Python process notes of its reads, and what strace adds."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest

from oneroof.tasks.recording import Read, Recording, read_recording, recorded
from oneroof.tasks.tracing import find_tracer

if TYPE_CHECKING:
    from pathlib import Path


class Record(Protocol):
    def __call__(self, code: str, *, trace: bool = False) -> Recording: ...


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with a few files."""
    root = tmp_path / "ws"
    (root / "data").mkdir(parents=True)
    for name in ("data/a.txt", "data/b.txt", "helper.py"):
        (root / name).write_text("")
    return root


@pytest.fixture
def record(place: Path, tmp_path: Path) -> Record:
    """`record(code)`: run it as a script of the workspace, in the workspace."""

    def call(code: str, *, trace: bool = False) -> Recording:
        tracer = find_tracer() if trace else None
        folder = tmp_path / "notes"
        folder.mkdir()
        (place / "script.py").write_text(code)
        further = recorded(folder, str(place), {}, tracer)
        environment = {
            "PATH": os.environ["PATH"],
            "GIVEN": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **further.variables,
        }
        command = (*further.before, sys.executable, "script.py")
        subprocess.run(command, cwd=place, env=environment, check=True)
        return read_recording(folder, str(place), tracer)

    return call


def asked(recording: Recording, place: Path) -> list[tuple[str, str, int]]:
    """Kind, name and line of all that the script's own lines asked for, in order."""
    return [
        (each.kind, each.name.removeprefix(f"{place}/"), each.line)
        for each in recording.reads
        if each.file == f"{place}/script.py" and "__pycache__" not in each.name
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('data/a.txt').read()", [("read", "data/a.txt", 1)]),
        ("import os\nos.close(os.open('data/a.txt', os.O_RDONLY))", [("read", "data/a.txt", 2)]),
        ("open(b'data/a.txt')", [("read", "data/a.txt", 1)]),
        ("import os\nos.chdir('data')\nopen('../data/a.txt')", [("read", "data/a.txt", 3)]),
        ("import os\nos.listdir('data')", [("list", "data", 2)]),
        ("import os\nlist(os.scandir(b'data'))", [("list", "data", 2)]),
        ("import os\nos.path.exists('data/a.txt')", [("look", "data/a.txt", 2)]),
        ("from pathlib import Path\nPath('data/a.txt').is_file()", [("look", "data/a.txt", 2)]),
        ("import os\nos.access('data/a.txt', os.R_OK)", [("look", "data/a.txt", 2)]),
        ("import os\nos.path.realpath('data/a.txt')", []),
        ("from pathlib import Path\nPath('data/a.txt').resolve()", []),
        ("import helper", [("read", "helper.py", 1), ("load", "helper.py", 1)]),
        ("exec(compile('', 'helper.py', 'exec'))", [("load", "helper.py", 1)]),
        ("import sqlite3\nsqlite3.connect('data/a.txt')", [("read", "data/a.txt", 2)]),
        ("open('data/a.txt', 'w')", []),
        ("open('data/a.txt', 'a')", []),
        ("open('data/a.txt', 'w').close()\nopen('data/a.txt').read()", []),
        ("import os\nos.rename('data/a.txt', 'data/b.txt')\nopen('data/b.txt')", []),
        ("open('/etc/hosts')", []),
    ],
)
def test_reads_are_noted_with_the_line_that_asked(
    record: Record, place: Path, code: str, expected: list[tuple[str, str, int]]
) -> None:
    assert asked(record(code), place) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("os.environ['GIVEN']", ["GIVEN"]),
        ("os.environ.get('OTHER')", ["OTHER"]),
        ("os.getenv('OTHER')", ["OTHER"]),
        ("'OTHER' in os.environ", ["OTHER"]),
        ("os.environb.get(b'OTHER')", ["OTHER"]),
        ("dict(os.environ); os.environ.copy(); {**os.environ}", []),
        ("list(os.environ.items())", []),
        ("[os.environ[each] for each in os.environ]", []),
        ("os.environ['GIVEN'] = '2'; os.environ['GIVEN']", []),
        ("del os.environ['GIVEN']; os.environ.get('GIVEN')", []),
        ("os.environ.clear(); os.environ.get('OTHER')", []),
        ("import shutil; shutil.which('true')", []),
    ],
)
def test_variables_are_noted_that_were_given_and_asked_for_by_name(
    record: Record, place: Path, code: str, expected: list[str]
) -> None:
    found = asked(record(f"import os\n{code}"), place)
    assert [name for kind, name, _ in found if kind == "env"] == expected


START = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', {!r}], env={}, check=True)"


@pytest.mark.parametrize("environment", ["None", "{}", "{'PYTHONPATH': '/nowhere'}"])
def test_a_python_below_takes_notes_for_the_line_that_started_it(
    record: Record, place: Path, environment: str
) -> None:
    recording = record(START.format("open('data/a.txt')", environment))
    assert ("read", "data/a.txt", 2) in asked(recording, place)
    assert recording.python_processes == 2


def test_a_variable_that_a_test_gives_to_a_child_is_its_own(record: Record, place: Path) -> None:
    code = "import os; os.environ['SET']; os.environ.get('GIVEN')"
    (place / "child.py").write_text(code)
    recording = record(
        "import subprocess, sys\n"
        "env = {'SET': '1', 'GIVEN': '1'}\n"
        "subprocess.run([sys.executable, 'child.py'], env=env, check=True)"
    )
    assert [each.name for each in recording.reads if each.kind == "env"] == ["GIVEN"]


def test_processes_that_multiprocessing_starts_take_notes(record: Record, place: Path) -> None:
    code = (
        "import multiprocessing\n"
        "def read():\n    open('data/a.txt').close()\n"
        "if __name__ == '__main__':\n"
        "    for kind in ('fork', 'spawn'):\n"
        "        process = multiprocessing.get_context(kind).Process(target=read)\n"
        "        process.start()\n        process.join()\n"
    )
    recording = record(code)
    assert ("read", "data/a.txt", 3) in asked(recording, place)
    assert recording.python_processes >= 2


def test_a_module_of_the_same_name_is_loaded_all_the_same(record: Record, place: Path) -> None:
    (place / "sitecustomize.py").write_text("LOADED = 1\n")
    code = START.format(
        "import sitecustomize; assert sitecustomize.LOADED; open('data/a.txt')",
        "{'PYTHONPATH': '.'}",
    )
    assert ("read", "data/a.txt", 2) in asked(record(code), place)


def test_tests_find_the_modules_loaded_that_they_would_without(record: Record) -> None:
    record(
        "import sys\nassert not {'json', 'pathlib', 'subprocess', 'threading'} & set(sys.modules)\n"
    )


def test_os_stat_goes_on_as_a_class_attribute_and_as_a_member_of_sets(record: Record) -> None:
    record(
        "import os, shutil\n"
        "class Accessor:\n    stat = os.stat\n"
        "Accessor().stat('data/a.txt')\n"
        "assert os.stat in os.supports_follow_symlinks and shutil.rmtree.avoids_symlink_attacks\n"
    )


def test_programs_that_are_no_python_are_named(record: Record) -> None:
    recording = record("import subprocess\nsubprocess.run(['cat', 'data/a.txt'])\n")
    assert recording.programs == ("cat",)


traced = pytest.mark.skipif(find_tracer() is None, reason="needs a strace that may trace")


@traced
def test_strace_sees_what_other_programs_read(place: Path, record: Record) -> None:
    (place / "data" / 'é "x\\.txt').write_text("")
    code = (
        "import subprocess\n"
        "subprocess.run(['cat', 'data/a.txt', 'data/é \"x\\\\.txt'])\n"
        "subprocess.run(['ls', 'data'])\n"
        "subprocess.run('echo > data/b.txt', shell=True)\n"
    )
    recording = record(code, trace=True)
    found = [
        Read(each.kind, each.name.removeprefix(f"{place}/"), "", each.line, each.reader)
        for each in recording.reads
        if each.reader in {"cat", "ls", "sh"}
    ]
    assert recording.programs == ()
    assert found == [
        Read("read", "data/a.txt", "", 2, "cat"),
        Read("read", 'data/é "x\\.txt', "", 2, "cat"),
        Read("list", "data", "", 3, "ls"),
    ]


@traced
def test_strace_adds_nothing_to_what_python_told(record: Record, place: Path) -> None:
    code = "import helper, os\nopen('data/a.txt')\nos.listdir('data')\n"
    assert asked(record(code, trace=True), place) == [
        ("read", "helper.py", 1),
        ("load", "helper.py", 1),
        ("read", "data/a.txt", 2),
        ("list", "data", 3),
    ]
