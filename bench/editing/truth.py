"""The truth: every test of every project is run, in the environment that oneroof plans for it.

Shared with what is put to the test are discovery (always anew, with nothing remembered) and the
folders of environments. Fingerprints, the import graph, test files and caches have no part in it.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from editing import outcomes
from editing.outcomes import Report
from oneroof.changes.snapshot import Opened, open_root
from oneroof.environments.model import Environment, command_environment
from oneroof.environments.pinning import WorkspacePins
from oneroof.environments.provide import Provider
from oneroof.errors import OneroofError
from oneroof.execution.environment import base_environment
from oneroof.tasks.catalogue import Catalogue
from oneroof.tasks.command import RUNNERS_FOLDER
from oneroof.tasks.fingerprint import Fingerprinter
from oneroof.tasks.model import Target
from oneroof.tasks.plan import TargetPlanner

NO_TESTS = 5
MOST_ZYGOTES = 10
ZYGOTE = Path(__file__).with_name("zygote.py")


@dataclass
class TargetTruth:
    """What the tests of one project come to."""

    passed: bool
    report: Report = field(default_factory=Report)
    error: str = ""
    """Why they could not be run at all."""
    test_files: tuple[str, ...] = ()


class TruthSayer:
    """Runs all tests of one workspace, again and again."""

    def __init__(self, root: Path, cache: Path, scratch: Path) -> None:
        self._root = root
        self._cache = cache
        self._scratch = scratch
        self._zygotes: OrderedDict[str, subprocess.Popen[str]] = OrderedDict()
        scratch.mkdir(parents=True, exist_ok=True)
        self._known: dict[object, dict[str, TargetTruth]] = {}
        """The same files and variables give the same truth."""
        self._opened: Opened | None = None
        self._planner: TargetPlanner | None = None
        self._provider: Provider | None = None

    def find(self, variables: dict[str, str]) -> dict[str, TargetTruth]:
        """The truth about every test target as the files are now.

        Raises:
            OneroofError: the workspace cannot be read at all.
        """
        opened = open_root(self._root, fresh=True)
        catalogue = Catalogue(opened.graph, opened.tree)
        pins = WorkspacePins(opened.graph, opened.tree)
        provider = Provider(opened.graph, opened.tree, pins, cache=self._cache)
        planner = TargetPlanner(opened, provider, Fingerprinter(opened, catalogue.nested))
        self._opened, self._planner, self._provider = opened, planner, provider
        state = (opened.work_tree.key, *sorted(variables.items()))
        if state not in self._known:
            targets = catalogue.targets(opened.workspace.projects, ("test",))
            self._known[state] = {each.name: self.run(each, variables) for each in targets}
        return self._known[state]

    def run(
        self, target: Target, variables: dict[str, str], files: tuple[str, ...] | None = None
    ) -> TargetTruth:
        """The truth about one target, or about some of its files alone."""
        command = target.commands[0]
        test_files = tuple(command.test_files)
        assert self._planner is not None
        assert self._provider is not None
        try:
            environment = self._provider.realise(self._planner.environment(command.environment))
        except OneroofError as error:
            return TargetTruth(False, error=error.message, test_files=test_files)
        junit = self._scratch / "report.xml"
        junit.unlink(missing_ok=True)
        folder = self._root / command.working_directory
        seen = command_environment(environment, base_environment(os.environ))
        seen |= {name: variables[name] for name in target.env if name in variables}
        if command.runner == "unittest":
            runner = str(RUNNERS_FOLDER / "unittest_junit.py")
            arguments = [str(environment.python), "-B", runner, str(junit)]
            seen["PYTHONPYCACHEPREFIX"] = "/nonexistent"
            code = subprocess.run(
                arguments, cwd=folder, env=seen, capture_output=True, check=False
            ).returncode
        else:
            paths = command.paths if files is None else files
            code = self._run_pytest(target, environment, folder, seen, junit, tuple(paths))
        report = outcomes.read(junit)
        if code == 0 and report is None:
            message = f"{target.name}: no report, see {self._scratch}/log"
            raise RuntimeError(message)
        return TargetTruth(code in {0, NO_TESTS}, report or Report(), test_files=test_files)

    def alone(self, name: str, variables: dict[str, str], file: str) -> TargetTruth:
        """The truth about one test file in a process of its own."""
        assert self._opened is not None
        catalogue = Catalogue(self._opened.graph, self._opened.tree)
        targets = catalogue.targets(self._opened.workspace.projects, ("test",))
        target = next(each for each in targets if each.name == name)
        place = os.path.relpath(self._root / file, self._root / target.path)
        return self.run(target, variables, (place,))

    def _run_pytest(  # noqa: PLR0913, PLR0917
        self,
        target: Target,
        environment: Environment,
        folder: Path,
        variables: dict[str, str],
        junit: Path,
        paths: tuple[str, ...],
    ) -> int:
        ignored = [each for each in target.commands[0].arguments if each.startswith("--ignore")]
        arguments = [
            *("-p", "no:cacheprovider", "--continue-on-collection-errors", "-q"),
            *("-o", "junit_family=xunit1", f"--junitxml={junit}", *ignored, *paths),
        ]
        variables["PYTHONPYCACHEPREFIX"] = "/nonexistent"
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        log = self._scratch / "log"
        if self._shadowed(environment):
            command = (str(environment.python), "-B", "-m", "pytest", *arguments)
            with log.open("wb") as stream:
                return subprocess.run(
                    command, cwd=folder, env=variables, check=False, stdout=stream, stderr=stream
                ).returncode
        zygote = self._zygote(environment)
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        wish = {
            "folder": str(folder),
            "arguments": arguments,
            "variables": variables,
            "log": str(log),
        }
        zygote.stdin.write(json.dumps(wish) + "\n")
        zygote.stdin.flush()
        return int(zygote.stdout.readline())

    def _shadowed(self, environment: Environment) -> bool:
        """Whether a file of the workspace bears a name that the zygote may have imported."""
        assert self._opened is not None
        third = {"_pytest", "pytest", "pluggy", "iniconfig", "packaging", "pygments", "py"}
        third |= {pin.name for pin in environment.plan.site.pins}
        names = third | set(sys.stdlib_module_names)
        return any(
            path.rpartition("/")[2].removesuffix(".py") in names and path.endswith(".py")
            for path in self._opened.tree.files
        )

    def _zygote(self, environment: Environment) -> "subprocess.Popen[str]":
        roots = [root for root in environment.plan.source_roots if Path(root).exists()]
        key = hashlib.sha256(repr((str(environment.folder), roots)).encode()).hexdigest()
        if key not in self._zygotes:
            self._zygotes[key] = subprocess.Popen(
                (environment.python, "-B", ZYGOTE),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=self._scratch,
                env=base_environment(os.environ),
            )
            if len(self._zygotes) > MOST_ZYGOTES:
                _, old = self._zygotes.popitem(last=False)
                end(old)
        self._zygotes.move_to_end(key)
        return self._zygotes[key]

    def close(self) -> None:
        """End all processes."""
        for zygote in self._zygotes.values():
            end(zygote)


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
