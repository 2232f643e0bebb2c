"""A city with a year behind it, written in bulk once and kept under var/bench for later runs."""

import hashlib
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click

from ledger.application import Ledger
from pos_gateway.auth.api_key import make_till_key
from scripts.bench import city

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "var" / "bench" / "population"
SECRET = bytes(range(32))
"""The secret of every till's key."""

MADE_BY = ("ledger", "scripts/bench/city.py", "scripts/bench/population.py")
YEAR = timedelta(days=365)


class Population(NamedTuple):
    """The size of a city: `facts` are those of cards and redemptions, about so many."""

    facts: int
    cards: int
    offers: int
    merchants: int

    def __str__(self) -> str:
        return f"{self.facts:,} facts, {self.offers:,} offers"

    def copy_to(self, url: str, kept: Path = KEPT) -> None:
        """Make an empty database hold this population; SQLite gets a copy of the kept file."""
        if not url.startswith("sqlite"):
            self.make(url)
            return
        name = "-".join(map(str, self))
        file = kept / f"{name}-{source_hash(*MADE_BY)}.db"
        if not file.exists():
            kept.mkdir(parents=True, exist_ok=True)
            for old in kept.glob(f"{name}-*"):
                old.unlink()
            click.echo(f"Writing a city to keep: {self}", err=True)
            new = file.with_suffix(".new")
            self.make(f"sqlite:///{new}")
            new.rename(file)
        shutil.copyfile(file, url.removeprefix("sqlite:///"))

    def make(self, url: str) -> None:
        """Write this population to an empty database."""
        since = datetime.now(UTC) - YEAR
        with closing(Ledger(url, told_time=lambda: since)) as ledger:
            key_hash = make_till_key("m", "till", SECRET)[1]
            city.found(ledger, key_hash, merchants=self.merchants, offers=self.offers)
            city.fill(
                ledger.store,
                cards=self.cards,
                facts=self.facts,
                merchants=self.merchants,
                since=since,
            )


def source_hash(*places: str) -> str:
    """Return a hash (16 hex digits) of the Python files in folders of this tree, or of files."""
    found = [path for one in places for path in (ROOT / one).rglob("*.py")]
    named = [ROOT / one for one in places if (ROOT / one).is_file()]
    return hashlib.sha256(
        b"".join(one.read_bytes() for one in sorted([*found, *named]))
    ).hexdigest()[:16]
