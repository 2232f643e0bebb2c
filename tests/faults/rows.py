"""Read a log straight from its database, without our own code."""

import json
from typing import Any, NamedTuple

import psycopg
import pysqlite3
from sqlalchemy import make_url

_READ = """
SELECT position, stream, version, topic, at, payload, metadata, request_id, leaf
FROM facts ORDER BY position
"""
_HEAD = "SELECT position, at, leaf FROM head"


class Row(NamedTuple):
    """An event as the database holds it."""

    position: int
    stream: str
    version: int
    topic: str
    at: str
    payload: str
    metadata: str
    request_id: str | None
    leaf: bytes

    @property
    def event(self) -> dict[str, Any]:
        """Return the decoded payload."""
        event: dict[str, Any] = json.loads(self.payload)
        return event


class Written(NamedTuple):
    """A whole log: every event, and the head."""

    rows: list[Row]
    head: tuple[int, str, bytes]


def written(url: str) -> Written:
    """Read the log at a database URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        connection = pysqlite3.connect(parsed.database)
    else:
        connection = psycopg.connect(url, options="-c search_path=log")
    try:
        read = connection.cursor()
        head = read.execute(_HEAD).fetchone()
        return Written([Row(*row) for row in read.execute(_READ).fetchall()], tuple(head))
    finally:
        connection.close()
