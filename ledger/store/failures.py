"""What the log says when it could not do as asked."""

from __future__ import annotations


class StoreFailure(Exception):
    """Anything that kept the log from doing as asked."""


class Unavailable(StoreFailure):
    """The lock or the database could not be had: surely nothing was written."""


class FateUnknown(StoreFailure):
    """The commit itself failed: the facts may be in the log or not. Read the log to know."""


class DiskFailed(StoreFailure):
    """The disk failed a commit: what this process believes to be written may be gone.

    The kernel forgets a failed write, so that trying again would seem to succeed. Write no more:
    end, and read the log anew.
    """


class Conflict(StoreFailure):
    """A unique guard was hit (position, stream and version, or request id): nothing was written."""


class Unfit(StoreFailure):
    """The database would lose facts as it is set up: do not start on it."""

    def __init__(self, *, setting: str, found: str, wanted: str) -> None:
        super().__init__(f"{setting} is {found}, must be {wanted}")
        self.setting = setting
        self.found = found
        self.wanted = wanted
