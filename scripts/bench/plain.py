"""The plainest honest way to claim: one route and one transaction a claim, on the same server."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from queue import LifoQueue
from typing import Any

import msgspec
import psycopg
import pysqlite3
from flask import Flask, Response, request

from pos_gateway.api.drops_schema import ClaimAsked, ClaimBody
from pos_gateway.settings import Settings
from pos_gateway.web.problem_details import Problem
from scripts.bench.no_op import ready, serve_instead

CONNECTIONS = 4
"""The connections of one worker: the best of 4, 8 and 16, since more only queue at the one row."""

_SCHEMA = (
    "CREATE TABLE member_key (member_id text PRIMARY KEY, key_hash text NOT NULL)",
    """
    CREATE TABLE slot (
        drop_id text, item_id text, session_id text,
        places_left integer NOT NULL CHECK (places_left >= 0), claims integer NOT NULL,
        PRIMARY KEY (drop_id, item_id, session_id)
    )
    """,
    """
    CREATE TABLE claim (
        drop_id text, claim_id text, member_id text NOT NULL, item_id text NOT NULL,
        session_id text NOT NULL, party integer NOT NULL, number integer NOT NULL,
        PRIMARY KEY (drop_id, claim_id), UNIQUE (drop_id, member_id)
    )
    """,
)
_TAKE = """
UPDATE slot SET places_left = places_left - 1, claims = claims + 1
WHERE drop_id = %s AND item_id = %s AND session_id = %s AND places_left >= 1 RETURNING claims
"""
_CLAIM = "INSERT INTO claim VALUES (%s, %s, %s, %s, %s, %s, %s)"
# Both in one statement take half the time of two on PostgreSQL: one round trip, not four.
_TAKE_AND_CLAIM = f"""
WITH taken AS ({_TAKE})
INSERT INTO claim SELECT %s, %s, %s, %s, %s, %s, claims FROM taken RETURNING number
"""  # noqa: S608 - nothing but our own words
_KEY = "INSERT INTO member_key VALUES (%s, %s)"
_SLOT = "INSERT INTO slot VALUES (%s, %s, %s, %s, 0)"
_KEYS = "SELECT member_id, key_hash FROM member_key"
_COUNT = "SELECT count(*) FROM claim WHERE drop_id = %s"


def taken(url: str) -> Taken:
    """Connect to the plain app's store of claims at a database URL, SQLite or PostgreSQL."""
    return _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)


def count_claims(kept: Taken, drop_id: str) -> int:
    """Return the number of claims on record for a drop."""
    return int(kept.rows(_COUNT, drop_id)[0][0])


class _Postgres:
    """The plain app's store of claims; several connections claim at a time."""

    def __init__(self, url: str) -> None:
        self._idle: LifoQueue[psycopg.Connection[Any]] = LifoQueue()
        for _ in range(CONNECTIONS):
            self._idle.put(psycopg.connect(url, autocommit=True, prepare_threshold=0))

    def claim(self, drop_id: str, claim_id: str, member_id: str, asked: ClaimAsked) -> int | None:
        """Take one place durably; return the number of the claim in its slot, or None if full."""
        slot = (drop_id, asked.item, asked.session)
        claimed = (drop_id, claim_id, member_id, asked.item, asked.session, asked.party)
        rows = self.rows(_TAKE_AND_CLAIM, *slot, *claimed)
        return int(rows[0][0]) if rows else None

    def rows(self, statement: str, *parameters: Any) -> list[Any]:
        connection = self._idle.get()
        try:
            return connection.execute(statement, parameters).fetchall()
        finally:
            self._idle.put(connection)

    def fill(self, keys: dict[str, str], slots: Iterable[tuple[str, str, str, int]]) -> None:
        """Create and fill the tables with key hashes by member id, and the capacity of slots."""
        connection = self._idle.get()
        with connection.transaction(), connection.cursor() as cursor:
            for statement in _SCHEMA:
                cursor.execute(statement)
            cursor.executemany(_KEY, list(keys.items()))
            cursor.executemany(_SLOT, list(slots))
        self._idle.put(connection)

    def close(self) -> None:
        for _ in range(CONNECTIONS):
            self._idle.get().close()


class _Sqlite:
    """One connection that claims once at a time, because SQLite has one writer."""

    def __init__(self, url: str) -> None:
        self._lock = threading.Lock()
        self._connection: Any = pysqlite3.connect(
            url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")

    def claim(self, drop_id: str, claim_id: str, member_id: str, asked: ClaimAsked) -> int | None:
        claimed = (drop_id, claim_id, member_id, asked.item, asked.session, asked.party)
        with self._lock, self._connection:
            execute = self._connection.execute
            execute("BEGIN IMMEDIATE")
            found = execute(_marked(_TAKE), (drop_id, asked.item, asked.session)).fetchall()
            if not found:
                return None
            execute(_marked(_CLAIM), (*claimed, found[0][0]))
            return int(found[0][0])

    def rows(self, statement: str, *parameters: Any) -> list[Any]:
        with self._lock:
            rows: list[Any] = self._connection.execute(_marked(statement), parameters).fetchall()
            return rows

    def fill(self, keys: dict[str, str], slots: Iterable[tuple[str, str, str, int]]) -> None:
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA:
                self._connection.execute(statement)
            self._connection.executemany(_marked(_KEY), list(keys.items()))
            self._connection.executemany(_marked(_SLOT), list(slots))

    def close(self) -> None:
        self._connection.close()


Taken = _Postgres | _Sqlite


def _marked(statement: str) -> str:
    return statement.replace("%s", "?")


def application() -> Flask:
    """Return an app with one route that claims, with the gateway's JSON in and out."""
    kept = taken(Settings.read(os.environ).ledger_url)
    # Read once, because a query per claim would cost the plain app another statement.
    hashes = dict(kept.rows(_KEYS))

    def claim(drop_id: str, claim_id: str) -> Response:
        _, member_id, _, secret = request.headers["Authorization"].split(".")
        if hashes.get(member_id) != hashlib.sha256(secret.encode()).hexdigest():
            return _problem(401, "key_refused")
        asked = msgspec.json.decode(request.get_data(), type=ClaimAsked)
        number = kept.claim(drop_id, claim_id, member_id, asked)
        if number is None:
            return _problem(409, "sold_out")
        body = ClaimBody(
            claim_id=claim_id,
            drop=drop_id,
            item=asked.item,
            session=asked.session,
            party=asked.party,
            number=number,
            ticket=claim_id,
            entry=None,
        )
        return Response(msgspec.json.encode(body), 201, content_type="application/json")

    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/api/v1/drops/<drop_id>/claims/<claim_id>", "claim", claim, methods=["PUT"])
    return ready(app)


def _problem(status: int, reason: str) -> Response:
    problem = Problem(type=reason, title=reason, status=status, reason=reason, next_step="")
    content = msgspec.json.encode(problem)
    return Response(content, status, content_type="application/problem+json")


if __name__ == "__main__":
    serve_instead("scripts.bench.plain:application")
