"""The frame of a bench: its command and options, empty databases, and figures shown at the end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import click
import psycopg

from pos_gateway.services import look_less_often
from scripts.bench.figures import Figures
from tests.support.postgres import running

Fresh = Callable[[str], str]
"""A function from a name, of its own each time, to the URL of a new empty database."""

Run = Callable[..., None]
"""The body of a bench: `run(figures, made, rounds=…, seconds=…)`, and its further options."""


def bench(name: str, *, seconds: float, database: str = "both") -> Callable[[Run], click.Command]:
    """Make a command of the body of a bench, whose docstring is the help text.

    `made` has for each kind of database that was asked for a function that makes empty ones. They
    are removed at the end, and the figures are shown.
    """

    def command(run: Run) -> click.Command:
        @wraps(run)
        def main(*, database: str, **options: Any) -> None:
            look_less_often()  # as the gateway does
            figures = Figures(name)
            with _databases(database, figures) as made:
                run(figures, made, **options)
            figures.show()

        for option in (
            click.option("--seconds", type=click.FloatRange(min=0.01), default=seconds),
            click.option("--rounds", type=click.IntRange(min=1), default=5),
            click.option(
                "--database", type=click.Choice(["sqlite", "postgres", "both"]), default=database
            ),
        ):
            main = option(main)
        return click.command(main)

    return command


@contextmanager
def _databases(which: str, figures: Figures) -> Iterator[dict[str, Fresh]]:
    made: dict[str, Fresh] = {}
    with ExitStack() as stack:
        if which != "postgres":
            home = stack.enter_context(TemporaryDirectory(prefix="hongka-bench-sqlite-"))
            made["sqlite"] = lambda name: f"sqlite:///{home}/{name}.db"
        if which != "sqlite":
            server = stack.enter_context(running(Path(mkdtemp(prefix="hongka-bench-postgres-"))))
            made["postgres"] = lambda _name: server.new_database()
            with psycopg.connect(server.url()) as connection:
                shown = connection.execute("SHOW server_version").fetchall()
            figures.machine["postgres"] = shown[0][0]
        yield made
