"""A card shown at the gate instead of a ticket."""

import pytest

from ledger.offers.grant import Used
from tests.pos_gateway.api.test_ticket_uses import visit
from tests.support.app import LI_CARD, OFFICER, WANG_CARD
from tests.support.app_with_drop import DAY, LI, PILLOW, WANG, DropApp, status_and_reason


def test_the_one_ticket_that_is_good_here_and_now_is_meant(drop_app: DropApp) -> None:
    ticket = drop_app.ticket(WANG, **PILLOW)

    answer = drop_app.use("u1", code=drop_app.printed)

    assert (answer.status_code, answer.get_json()["ticket"]) == (201, ticket)


def test_a_card_without_a_ticket_for_here_and_now_admits_nobody(drop_app: DropApp) -> None:
    drop_app.ticket(WANG, party=3)

    too_early = drop_app.use("u1", code=drop_app.printed)
    elsewhere = drop_app.use("u2", code=drop_app.printed, key=drop_app.key)

    assert status_and_reason(too_early) == (404, "ticket_unknown")
    assert status_and_reason(elsewhere) == (404, "ticket_unknown")


def test_of_several_tickets_one_has_to_be_named(drop_app: DropApp) -> None:
    drop_app.announce("more", opens_at=drop_app.opens_at)
    drop_app.pass_until(drop_app.opens_at)
    pillow = drop_app.ticket(WANG, **PILLOW)
    visit = drop_app.ticket(WANG, "k2", drop="more", party=2)
    drop_app.pass_until(drop_app.opens_at + 3 * DAY)

    asked = drop_app.use("u1", code=drop_app.printed)
    named = drop_app.use("u1", code=drop_app.printed, ticket=visit)
    rest = drop_app.use("u2", code=drop_app.printed)

    assert status_and_reason(asked) == (409, "ticket_not_chosen")
    listed = {one["ticket"]: one["left"] for one in asked.get_json()["particulars"]["tickets"]}
    assert listed == {pillow: 1, visit: 2}
    assert (named.status_code, rest.get_json()["ticket"]) == (201, pillow)


def test_a_lost_card_collects_nothing_and_shows_nothing(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = drop_app.ticket(WANG, **PILLOW)
    code = drop_app.ticket_code(WANG, ticket)
    drop_app.services.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    by_lost_card = drop_app.use("u1", code=code, collector_code=drop_app.code(LI_CARD))

    drop_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    lost = [drop_app.use("u1", code=code), drop_app.use("u1", code=drop_app.printed, ticket=ticket)]

    assert status_and_reason(by_lost_card) == (409, "card_blocked")
    assert [status_and_reason(one) for one in lost] == [(409, "card_blocked")] * 2


@pytest.mark.parametrize("shown", ["plastic", "typed", "phone"])
def test_a_card_shows_its_ticket_named_or_not(drop_app: DropApp, shown: str) -> None:
    ticket, _ = visit(drop_app)
    typed = drop_app.printed.removeprefix("HK0:").lower()
    code = {"plastic": drop_app.printed, "typed": typed, "phone": drop_app.code()}[shown]

    named = drop_app.use("u1", code=code, ticket=ticket, people=1)
    unnamed = drop_app.use("u2", code=code)

    assert [one.status_code for one in (named, unnamed)] == [201, 201]
    assert unnamed.get_json()["ticket"] == ticket


def test_a_card_shows_no_ticket_of_another(drop_app_any_db: DropApp) -> None:
    ticket = drop_app_any_db.ticket(WANG, **PILLOW)
    drop_app_any_db.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)

    answer = drop_app_any_db.use("u1", code=drop_app_any_db.code(LI_CARD), ticket=ticket)

    assert status_and_reason(answer) == (404, "ticket_unknown")
    assert drop_app_any_db.events(Used) == []


def test_the_code_of_one_ticket_shows_no_other(drop_app: DropApp) -> None:
    drop_app.announce("two", opens_at=drop_app.time(), per_member=2)
    first, second = (
        drop_app.ticket(WANG, claim_id, drop="two", **PILLOW) for claim_id in ("k1", "k2")
    )
    code = drop_app.ticket_code(WANG, first)

    answer = drop_app.use("u1", code=code, ticket=second)
    same = drop_app.use("u1", code=code, ticket=first)

    assert status_and_reason(answer) == (422, "input_invalid")
    assert answer.get_json()["particulars"] == {"field": "ticket"}
    assert same.get_json()["ticket"] == first
