"""The import graph of a work tree, cold and after one edit, beside ruff and git.

    python bench/imports.py WORKSPACE... [--rounds 5] [--generated 10000,100000]

Cold: nothing is remembered but which projects there are; every file is read and every name looked
up. `ruff analyze graph` reads the same files in the same rounds. After an edit: what was read
before is remembered, and `git status` is asked in the same rounds. Generated workspaces of about
so many files show how it grows. Time is that of the clock; in brackets that of all processors.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generate import MODULES, TEST_FILES, choose_dependencies, write_project

BUILD = """
import os, sys
from oneroof.workspace.reading import Reading
reading = Reading(sys.argv[1])  # git starts while the rest is loaded, as for `oneroof affected`
from oneroof.cli.context import Session
os.chdir(sys.argv[1])
session = Session(None, reading)
session.look_ahead(imports=True)
print(session.opened.imports.count_uses())
import resource
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss // 1024)
sys.stdout.flush()
os._exit(0)
"""
LIMITS = {"cold": 1.0, "after editing one file": 1.5}
MOST_MIB = 300


def timed(command: tuple[str, ...], cwd: Path, env: dict[str, str]) -> tuple[float, float, str]:
    """The seconds on the clock, those of all processors, and the output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, check=True, stderr=subprocess.DEVNULL
    )
    clock = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processors = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return clock, processors, done.stdout.decode(errors="replace")


def generate(files: int, root: Path) -> None:
    """A workspace of about so many Python files, committed."""
    count = files // (1 + MODULES + TEST_FILES + 5)
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["libs/*"]\n')
    for index, needed in choose_dependencies(count).items():
        folder = root / "libs" / f"p{index:05d}"
        write_project(folder, index, needed)
        for number in range(5):
            (folder / f"script{number}.py").write_text("import os\nimport sys\n")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0")
    for command in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "x")):
        subprocess.run(("git", *command), cwd=root, check=True)


def measure(root: Path, rounds: int) -> None:
    listed = subprocess.run(
        ("git", "ls-files", "-z", "*.py"), cwd=root, capture_output=True, check=True
    )
    files = [root / name for name in listed.stdout.decode().split("\0") if name]
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    print(f"{root.name}: {len(files)} files, {lines} lines")
    edited = files[len(files) // 2]
    before = edited.read_bytes()
    with tempfile.TemporaryDirectory(prefix="oneroof-bench-") as scratch:
        env = {**os.environ, "ONEROOF_CACHE_DIR": scratch}
        build = (sys.executable, "-c", BUILD, str(root))
        largest = 0

        def graph() -> tuple[float, float]:
            nonlocal largest
            clock, processors, output = timed(build, root, env)
            largest = max(largest, *map(int, output.split()[1:]))
            return clock, processors

        def forget() -> None:
            shutil.rmtree(scratch)
            Path(scratch).mkdir()
            timed((sys.executable, "-m", "oneroof", "ls"), root, env)  # the projects are known

        def edit() -> None:
            edited.write_bytes(edited.read_bytes() + b"# edited\n")

        ruff = ("ruff", "analyze", "graph", ".")
        status = ("git", "status", "--porcelain")
        peer = {"ruff analyze graph": lambda: timed(ruff, root, env)[:2], "oneroof": graph}
        show("cold", rounds, peer, forget)
        try:
            peer = {"git status": lambda: timed(status, root, env)[:2], "oneroof": graph}
            show("after editing one file", rounds, peer, edit)
        finally:
            edited.write_bytes(before)
    print(f"  largest process {largest} MiB (limit {MOST_MIB})")


def show(
    title: str,
    rounds: int,
    commands: dict[str, Callable[[], tuple[float, float]]],
    before: Callable[[], None],
) -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before()
            found[name].append(command())
    first = next(iter(found.values()))
    print(f"  {title} (limit {LIMITS[title]:.1f} x)")
    for name, times in found.items():
        clock, processors = (statistics.median(each) for each in zip(*times, strict=True))
        ratios = [
            statistics.median(
                mine[which] / other[which] for mine, other in zip(times, first, strict=True)
            )
            for which in (0, 1)
        ]
        print(
            f"    {name:20} {clock:7.3f} s {ratios[0]:5.2f} x"
            f"   ({processors:7.3f} s {ratios[1]:5.2f} x)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspaces", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--generated", default="", help="numbers of files, with commas")
    chosen = parser.parse_args()
    for workspace in chosen.workspaces:
        measure(workspace.resolve(), chosen.rounds)
    for files in filter(None, chosen.generated.split(",")):
        with tempfile.TemporaryDirectory(prefix="oneroof-bench-") as scratch:
            root = Path(scratch) / f"generated-{files}"
            generate(int(files), root)
            measure(root, chosen.rounds)


if __name__ == "__main__":
    main()
