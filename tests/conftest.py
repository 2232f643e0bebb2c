"""Fixtures and settings of every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.app import any_gateway, gateway
from tests.support.app_owner import shop
from tests.support.app_staff import officers
from tests.support.app_with_drop import any_hall, hall
from tests.support.browser import browser, chromium, playwright, served
from tests.support.browser_demo import town
from tests.support.browser_merchant import looking, street
from tests.support.ledger_fixture import ledger, sqlite_url
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
    "any_gateway",
    "any_hall",
    "browser",
    "chromium",
    "database_url",
    "gateway",
    "hall",
    "ledger",
    "log",
    "looking",
    "officers",
    "playwright",
    "postgres_in_memory",
    "postgres_on_disk",
    "postgres_server",
    "postgres_url",
    "served",
    "shop",
    "sqlite_url",
    "street",
    "tmp_path",
    "town",
    "vault",
    "vault_keys",
    "vault_rows",
]


# Examples are few enough for every commit; a busy machine is no reason to fail one.
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
