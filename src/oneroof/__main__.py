"""The entry point: answers `--version` at once and hands everything else to the command line."""

import sys

from oneroof import __version__

AT_ONCE = frozenset({"affected", "fmt", "lint", "ls", "run", "test", "types"})
"""Commands that begin with the state of the work tree: git starts while the rest is loaded."""


def main() -> int:
    """Run the command line of this process and return its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"oneroof {__version__}\n")
        return 0
    reading = None
    if arguments and arguments[0] in AT_ONCE and not {"-h", "--help"}.intersection(arguments):
        from pathlib import Path

        from oneroof.workspace.git import find_repository, start_reading

        root = find_repository(Path.cwd())
        reading = start_reading(root) if root is not None else None
    from oneroof.cli.main import run

    return run(arguments, reading)


if __name__ == "__main__":
    sys.exit(main())
