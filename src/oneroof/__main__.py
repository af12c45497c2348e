"""The entry point: answers `--version` at once and hands everything else to the command line."""

import sys

from oneroof import __version__


def main() -> int:
    """Run the command line of this process and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"oneroof {__version__}\n")
        return 0
    from oneroof.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
