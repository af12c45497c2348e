"""The two halves of a cache, named as in the Remote Execution API v2, and wrappers around them."""

from collections.abc import Iterable
from typing import Protocol

from oneroof.actions.digest import Digest
from oneroof.actions.result import ActionResult


class ContentAddressableStorage(Protocol):
    """Blobs by their digest. What is read is what was written, or nothing."""

    def find_missing_blobs(self, digests: Iterable[Digest]) -> list[Digest]:
        """Those of `digests` that are not here, in the order given; content is not verified."""
        ...

    def read(self, digest: Digest) -> bytes | None:
        """A blob's verified content; None where it is missing or corrupt."""
        ...

    def write(self, content: bytes) -> Digest:
        """Store a blob, if it can be stored, and name it."""
        ...


class ActionCache(Protocol):
    """Results of actions that passed."""

    def get_action_result(self, action_digest: Digest) -> ActionResult | None:
        """A result all of whose blobs are here; None otherwise."""
        ...

    def update_action_result(self, action_digest: Digest, result: ActionResult) -> None:
        """Store a result, if it can be stored.

        Raises:
            ValueError: the result did not pass.
        """
        ...


def require_passed(result: ActionResult) -> None:
    """Refuse what must never be replayed as a success.

    Raises:
        ValueError: the result did not pass.
    """
    if result.status != "passed":
        message = f"only what passed may enter the action cache, not {result.status!r}"
        raise ValueError(message)


class ReadOnlyStorage:
    """Reads another storage and writes nothing."""

    def __init__(self, storage: ContentAddressableStorage) -> None:
        self._storage = storage

    def find_missing_blobs(self, digests: Iterable[Digest]) -> list[Digest]:
        """As the wrapped storage."""
        return self._storage.find_missing_blobs(digests)

    def read(self, digest: Digest) -> bytes | None:
        """As the wrapped storage."""
        return self._storage.read(digest)

    def write(self, content: bytes) -> Digest:
        """Name the content only."""
        return Digest.of(content)


class ReadOnlyActionCache:
    """Looks results up and stores none."""

    def __init__(self, cache: ActionCache) -> None:
        self._cache = cache

    def get_action_result(self, action_digest: Digest) -> ActionResult | None:
        """As the wrapped cache."""
        return self._cache.get_action_result(action_digest)

    def update_action_result(self, action_digest: Digest, result: ActionResult) -> None:
        """Check the result only."""
        del action_digest
        require_passed(result)


class WriteOnlyActionCache:
    """Stores results and finds none: everything runs again and is remembered."""

    def __init__(self, cache: ActionCache) -> None:
        self._cache = cache

    def get_action_result(self, action_digest: Digest) -> None:
        """Find nothing."""
        del action_digest

    def update_action_result(self, action_digest: Digest, result: ActionResult) -> None:
        """As the wrapped cache."""
        self._cache.update_action_result(action_digest, result)


class RecordingActionCache:
    """Remembers which actions were found, were not, and were stored."""

    def __init__(self, cache: ActionCache) -> None:
        self._cache = cache
        self.hits: list[Digest] = []
        self.misses: list[Digest] = []
        self.updates: list[Digest] = []

    def get_action_result(self, action_digest: Digest) -> ActionResult | None:
        """As the wrapped cache."""
        result = self._cache.get_action_result(action_digest)
        (self.misses if result is None else self.hits).append(action_digest)
        return result

    def update_action_result(self, action_digest: Digest, result: ActionResult) -> None:
        """As the wrapped cache."""
        self._cache.update_action_result(action_digest, result)
        self.updates.append(action_digest)
