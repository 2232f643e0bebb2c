"""Redemptions in one process, beside bare inserts of the same rows."""

from __future__ import annotations

from contextlib import closing
from random import Random

import click

from ledger.application import BatchReport, Ledger
from ledger.store import Stored
from scripts.bench import callers, city
from scripts.bench.bare import Bare, batched
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures, percentile

CALLERS = (1, 8, 32, 64)
LEAST = {("sqlite", 32): 0.32}
SCANS = 20_000


@bench("ledger", seconds=1)
@click.option("--cards", type=click.IntRange(min=1), default=5_000, help="Cards that redeem.")
def main(
    figures: Figures, made: dict[str, Fresh], *, rounds: int, seconds: float, cards: int
) -> None:
    """Measure redemptions in one process beside bare inserts of the same rows."""
    for kind, fresh in made.items():
        _measure(figures, kind, fresh, rounds, seconds, cards)


def _measure(
    figures: Figures, kind: str, fresh: Fresh, rounds: int, seconds: float, cards: int
) -> None:
    """Measure each number of callers, and after each the bare inserts of the recorded rows."""
    turns: list[BatchReport] = []
    ledger = Ledger(fresh("speed"), on_batch=turns.append)
    city.found(ledger)
    city.fill(ledger.store, cards=cards)
    table = Bare(fresh("bare"))
    scans = city.scans(Random(1), cards, SCANS)  # noqa: S311 - the same scans each time
    with closing(ledger), closing(table):
        callers.redeem(ledger, scans, 32, seconds)  # fills the caches
        rows = _rows(ledger, 0)
        table.insert([rows])
        copied = len(rows)
        for _ in range(rounds):
            for count in CALLERS:
                turns.clear()
                load = callers.redeem(ledger, scans, count, seconds)
                sizes = [turn.facts for turn in turns if turn.facts]
                rows = _rows(ledger, copied)
                bare_seconds = table.insert(batched(rows, sizes))
                copied += len(rows)
                ratio, least = bare_seconds / load.seconds, LEAST.get((kind, count))
                name, facts = f"{kind}, {count} callers: ", len(rows)
                figures.add(f"{name}redemptions", load.rate, "1/s")
                figures.add(f"{name}redemptions, p50", percentile(load.waits, 0.5) * 1e3, "ms")
                figures.add(f"{name}redemptions, p99", percentile(load.waits, 0.99) * 1e3, "ms")
                figures.add(f"{name}facts", facts / load.seconds, "1/s")
                figures.add(f"{name}facts in a batch", facts / len(sizes), "")
                figures.add(f"{name}bare inserts", facts / bare_seconds, "1/s")
                figures.add(f"{name}facts to bare inserts", ratio, "×", least=least)


def _rows(ledger: Ledger, after: int) -> list[Stored]:
    with ledger.store.reading() as view:
        return view.tail(after, view.head.position)


if __name__ == "__main__":
    main()
