"""How many test files a change reruns, file by file and project by project, and none missed.

    python bench/precision.py WORKSPACE FILE [--oneroof .venv/bin/oneroof]

FILE is a module of the workspace. First it gets a comment: the test files that
`affected --task test` lists are counted beside all test files of the affected projects. Then it
is broken, so that whatever imports it fails, and every test is run: a test file that fails and
was not listed is a miss. The work tree is restored at the end.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

BROKEN = "\nraise RuntimeError('broken on purpose')\n"


def ask(oneroof: str, root: Path, *arguments: str) -> dict[str, list[dict[str, object]]]:
    done = subprocess.run(
        (oneroof, *arguments, "--json"), cwd=root, capture_output=True, check=False, text=True
    )
    return json.loads(done.stdout)


def test_files(root: Path, project: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in (root / project).rglob("test_*.py")
        if ".venv" not in path.parts
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("file")
    parser.add_argument("--oneroof", default="oneroof")
    chosen = parser.parse_args()
    root = chosen.workspace.resolve()
    place = root / chosen.file
    before = place.read_text()
    try:
        place.write_text(before + "# edited\n")
        affected = ask(chosen.oneroof, root, "affected", "--task", "test")
        listed = {str(each["path"]) for each in affected["tests"]}
        by_project: set[str] = set()
        for project in affected["projects"]:
            by_project |= test_files(root, Path(str(project["path"])))
        place.write_text(before + BROKEN)
        told = ask(chosen.oneroof, root, "test", "--no-cache")
    finally:
        place.write_text(before)
    failing = failing_files(told)
    missed = {name for name in failing if not any(path.endswith(name) for path in listed)}
    print(f"projects affected       {len(affected['projects'])}")
    print(f"their test files        {len(by_project)}")
    print(f"that can see the file   {len(listed)}")
    if listed:
        print(f"fewer by                {len(by_project) / len(listed):.1f} x")
    print(f"failing when broken     {len(failing)}")
    print(f"of these not listed     {len(missed)} {sorted(missed)[:5]}")
    return 1 if missed else 0


def failing_files(told: dict[str, list[dict[str, object]]]) -> set[str]:
    """The files of all tests that failed, as the logs of their targets name them."""
    found = set()
    for target in told["targets"]:
        if target["status"] == "passed":
            continue
        log = Path(str(target["log"])).read_text()
        for line in log.splitlines():
            if line.startswith(("FAILED ", "ERROR ")):
                name = line.split(" ")[1].split("::")[0]
                found.add(f"{str(target['target']).rpartition(':')[0]}/{name}")
    return found


if __name__ == "__main__":
    sys.exit(main())
