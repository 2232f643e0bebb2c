"""The log in PostgreSQL: any number of gateways share one locked row."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import URL, Connection

from ledger.store.clock import SlewedClock
from ledger.store.database import (
    AMONG,
    COLUMNS,
    NO_HEAD,
    STATEMENTS,
    Database,
    Statements,
    tables_of_log,
)
from ledger.store.failures import Damaged
from ledger.store.rows import Head, Stored
from ledger.store.schemas import search_path

STATEMENT_SECONDS_MAX = 60
"""The seconds that a statement, or a pause inside a transaction, has before the server ends it."""

# Arrays travel in binary (%b): as text, psycopg escapes every quote of every payload, which took
# ten times as long.

# The time is read outside the locked row: beside FOR UPDATE it would be read before the wait.
_LOCK = """
WITH locked AS MATERIALIZED (SELECT position, at, leaf, frontier FROM head WHERE one = 1 FOR UPDATE)
SELECT position, at, leaf, frontier, clock_timestamp() FROM locked
"""

_LOOK = "SELECT position, at, leaf, frontier, clock_timestamp() FROM head WHERE one = 1"

_INSERT = f"""
WITH recorded AS (
    INSERT INTO facts ({COLUMNS}) SELECT * FROM unnest(
        %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[],
        %b::text[], %b::text[], %b::text[], %b::bytea[])
)
UPDATE head SET position = %s, at = %s, leaf = %s, frontier = %s WHERE one = 1
"""  # noqa: S608 - our own names

_KEEP_SNAPSHOT = """
INSERT INTO snapshot (stream, version, state)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[])
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
WHERE excluded.version >= snapshot.version
"""

_REFUSE = (
    "BEGIN RAISE EXCEPTION 'facts are never changed or removed'"
    " USING ERRCODE = 'restrict_violation'; END"
)

PART = tables_of_log(
    (
        f"CREATE FUNCTION facts_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$ {_REFUSE} $$",
        """
        CREATE TRIGGER facts_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON facts
        FOR EACH STATEMENT EXECUTE FUNCTION facts_are_kept()
        """,
    ),
    {
        "number": "bigint",
        # Text is compared byte by byte: a category is then a range of the index.
        "text": 'text COLLATE "C"',
        "octets": "bytea",
        "no_octets": "''",
        "strict": "",
        "strict_and_keyed": "",
    },
)


def _translated(statement: str) -> str:
    return statement.replace(AMONG, "= ANY(%b::text[])").replace("?", "%s")


class Postgres(Database):
    """A PostgreSQL database, used through psycopg; its clock follows the server's without jumps."""

    part = PART
    statements = Statements._make(map(_translated, STATEMENTS))._replace(
        # OFFSET 0 keeps the inner query whole, so that it is an index look-up for each stream even
        # while the statistics still describe an empty table.
        facts_after_snapshot=f"""
        SELECT {COLUMNS} FROM unnest(%b::text[]) AS named (name)
        CROSS JOIN LATERAL (
            SELECT * FROM facts WHERE stream = name AND version > coalesce(
                (SELECT snapshot.version FROM snapshot WHERE snapshot.stream = name), 0)
            ORDER BY version OFFSET 0
        ) AS later
        """,  # noqa: S608 - our own names
        versions="SELECT name, (SELECT max(version) FROM facts WHERE stream = name)"
        " FROM unnest(%b::text[]) AS named (name)",
    )
    triggers_found = """
    SELECT concat(tgenabled, ' ', tgtype, ' ', prosrc) FROM pg_trigger
    JOIN pg_proc ON pg_proc.oid = tgfoid WHERE tgrelid = 'facts'::regclass AND NOT tgisinternal
    """
    triggers = (f"O 58 {_REFUSE}",)  # enabled; before UPDATE, DELETE and TRUNCATE, each statement
    begin_to_create = "BEGIN"
    version = ("server_version_num", "150000")
    settings: ClassVar = {
        "fsync": ("on",),
        "full_page_writes": ("on",),
        "synchronous_commit": ("on", "remote_apply"),
    }

    def __init__(self, url: URL, *, lock_wait_seconds: float, schema: str = "log") -> None:
        self._schema = schema
        self.clock = SlewedClock()
        bounds = {  # unless the URL says otherwise, a dead server is noticed within half a minute
            "connect_timeout": "5",
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "30000",
        }
        address = url.set(drivername="postgresql+psycopg", query={**bounds, **url.query})
        super().__init__(address, lock_wait_seconds)

    def found_settings(self, connection: Connection) -> Mapping[str, str]:
        """Return all settings of the server as it reports them."""
        rows = connection.exec_driver_sql("SELECT name, setting FROM pg_settings")
        return {row.name: row.setting for row in rows}

    def connect(self) -> Any:
        """Open a connection for batches alone, in pipeline mode, that plans each statement once.

        A plan made once must fit an empty table and a full one: nothing but an index may be read.
        """
        connection = super().connect()
        connection.prepare_threshold = 0
        _configure(connection, {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"})
        return Pipelined(connection)

    def begin(self, connection: Any, *, locked: bool) -> tuple[Head, datetime]:
        """Begin a snapshot, or lock the head row; the clock is the server's, after any wait."""
        # A stricter isolation would keep the snapshot from before the wait.
        level = "READ COMMITTED" if locked else "REPEATABLE READ READ ONLY"
        connection.execute(f"BEGIN ISOLATION LEVEL {level}", prepare=False)
        row = connection.execute(_LOCK if locked else _LOOK).fetchone()
        if row is None:
            raise Damaged(NO_HEAD)
        return Head._make(row[:4]), row[4]

    def commit(self, connection: Any) -> None:
        """Commit the transaction, and wait for the answers to all that was sent."""
        connection.execute("COMMIT", prepare=False)
        if isinstance(connection, Pipelined):
            connection.sync()

    def insert(self, connection: Any, rows: Sequence[Stored], head: Head) -> None:
        """Insert facts and store `head` as the new head of the log, in one statement."""
        columns = map(list, zip(*rows, strict=True))
        connection.execute(_INSERT, (*columns, *head))

    def keep_snapshots(self, connection: Any, rows: Sequence[tuple[str, int, str]]) -> None:
        """Store a snapshot of each stream, unless a newer one is stored."""
        connection.execute(_KEEP_SNAPSHOT, tuple(map(list, zip(*rows, strict=True))))

    @staticmethod
    def written(statement: str) -> str:
        """Return a statement with `?` for its parameters as psycopg takes it."""
        return statement.replace("?", "%s")

    @staticmethod
    def several(texts: Sequence[str]) -> list[str]:
        """Return a list of texts as a list, which psycopg passes as one array parameter."""
        return list(texts)

    def set_up(self, connection: Any) -> None:
        """Bound every wait of a connection, and have each statement planned for what is there."""
        settings = {
            "search_path": search_path(self._schema),
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


class Pipelined:
    """psycopg's connection in pipeline mode: statements are sent at once, answers read later.

    The next answer that is read, or `sync`, raises the error of any statement before it.
    """

    def __init__(self, connection: Any) -> None:
        """Enter the mode, until the connection is closed."""
        self._connection = connection
        self._mode = connection.pipeline()
        self._pipeline = self._mode.__enter__()
        self.execute = connection.execute

    @property
    def closed(self) -> bool:
        """Whether the connection is lost or closed."""
        closed: bool = self._connection.closed
        return closed

    def sync(self) -> None:
        """Wait for the answers to all statements, and raise the first error."""
        self._pipeline.sync()

    def close(self) -> None:
        """Close the connection; the server rolls back what is open."""
        self._connection.close()
        with suppress(Exception):  # leaving the mode asks a server that nobody is connected to
            self._mode.__exit__(None, None, None)
