"""States that are read together are loaded together."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from ledger.application import Ledger
from ledger.write import state_batch
from ledger.write.streams import CATEGORIES
from scripts.bench import city

CARDS = 16


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(f"sqlite:///{tmp_path}/log.db")
    city.found(ledger)
    city.fill(ledger.store, cards=CARDS, facts=0)
    yield ledger
    ledger.close()


def statements(ledger: Ledger, cards: int) -> int:
    """Return the number of queries of a batch in which uncached cards redeem."""
    ledger.writer.states.forget()
    (scan,) = city.scans(Random(1), 1, 1)  # noqa: S311 - the same scan each time
    batch = [
        ledger.tills.redemptions.redeeming(
            f"{cards}-{number}", msgspec.structs.replace(scan, card_id=city.card_of(number))
        )
        for number in range(cards)
    ]
    run: list[str] = []
    ledger.store._kept.set_trace_callback(run.append)
    ledger.writer._handle(batch)
    assert [request.error for request in batch] == [None] * cards
    return sum(statement.lstrip().startswith("SELECT") for statement in run)


def test_many_unknown_cards_are_loaded_with_as_few_statements_as_one(ledger: Ledger) -> None:
    assert statements(ledger, CARDS) == statements(ledger, 1)


def test_they_would_not_be_if_streams_named_none_to_be_read_with_them(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {name: one._replace(read_with=lambda _: ()) for name, one in CATEGORIES.items()}
    monkeypatch.setattr(state_batch, "CATEGORIES", alone)

    assert statements(ledger, CARDS) > statements(ledger, 1)


def test_strangers_fill_no_cache(ledger: Ledger) -> None:
    before = len(ledger.writer.states._known)

    for number in range(50):
        ledger.query(lambda states, _now, name=f"drop-stranger-{number}": states[name])
        ledger.query(lambda _states, _now: None, [f"member-stranger-{number}"])

    assert len(ledger.writer.states._known) == before
