"""Failures of the log, and the translation of database errors into them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import exc


class StoreFailure(Exception):
    """The base class of all failures of the log."""


class Unavailable(StoreFailure):
    """The lock or the database was not available: certainly nothing was written."""


class FateUnknown(StoreFailure):
    """The commit failed with unknown outcome: read the log to learn whether the facts are in it."""


class DiskFailed(StoreFailure):
    """The disk failed a commit: stop writing, end the process, and read the log anew.

    Writes that seemed to succeed may be lost: the kernel forgets a failed write.
    """


class Conflict(StoreFailure):
    """A unique constraint failed (position, stream version, request id): nothing was written."""


class Unfit(StoreFailure):
    """The database is configured so that it could lose facts: the program must not start on it."""

    def __init__(self, *, setting: str, found: str, wanted: str) -> None:
        super().__init__(f"{setting} is {found}, must be {wanted}")
        self.setting = setting
        self.found = found
        self.wanted = wanted


class WrongVersion(StoreFailure):
    """The tables are older or newer than the program: upgrade the older of the two."""

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


class UpgradeDue(StoreFailure):
    """The tables of a part are missing or in another schema; `hongka upgrade` alone may help."""

    def __init__(self, *, part: str, why: str) -> None:
        super().__init__(
            f"the tables of {part!r} {why}. Stop every gateway, then run: hongka upgrade"
            " (if another role owns the tables, with its URL in HONGKA_OWNER_URL)"
        )


class Damaged(StoreFailure):
    """The log is not what was recorded: nothing may be written. `problem` names the place."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the log is damaged (log_damaged): {problem}. Run: hongka verify")
        self.problem = problem


class UpgradeFailed(StoreFailure):
    """An upgrade step failed; the database is unchanged."""


@contextmanager
def translated(driver: Any = exc) -> Iterator[None]:
    """Raise Conflict or Unavailable for database failures inside the block; SQL errors pass.

    `driver` is the module that names the errors: a driver's own or, unless given, SQLAlchemy's.
    """
    try:
        yield
    except driver.IntegrityError as error:
        raise Conflict(cause(error)) from error
    except (driver.OperationalError, driver.InterfaceError, driver.InternalError) as error:
        raise Unavailable(cause(error)) from error
    except exc.TimeoutError as error:
        raise Unavailable("every connection is taken") from error


def cause(error: BaseException) -> str:
    """Return what the driver said, without the statement that SQLAlchemy adds to it."""
    return str(getattr(error, "orig", error))
