"""Tickets collected by a person other than the member."""

import pytest

from ledger import errors
from ledger.application import Ledger
from tests.ledger.services.test_ticket_use import furnishing, shown, use
from tests.support.example_draw import MAY_DAY
from tests.support.ledger_fixture import event_count

__all__ = ["furnishing"]


def test_a_family_member_collects_with_a_card_of_their_own(ledger: Ledger) -> None:
    with pytest.raises(errors.NotAProxy):
        use(ledger, "u1", collector_card_id="c2")
    ledger.officers.families.name_proxy("m0", proxy_id="m2", by="officer-1")

    made = ledger.tills.ticket_use.use("u1", shown(collector_card_id="c2"), at=MAY_DAY).used

    assert (made.member_id, made.collected_by) == ("m0", "m2")


def test_a_member_who_shows_their_card_twice_came_themselves(ledger: Ledger) -> None:
    made = ledger.tills.ticket_use.use("u1", shown(collector_card_id="c0"), at=MAY_DAY).used

    assert made.collected_by == ""


def test_nobody_collects_with_a_card_that_is_not_live(ledger: Ledger) -> None:
    ledger.officers.families.name_proxy("m0", proxy_id="m2", by="officer-1")
    ledger.officers.cards.block_card("c2")

    with pytest.raises(errors.CardBlocked):
        use(ledger, "u1", collector_card_id="c2")
    with pytest.raises(errors.CardUnknown):
        use(ledger, "u1", collector_card_id="lost")


def test_an_officer_collects_without_a_till(ledger: Ledger) -> None:
    made = ledger.tills.ticket_use.use(
        "u1", shown(till_id="", officer_id="officer-1"), at=MAY_DAY
    ).used

    assert (made.member_id, made.collected_by, made.till_id) == ("m0", "officer-1", "")
    assert ledger.facts(event_count(ledger) - 1, 1)[0].by == "officer-1"
    with pytest.raises(errors.OutletUnknown):
        use(ledger, "u2", till_id="", officer_id="officer-1", outlet_id="lake")
