"""Random edits of a small workspace: what the cache says against running everything.

    python bench/edits.py --edits 100 --seed 1 [--oneroof .venv/bin/oneroof]

After each edit (source, data, conftest.py, configuration, manifest, deletion, rename, a move
between projects, a new file) `oneroof test` runs with its cache, and again in a cache of its own
that is thrown away. Any target whose status or failing tests differ is a false result.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECTS = ("base", "left", "right", "top")
NEEDS = {"base": (), "left": ("base",), "right": ("base",), "top": ("left", "right")}
KINDS = (
    *("value", "value", "value", "import", "data", "conftest", "config", "manifest", "delete"),
    *("rename", "move", "new", "test", "restore", "restore"),
)
MODULES = ("one", "two", "three", "four")


def write_workspace(root: Path, dice: random.Random) -> None:
    for name in PROJECTS:
        folder = root / name
        package = folder / "src" / name
        package.mkdir(parents=True)
        (folder / "tests").mkdir()
        write_manifest(folder, name, NEEDS[name])
        (package / "__init__.py").write_text("")
        (package / "data.json").write_text("1")
        for place, module in enumerate(MODULES):
            known = [f"{name}.{each}" for each in MODULES[:place]]
            known += [f"{need}.{each}" for need in NEEDS[name] for each in MODULES]
            uses = dice.sample(known, min(len(known), 2))
            (package / f"{module}.py").write_text(module_text(uses, dice))
            (folder / "tests" / f"test_{module}.py").write_text(test_text(name, module))
        (folder / "tests" / "conftest.py").write_text(
            "import pytest\n\n\n@pytest.fixture\ndef extra():\n    return 0\n"
        )
        (folder / "tests" / "test_loads.py").write_text(
            "import importlib\n\n\ndef test_loads():\n"
            f"    for name in {MODULES!r}:\n"
            f"        assert importlib.import_module('{name}.' + name).VALUE >= 0\n"
        )


def write_manifest(folder: Path, name: str, needs: tuple[str, ...], more: str = "") -> None:
    listed = ", ".join(f'"{each}"' for each in needs)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "1"\ndependencies = [{listed}]\n{more}'
    )


def module_text(uses: list[str], dice: random.Random) -> str:
    lines = [f"import {use}\n" for use in uses]
    data = "import json\nfrom pathlib import Path\n" if dice.randrange(3) == 0 else ""
    extra = " + json.loads(Path(__file__).with_name('data.json').read_text())" if data else ""
    total = "".join(f" + {use}.VALUE % 7" for use in uses)
    return f"{data}{''.join(lines)}VALUE = {dice.randrange(3)}{total}{extra}\n"


def test_text(name: str, module: str) -> str:
    return (
        f"from {name} import {module}\n\n\ndef test_even(extra):\n"
        f"    assert ({module}.VALUE + extra) % 3 != 0\n\n\ndef test_number():\n"
        f"    assert isinstance({module}.VALUE, int)\n"
    )


def edit(root: Path, dice: random.Random) -> str:  # noqa: C901  one arm a kind
    sources = sorted(root.glob("*/src/*/*.py"))
    tests = sorted(root.glob("*/tests/test_*.py"))
    kind = dice.choice(KINDS)
    if kind in {"value", "import"}:
        path = dice.choice([each for each in sources if each.name != "__init__.py"] or sources)
        name = path.parent.name
        known = [f"{name}.{each}" for each in MODULES]
        known += [f"{need}.{each}" for need in NEEDS.get(name, ()) for each in MODULES]
        path.write_text(module_text(dice.sample(known, dice.randrange(3)), dice))
        return f"{kind} {path.relative_to(root)}"
    if kind == "data":
        path = dice.choice(sorted(root.glob("*/src/*/data.json")))
        path.write_text(dice.choice(("0", "1", "2", "broken")))
    elif kind == "conftest":
        path = dice.choice(sorted(root.glob("*/tests/conftest.py")))
        path.write_text(
            f"import pytest\n\n\n@pytest.fixture\ndef extra():\n    return {dice.randrange(3)}\n"
        )
    elif kind in {"config", "manifest"}:
        name = dice.choice(PROJECTS)
        path = root / name / "pyproject.toml"
        needs = NEEDS[name]
        if kind == "manifest":
            needs = tuple(each for each in needs if dice.randrange(3))
        more = dice.choice(("", '[tool.pytest.ini_options]\naddopts = "-k number"\n'))
        write_manifest(path.parent, name, needs, more)
    elif kind == "delete":
        path = dice.choice([*sources, *tests])
        path.unlink()
    elif kind == "rename":
        path = dice.choice(sources)
        path.rename(path.with_name(f"{dice.choice(MODULES)}.py"))
    elif kind == "move":
        path = dice.choice(sources)
        target = dice.choice(PROJECTS)
        shutil.move(path, root / target / "src" / target / path.name)
    elif kind == "new":
        name = dice.choice(PROJECTS)
        path = root / name / "src" / name / f"{dice.choice((*MODULES, 'five'))}.py"
        path.write_text(f"VALUE = {dice.randrange(3)}\n")
    elif kind == "test":
        name, module = dice.choice(PROJECTS), dice.choice(MODULES)
        path = root / name / "tests" / f"test_{module}.py"
        path.write_text(
            test_text(name, module) + f"\n\ndef test_more{dice.randrange(3)}():\n    pass\n"
        )
    else:
        subprocess.run(("git", "checkout", "-q", "."), cwd=root, check=True)
        subprocess.run(("git", "clean", "-fdq"), cwd=root, check=True)
        return "restore"
    return f"{kind} {path.relative_to(root)}"


def outcomes(oneroof: str, root: Path, cache: Path) -> tuple[dict[str, object], int, int]:
    done = subprocess.run(
        (oneroof, "test", "--json"),
        cwd=root,
        env={**os.environ, "ONEROOF_CACHE_DIR": str(cache)},
        capture_output=True,
        check=False,
        text=True,
    )
    found: dict[str, object] = {}
    total = cached = 0
    for target in json.loads(done.stdout)["targets"]:
        tests = target["tests"] or {}
        # Not how many passed: where a file cannot be collected, pytest runs none of the others.
        found[target["target"]] = (target["status"], tuple(sorted(target["failing"])))
        total += sum(tests.get(each, 0) for each in ("passed", "failed", "skipped"))
        cached += tests.get("cached", 0)
    return found, total, cached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--oneroof", default="oneroof")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    wrong = total = cached = 0
    with tempfile.TemporaryDirectory(prefix="oneroof-edits-") as scratch:
        root, cache, other = (Path(scratch) / each for each in ("repo", "cache", "other"))
        root.mkdir()
        write_workspace(root, dice)
        subprocess.run(("git", "init", "-q"), cwd=root, check=True)
        subprocess.run(("git", "add", "-A"), cwd=root, check=True)
        who = ("-c", "user.name=edits", "-c", "user.email=edits@example.org")
        subprocess.run(("git", *who, "commit", "-qm", "all"), cwd=root, check=True)
        for number in range(chosen.edits):
            what = [edit(root, dice) for _ in range(dice.choice((1, 1, 2)))]
            for kept in ("ac", "workspaces"):
                shutil.rmtree(other / kept, ignore_errors=True)
            told, ran, known = outcomes(chosen.oneroof, root, cache)
            truth, _, _ = outcomes(chosen.oneroof, root, other)
            total, cached = total + ran, cached + known
            if told != truth:
                wrong += 1
                print(f"FALSE after edit {number}: {what}")
                for name in truth:
                    if told.get(name) != truth[name]:
                        print(f"  {name}: told {told.get(name)}, is {truth[name]}")
    print(
        f"{chosen.edits} edits, seed {chosen.seed}: {wrong} false results; "
        f"{cached} of {total} tests came from the cache"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
