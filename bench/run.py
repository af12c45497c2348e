"""Time oneroof on generated workspaces beside the physical yardsticks, in the same rounds.

    python bench/run.py --oneroof .venv/bin/oneroof --projects 20 200 --rounds 9
    python bench/run.py --projects 1000 --peer "turbo ls --affected"

Each round runs every command once, in turn; the medians and the medians of the ratios taken
round by round are printed. Whole processes, their output thrown away.
"""

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from generate import generate

READ_TOMLS = """
import tomllib, subprocess
names = subprocess.run(["git", "ls-files", "*pyproject.toml"], capture_output=True, text=True)
for name in names.stdout.split():
    with open(name, "rb") as stream:
        tomllib.load(stream)
"""


def timed(command: Sequence[str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return time.perf_counter() - began


def rounds(
    commands: dict[str, Sequence[str]],
    cwd: Path,
    count: int,
    before: Callable[[], None] = lambda: None,
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(count + 1):
        for name, command in commands.items():
            before()
            found[name].append(timed(command, cwd))
    return {name: times[1:] for name, times in found.items()}


def show(title: str, times: dict[str, list[float]], yardstick: str) -> None:
    print(f"\n{title}")
    for name, each in times.items():
        ratios = [a / b for a, b in zip(each, times[yardstick], strict=True)]
        median = statistics.median(each) * 1000
        print(f"  {name:34} {median:8.1f} ms   {statistics.median(ratios):5.2f} x {yardstick}")


def measure(oneroof: str, folder: Path, count: int, peers: Sequence[str]) -> None:
    status = ("git", "status", "--porcelain")
    began = time.perf_counter()
    done = subprocess.run((oneroof, "test"), cwd=folder, capture_output=True, check=False)
    print(f"\n== {folder.name}: first run of all tests {time.perf_counter() - began:.1f} s")
    print("  " + done.stderr.decode().strip().splitlines()[-1])
    timed((oneroof, "test"), folder)
    show(
        "nothing changed, everything cached",
        rounds({"git status": status, "oneroof test": (oneroof, "test")}, folder, count),
        "git status",
    )
    cold = {
        "reading all TOML files once": (sys.executable, "-c", READ_TOMLS),
        "oneroof ls, nothing remembered": (oneroof, "ls"),
    }
    forget = Path(os.environ["ONEROOF_CACHE_DIR"]) / "workspaces"

    def without_memory() -> None:
        for path in forget.glob("*/snapshot"):
            path.unlink()

    show("ls", rounds(cold, folder, count, without_memory), "reading all TOML files once")
    timed((oneroof, "ls"), folder)
    edited = folder / "libs" / "acme-p0001" / "src" / "acme_p0001" / "m03.py"
    edited.write_text(edited.read_text() + "# edited\n")
    commands = {"git status": status, "oneroof affected": (oneroof, "affected", "--json")}
    commands |= {peer: shlex.split(peer) for peer in peers}
    show("affected, after an edit", rounds(commands, folder, count), "git status")
    subprocess.run(("git", "checkout", "-q", "."), cwd=folder, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oneroof", default="oneroof")
    parser.add_argument("--projects", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", action="append", default=[], help="timed beside `affected`")
    chosen = parser.parse_args()
    oneroof = str(Path(chosen.oneroof).absolute()) if "/" in chosen.oneroof else chosen.oneroof
    with tempfile.TemporaryDirectory(prefix="oneroof-bench-") as scratch:
        os.environ["ONEROOF_CACHE_DIR"] = f"{scratch}/cache"
        show(
            "start-up",
            rounds(
                {
                    "python -c pass": (sys.executable, "-c", "pass"),
                    "oneroof --version": (oneroof, "--version"),
                },
                Path(scratch),
                chosen.rounds,
            ),
            "python -c pass",
        )
        for count in chosen.projects:
            folder = Path(scratch) / f"n{count}"
            generate(count, folder)
            measure(oneroof, folder, chosen.rounds, chosen.peer)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nlargest process of all: {peak:.0f} MiB (uv and test processes included)")


if __name__ == "__main__":
    main()
