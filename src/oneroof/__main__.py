"""The entry point: answers `--version` at once and hands everything else to the command line."""

import os
import sys

from oneroof import __version__
from oneroof.workspace.reading import Reading, find_top

AT_ONCE = frozenset({"affected", "fmt", "lint", "ls", "run", "test", "types"})
"""Commands that begin with the state of the work tree: git starts while the rest is loaded."""

ONLY_LOOKING = frozenset({"affected", "ls"})
"""Commands that answer a question and leave nothing to be tidied up."""


def _set_git_to_work() -> Reading | None:
    """What git says of the work tree around here, asked already; None without git or any."""
    try:
        top = find_top(os.getcwd())  # noqa: PTH109  pathlib is not loaded yet
        return None if top is None else Reading(top)
    except FileNotFoundError:  # neither git nor this folder: told where they are needed
        return None


def main() -> int:
    """Run the command line of this process and return its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"oneroof {__version__}\n")
        return 0
    reading = None
    if arguments and arguments[0] in AT_ONCE and not {"-h", "--help"}.intersection(arguments):
        reading = _set_git_to_work()
    looks = bool(arguments) and arguments[0] in ONLY_LOOKING
    if looks:
        import gc

        gc.disable()  # what they read stays until they end
    from oneroof.cli.main import run

    code = run(arguments, reading)
    if looks:
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once: taking apart what was read takes a tenth of the whole run."""
    try:  # noqa: SIM105  contextlib would double the time of `--version`
        sys.stdout.flush()
    except OSError:  # the reader went away
        pass
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
