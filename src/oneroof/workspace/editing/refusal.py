"""Why a file is not changed."""


class NotEditable(Exception):  # noqa: N818  no error: the file is named and left
    """A file, or a place in one, that cannot be changed without risk."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
