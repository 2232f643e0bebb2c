"""Past states for an offline report: right at their instant, and folded outside the writer."""

import threading
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.event import Event, topic_of
from ledger.members.card import Status
from ledger.redemptions.events import Contested
from ledger.write.streams import CATEGORIES
from tests.support.ledger_fixture import CARE
from tests.support.ledger_offline import HOUR, LedgerTill


def changed_often(ledger: Ledger) -> None:
    """Return a ledger whose offer, merchant and card have a long history."""
    for number in range(40):
        ledger.officers.offers.change_offer(
            "care",
            title=f"补贴 {number}",
            kind="amount_off",
            terms={"amount_minor": 7_00},
            rules=CARE,
        )
        ledger.officers.merchants.suspend_merchant("rose")
        ledger.officers.merchants.resume_merchant("rose")
        ledger.officers.cards.block_card("c1")
        ledger.officers.cards.unblock_card("c1")


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Record each folded event, as thread and topic."""
    found: list[tuple[str, str]] = []
    for name in ("card", "merchant", "offer"):
        category = CATEGORIES[name]

        def counted(state: Any, event: Event, evolve: Any = category.evolve) -> Any:
            found.append((threading.current_thread().name, topic_of(event)))
            return evolve(state, event)

        monkeypatch.setitem(CATEGORIES, name, category._replace(evolve=counted))  # type: ignore[arg-type]
    return found


def test_a_contested_redemption_folds_no_past_in_the_writer(
    till: LedgerTill, folded: list[tuple[str, str]]
) -> None:
    changed_often(till.ledger)
    till.ledger.officers.cards.block_card("c1")
    till.later(HOUR)
    reports = [till.report(f"r{number}", given=()) for number in range(5)]
    folded.clear()

    events = till.bring(*reports)

    assert {event.reason for event in events if isinstance(event, Contested)} == {"card_blocked"}
    writer, here = "writer", threading.current_thread().name
    assert [topic for thread, topic in folded if thread == writer] == []
    blocked = [topic for thread, topic in folded if (thread, topic) == (here, "card.blocked")]
    assert len(blocked) == 41


def test_a_card_blocked_while_its_report_waits_is_as_it_was_at_the_scan(till: LedgerTill) -> None:
    said = till.report(scanned_at=till.now + HOUR / 20)
    service = till.ledger.tills.late_redemptions
    past = service._past.read(service._past_streams(said))
    till.later(HOUR / 30)
    till.ledger.officers.cards.block_card("c1")
    till.later(HOUR)

    seen = till.ledger.query(lambda states, _now: past.at(states, "card-c1", said.scanned_at))

    assert seen.status is Status.BLOCKED
