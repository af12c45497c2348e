"""Which pins and projects block which Python: `oneroof check --python 3.12`."""

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from oneroof.cli.context import Session
from oneroof.disk import cache_root
from oneroof.environments.choice import target_of
from oneroof.environments.interpreters import abi, find_interpreters
from oneroof.errors import ConfigError
from oneroof.locks.pythons import late_patch
from oneroof.rules.blocked import Question, find_blocks
from oneroof.rules.violation import Violation
from oneroof.workspace.model import ProjectName

RULE = "python"
_VERSION = re.compile(r"3\.\d+(\.\d+)?")


def find_blocked(
    session: Session, pythons: Sequence[str], names: Collection[ProjectName]
) -> Iterator[Violation]:
    """What keeps projects from running on Pythons, by project.

    Raises:
        ConfigError: one is no version.
    """
    questions = [_question(each.strip()) for text in pythons for each in text.split(",")]
    opened = session.opened
    locks, _ = session.locks
    for project in opened.workspace.projects:
        if project.name in names:
            lock = locks.get(project.lock) if project.lock is not None else None
            for question in dict.fromkeys(questions):
                for problem in find_blocks(opened.graph, project, lock, question):
                    yield Violation(RULE, project.name, problem, fails=True)


def _question(python: str) -> Question:
    """This machine's platform with another Python version."""
    if not _VERSION.fullmatch(python):
        message = f"`--python {python}`: expected a version like `3.12`"
        raise ConfigError(message, hint="give major and minor version")
    found = find_interpreters(cache_root())
    if not found:
        message = "no Python interpreter was found to take the platform from"
        raise ConfigError(message)
    minor = ".".join(python.split(".")[:2])
    full = late_patch(minor) if minor == python else python
    markers = dict(found[0].markers) | {
        "python_version": minor,
        "python_full_version": full,
        "implementation_version": full,
    }
    imagined = msgspec.structs.replace(
        found[0],
        version=full,
        abi=abi(minor, free_threaded=False, debug=False),
        markers=tuple(sorted(markers.items())),
    )
    return Question(python, target_of(imagined))
