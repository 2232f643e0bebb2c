"""Schemas of PostgreSQL: log, views, vault and sessions have one each, with rights of its own.

Release 2026.11.2 made all tables in `public`. SQLite has no schemas: these functions do nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exc, inspect

from ledger.store.failures import UpgradeDue

_FORMER_TABLES = {
    "log": ("facts", "snapshot", "head"),
    "vault": ("vault_member", "vault_value"),
    "bank_accounts": ("vault_bank_account",),
    "sessions": ("door_session", "door_try"),
    "credentials": ("door_credential", "door_pending"),
    "views": ("progress",),
}
"""The tables of each part in release 2026.11.2; those of projections stand in `progress`."""

_RIGHTS = {
    "log": {"SELECT, INSERT": "ALL TABLES IN SCHEMA log", "UPDATE": "log.head, log.snapshot"},
    "vault": {"SELECT, INSERT, UPDATE, DELETE": "ALL TABLES IN SCHEMA vault"},
    "sessions": {"SELECT, INSERT, UPDATE, DELETE": "ALL TABLES IN SCHEMA sessions"},
}
"""The rights of the gateway's role on the tables that another role owns, by schema."""

_CHANGEABLE = """
SELECT has_any_column_privilege(facts.oid, 'UPDATE') OR rolcreaterole
    OR has_table_privilege(facts.oid, 'DELETE, TRUNCATE, TRIGGER')
    OR pg_has_role(relowner, 'MEMBER') OR pg_has_role(nspowner, 'MEMBER')
FROM pg_class AS facts JOIN pg_namespace ON pg_namespace.oid = relnamespace, pg_roles
WHERE facts.oid = 'facts'::regclass AND rolname = current_user
"""


def search_path(schema: str) -> str:
    """Return the search path of a connection that finds tables in one schema alone.

    PostgreSQL's own names come first, and temporary tables last: neither can be shadowed.
    """
    return f"{schema},pg_temp"


def enter(connection: Connection, schema: str) -> None:
    """Let the statements of this transaction find and create tables in a schema alone."""
    if _has_schemas(connection):
        connection.exec_driver_sql(f"SET LOCAL search_path = {search_path(schema)}")


def make(connection: Connection, schema: str) -> None:
    """Create a schema if it is missing."""
    if _has_schemas(connection) and not inspect(connection).has_schema(schema):
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")


def in_public(connection: Connection, table: str) -> bool:
    """Return whether a table is still in the schema of release 2026.11.2."""
    return _has_schemas(connection) and inspect(connection).has_table(table, schema="public")


def move(connection: Connection, part: str, schema: str) -> None:
    """Move the tables of a part from `public` to their own schema."""
    run, quote = connection.exec_driver_sql, connection.dialect.identifier_preparer.quote
    views = run("SELECT name FROM public.progress").scalars() if part == "views" else ()
    for table in (*_FORMER_TABLES[part], *views):
        run(f"ALTER TABLE IF EXISTS public.{quote(table)} SET SCHEMA {schema}")
    if part == "log":
        run(f"ALTER FUNCTION public.facts_are_kept() SET SCHEMA {schema}")


def grant(connection: Connection, schema: str, role: str) -> None:
    """Give the gateway's role its rights on all tables of a schema, and no others."""
    run, role = connection.exec_driver_sql, connection.dialect.identifier_preparer.quote(role)
    run(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")
    for rights, tables in _RIGHTS[schema].items():
        run(f"GRANT {rights} ON {tables} TO {role}")


@contextmanager
def owned(part: str) -> Iterator[None]:
    """Raise UpgradeDue if this database role may not change the tables of a part as done inside."""
    try:
        yield
    except exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient privilege
            raise
        raise UpgradeDue(part=part, why="are missing or old, beyond this role's rights") from error


def facts_changeable(connection: Connection) -> bool:
    """Return whether this role may change or remove facts, or give itself the right to."""
    return _has_schemas(connection) and bool(connection.exec_driver_sql(_CHANGEABLE).scalar())


def _has_schemas(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
