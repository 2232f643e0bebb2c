"""The log in PostgreSQL: any number of gateways share one locked row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event

from ledger.store.clock import SlewedClock
from ledger.store.database import (
    COLUMNS,
    CONNECTIONS_KEPT,
    CONNECTIONS_MORE,
    TERMS,
    Database,
    Statements,
)
from ledger.store.failures import Unfit
from ledger.store.pipeline import Pipelined
from ledger.store.rows import Head, Stored
from ledger.store.schema_version import Part, prepare

VERSION_LEAST = 15

SETTINGS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
}
"""The settings needed so that an acknowledged commit survives."""

STATEMENT_SECONDS_MAX = 60
"""The longest duration of a statement, or of a pause between two: the server then ends it."""

_FACTS = f"SELECT {COLUMNS} FROM facts"  # noqa: S608 - nothing but the names of our own columns
_SLICE = f"{_FACTS} WHERE stream = %s AND version > %s AND version <= %s AND topic <> %s"

# Arrays travel in binary (%b): as text, psycopg escapes every quote of every payload, which took
# ten times as long.

# The time is read outside the locked row: beside FOR UPDATE it would be read before the wait.
_LOCK = """
WITH locked AS MATERIALIZED (SELECT position, at, leaf FROM head WHERE one = 1 FOR UPDATE)
SELECT position, at, leaf, clock_timestamp() FROM locked
"""

_LOOK = "SELECT position, at, leaf, clock_timestamp() FROM head WHERE one = 1"

_INSERT = f"""
WITH recorded AS (
    INSERT INTO facts ({COLUMNS}) SELECT * FROM unnest(
        %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[],
        %b::text[], %b::text[], %b::text[], %b::bytea[])
)
UPDATE head SET position = %s, at = %s, leaf = %s WHERE one = 1
"""  # noqa: S608 - likewise

_KEEP_SNAPSHOT = """
INSERT INTO snapshot (stream, version, state)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[])
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
WHERE excluded.version >= snapshot.version
"""

# Text is compared byte by byte (COLLATE "C"): a category is then a range of the index.
_SCHEMA = (
    """
    CREATE TABLE facts (
        position bigint PRIMARY KEY CHECK (position > 0),
        stream text COLLATE "C" NOT NULL,
        version bigint NOT NULL,
        topic text COLLATE "C" NOT NULL,
        at text COLLATE "C" NOT NULL,
        payload text COLLATE "C" NOT NULL,
        metadata text COLLATE "C" NOT NULL,
        request_id text COLLATE "C",
        leaf bytea NOT NULL CHECK (length(leaf) = 32)
    )
    """,
    "CREATE UNIQUE INDEX facts_by_stream ON facts (stream, version)",
    "CREATE UNIQUE INDEX facts_by_request ON facts (request_id)",
    f"CREATE INDEX facts_of_terms ON facts (stream, version) WHERE {TERMS}",
    """
    CREATE FUNCTION facts_are_kept() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        RAISE EXCEPTION 'facts are never changed or removed' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER facts_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON facts
    FOR EACH STATEMENT EXECUTE FUNCTION facts_are_kept()
    """,
    """
    CREATE TABLE snapshot (
        stream text COLLATE "C" PRIMARY KEY,
        version bigint NOT NULL,
        state text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE TABLE head (
        one integer PRIMARY KEY CHECK (one = 1),
        position bigint NOT NULL,
        at text COLLATE "C" NOT NULL,
        leaf bytea NOT NULL
    )
    """,
    "INSERT INTO head (one, position, at, leaf) VALUES (1, 0, '', '')",
)


def _create(connection: Connection) -> None:
    for statement in _SCHEMA:
        connection.exec_driver_sql(statement)


PART = Part("log", "facts", _create)


class Postgres(Database):
    """A PostgreSQL database, accessed through psycopg; its clocks slew the server's time."""

    statements = Statements(
        tail=_FACTS + " WHERE position > %s ORDER BY position LIMIT %s",
        tail_of_topics=_FACTS + " WHERE position > %s AND topic = ANY(%b::text[])"
        " ORDER BY position LIMIT %s",
        topics="SELECT DISTINCT topic FROM facts WHERE position > %s",
        snapshots="SELECT stream, version, state FROM snapshot WHERE stream = ANY(%b::text[])",
        # OFFSET 0 keeps the inner query whole, so that it is an index look-up for each stream even
        # while the statistics still describe an empty table.
        facts_after_snapshot=f"""
        SELECT {COLUMNS} FROM unnest(%b::text[]) AS named (name)
        CROSS JOIN LATERAL (
            SELECT * FROM facts WHERE stream = name AND version > coalesce(
                (SELECT snapshot.version FROM snapshot WHERE snapshot.stream = name), 0)
            ORDER BY version OFFSET 0
        ) AS later
        """,  # noqa: S608 - likewise
        versions="SELECT name, (SELECT max(version) FROM facts WHERE stream = name)"
        " FROM unnest(%b::text[]) AS named (name)",
        # Jumps from one stream to the next through the index, however long each stream is.
        category="""
        WITH RECURSIVE named (stream) AS (
            SELECT min(stream) FROM facts WHERE stream > %s AND stream < %s
            UNION ALL
            SELECT (SELECT min(facts.stream) FROM facts
                    WHERE facts.stream > named.stream AND facts.stream < %s)
            FROM named WHERE named.stream IS NOT NULL
        )
        SELECT stream FROM named WHERE stream IS NOT NULL LIMIT %s
        """,
        stream=f"{_SLICE} ORDER BY version LIMIT %s",
        terms=f"{_SLICE} AND {TERMS} ORDER BY version LIMIT %s",
        stream_backwards=f"{_SLICE} ORDER BY version DESC LIMIT %s",
        requests=_FACTS + " WHERE request_id = ANY(%b::text[])",
    )

    def __init__(self, url: URL, *, lock_wait_seconds: float) -> None:
        self._lock_wait_seconds = lock_wait_seconds
        self._steady = SlewedClock()
        bounds = {  # unless the URL says otherwise, a dead server is noticed within half a minute
            "connect_timeout": "5",
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "30000",
        }
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg", query={**bounds, **url.query}),
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
            pool_timeout=lock_wait_seconds,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
        )
        event.listen(self.engine, "connect", self._set_up)

    def create(self) -> None:
        """Create missing tables, which an account must be allowed to, or check their version."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            prepare(connection, PART)
            connection.exec_driver_sql("COMMIT")

    def check(self) -> None:
        """Raise Unfit if the server's version or a setting could lose facts."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name, setting FROM pg_settings")
            found: dict[str, str] = {row.name: row.setting for row in rows}
        check_settings(found)

    def connect(self) -> Any:
        """Open a connection for turns, in pipeline mode, that plans each statement once.

        A plan made once must fit an empty table and a full one: nothing but an index may be read.
        """
        connection = super().connect()
        connection.prepare_threshold = 0
        _configure(connection, {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"})
        return Pipelined(connection)

    def lock(self, connection: Any) -> tuple[Head, datetime]:
        """Lock the head row; the time is the server's after the wait for the lock."""
        # A stricter isolation would keep the snapshot from before the wait.
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED", prepare=False)
        return self._head(connection, _LOCK)

    def begin_reading(self, connection: Any) -> tuple[Head, datetime]:
        """Begin a read-only snapshot; the time is the server's, read with the head."""
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
        return self._head(connection, _LOOK)

    def commit(self, connection: Any) -> None:
        """Commit the transaction, and wait for the answers to all that was sent."""
        connection.execute("COMMIT", prepare=False)
        if isinstance(connection, Pipelined):
            connection.sync()

    def time(self) -> datetime | None:
        """Return the server's time, estimated without a query; None before the first reading."""
        return self._steady.estimate()

    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts and store `head` as the new head of the log, in one statement."""
        columns = map(list, zip(*rows, strict=True))
        connection.execute(_INSERT, (*columns, *head))

    def keep_snapshots(self, connection: Any, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store a snapshot of each stream, unless a newer one is stored."""
        connection.execute(_KEEP_SNAPSHOT, tuple(map(list, zip(*rows, strict=True))))

    @staticmethod
    def several(texts: Sequence[str]) -> list[str]:
        """Return a list of texts as a list, which psycopg passes as one array parameter."""
        return list(texts)

    def _head(self, connection: Any, statement: str) -> tuple[Head, datetime]:
        position, at, leaf, read = connection.execute(statement).fetchone()
        return Head(position, at, leaf), self._steady.time(read)

    def _set_up(self, connection: Any, _record: object) -> None:
        settings = {
            "lock_timeout": f"{self._lock_wait_seconds}s",
            "statement_timeout": f"{STATEMENT_SECONDS_MAX}s",
            "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS_MAX}s",
            # psycopg prepares frequent statements; a plan made while the table was empty would
            # scan it for ever.
            "plan_cache_mode": "force_custom_plan",
            # Until statistics exist, the planner expects a long answer, and would compile a look-up
            # of a millisecond for twenty.
            "jit": "off",
        }
        _configure(connection, settings)


def _configure(connection: Any, settings: Mapping[str, str]) -> None:
    connection.execute(
        "SELECT set_config(name, text, false)"
        " FROM unnest(%s::text[], %s::text[]) AS setting (name, text)",
        (list(settings), list(settings.values())),
    )


def check_settings(found: Mapping[str, str]) -> None:
    """Raise Unfit if a server reports too old a version, or settings that could lose facts."""
    version = found["server_version_num"]
    if int(version) < VERSION_LEAST * 10_000:
        raise Unfit(setting="server_version_num", found=version, wanted=f"{VERSION_LEAST} or newer")
    for setting, wanted in SETTINGS.items():
        if found[setting] not in wanted:
            raise Unfit(setting=setting, found=found[setting], wanted=" or ".join(wanted))
