"""Furnish a ledger once in a process, and copy its database for each test.

A test that asks for `ledger` gets it on a copy. A module that wants another one overrides the
fixture `furnishing` and returns a function of its own.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.application import Ledger
from tests.support.ledger_fixture import ledger_of_any_time, populate

Furnish = Callable[[Ledger], object]


class FurnishedFiles:
    """The SQLite files of furnished ledgers, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[Furnish, Path] = {}

    def copy(self, furnish: Furnish, path: Path) -> None:
        """Copy the file of a furnished ledger."""
        if furnish not in self._made:
            made = self._folder / f"{len(self._made)}.db"
            with closing(ledger_of_any_time(f"sqlite:///{made}")) as ledger:
                furnish(ledger)
            self._made[furnish] = made
        shutil.copy(self._made[furnish], path)


@pytest.fixture(scope="session")
def furnished_files(tmp_path_factory: pytest.TempPathFactory) -> FurnishedFiles:
    """Return the furnished ledgers of this process on SQLite."""
    return FurnishedFiles(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def furnishing() -> Furnish:
    """Return the function that furnishes the fixture `ledger`."""
    return populate


@pytest.fixture
def furnished_url(database_url: str) -> str:
    """Return the URL of a copy of the furnished ledger, on each database in turn."""
    return database_url


@pytest.fixture
def ledger(furnished_url: str) -> Iterator[Ledger]:
    """Return a furnished ledger on each database in turn."""
    with closing(ledger_of_any_time(furnished_url)) as ledger:
        yield ledger


def furnishing_of(request: pytest.FixtureRequest) -> Furnish | None:
    """Return the function that furnishes the ledger of a test, or None where it wants none."""
    if "furnished_url" not in request.fixturenames:
        return None
    furnish: Furnish = request.getfixturevalue("furnishing")
    return furnish
