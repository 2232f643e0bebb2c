"""Redemptions in one process, beside bare inserts, and their cost on a long log."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable
from pathlib import Path
from random import Random

import click

from ledger.application import BatchReport, Ledger
from ledger.errors import HongkaError
from ledger.store import Stored
from scripts.bench import callers, city, growth
from scripts.bench.bare import bare, batched
from scripts.bench.databases import KINDS, Fresh, databases
from scripts.bench.figures import Figures, percentile

PARTS = ("speed", "growth", "memory")
GC = {"default": gc.get_threshold(), "rare": (50_000, 20, 100), "off": (0, 0, 0)}
"""The thresholds of the garbage collector, by the name of the option's choice."""

CALLERS = (1, 8, 32, 64)
_LEAST = {("sqlite", 32): 0.5}
SCANS = 20_000
CARDS_EACH = 10
"""The average number of redemptions per card."""

IN_FLIGHT = 256
MEMORY_PARTS = 10
PAGE_BYTES = resource.getpagesize()


@click.command()
@click.option("--part", type=click.Choice(PARTS), multiple=True, default=("speed", "growth"))
@click.option("--database", type=click.Choice(list(KINDS)), default="both")
@click.option("--rounds", type=click.IntRange(min=1), default=5)
@click.option(
    "--seconds", type=click.FloatRange(min=0.01), default=1.0, help="Seconds of each round."
)
@click.option(
    "--cards", type=click.IntRange(min=1), default=5_000, help="Cards that redeem in turns."
)
@click.option(
    "--facts", type=float, default=1e6, help="Events of the long log (growth), up to 1e7."
)
@click.option(
    "--redemptions", type=float, default=1e6, help="Redemptions of the long run (memory)."
)
@click.option("--gc", "collector", type=click.Choice(list(GC)), default="rare")
def main(  # noqa: D103 - the help text is the module's
    *,
    part: tuple[str, ...],
    database: str,
    rounds: int,
    seconds: float,
    cards: int,
    facts: float,
    redemptions: float,
    collector: str,
) -> None:
    figures = Figures("ledger")
    figures.machine["gc"] = GC[collector]
    gc.set_threshold(*GC[collector])
    parts: dict[str, Callable[[str, Fresh], None]] = {
        "speed": lambda kind, fresh: _measure_speed(
            figures, kind, fresh, rounds=rounds, seconds=seconds, cards=cards
        ),
        "growth": lambda kind, fresh: growth.measure(
            figures, kind, fresh, rounds=rounds, seconds=seconds, facts=int(facts)
        ),
        "memory": lambda kind, fresh: _measure_memory(figures, kind, fresh, int(redemptions)),
    }
    with databases(database, figures) as made:
        for kind, fresh in made.items():
            for one in part:
                parts[one](kind, fresh)
    figures.show()


def _measure_speed(
    figures: Figures, kind: str, fresh: Fresh, *, rounds: int, seconds: float, cards: int
) -> None:
    """Measure each number of callers, and after each the bare inserts of the recorded rows."""
    turns: list[BatchReport] = []
    ledger = Ledger(fresh("speed"), on_batch=turns.append)
    city.found(ledger)
    city.fill(ledger.store, cards=cards, facts=0)
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
                least=_LEAST.get((kind, count)),
            )
    table.close()
    ledger.close()


def _rows(ledger: Ledger, after: int) -> list[Stored]:
    with ledger.store.reading() as view:
        return view.tail(after, view.head.position)


def _measure_memory(figures: Figures, kind: str, fresh: Fresh, redemptions: int) -> None:
    """Redeem `redemptions` in ten parts; add this process's memory after each to the figures."""
    cards = max(1, redemptions // CARDS_EACH)
    ledger = Ledger(fresh("memory"))
    city.found(ledger)
    city.fill(ledger.store, cards=cards, facts=0)
    chance = Random(5)  # noqa: S311 - the same scans each time
    sizes = [_mebibytes()]
    figures.add(f"{kind}: memory before, {cards} cards issued", sizes[0], "MiB")
    for part in range(1, MEMORY_PARTS + 1):
        _redeem(ledger, chance, cards, part, redemptions // MEMORY_PARTS)
        sizes.append(_mebibytes())
        done = part * redemptions // MEMORY_PARTS
        figures.add(f"{kind}: memory after {done:>7} redemptions", sizes[-1], "MiB")
    middle = sizes[MEMORY_PARTS // 2]
    figures.add(f"{kind}: memory, end to middle", sizes[-1] / middle, "×", most=1.1)
    ledger.close()


def _redeem(ledger: Ledger, chance: Random, cards: int, part: int, count: int) -> None:
    purchases = (
        (f"memory-{part}-{number}", city.scans(chance, cards, 1)[0], None)
        for number in range(count)
    )
    for answer in ledger.tills.redemptions.redeem_many(purchases, in_flight=IN_FLIGHT):
        if isinstance(answer, HongkaError):
            raise answer


def _mebibytes() -> float:
    """Return the resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE_BYTES / 2**20


if __name__ == "__main__":
    main()
