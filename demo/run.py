"""Shows oneroof at work on a small repository, and fails where what it tells is not what happens.

    make demo

The repository in `demo/workspace` is copied to a temporary folder, with a cache of its own, so
nothing outside that folder changes. Needs git, and `oneroof` beside this Python or on PATH.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

WORKSPACE = Path(__file__).parent / "workspace"
EDGES = 6
PROJECTS = ("catalog", "invoices", "money", "shop", "tax")
CHANGED = Path("libs/tax/tax/__init__.py")


class Surprise(Exception):
    """Something else happened than what is told."""


class Stage:
    """The copy of the repository and the commands that are shown on it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "corner-shop"
        self.last_runs: dict[str, object] = dict.fromkeys(PROJECTS)
        beside = str(Path(sys.executable).parent)
        self._environment = {
            **os.environ,
            "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', '')}",
            "ONEROOF_CACHE_DIR": str(folder / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PAGER": "cat",
            **{f"GIT_{who}_NAME": "Demo" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "demo@example.org" for who in ("AUTHOR", "COMMITTER")},
        }

    def set(self) -> None:
        """Copy the repository and commit it."""
        ignored = shutil.ignore_patterns("__pycache__", ".venv")
        shutil.copytree(WORKSPACE, self.root, ignore=ignored)
        for words in (("init", "-q"), ("add", "--all"), ("commit", "-q", "-m", "The shop so far")):
            self._run(("git", *words))

    def show(self, *words: str) -> None:
        """Print a command as one would type it, run it and let its output through."""
        print(f"$ {' '.join(words)}", flush=True)
        self._run(words)
        print(flush=True)

    def ask(self, *words: str) -> dict[str, object]:
        """What a command says in JSON, without showing it."""
        document = json.loads(self._run((*words, "--json"), quiet=True))
        expect(isinstance(document, dict), f"`{' '.join(words)}` gives no JSON object")
        return dict(document)

    def ask_last_runs(self) -> dict[str, object]:
        """For each project when its tests were last run; None where they never were."""
        found = {}
        for name in PROJECTS:
            last = self.ask("oneroof", "explain", name)["last_run"]
            found[name] = last["finished_at"] if isinstance(last, dict) else None
        return found

    def _run(self, words: Sequence[str], *, quiet: bool = False) -> str:
        # Elsewhere than on a terminal both streams become one, so that the story stays in order.
        shown = None if sys.stderr.isatty() else subprocess.STDOUT
        done = subprocess.run(
            words,
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.PIPE if quiet else shown,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        said = f":\n{done.stderr}" if quiet else ""
        expect(done.returncode == 0, f"`{' '.join(words)}` exited with {done.returncode}{said}")
        return done.stdout or ""


def tell(text: str) -> None:
    """Print a paragraph."""
    print(textwrap.fill(" ".join(text.split()), width=88), end="\n\n", flush=True)


def expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001  read as an assertion
    """Raise where something does not hold."""
    if not holds:
        raise Surprise(otherwise)


def run_tests(stage: Stage, ran: Sequence[str]) -> None:
    """Show `oneroof test`; exactly the tests of `ran` are run, those of all others are cached."""
    before = stage.last_runs
    stage.show("oneroof", "test")
    stage.last_runs = stage.ask_last_runs()
    really = sorted(name for name in PROJECTS if before[name] != stage.last_runs[name])
    expect(really == sorted(ran), f"the tests of {really} were run, not those of {sorted(ran)}")
    summary = stage.ask("oneroof", "test")
    targets = summary["targets"]
    expect(isinstance(targets, list) and len(targets) == len(PROJECTS), "some targets are missing")
    expect(summary["ok"] is True, "not all tests passed")


def look_around(stage: Stage) -> None:
    """What is there."""
    tell("""
        This is the repository of a corner shop: three libraries and two services. One describes
        itself in a setup.cfg, two in Poetry's way, two in the standard [project] table. There is
        no build file, and nothing in it was written for oneroof.
    """)
    stage.show("git", "ls-files", "*.toml", "*.cfg")
    tell("Without a command, oneroof says where you are, what is here and what changed.")
    stage.show("oneroof")
    tell("It has read who depends on whom from those very files.")
    stage.show("oneroof", "graph")
    graph = stage.ask("oneroof", "graph")
    nodes, edges = graph["nodes"], graph["edges"]
    expect(isinstance(nodes, list) and len(nodes) == len(PROJECTS), "not all projects were found")
    expect(isinstance(edges, list) and len(edges) == EDGES, "not all edges were found")


def test_twice(stage: Stage) -> None:
    """All tests run once, and then none."""
    tell("""
        Now the tests. Nobody here declares a test runner, so each project gets pytest, in an
        environment that holds what that project declares and nothing else. This is the first
        time, so everything is run.
    """)
    run_tests(stage, PROJECTS)
    tell("And once more. Nothing changed, so nothing is run.")
    run_tests(stage, ())


def change(stage: Stage) -> None:
    """One library is edited; only it and the service above it run again."""
    tell("The tax goes up. We edit one line of one library.")
    path = stage.root / CHANGED
    old = path.read_text(encoding="utf-8")
    new = old.replace("PERCENT = 19", "PERCENT = 21")
    expect(old != new, f"{CHANGED} does not hold what was to be edited")
    path.write_text(new, encoding="utf-8")
    stage.show("git", "diff", "--unified=0", "--", str(CHANGED))
    tell("Whom does that concern, and why?")
    stage.show("oneroof", "affected")
    projects = stage.ask("oneroof", "affected")["projects"]
    names = sorted(each["name"] for each in projects) if isinstance(projects, list) else []
    expect(names == ["invoices", "tax"], f"{names} are affected")
    tell("Invoices were tested a minute ago. Why would they be tested again?")
    stage.show("oneroof", "explain", "invoices")
    differences = stage.ask("oneroof", "explain", "invoices")["differences"]
    expect(
        differences == [{"what": str(CHANGED), "how": "modified"}], f"{differences} is different"
    )
    tell("So only those two are run; what is known of the other three still holds.")
    run_tests(stage, ("invoices", "tax"))


def undo(stage: Stage) -> None:
    """What was tested before need not be tested again."""
    tell("""
        The tax stays as it was, after all. Results are kept by content, so going back to what
        was tested before runs nothing.
    """)
    stage.show("git", "checkout", "--quiet", "--", str(CHANGED))
    run_tests(stage, ())
    tell("And the source tree is as it was: git has nothing to report.")
    stage.show("git", "status", "--short")


def main() -> int:
    """Tell the story from its beginning."""
    if shutil.which("oneroof", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") is None:
        print("error: `oneroof` was not found; run `make demo`", file=sys.stderr)
        return 4
    with tempfile.TemporaryDirectory(prefix="oneroof-demo-") as folder:
        stage = Stage(Path(folder).resolve())
        try:
            stage.set()
            look_around(stage)
            test_twice(stage)
            change(stage)
            undo(stage)
        except Surprise as surprise:
            print(f"\nerror: the demo went otherwise than told: {surprise}", file=sys.stderr)
            return 1
    tell("That was it. `oneroof --help` shows what else there is; docs/tutorial.md goes on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
