"""A temporary database on the same PostgreSQL server."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc, make_url

from ledger.store.failures import Unavailable, translated
from ledger.store.postgres import Postgres

LOCK_WAIT_SECONDS = 10.0


@contextmanager
def database_beside(url: str, name: str, *, kept: bool = False) -> Iterator[str]:
    """Yield the URL of a new, empty database on the server of `url`; drop it unless `kept`.

    The URL holds the password. A server that refuses raises Unavailable, a name that is not a plain
    identifier ValueError.
    """
    if not (name.isascii() and name.isidentifier()):
        raise ValueError("the name of a database is a plain identifier")
    address = make_url(url)
    _execute(url, f"CREATE DATABASE {name}")
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        if not kept:
            _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = Postgres(make_url(url), lock_wait_seconds=LOCK_WAIT_SECONDS).engine
    try:
        with translated(), engine.connect() as connection:
            connection.exec_driver_sql(statement)
    except exc.ProgrammingError as denied:
        raise Unavailable(str(denied.orig).strip()) from denied
    finally:
        engine.dispose()
