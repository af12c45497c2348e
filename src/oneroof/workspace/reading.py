"""git, set to work on the state of the work tree before anything else is loaded.

git takes longer over a large work tree than Python takes to import what a command needs. So this
module imports next to nothing, starts git, and leaves reading what it says to `git.py`.
"""

import os

LISTING = ("ls-files", "--stage", "-z", "-v")
STATUS = (
    *("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"),
    *("--ignore-submodules=none", "--", "."),
)


class Started:
    """A git command at work, its standard output in a pipe."""

    __slots__ = ("_descriptor", "_process", "arguments")

    def __init__(self, root: str, arguments: tuple[str, ...]) -> None:
        self.arguments = arguments
        self._descriptor, write_end = os.pipe()
        null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        # What git says against it is asked for again where it fails: see `finish`.
        silent = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        try:
            self._process = os.posix_spawnp(
                "git",
                ("git", "-C", root, *arguments),
                os.environ,
                file_actions=[null, (os.POSIX_SPAWN_DUP2, write_end, 1), silent],
            )
        except OSError:
            os.close(self._descriptor)
            raise
        finally:
            os.close(write_end)

    def finish(self) -> bytes | None:
        """All it printed; None where it failed, so that asking again tells why."""
        with open(self._descriptor, "rb") as stream:  # noqa: PTH123  a descriptor, not a path
            output = stream.read()
        _, status = os.waitpid(self._process, 0)
        return output if status == 0 else None


class Reading:
    """git at work on the state of a work tree, while others do something else."""

    __slots__ = ("began_at_ns", "listing", "root", "status")

    def __init__(self, root: str) -> None:
        import time

        self.root = root
        self.began_at_ns = time.time_ns()
        """In nanoseconds since the epoch: what is edited later may or may not be seen."""
        self.listing = Started(root, LISTING)
        self.status = Started(root, STATUS)


def find_top(start: str) -> str | None:
    """The top folder of the git work tree that holds the absolute path `start`."""
    folder = start
    while not os.path.exists(f"{folder}/.git"):  # noqa: PTH110  pathlib is not loaded yet
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder
