"""Cached states: advanced by other writers' events, dropped and reloaded, always equal."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.event import Event
from ledger.services.base import FRESH_SECONDS
from ledger.write import state_cache
from ledger.write.streams import CATEGORIES, category_of
from ledger.write.writer import WriterLimits
from tests.support.ledger_fixture import PER_DAY, event_count, populate, scan

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


def visits(ledger: Ledger, *, count: int = 12) -> list[str]:
    """Record a day of redemptions, some refused, some reversed. Return the answers."""
    answers = []
    for number in range(count):
        choices = ("hair", "care")[: number % 3]
        try:
            made = ledger.tills.redemptions.redeem(
                f"r{number}", scan(f"c{number % 3}", *choices), at=NOON
            ).made
            answers.append(str(made.union_share_minor))
            if number % 4 == 1:
                ledger.tills.redemptions.reverse(
                    f"r{number}", merchant_id="rose", reason="", by="till-t1"
                )
        except errors.Refusal as refusal:
            answers.append(refusal.reason)
    return answers


def folded(ledger: Ledger) -> dict[str, Any]:
    """Return every state, folded from the first event of the log."""
    found: dict[str, Any] = {}
    for fact in ledger.facts(0, 10_000):
        category = CATEGORIES[category_of(fact.stream)]
        state = found.get(fact.stream, category.initial)
        found[fact.stream] = category.evolve(state, fact.event)
    return found


def known(ledger: Ledger) -> dict[str, Any]:
    """Return every state as the ledger caches it."""
    return {stream: ledger.state(stream) for stream in folded(ledger)}


def test_what_is_known_is_what_the_log_folds_to(ledger: Ledger) -> None:
    assert set(visits(ledger)) > {"0", "700", "card_unknown"}

    assert known(ledger) == folded(ledger)


def test_what_another_process_recorded_counts_here(ledger: Ledger, database_url: str) -> None:
    with closing(Ledger(database_url)) as other:
        for number in range(PER_DAY):
            writer = (ledger, other)[number % 2]
            writer.tills.redemptions.redeem(f"r{number}", scan("c1", "hair"))

        for writer in (ledger, other):
            with pytest.raises(errors.LimitReached):
                writer.tills.redemptions.redeem(f"late-{writer is other}", scan("c1", "hair"))
        assert ledger.tills.redemptions.redeem("r1", scan("c1", "hair")).replayed
        assert other.tills.redemptions.redeem("r0", scan("c1", "hair")).replayed
        assert known(other) == known(ledger) == folded(ledger)


def test_an_offer_published_elsewhere_is_an_option_here(ledger: Ledger, database_url: str) -> None:
    before = ledger.tills.redemptions.validation(scan("c1")).options
    with closing(Ledger(database_url)) as other:
        other.officers.offers.publish_offer(
            "new", title="", kind="percent_off", terms={"basis_points": 1}
        )

    time.sleep(FRESH_SECONDS)
    after = ledger.tills.redemptions.validation(scan("c1")).options
    assert {one.held.title for one in after} - {one.held.title for one in before} == {""}


def test_far_behind_it_is_loaded_anew(
    ledger: Ledger, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_cache, "TAIL_MAX", 3)
    ledger.tills.redemptions.validation(scan("c1"))
    with closing(Ledger(database_url)) as other:
        visits(other)

    assert known(ledger) == folded(ledger)


def test_a_tail_of_many_pages_is_folded_whole(ledger: Ledger, database_url: str) -> None:
    ledger.fund("care")
    with closing(Ledger(database_url)) as other:
        requests = [
            other.tills.redemptions.redeeming(f"r{number}", scan("c1")) for number in range(1_050)
        ]
        for request in requests:
            other.writer.submit(request)
        for request in requests:
            other.writer.answer(request)

    ledger.state("redemption-m1")
    known = ledger.writer.states.find("redemption-m1")
    assert known is not None
    assert known.version == 1_050
    assert ledger.writer.states._position == event_count(ledger)


def test_states_dropped_to_make_room_change_no_answer(tmp_path: Any) -> None:
    answers, logs = [], []
    for most in (1, 50_000):
        url = f"sqlite:///{tmp_path}/{most}.db"
        with closing(
            Ledger(url, limits=WriterLimits(states_max=most), clock=lambda: NOON)
        ) as ledger:
            populate(ledger)
            answers.append(visits(ledger))
            logs.append([fact.event for fact in ledger.facts(0, 10_000)])
            ledger.card("c1")
            # States read in one batch stay until the next.
            assert (len(ledger.writer.states._known) < 10) == (most == 1)

    assert answers[0] == answers[1]
    assert logs[0] == logs[1]


def test_a_state_is_peeked_at_without_asking_the_log(ledger: Ledger) -> None:
    card = ledger.card("c1")

    assert ledger.writer.states.peek("card-c1") == card
    assert ledger.writer.states.peek("card-never-seen") is None


def test_each_fact_counts_one_version(ledger: Ledger) -> None:
    visits(ledger)
    seen: dict[str, int] = {}
    for fact in ledger.facts(0, 10_000):
        assert isinstance(fact.event, Event)
        assert fact.version == seen.get(fact.stream, 0) + 1
        seen[fact.stream] = fact.version
    assert msgspec.structs.asdict(ledger.facts(0, 1)[0])["position"] == 1
