"""Environments of N projects with the same pins against that of one: time and disk.

    python bench/environments.py [--projects 200] [--pin NAME==VERSION ...]

Both start from an empty oneroof cache and a warm uv cache. Set TMPDIR to a folder on the disk of
the uv cache, so that files are shared with it as they are in real use.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from oneroof.environments.model import Request
from oneroof.environments.provide import Provider
from oneroof.locks.model import Pin, Pins
from oneroof.locks.target import Target
from oneroof.paths import RelPath
from oneroof.workspace.graph import Graph, link
from oneroof.workspace.model import (
    MAIN,
    EntryPoint,
    ImportPackage,
    Kind,
    Metadata,
    Project,
    ProjectName,
    Requirement,
    Workspace,
)
from oneroof.workspace.settings import Role
from oneroof.workspace.tree import Tree

PINS = (
    "iniconfig==2.1.0",
    "packaging==25.0",
    "pluggy==1.6.0",
    "pygments==2.19.2",
    "pytest==8.4.2",
    "numpy==2.2.6",
    "requests==2.32.5",
    "urllib3==2.5.0",
    "idna==3.10",
    "certifi==2025.8.3",
    "charset-normalizer==3.4.3",
)


class SamePins:
    def __init__(self, texts: Sequence[str]) -> None:
        split = (text.partition("==") for text in texts)
        self._pins = Pins(tuple(Pin(name, version) for name, _, version in split))

    def pins(self, _project: ProjectName, _kinds: Sequence[Kind], _target: Target) -> Pins:
        return self._pins

    def to_compile(self, _pins: Pins, _target: Target) -> Sequence[str]:
        return ()


def workspace(count: int) -> Workspace:
    """Projects with a console script each, needing up to four others and 13 in all."""
    projects = []
    for index in range(count):
        manifest = RelPath(f"libs/lib-{index}/pyproject.toml")
        needs = sorted({f"lib-{index // step}" for step in (2, 3, 5, 7) if index >= step})
        metadata = Metadata(
            manifests=(manifest,),
            name=f"lib-{index}",
            version="1.0",
            requires_python=">=3.9",
            build_backend="hatchling.build",
            requirements=tuple(Requirement(name, MAIN, manifest, "") for name in needs),
            entry_points=(EntryPoint("console_scripts", f"lib-{index}", f"lib_{index}:main"),),
            import_packages=(
                ImportPackage(f"lib_{index}", RelPath(f"libs/lib-{index}/src/lib_{index}")),
            ),
        )
        name, path = ProjectName(f"lib-{index}"), RelPath(f"libs/lib-{index}")
        projects.append(Project(name, path, Role.LIB, "", metadata))
    return Workspace(tuple(projects), link(projects))


def measure(root: Path, cache: Path, count: int, pins: Sequence[str]) -> tuple[float, int]:
    os.sync()
    graph = Graph(workspace(count))
    start = time.perf_counter()
    provider = Provider(graph, Tree(root, []), SamePins(pins), cache=cache)
    for name in graph.projects:
        provider.prepare(Request(name))
    seconds = time.perf_counter() - start
    told = subprocess.run(["du", "-sk", cache], capture_output=True, text=True, check=True)
    return seconds, int(told.stdout.split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=200)
    parser.add_argument("--pin", action="append", default=[])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    pins = options.pin or PINS
    with tempfile.TemporaryDirectory(prefix="oneroof-bench-") as folder:
        root = Path(folder, "repository")
        root.mkdir()
        # Each run in a folder of its own, removed at the end: ext4 is slow for half a minute
        # after many files were deleted.
        caches = (Path(folder, f"cache-{number}") for number in itertools.count())
        measure(root, next(caches), 1, pins)
        ones = [measure(root, next(caches), 1, pins) for _ in range(options.runs)]
        alls = [measure(root, next(caches), options.projects, pins) for _ in range(options.runs)]
    one = statistics.median(seconds for seconds, _ in ones)
    many = statistics.median(seconds for seconds, _ in alls)
    kib, all_kib = ones[-1][1], alls[-1][1]
    each = (many - one) / max(1, options.projects - 1) * 1000
    print(f"one project:  {one * 1000:7.0f} ms  {kib / 1024:7.1f} MiB")
    print(f"{options.projects} projects: {many * 1000:7.0f} ms  {all_kib / 1024:7.1f} MiB")
    print(f"ratio: time {many / one:.2f} (limit 3), disk {all_kib / kib:.2f} (limit 1.2)")
    print(f"each further project: {each:.2f} ms, {(all_kib - kib) / options.projects:.0f} KiB")


if __name__ == "__main__":
    main()
