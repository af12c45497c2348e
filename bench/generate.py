"""Write a uv workspace of N small projects that import each other: the same for the same N.

    python bench/generate.py 200 /tmp/n200

Families of twenty and a few hubs: each project depends on up to three of its family and on one
hub, the hubs on none. One commit on `main`; `truth.json` beside the folder names every
project's transitive dependents.
"""

import argparse
import json
import random
import subprocess
from pathlib import Path

MODULES = 12
TEST_FILES = 5
LINES = 20
FAMILY = 20


def name_of(index: int) -> str:
    return f"acme-p{index:04d}"


def package_of(index: int) -> str:
    return name_of(index).replace("-", "_")


def choose_dependencies(count: int) -> dict[int, list[int]]:
    chooser = random.Random(count)
    hubs = max(1, count // 200)
    found: dict[int, list[int]] = {}
    for index in range(count):
        earlier = range(max(hubs, index - index % FAMILY), index)
        wanted = min(len(earlier), chooser.randint(1, 3))
        chosen = set(chooser.sample(list(earlier), wanted))
        if index >= hubs:
            chosen.add(chooser.randrange(hubs))
        found[index] = sorted(chosen)
    return found


def dependents_of(dependencies: dict[int, list[int]]) -> dict[str, list[str]]:
    found: dict[int, set[int]] = {index: set() for index in dependencies}
    for index, direct in dependencies.items():
        waiting = list(direct)
        while waiting:
            needed = waiting.pop()
            if index not in found[needed]:
                found[needed].add(index)
                waiting += dependencies[needed]
    return {name_of(i): sorted(map(name_of, names)) for i, names in found.items()}


def write_project(folder: Path, index: int, needed: list[int]) -> None:
    package = folder / "src" / package_of(index)
    package.mkdir(parents=True)
    names = [name_of(each) for each in needed]
    sources = "".join(f"{name} = {{ workspace = true }}\n" for name in names)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name_of(index)}"\nversion = "0.1.0"\n'
        f'requires-python = ">=3.11"\ndependencies = {json.dumps([*names, "iniconfig>=2"])}\n\n'
        '[build-system]\nrequires = ["uv_build>=0.8,<1"]\nbuild-backend = "uv_build"\n\n'
        f"[tool.uv.sources]\n{sources}"
    )
    imports = "".join(f"from {package_of(each)}.m00 import total as t{each}\n" for each in needed)
    terms = "".join(f" + t{each}(n)" for each in needed)
    (package / "__init__.py").write_text("")
    (package / "m00.py").write_text(
        f"{imports}\n\ndef total(n: int) -> int:\n    return n + {index}{terms}\n"
    )
    for module in range(1, MODULES):
        body = "\n\n".join(
            f"def f{line}(n: int) -> int:\n    return f(n) + {line}" for line in range(LINES)
        )
        (package / f"m{module:02d}.py").write_text(
            f"from {package_of(index)}.m{module - 1:02d} import total as f\n\n\n{body}\n\n\n"
            "def total(n: int) -> int:\n    return f(n)\n"
        )
    tests = folder / "tests"
    tests.mkdir()
    for number in range(TEST_FILES):
        (tests / f"test_{package_of(index)}_{number}.py").write_text(
            f"from {package_of(index)}.m{number:02d} import total\n\n\n"
            "def test_total() -> None:\n    assert total(1) == total(1)\n"
        )


def generate(count: int, root: Path) -> None:
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[dependency-groups]\ndev = ["pytest>=8"]\n\n'
        '[tool.uv.workspace]\nmembers = ["libs/*", "services/*"]\n\n'
        '[tool.pytest.ini_options]\naddopts = "-q"\n'
    )
    (root / ".gitignore").write_text(".venv/\n__pycache__/\n")
    dependencies = choose_dependencies(count)
    for index, needed in dependencies.items():
        kind = "services" if index > count * 0.8 else "libs"
        write_project(root / kind / name_of(index), index, needed)
    root.with_suffix(".truth.json").write_text(json.dumps(dependents_of(dependencies)))
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
    subprocess.run(("uv", "lock", "--quiet"), cwd=root, check=True)
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), (*identity, "commit", "-qm", "x")):
        subprocess.run(("git", *command), cwd=root, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    generate(chosen.count, chosen.folder)
