"""Counted attempts in a table of release 2026.11.2, upgraded."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from sqlalchemy import inspect

from ledger.store import session_rows
from ledger.store.side_tables import Side
from ledger.store.upgrade import upgrade
from tests.support.postgres import OWNER, as_role

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_an_upgrade_indexes_attempts_by_their_end_and_keeps_them(database_url: str) -> None:
    database_url = as_role(OWNER, database_url)
    # Given the tables of release 2026.11.2, without that index, and an attempt
    with closing(Side(database_url, session_rows.PART)) as side:
        side.create()
        with side.writing() as connection:
            connection.exec_driver_sql("DROP INDEX door_try_by_end")
            connection.exec_driver_sql("DELETE FROM schema_version")
            ends_at = NOON + timedelta(hours=1)
            session_rows.count_try(connection, "phone", now=NOON, ends_at=ends_at)
        # When they are upgraded
        upgrade(database_url, [session_rows.PART], lambda _step, _share: None)
        # Then the index is there, and the attempt counts on
        with side.writing() as connection:
            indexes = inspect(connection).get_indexes("door_try")
            counted = session_rows.count_try(connection, "phone", now=NOON, ends_at=ends_at)
        assert [index["column_names"] for index in indexes] == [["ends_at"]]
        assert counted == (2, ends_at)
