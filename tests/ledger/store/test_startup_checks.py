"""The start-up check refuses databases that may lose events."""

from contextlib import closing

import pytest

from ledger.store import Log, Unfit
from ledger.store.postgres import Postgres
from ledger.store.sqlite import Sqlite

SQLITE = {
    "sqlite_version": "3.51.3",
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
}
POSTGRES = {
    "server_version_num": "150000",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}


def test_a_log_as_we_open_it_is_fit(database_url: str) -> None:
    with closing(Log(database_url)) as log:
        log.create()
        log.check()


def test_a_file_nobody_made_ready_is_unfit(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("bare") / "log.db"

    with closing(Log(f"sqlite:///{path}")) as log, pytest.raises(Unfit, match="journal_mode"):
        log.check()


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("sqlite_version", "3.51.2"),
        ("sqlite_version", "3.9.9"),
        ("journal_mode", "delete"),
        ("synchronous", "1"),
        ("foreign_keys", "0"),
    ],
)
def test_sqlite_set_up_otherwise_is_unfit(setting: str, found: str) -> None:
    Sqlite.check_settings(SQLITE)

    with pytest.raises(Unfit) as unfit:
        Sqlite.check_settings(SQLITE | {setting: found})

    assert (unfit.value.setting, unfit.value.found) == (setting, found)


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("server_version_num", "140019"),
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("synchronous_commit", "local"),
    ],
)
def test_postgresql_set_up_otherwise_is_unfit(setting: str, found: str) -> None:
    Postgres.check_settings(POSTGRES)

    with pytest.raises(Unfit) as unfit:
        Postgres.check_settings(POSTGRES | {setting: found})

    assert (unfit.value.setting, unfit.value.found) == (setting, found)


@pytest.mark.postgres
def test_the_gate_reads_what_the_server_really_does(postgres_url: str) -> None:
    careless = f"{postgres_url}?options=-c%20synchronous_commit%3Doff"

    with closing(Log(careless)) as log, pytest.raises(Unfit, match="synchronous_commit"):
        log.check()
