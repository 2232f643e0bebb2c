"""Fixtures and settings of every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.app import app, app_any_db
from tests.support.app_owner import owner_app
from tests.support.app_staff import staff_app
from tests.support.app_with_drop import drop_app, drop_app_any_db
from tests.support.browser import browser, chromium, live_server, playwright
from tests.support.browser_demo import browser_demo
from tests.support.browser_merchant import merchant_browser, merchant_server
from tests.support.ledger_fixture import ledger, sqlite_url
from tests.support.ledger_offline import till
from tests.support.log_fixture import log
from tests.support.postgres import (
    postgres_in_memory,
    postgres_on_disk,
    postgres_server,
    postgres_url,
)
from tests.support.storage import tmp_path, use_memory
from tests.support.templates import share_templates
from tests.support.vault_fixture import vault, vault_keys, vault_rows

__all__ = [
    "app",
    "app_any_db",
    "browser",
    "browser_demo",
    "chromium",
    "database_url",
    "drop_app",
    "drop_app_any_db",
    "ledger",
    "live_server",
    "log",
    "merchant_browser",
    "merchant_server",
    "owner_app",
    "playwright",
    "postgres_in_memory",
    "postgres_on_disk",
    "postgres_server",
    "postgres_url",
    "sqlite_url",
    "staff_app",
    "till",
    "tmp_path",
    "vault",
    "vault_keys",
    "vault_rows",
]


# Examples are few enough for every commit; a busy machine must not fail them.
settings.register_profile(
    "ci", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("night", parent=settings.get_profile("ci"), max_examples=2_000)
settings.load_profile("ci")


def pytest_configure() -> None:
    """Keep the files of the run in memory, and compile each template once."""
    use_memory()
    share_templates()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave requests of a browser out of the coverage: tracing them costs minutes."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/log.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
