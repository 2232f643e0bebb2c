"""Plain Flask apps on the server and with the settings of the gateway: a no-op, and claims.

The plainest honest way to claim is one route and one statement a claim. The claims are in
PostgreSQL or Redis, by the URL in `PLAIN_URL`; without it the one route does nothing.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from queue import LifoQueue
from typing import Any

import msgspec
import psycopg
from flask import Flask, Response, request
from granian.constants import Interfaces, Loops

from pos_gateway.api.drops_schema import ClaimAsked, ClaimBody
from pos_gateway.app import server
from pos_gateway.app.health import HealthServer
from pos_gateway.settings import Settings
from pos_gateway.web.problem_details import Problem
from scripts.bench.redis import Redis

URL = "PLAIN_URL"
CONNECTIONS = 4
"""The connections of one worker: the best of 4, 8 and 16, since more only queue at the one row."""

_SCHEMA = """
CREATE TABLE member_key (member_id text PRIMARY KEY, key_hash text NOT NULL);
CREATE TABLE slot (
    drop_id text, item_id text, session_id text,
    places_left integer NOT NULL CHECK (places_left >= 0), claims integer NOT NULL,
    PRIMARY KEY (drop_id, item_id, session_id)
);
CREATE TABLE claim (
    drop_id text, claim_id text, member_id text NOT NULL, item_id text NOT NULL,
    session_id text NOT NULL, party integer NOT NULL, number integer NOT NULL,
    PRIMARY KEY (drop_id, claim_id), UNIQUE (drop_id, member_id)
)
"""
# Both in one statement take half the time of two: one round trip, not four.
_CLAIM = """
WITH taken AS (
    UPDATE slot SET places_left = places_left - 1, claims = claims + 1
    WHERE drop_id = %s AND item_id = %s AND session_id = %s AND places_left >= 1 RETURNING claims
)
INSERT INTO claim SELECT %s, %s, %s, %s, %s, %s, claims FROM taken RETURNING number
"""


class Postgres:
    """The plain app's store of claims; several connections claim at a time."""

    def __init__(self, url: str) -> None:
        self._idle: LifoQueue[psycopg.Connection[Any]] = LifoQueue()
        for _ in range(CONNECTIONS):
            self._idle.put(psycopg.connect(url, autocommit=True, prepare_threshold=0))

    def claim(self, drop_id: str, claim_id: str, member_id: str, asked: ClaimAsked) -> int | None:
        """Take one place durably; return the number of the claim in its slot, or None if full."""
        slot = (drop_id, asked.item, asked.session)
        claimed = (drop_id, claim_id, member_id, asked.item, asked.session, asked.party)
        rows = self._rows(_CLAIM, *slot, *claimed)
        return int(rows[0][0]) if rows else None

    def key_hashes(self) -> dict[str, str]:
        """Return the hash of each member's key, by member id."""
        return dict(self._rows("SELECT member_id, key_hash FROM member_key"))

    def count(self, drop_id: str) -> int:
        """Return the number of claims on record for a drop."""
        return int(self._rows("SELECT count(*) FROM claim WHERE drop_id = %s", drop_id)[0][0])

    def fill(self, keys: Mapping[str, str], slots: Iterable[tuple[str, str, str, int]]) -> None:
        """Create and fill the tables with key hashes by member id, and the capacity of slots."""
        with self._taken() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_SCHEMA, prepare=False)
            cursor.executemany("INSERT INTO member_key VALUES (%s, %s)", list(keys.items()))
            cursor.executemany("INSERT INTO slot VALUES (%s, %s, %s, %s, 0)", list(slots))

    def close(self) -> None:
        """Close all connections."""
        for _ in range(CONNECTIONS):
            self._idle.get().close()

    def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        with self._taken() as connection:
            return connection.execute(statement, parameters).fetchall()

    @contextmanager
    def _taken(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)


Store = Postgres | Redis


def store_at(url: str) -> Store:
    """Connect to the plain app's store of claims at a URL of PostgreSQL or Redis."""
    return Redis(url) if url.startswith("redis") else Postgres(url)


def application() -> Flask:
    """Return the app on the store that `PLAIN_URL` names, else one that answers `{"ok":true}`.

    It says that it is ready at the addresses where a gateway does. The server calls this function.
    """
    if url := os.environ.get(URL):
        app = app_on(store_at(url))
    else:
        app = Flask(__name__, static_folder=None)
        app.add_url_rule("/", "no_op", lambda: '{"ok":true}')
    app.add_url_rule("/healthz", "alive", lambda: "")
    app.add_url_rule("/readyz", "ready", lambda: "")
    settings = Settings.read(os.environ)
    HealthServer(settings.health_host, settings.health_port, app.wsgi_app).begin()
    return app


def app_on(kept: Store) -> Flask:
    """Return an app with one route that claims, with the gateway's JSON in and out."""
    # Read once, because a query per claim would cost the plain app another statement.
    hashes = kept.key_hashes()

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
    return app


def _problem(status: int, reason: str) -> Response:
    problem = Problem(type=reason, title=reason, status=status, reason=reason, next_step="")
    content = msgspec.json.encode(problem)
    return Response(content, status, content_type="application/problem+json")


def serve() -> None:
    """Serve the app by WSGI, with the settings of a gateway."""
    settings = Settings.read(os.environ)
    server.serve(
        settings,
        "scripts.bench.plain:application",
        interface=Interfaces.WSGI,
        loop=Loops.auto,
        blocking_threads=settings.threads,
        backpressure=None,
    )


if __name__ == "__main__":
    serve()
