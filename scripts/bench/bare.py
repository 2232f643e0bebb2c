"""Bare batched inserts into the same table: the least work of any log on this database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import psycopg
import pysqlite3

from ledger.store import Log, Stored

COLUMNS = ", ".join(Stored._fields)
_SQLITE = f"INSERT INTO facts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own columns
_POSTGRES = f"""
INSERT INTO facts ({COLUMNS}) SELECT * FROM unnest(
    %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[],
    %b::text[], %b::text[], %b::text[], %b::bytea[])
"""  # noqa: S608 - likewise


def bare(url: str) -> _Sqlite | _Postgres:
    """Create the log's table, with indexes and triggers, on an empty database; connect to it."""
    log = Log(url)
    log.create()
    log.close()
    return _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)


def batched(rows: Iterable[Stored], sizes: Iterable[int]) -> list[list[Stored]]:
    """Split the rows into batches of these sizes; rows left over make one more batch."""
    left = iter(rows)
    batches = [list(islice(left, size)) for size in sizes]
    return [batch for batch in [*batches, list(left)] if batch]


class _Sqlite:
    def __init__(self, url: str) -> None:
        self._connection: Any = pysqlite3.connect(
            url.removeprefix("sqlite:///"), isolation_level=None
        )
        self._connection.execute("PRAGMA synchronous = FULL")

    def insert(self, batches: Sequence[Sequence[Stored]]) -> float:
        """Insert each batch in a transaction of its own, and return the seconds for all."""
        execute, many = self._connection.execute, self._connection.executemany
        started = time.perf_counter()
        for batch in batches:
            execute("BEGIN IMMEDIATE")
            many(_SQLITE, batch)
            execute("COMMIT")
        return time.perf_counter() - started

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def insert(self, batches: Sequence[Sequence[Stored]]) -> float:
        arrays = [list(map(list, zip(*batch, strict=True))) for batch in batches]
        execute = self._connection.cursor().execute
        started = time.perf_counter()
        for columns in arrays:
            execute("BEGIN")
            execute(_POSTGRES, columns)
            execute("COMMIT")
        return time.perf_counter() - started

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()
