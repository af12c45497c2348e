"""The words of a command on this machine."""

from collections.abc import Iterable, Iterator, Mapping

from oneroof import paths
from oneroof.tasks.model import ToolCommand
from oneroof.tasks.outcome import Scope


def looked_at(command: ToolCommand, scope: Scope) -> tuple[str, ...]:
    """The last words of a command: what it is to look at, and to pass over.

    Files are left out rather than others named where the tool looks for tests itself: what it
    passes over by its own rules stays out.
    """
    folder = command.working_directory
    if scope.files is not None:
        return tuple(paths.relative_to(each, folder) for each in scope.files)
    left_out = [paths.relative_to(each, folder) for each in scope.left_out]
    # What is named is looked at, ignored or not.
    named = (each for each in command.paths if each not in left_out)
    return (*(f"--ignore={each}" for each in left_out), *named)


def placed(words: Iterable[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """Put this machine's paths in the place of their names."""

    def place(word: str) -> Iterator[str]:
        for name, value in places.items():
            word = word.replace(name, value)
        yield word

    return tuple(each for word in words for each in place(word))
