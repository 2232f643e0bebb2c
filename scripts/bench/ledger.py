"""Redemptions in one process, beside bare inserts of the same rows."""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import count, islice
from queue import SimpleQueue
from random import Random
from typing import Any, NamedTuple

import click
import psycopg
import pysqlite3

from ledger.application import BatchReport, Ledger, Request
from ledger.services.redemptions import redemption_answered
from ledger.services.scan import Scan
from ledger.store import Log, Stored
from scripts.bench import city
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures, percentile

CALLERS = (1, 8, 32, 64)
SCANS = 20_000
COLUMNS = ", ".join(Stored._fields)
_SQLITE = f"INSERT INTO facts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own columns
_POSTGRES = f"""
INSERT INTO facts ({COLUMNS}) SELECT * FROM unnest(
    %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[],
    %b::text[], %b::text[], %b::text[], %b::bytea[])
"""  # noqa: S608 - likewise
_RUNS = count(1)


class Run(NamedTuple):
    """The seconds of a run of redemptions, and the seconds that each answer took."""

    seconds: float
    waits: list[float]


def redeem(ledger: Ledger, scans: Sequence[Scan], callers: int, seconds: float) -> Run:
    """Redeem for `callers`, each waiting for its answer before its next; raise a refusal.

    They stop after `seconds`, each at its next answer. As in a gateway, one thread serves them all,
    which the writer wakes once a batch.
    """
    run, numbers = next(_RUNS), count()
    answered: SimpleQueue[list[Request]] = SimpleQueue()
    wake = answered.put
    asked: dict[Request, float] = {}
    waits: list[float] = []

    def ask() -> None:
        number = next(numbers)
        scan = scans[number % len(scans)]
        request = ledger.tills.redemptions.redeeming(f"run{run}-{number}", scan)
        request.wake = wake
        asked[request] = time.perf_counter()
        ledger.submit(request)

    started = time.perf_counter()
    for _ in range(callers):
        ask()
    while asked:
        for request in answered.get():
            redemption_answered(request.outcome())
            now = time.perf_counter()
            waits.append(now - asked.pop(request))
            if now <= started + seconds:
                ask()
    return Run(time.perf_counter() - started, waits)


class Bare:
    """The table of the log, with indexes and triggers, and a connection that only inserts."""

    def __init__(self, url: str) -> None:
        with closing(Log(url)) as log:
            log.create()
        self._sqlite = url.startswith("sqlite")
        self._connection: Any = (
            pysqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            if self._sqlite
            else psycopg.connect(url, autocommit=True, options="-c search_path=log")
        )
        self.close = self._connection.close
        if self._sqlite:
            self._connection.execute("PRAGMA synchronous = FULL")

    def insert(self, rows: Iterable[Stored], sizes: Iterable[int]) -> float:
        """Insert rows in batches of these sizes, a transaction each; return the seconds for all.

        Rows left over make one more batch.
        """
        left, cursor = iter(rows), self._connection.cursor()
        split = [list(islice(left, size)) for size in sizes]
        batches: list[list[Any]] = [batch for batch in [*split, list(left)] if batch]
        insert, begin, statement = cursor.executemany, "BEGIN IMMEDIATE", _SQLITE
        if not self._sqlite:
            insert, begin, statement = cursor.execute, "BEGIN", _POSTGRES
            batches = [[*map(list, zip(*one, strict=True))] for one in batches]
        started = time.perf_counter()
        for batch in batches:
            cursor.execute(begin)
            insert(statement, batch)
            cursor.execute("COMMIT")
        return time.perf_counter() - started


@bench("ledger", seconds=1)
@click.option("--cards", type=click.IntRange(min=1), default=5_000, help="Cards that redeem.")
def main(
    figures: Figures, made: dict[str, Fresh], *, rounds: int, seconds: float, cards: int
) -> None:
    """Measure redemptions in one process; after each run insert its rows without a ledger."""
    for kind, fresh in made.items():
        turns: list[BatchReport] = []
        ledger = Ledger(fresh("speed"), on_batch=turns.append)
        city.found(ledger)
        city.fill(ledger.store, cards=cards)
        table = Bare(fresh("bare"))
        scans = city.scans(Random(1), cards, SCANS)  # noqa: S311 - the same scans each time
        with closing(ledger), closing(table):
            redeem(ledger, scans, 32, seconds)  # fills the caches
            rows = _rows(ledger, 0)
            table.insert(rows, [])
            copied = len(rows)
            for callers in CALLERS * rounds:
                turns.clear()
                run = redeem(ledger, scans, callers, seconds)
                sizes = [turn.facts for turn in turns if turn.facts]
                rows = _rows(ledger, copied)
                bare_seconds = table.insert(rows, sizes)
                copied += len(rows)
                for name, sample, unit in (
                    ("redemptions", len(run.waits) / run.seconds, "1/s"),
                    ("redemptions, p50", percentile(run.waits, 0.5) * 1e3, "ms"),
                    ("redemptions, p99", percentile(run.waits, 0.99) * 1e3, "ms"),
                    ("facts", len(rows) / run.seconds, "1/s"),
                    ("facts in a batch", len(rows) / len(sizes), ""),
                    ("bare inserts", len(rows) / bare_seconds, "1/s"),
                ):
                    figures.add(f"{kind}, {callers} callers: ", name, sample, unit)


def _rows(ledger: Ledger, after: int) -> list[Stored]:
    with ledger.store.reading() as view:
        return view.tail(after, view.head.position)


if __name__ == "__main__":
    main()
