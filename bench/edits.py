"""Random edits of three small workspaces: what oneroof says against running everything.

    python bench/edits.py [--workspace uv --workspace mixed --workspace locked]
        [--edits 100] [--seed 1] [--oneroof .venv/bin/oneroof] [--only-step N]

After each edit `oneroof test` runs with its cache, and `oneroof affected --task test` says which
test files the edit touches. Then every test of every project is run, in the same environments but
without any of oneroof's selection (`editing/truth.py`). Compared is each single test: how it ended
and what it recorded. False is

- a test that is served from the cache and does not pass, is not there, or saw something that no
  run of oneroof has seen;
- a test that ran and ended otherwise;
- a test file whose outcome changed and that `affected` does not list.

What differs only because one test file depends on others in its process (the file alone gives
what oneroof said) is counted apart. `--only-step N` makes all edits up to N, runs oneroof after
each, and looks for the truth after the last two only.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from editing import kinds, locked_world, mixed_world, outcomes, uv_world  # noqa: E402
from editing.told import Refused, TargetTold, Teller  # noqa: E402
from editing.truth import TargetTruth, TruthSayer  # noqa: E402
from tests.wheelhouse import Wheelhouse  # noqa: E402

from oneroof.errors import OneroofError  # noqa: E402

WORLDS = {"uv": uv_world.make, "mixed": mixed_world.make, "locked": locked_world.make}
Seen = dict[tuple[str, str], set[frozenset[object]]]
"""What runs of oneroof saw of each test file of a target."""


@dataclass
class Count:
    """The figures of one workspace."""

    edits: int = 0
    tests: int = 0
    served: int = 0
    listed: int = 0
    files: int = 0
    false: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


class Proof:
    """One workspace that is edited."""

    def __init__(self, chosen: argparse.Namespace, name: str, scratch: Path) -> None:
        self.chosen = chosen
        self.root = scratch / "repo"
        self.root.mkdir()
        self.count = Count()
        self.seen: Seen = {}
        cache = scratch / "cache"
        os.environ["ONEROOF_CACHE_DIR"] = str(scratch / "own")
        self.teller = Teller(str(Path(chosen.oneroof).absolute()), self.root, cache)
        self.sayer = TruthSayer(self.root, cache, scratch / "truth")
        subprocess.run(("git", "init", "-q", "-b", "main"), cwd=self.root, check=True)
        dice = random.Random(f"{chosen.seed} {name}")
        self.world = WORLDS[name](self.root, dice)
        kinds.commit(self.world)
        self.before: dict[str, TargetTruth] | None = None
        self.in_company: set[str] = set()
        """The test files whose outcome was due to the company of others, and those a step ago."""
        self.in_company_before: set[str] = set()

    def go(self) -> None:
        """Edit and compare, step by step."""
        only = self.chosen.only_step
        steps = self.chosen.edits if only is None else only + 1
        if only is None:
            self.compare(-1, "as written", [], "unstaged")
            self.count.edits = 0
        else:
            self._quietly()
        for step in range(steps):
            dice = random.Random(f"{self.chosen.seed} {self.world.name} {step}")
            count = dice.choice((1, 1, 1, 2))
            done = [kinds.edit(self.world, dice) for _ in range(count)]
            state = kinds.settle(self.world, dice)
            self.count.kinds.update(kind for kind, _ in done)
            what = f"{self.world.name} step {step} ({state}): " + "; ".join(
                f"{kind}: {text}" for kind, text in done
            )
            if self.chosen.verbose:
                print(what, flush=True)
            if only is None or step >= only - 1:
                self.compare(step, what, [kind for kind, _ in done], state)
            else:
                self._quietly()
            kinds.commit(self.world)

    def _quietly(self) -> None:
        try:
            self._remember(self.teller.test(self.world.variables))
        except Refused:
            return

    def _remember(self, told: dict[str, TargetTold]) -> None:
        """What a run saw of each test file."""
        for name, each in told.items():
            for file, cases in each.report.files.items():
                place = self._place(name, file)
                self.seen.setdefault((name, place), set()).add(frozenset(cases.items()))

    def compare(self, step: int, what: str, done: list[str], state: str) -> None:
        """One step: what is said, what is true, what is false."""
        self.count.edits += 1
        since = "HEAD~1" if state == "committed" else "HEAD"
        variables = dict(self.world.variables)
        try:
            targets, listed = self.teller.affected(variables, since)
            told = self.teller.test(variables)
        except Refused as refused:
            told, targets, listed = None, set(), set()
            reason = str(refused)
        try:
            truth = self.sayer.find(variables)
        except OneroofError:
            truth = None
        if told is None or truth is None:
            if (told is None) != (truth is None) or (told is None and reason.startswith("70")):
                self._note(step, what, [f"refused: {reason if told is None else 'only the truth'}"])
            self.before = None
            return
        self._remember(told)
        self.in_company_before, self.in_company = self.in_company, set()
        false = [*self._compare_results(told, truth)]
        if self.before is not None and "variable" not in done:
            false += self._compare_affected(targets, listed, self.before, truth)
        for name, each in truth.items():
            self.count.tests += len(each.report.cases)
            self.count.files += len(each.test_files)
            del name
        self.count.served += sum(each.known for each in told.values())
        self.count.listed += len(listed)
        if {*done} <= {"touch", "ignored"} and self.before is not None:
            self.count.needless += [
                f"{what}: {name}"
                for name, each in told.items()
                if each.source == "ran" and each.status == "passed"
            ]
        self.before = truth
        self._note(step, what, false)

    def _note(self, step: int, what: str, false: list[str]) -> None:
        if not false:
            return
        again = f"--workspace {self.world.name} --seed {self.chosen.seed} --only-step {step}"
        apart = [each for each in false if each.startswith("order")]
        real = [each for each in false if not each.startswith("order")]
        self.count.ordered += apart
        if real:
            print("\n".join([f"FALSE {what}", *(f"    {each}" for each in real), f"    {again}"]))
            sys.stdout.flush()
            self.count.false.append(what)

    # results

    def _compare_results(
        self, told: dict[str, TargetTold], truth: dict[str, TargetTruth]
    ) -> Iterator[str]:
        if told.keys() != truth.keys():
            yield f"targets: told {sorted(told)}, there are {sorted(truth)}"
        for name in sorted(told.keys() & truth.keys()):
            yield from self._compare_target(name, told[name], truth[name])

    def _compare_target(self, name: str, told: TargetTold, truth: TargetTruth) -> Iterator[str]:
        ran = told.report.cases
        places = self._places(name, truth)
        for file, cases in truth.report.files.items():
            here = {case: ran[case] for case in cases if case in ran}
            if here:
                if here != cases and not told.interrupted:
                    yield self._explain(name, places[file], here, cases)
            elif not told.interrupted and told.status != "error":
                yield from self._served(name, places[file], cases)
        extra = ran.keys() - truth.report.cases.keys()
        if extra:
            yield f"{name}: ran what is not there: {sorted(extra)[:3]}"
        rest = sum(case not in ran for case in truth.report.cases)
        if not told.interrupted and told.status == "passed" and rest != told.known:
            yield f"{name}: {told.known} tests are said to be known, {rest} were not run"
        if (told.status == "passed") != truth.passed and not (
            told.interrupted and told.status != "passed"
        ):
            text = f"{name}: told {told.status}, is {'passed' if truth.passed else 'failed'}"
            alone = all(
                self._is_so_alone(name, place, None)
                for file, place in places.items()
                if not all(map(outcomes.is_good, truth.report.files[file].values()))
            )
            yield f"order: {text}" if told.status == "passed" and alone and places else text

    def _served(
        self, name: str, place: str, cases: dict[outcomes.Case, outcomes.Outcome]
    ) -> Iterator[str]:
        bad = [case for case, end in cases.items() if not outcomes.is_good(end)]
        if bad:
            word = self._order_word(name, place, None)
            yield f"{word}{name}: {place} was served, and fails: {bad[:3]}"
        elif frozenset(cases.items()) not in self.seen.get((name, place), set()):
            yield f"{name}: {place} was served, and no run saw {_short(cases)}"

    def _explain(
        self,
        name: str,
        place: str,
        here: dict[outcomes.Case, outcomes.Outcome],
        cases: dict[outcomes.Case, outcomes.Outcome],
    ) -> str:
        word = self._order_word(name, place, here)
        differing = [
            (case, here.get(case), end) for case, end in cases.items() if here.get(case) != end
        ]
        return f"{word}{name}: {place} ran otherwise: {differing[:2]}"

    def _order_word(
        self, name: str, place: str, here: dict[outcomes.Case, outcomes.Outcome] | None
    ) -> str:
        """What marks a difference that is due to the company of other files; else nothing."""
        if not self._is_so_alone(name, place, here):
            return ""
        self.in_company.add(place)
        return "order: "

    def _is_so_alone(
        self, name: str, place: str, here: dict[outcomes.Case, outcomes.Outcome] | None
    ) -> bool:
        """Whether a file run by itself gives what oneroof said, or (None) passes."""
        if not (self.root / place).exists():
            return False
        alone = self.sayer.alone(name, dict(self.world.variables), place).report.cases
        if here is None:
            return bool(alone) and all(map(outcomes.is_good, alone.values()))
        return {case: alone.get(case) for case in here} == here

    def _places(self, name: str, truth: TargetTruth) -> dict[str, str]:
        """The files that a report names, from the root."""
        return {file: self._place(name, file) for file in truth.report.files}

    def _place(self, name: str, file: str) -> str:
        folder = PurePosixPath(self.world.home(name.rpartition(":")[0]).folder)
        places = [os.path.normpath(above / file) for above in (folder, *folder.parents)]
        return next((each for each in places if (self.root / each).exists()), places[0])

    # what is affected

    def _compare_affected(
        self,
        targets: set[str],
        listed: set[str],
        before: dict[str, TargetTruth],
        after: dict[str, TargetTruth],
    ) -> Iterator[str]:
        for name, truth in after.items():
            old = before.get(name)
            if old is None:
                if name not in targets:
                    yield f"affected: {name} is new and not listed"
                continue
            if (old.passed, old.error) != (truth.passed, truth.error) and name not in targets:
                yield f"affected: {name} was {old.passed}, is {truth.passed}, not listed"
            was = {self._places(name, old)[file]: ends for file, ends in old.report.files.items()}
            now = {
                self._places(name, truth)[file]: ends for file, ends in truth.report.files.items()
            }
            for path in truth.test_files:
                if was.get(path) != now.get(path) and path not in listed:
                    if path in self.in_company_before:
                        continue  # it was the company that made it what it was
                    if path in was and path in now and self._is_noise(name, path, now[path]):
                        continue
                    seen = f"{_short(was.get(path, {}))} -> {_short(now.get(path, {}))}"
                    yield f"affected: {path} changed, not listed: {seen}"

    def _is_noise(self, name: str, path: str, now: dict[outcomes.Case, outcomes.Outcome]) -> bool:
        """Whether it is the company of other files that makes the difference."""
        return not self._is_so_alone(name, path, now)


def _short(cases: outcomes.Cases) -> str:
    return "; ".join(f"{name} {end[0]} {end[1]}" for (_, name), end in cases.items())[:300]


def prove(chosen: argparse.Namespace, name: str) -> Count:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="oneroof-edits-", dir=chosen.scratch) as folder:
        scratch = Path(folder)
        house = Wheelhouse(scratch / "house")
        house.add_installed("pytest")
        os.environ["UV_FIND_LINKS"] = str(house.folder)
        os.environ["UV_NO_INDEX"] = "1"
        if name == "locked":
            del os.environ["UV_FIND_LINKS"], os.environ["UV_NO_INDEX"]
        for variable in ("SHADE", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"):
            os.environ.pop(variable, None)
        proof = Proof(chosen, name, scratch)
        try:
            proof.go()
        finally:
            proof.sayer.close()
            if chosen.keep:
                print(f"kept {scratch}")
                input("return to go on ")
    count = proof.count
    print(
        f"{name}, seed {chosen.seed}: {count.edits} edits, {len(count.false)} with false results; "
        f"{count.served} of {count.tests} tests were served from the cache, "
        f"{count.files - count.listed} of {count.files} test files not listed as affected; "
        f"{len(count.ordered)} depend on their order, {len(count.needless)} ran needlessly; "
        f"{time.monotonic() - began:.0f} s"
    )
    for each in count.needless[:5]:
        print(f"    needless: {each}")
    if chosen.verbose:
        print(f"    {dict(count.kinds.most_common())}")
        for each in count.ordered[:20]:
            print(f"    {each}")
    sys.stdout.flush()
    return count


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workspace", action="append", choices=sorted(WORLDS))
    parser.add_argument("--edits", type=int, default=100, help="for each workspace")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-step", type=int)
    parser.add_argument("--oneroof", default=str(HERE.parent / ".venv/bin/oneroof"))
    parser.add_argument("--scratch", help="where workspaces are made")
    parser.add_argument("--keep", action="store_true", help="wait before they are removed")
    parser.add_argument("-v", "--verbose", action="store_true")
    chosen = parser.parse_args()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    os.environ["UV"] = str(Path(chosen.oneroof).absolute().parent / "uv")
    counts = [prove(chosen, name) for name in chosen.workspace or WORLDS]
    false = sum(len(count.false) for count in counts)
    edits = sum(count.edits for count in counts)
    print(f"{edits} edits: {false} with false results")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
