"""Redemptions in one process, beside bare inserts, and their cost on a long log."""

from __future__ import annotations

import gc
from collections.abc import Callable

import click

from scripts.bench import growth, memory, speed
from scripts.bench.databases import KINDS, Fresh, databases
from scripts.bench.figures import Figures

PARTS = ("speed", "growth", "memory")
GC = {"default": gc.get_threshold(), "rare": (50_000, 20, 100), "off": (0, 0, 0)}
"""The thresholds of the garbage collector, by the name of the option's choice."""


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
        "speed": lambda kind, fresh: speed.measure(
            figures, kind, fresh, rounds=rounds, seconds=seconds, cards=cards
        ),
        "growth": lambda kind, fresh: growth.measure(
            figures, kind, fresh, rounds=rounds, seconds=seconds, facts=int(facts)
        ),
        "memory": lambda kind, fresh: memory.measure(figures, kind, fresh, int(redemptions)),
    }
    with databases(database, figures) as made:
        for kind, fresh in made.items():
            for one in part:
                parts[one](kind, fresh)
    figures.show()


if __name__ == "__main__":
    main()
