"""One builder at a time for one folder of the cache, over threads and processes."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusively(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock that stands for `folder`; `waiting` is called when another holds it.

    The lock is the kernel's and ends with its process, however that ends.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is not None:
                waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
