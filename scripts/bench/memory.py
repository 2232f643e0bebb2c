"""Check that the memory of a gateway stays flat while many cards redeem repeatedly."""

from __future__ import annotations

import resource
from pathlib import Path
from random import Random

from ledger.application import Ledger
from ledger.errors import HongkaError
from scripts.bench import city, history
from scripts.bench.databases import Fresh
from scripts.bench.figures import Figures

CARDS_EACH = 10
"""The average number of redemptions per card."""

IN_FLIGHT = 256
PARTS = 10
PAGE_BYTES = resource.getpagesize()


def measure(figures: Figures, kind: str, fresh: Fresh, redemptions: int) -> None:
    """Redeem in ten parts, and add the memory of this process after each to the figures."""
    cards = max(1, redemptions // CARDS_EACH)
    ledger = Ledger(fresh("memory"))
    city.found(ledger)
    history.fill(ledger.store, cards=cards, facts=0)
    chance = Random(5)  # noqa: S311 - the same scans each time
    sizes = [_mebibytes()]
    figures.add(f"{kind}: memory before, {cards} cards issued", sizes[0], "MiB")
    for part in range(1, PARTS + 1):
        _redeem(ledger, chance, cards, part, redemptions // PARTS)
        sizes.append(_mebibytes())
        done = part * redemptions // PARTS
        figures.add(f"{kind}: memory after {done:>7} redemptions", sizes[-1], "MiB")
    middle = sizes[PARTS // 2]
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
