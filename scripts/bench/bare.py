"""Bare batched inserts into the same table: the least work of any log on this database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
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


def batched(rows: Iterable[Stored], sizes: Iterable[int]) -> list[list[Stored]]:
    """Split the rows into batches of these sizes; rows left over make one more batch."""
    left = iter(rows)
    batches = [list(islice(left, size)) for size in sizes]
    return [batch for batch in [*batches, list(left)] if batch]


class Bare:
    """The table of the log, with indexes and triggers, and a connection that only inserts."""

    def __init__(self, url: str) -> None:
        """Create the table in an empty database."""
        with closing(Log(url)) as log:
            log.create()
        self._sqlite = url.startswith("sqlite")
        self._connection: Any = (
            pysqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            if self._sqlite
            else psycopg.connect(url, autocommit=True)
        )
        self.close = self._connection.close
        if self._sqlite:
            self._connection.execute("PRAGMA synchronous = FULL")

    def insert(self, batches: Sequence[Sequence[Stored]]) -> float:
        """Insert each batch in a transaction of its own, and return the seconds for all."""
        cursor = self._connection.cursor()
        insert, begin = (
            (cursor.executemany, "BEGIN IMMEDIATE") if self._sqlite else (cursor.execute, "BEGIN")
        )
        statement = _SQLITE if self._sqlite else _POSTGRES
        ready = [one if self._sqlite else [*map(list, zip(*one, strict=True))] for one in batches]
        started = time.perf_counter()
        for batch in ready:
            cursor.execute(begin)
            insert(statement, batch)
            cursor.execute("COMMIT")
        return time.perf_counter() - started
