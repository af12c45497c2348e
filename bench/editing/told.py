"""What oneroof says: a run with its cache, and what a change touches."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from editing import outcomes
from editing.outcomes import Report
from oneroof.tasks.outcome import file_name


@dataclass
class TargetTold:
    """What a run says of one target."""

    status: str
    source: str
    known: int
    """How many tests were served from the cache."""
    total: int
    report: Report = field(default_factory=Report)
    """The tests that did run."""
    interrupted: bool = False
    """Whether pytest stopped before it ran what it was told to."""


class Refused(Exception):  # noqa: N818
    """oneroof did not come to results."""


@dataclass
class Teller:
    """Calls oneroof as a person would."""

    oneroof: str
    root: Path
    cache: Path

    def test(self, variables: dict[str, str]) -> dict[str, TargetTold]:
        """`oneroof test`."""
        began = time.time()
        document = self._ask(variables, "test")
        (folder,) = (self.cache / "workspaces").iterdir()
        told = {}
        for each in document["targets"]:
            name, tests = each["target"], each["tests"] or {}
            report = Report()
            place = folder / "reports" / f"{file_name(name)}.xml"
            ran = each["source"] == "ran" and place.exists() and place.stat().st_mtime >= began - 1
            if ran:
                report = outcomes.read(place) or Report()
            log = Path(each["log"]).read_text(errors="replace") if each["log"] and ran else ""
            told[name] = TargetTold(
                each["status"],
                each["source"],
                tests.get("cached", 0),
                sum(tests.get(kind, 0) for kind in ("passed", "failed", "skipped")),
                report,
                "!! Interrupted" in log or "ImportError while loading conftest" in log,
            )
        return told

    def affected(self, variables: dict[str, str], since: str) -> tuple[set[str], set[str]]:
        """`oneroof affected --task test`: targets and test files."""
        document = self._ask(variables, "affected", "--task", "test", "--since", since)
        return set(document["targets"]), {each["path"] for each in document["tests"]}

    def _ask(self, variables: dict[str, str], *arguments: str) -> dict:
        done = subprocess.run(
            (self.oneroof, *arguments, "--json"),
            cwd=self.root,
            env={**os.environ, **variables, "ONEROOF_CACHE_DIR": str(self.cache)},
            capture_output=True,
            check=False,
            text=True,
        )
        if not done.stdout:
            message = f"{done.returncode}: {done.stderr.strip()}"
            raise Refused(message)
        return json.loads(done.stdout)
