"""Fixtures and settings of every test."""

import resource
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.app import app_any_db
from tests.support.app_staff import clerk
from tests.support.app_with_drop import drop_app_any_db
from tests.support.controls import Controls
from tests.support.furnished_app import app, drop_app, furnished_apps, owner_app, staff_app
from tests.support.furnished_ledger import (
    FurnishedFiles,
    furnished_files,
    furnished_url,
    furnishing,
    furnishing_of,
    ledger,
)
from tests.support.hashing import production_hasher, use_cheap_hashes
from tests.support.ledger_fixture import sqlite_url
from tests.support.ledger_offline import till
from tests.support.log_fixture import log
from tests.support.postgres import (
    postgres_in_memory,
    postgres_on_disk,
    postgres_server,
    postgres_url,
)
from tests.support.selection import arrange, leave_english_to_the_night, leave_postgres_to_the_night
from tests.support.storage import tmp_path, use_memory
from tests.support.templates import share_templates
from tests.support.vault_fixture import vault, vault_keys, vault_rows

_IN_CHROMIUM = {"browser", "playwright"}
"""The fixtures of which a test in a browser has one."""

MEMORY_BYTES_MAX = 8 << 30
"""The most private memory of each process of the tests."""

# Examples are few enough for every commit; a busy machine must not fail them.
settings.register_profile(
    "ci", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("night", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    """Do without what costs much and tests nothing, and leave out controls that passed."""
    _limit_memory()
    use_memory()
    use_cheap_hashes()
    share_templates()
    config.pluginmanager.register(Controls(config), "controls")


def _limit_memory() -> None:
    """Let a test that runs away fail with MemoryError before it takes the whole machine."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES_MAX, hard))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark, choose and order the tests; those of a browser count to no coverage, which is slow."""
    for item in items:
        if not _IN_CHROMIUM.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.no_cover)
    leave_postgres_to_the_night(items)
    leave_english_to_the_night(items)
    arrange(items)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, furnished_files: FurnishedFiles
) -> str:
    """Return the URL of a database of each kind in turn: empty, or furnished for `ledger`."""
    if request.param == "sqlite":
        if furnish := furnishing_of(request):
            furnished_files.copy(furnish, tmp_path / "log.db")
        return f"sqlite:///{tmp_path}/log.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
