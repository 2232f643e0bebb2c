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


class WrongVersion(StoreFailure):
    """The tables are older or newer than the program: upgrade the one or the other."""

    def __init__(self, *, part: str, found: int, wanted: int) -> None:
        next_step = (
            "Stop every gateway, then run: hongka upgrade"
            if found < wanted
            else "A newer release made them: install that release"
        )
        super().__init__(
            f"the tables of {part!r} have version {found}, this program needs version {wanted}."
            f" {next_step}"
        )


class UpgradeFailed(StoreFailure):
    """A step failed: its database is as it was before."""
