"""Family members and officers claim on behalf of a member."""

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.drops import events
from ledger.members.authorization import Principal
from tests.ledger.services.test_claims import FOR_M1, KEY, OFFICER, clock, last_by, ledger
from tests.support.example_drop import claim_request
from tests.support.ledger_fixture import event_count
from tests.support.ledger_with_drop import Clock, claim, open_drop, tickets

__all__ = ["clock", "ledger"]


def test_a_family_member_who_was_named_acts_for_a_member(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    ledger.officers.families.name_proxy("m1", proxy_id="m2")

    had = ledger.members.claims.claim(claim_request(), FOR_M1)

    fact, by = last_by(ledger, events.Claimed)
    assert fact == had.event
    assert (fact.member_id, fact.claimed_by, by) == ("m1", "m2", "member-m2")
    assert tickets(ledger, "m2") == []


def test_an_officer_acts_for_a_member(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)

    ledger.members.claims.claim(claim_request(), OFFICER)

    fact, by = last_by(ledger, events.Claimed)
    assert (fact.member_id, fact.claimed_by, by) == ("m1", "officer-li", "officer-li")


@pytest.mark.parametrize("named", ["never", "no longer", "the other way round"])
def test_nobody_acts_for_a_member_who_has_not_named_them(
    ledger: Ledger, clock: Clock, named: str
) -> None:
    open_drop(ledger, clock)
    ticket = claim(ledger, "m1").event.ticket_id
    if named == "no longer":
        ledger.officers.families.name_proxy("m1", proxy_id="m2")
        ledger.officers.families.end_proxy("m1", proxy_id="m2")
    if named == "the other way round":
        ledger.officers.families.name_proxy("m2", proxy_id="m1")
    before = event_count(ledger)

    claims = ledger.members.claims
    for verb in (claims.claim, claims.join, claims.leave):
        with pytest.raises(errors.NotAProxy):
            verb(claim_request("k2"), FOR_M1)
    with pytest.raises(errors.NotAProxy):
        claims.release(ticket, FOR_M1)

    assert event_count(ledger) == before


def test_the_key_of_who_asks_is_live(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock)
    ledger.officers.families.name_proxy("m1", proxy_id="m2")
    ledger.officers.families.make_member_key("m2", key_id="phone", key_hash=KEY)
    asking = Principal(member_id="m1", acting="m2", key_id="phone")
    assert ledger.authenticated_member("m2", key_id="phone").member_id == "m2"
    assert ledger.members.claims.claim(claim_request(), asking).event is not None

    ledger.officers.families.end_member_key("m2", key_id="phone")

    for ask in (
        lambda: ledger.authenticated_member("m2", key_id="phone"),
        lambda: ledger.authenticated_member("nobody", key_id="phone"),
        lambda: ledger.members.claims.claim(claim_request("k2"), asking),
        lambda: ledger.members.claims.claim(
            claim_request("k2"), Principal(member_id="m2", key_id="phone")
        ),
        lambda: ledger.members.claims.holdings(asking),
    ):
        with pytest.raises(errors.KeyEnded):
            ask()
