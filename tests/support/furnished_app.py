"""Furnish an app once in a process, and copy its files for each test.

A copy has what the first one had: databases, keys and cookies. Its clock tells the time of the
copy, but for a class whose tests count from the time of the first one.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from tests.support.app import App
from tests.support.app_owner import OwnerApp
from tests.support.app_staff import StaffApp
from tests.support.app_with_drop import DropApp

AppT = TypeVar("AppT", bound=App)
OPENED = {"flask", "services", "client"}
"""Attributes of an app that each copy opens for itself."""


class _Original(NamedTuple):
    folder: Path
    attributes: dict[str, Any]
    cookies: dict[Any, Any]


class FurnishedApps:
    """The furnished apps on SQLite, each made when its class is first asked for."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._made: dict[type[App], _Original] = {}

    def copy(self, kind: type[AppT], folder: Path) -> AppT:
        """Return a copy of the furnished app of a class, opened in a folder."""
        if kind not in self._made:
            self._made[kind] = self._make(kind)
        original = self._made[kind]
        shutil.copytree(original.folder, folder, dirs_exist_ok=True)
        copied = object.__new__(kind)
        vars(copied).update(deepcopy(original.attributes))
        if kind.CLOCK_GOES_ON:
            copied.now = datetime.now(UTC)
        copied.start(f"sqlite:///{folder}/log.db", folder / "var")
        copied.client._cookies = deepcopy(original.cookies)
        return copied

    def _make(self, kind: type[App]) -> _Original:
        folder = self._factory.mktemp(kind.__name__)
        made = kind(f"sqlite:///{folder}/log.db", folder / "var")
        made.services.close()
        attributes = {name: value for name, value in vars(made).items() if name not in OPENED}
        return _Original(folder, attributes, made.client._cookies)


@pytest.fixture(scope="session")
def furnished_apps(tmp_path_factory: pytest.TempPathFactory) -> FurnishedApps:
    """Return the furnished apps of this process."""
    return FurnishedApps(tmp_path_factory)


def _copied(kind: type[AppT]) -> Any:
    @pytest.fixture
    def made(furnished_apps: FurnishedApps, tmp_path: Path) -> Iterator[AppT]:
        with closing(furnished_apps.copy(kind, tmp_path)) as copied:
            yield copied

    return made


app, drop_app, staff_app, owner_app = map(_copied, (App, DropApp, StaffApp, OwnerApp))
"""Gateways on SQLite: also with an open drop, somebody of each role, the bakery's owner."""
