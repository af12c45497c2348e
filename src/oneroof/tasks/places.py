"""The places of this machine that a command of a target uses, in the place of their names."""

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from oneroof.changes.snapshot import workspace_folder
from oneroof.environments.model import Environment
from oneroof.tasks import bytecode
from oneroof.tasks.model import (
    BIN,
    BYTECODE,
    JUNIT,
    PROJECT_PYTHON,
    PYTEST_CACHE,
    PYTHON,
    RUNNERS,
    SCRATCH,
    Target,
)
from oneroof.tasks.outcome import file_name

RUNNERS_FOLDER = Path(__file__).parent / "runners"


class Places(msgspec.Struct, frozen=True):
    """Folders and files of one run of a target; another process may run it at the same time."""

    bytecode: Path
    junit: Path
    pytest_cache: Path
    scratch: Path
    last_junit: Path
    last_pytest_cache: Path
    """Where those of the last run are looked for."""

    def words(self, environment: Environment, own: Environment) -> dict[str, str]:
        """What stands for each name, given the environments of the tool and of the project."""
        return {
            PYTHON: str(environment.python),
            PROJECT_PYTHON: str(own.python),
            BIN: str(environment.python.parent),
            JUNIT: str(self.junit),
            RUNNERS: str(RUNNERS_FOLDER),
            BYTECODE: str(self.bytecode),
            PYTEST_CACHE: str(self.pytest_cache),
            SCRATCH: str(self.scratch),
        }

    def settle(self) -> None:
        """Put what the run made where it is looked for; the later of two runs wins."""
        for made, place in (
            (self.junit, self.last_junit),
            (self.pytest_cache, self.last_pytest_cache),
        ):
            if made != place and made.exists():
                with contextlib.suppress(OSError):
                    if place.is_dir():
                        shutil.rmtree(place, ignore_errors=True)
                    made.replace(place)


def make_places(root: Path, target: Target, *, anew: bool) -> Places:
    """The places of a run; `anew`: nothing that an earlier one left may count."""
    folder = workspace_folder(root)
    reports, scratch = folder / "reports", folder / "scratch" / file_name(target.project)
    reports.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(parents=True, exist_ok=True)
    name, number = file_name(target.name), os.getpid()
    junit = reports / f"{name}.{number}.xml"
    junit.unlink(missing_ok=True)
    last_pytest_cache = pytest_cache = scratch / "pytest"
    if anew:
        pytest_cache = scratch / f"pytest.{number}"
        shutil.rmtree(pytest_cache, ignore_errors=True)
    return Places(
        bytecode=folder / bytecode.FOLDER,
        junit=junit,
        pytest_cache=pytest_cache,
        scratch=scratch,
        last_junit=reports / f"{name}.xml",
        last_pytest_cache=last_pytest_cache,
    )


def placed(words: Iterable[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """Put this machine's paths in the place of their names."""

    def put(word: str) -> str:
        for name, value in places.items():
            word = word.replace(name, value)
        return word

    return tuple(map(put, words))
