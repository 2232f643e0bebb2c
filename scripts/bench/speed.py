"""In-process redemptions, beside bare inserts of the same rows, batch for batch."""

from __future__ import annotations

from random import Random

from ledger.application import BatchReport, Ledger
from ledger.store import Stored
from scripts.bench import callers, city, history
from scripts.bench.bare import bare, batched
from scripts.bench.databases import Fresh
from scripts.bench.figures import Figures, percentile

CALLERS = (1, 8, 32, 64)
LEAST = {("sqlite", 32): 0.5}
SCANS = 20_000


def measure(
    figures: Figures, kind: str, fresh: Fresh, *, rounds: int, seconds: float, cards: int
) -> None:
    """Measure each number of callers, and after each the bare inserts of the recorded rows."""
    turns: list[BatchReport] = []
    ledger = Ledger(fresh("speed"), on_batch=turns.append)
    city.found(ledger)
    history.fill(ledger.store, cards=cards, facts=0)
    table = bare(fresh("bare"))
    scans = city.scans(Random(1), cards, SCANS)  # noqa: S311 - the same scans each time
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
            facts, name = len(rows), f"{kind} {count:>2} callers"
            copied += facts
            figures.add(f"{name}: redemptions", load.rate, "1/s")
            figures.add(f"{name}: facts", facts / load.seconds, "1/s")
            figures.add(f"{name}: bare inserts", facts / bare_seconds, "1/s")
            figures.add(f"{name}: facts in a batch", facts / len(sizes), "")
            figures.add(f"{name}: p50", percentile(load.waits, 0.5) * 1e3, "ms")
            figures.add(f"{name}: p99", percentile(load.waits, 0.99) * 1e3, "ms")
            figures.add(
                f"{name}: facts to bare inserts",
                bare_seconds / load.seconds,
                "×",
                least=LEAST.get((kind, count)),
            )
    table.close()
    ledger.close()


def _rows(ledger: Ledger, after: int) -> list[Stored]:
    with ledger.store.reading() as view:
        return view.tail(after, view.head.position)
