"""Empty databases to measure on, of one kind or both, removed when the bench ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from scripts.bench.figures import Figures
from tests.support.postgres import PostgresServer

KINDS = {"sqlite": ("sqlite",), "postgres": ("postgres",), "both": ("sqlite", "postgres")}

Fresh = Callable[[str], str]
"""A function from a name to the URL of a new empty database."""


@contextmanager
def databases(which: str, figures: Figures) -> Iterator[dict[str, Fresh]]:
    """Yield for `sqlite`, `postgres` or `both` a function that makes empty databases, by kind.

    The databases are removed at the end, and so is the PostgreSQL server made for them.
    """
    with ExitStack() as stack:
        made: dict[str, Fresh] = {}
        for kind in KINDS[which]:
            home = Path(tempfile.mkdtemp(prefix=f"hongka-bench-{kind}-"))
            stack.callback(shutil.rmtree, home)
            if kind == "sqlite":
                made[kind] = lambda name, home=home: f"sqlite:///{home}/{name}.db"  # type: ignore[misc]  # a lambda has no types
            else:
                made[kind] = stack.enter_context(_postgres(home, figures))
        yield made


@contextmanager
def _postgres(home: Path, figures: Figures) -> Iterator[Fresh]:
    server = PostgresServer(home)
    server.start()
    try:
        with psycopg.connect(server.url()) as connection:
            figures.machine["postgres"] = connection.execute("SHOW server_version").fetchall()[0][0]

        def fresh(name: str) -> str:
            server.execute(f"CREATE DATABASE {name}")
            return server.url(name)

        yield fresh
    finally:
        server.stop()
