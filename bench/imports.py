"""The import graph of a work tree, cold and after one edit, beside ruff and git.

    python bench/imports.py WORKSPACE [--rounds 5]

Cold: nothing is remembered; every file is read and every name resolved. `ruff analyze graph` reads
the same files in the same rounds. After an edit: what was read before is remembered.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BUILD = """
import sys
from pathlib import Path
from oneroof.changes.snapshot import open_root
opened = open_root(Path(sys.argv[1]))
graph = opened.imports
print(sum(len(graph.uses(path)) for path in graph.scans))
"""


def timed(command: tuple[str, ...], cwd: Path, env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, check=True, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def main() -> None:
    import os

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    root = chosen.workspace.resolve()
    listed = subprocess.run(("git", "ls-files", "*.py"), cwd=root, capture_output=True, check=True)
    files = [root / name for name in listed.stdout.decode().split("\n") if name]
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    print(f"{len(files)} files, {lines} lines")
    edited = files[len(files) // 2]
    before = edited.read_bytes()
    with tempfile.TemporaryDirectory(prefix="oneroof-bench-") as scratch:
        env = {**os.environ, "ONEROOF_CACHE_DIR": scratch}
        build = (sys.executable, "-c", BUILD, str(root))

        def forget() -> None:
            shutil.rmtree(scratch)
            Path(scratch).mkdir()
            timed((sys.executable, "-m", "oneroof", "ls"), root, env)  # the projects are known

        def edit() -> None:
            edited.write_bytes(edited.read_bytes() + b"# edited\n")

        show(
            "cold",
            chosen.rounds,
            {
                "ruff analyze graph": lambda: timed(("ruff", "analyze", "graph", "."), root, env),
                "oneroof": lambda: timed(build, root, env),
            },
            forget,
        )
        try:
            show(
                "after editing one file",
                chosen.rounds,
                {
                    "git status": lambda: timed(("git", "status", "--porcelain"), root, env),
                    "oneroof": lambda: timed(build, root, env),
                },
                edit,
            )
        finally:
            edited.write_bytes(before)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:.0f} MiB")


def show(
    title: str, rounds: int, commands: dict[str, Callable[[], float]], before: Callable[[], None]
) -> None:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before()
            found[name].append(command())
    first = next(iter(found.values()))
    print(title)
    for name, times in found.items():
        ratios = [mine / other for mine, other in zip(times, first, strict=True)]
        median = statistics.median(times)
        print(f"  {name:20} {median:6.2f} s   {statistics.median(ratios):5.2f} x")


if __name__ == "__main__":
    main()
