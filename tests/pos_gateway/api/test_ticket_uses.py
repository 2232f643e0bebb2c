from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.offers.grant import Used
from tests.support.app import LI_CARD, OFFICER, WANG_CARD
from tests.support.app_with_drop import CHEN, CHEN_CARD, DAY, LI, PILLOW, WANG, Hall, told


def used(hall: Hall) -> list[Used]:
    """The uses in the log."""
    facts = [fact.event for fact in hall.house.ledger.facts(0, 1_000)]
    return [event for event in facts if isinstance(event, Used)]


def visit(hall: Hall, party: int = 3) -> tuple[str, str]:
    """Wang's ticket for the morning and its code, when the garden is open."""
    ticket = hall.ticket(WANG, party=party)
    code = hall.ticket_code(WANG, ticket)
    hall.pass_until(hall.opens_at + 3 * DAY)
    return ticket, code


def forged(code: str) -> str:
    """The same code with another signature."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def test_goods_are_handed_over_once(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG, **PILLOW)
    code = any_hall.ticket_code(WANG, ticket)

    answer = any_hall.use("u1", code=code)
    other = any_hall.use("u2", code=code)

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["ticket"], body["kind"], body["title"]) == (ticket, "goods", "孝亲枕")
    assert (body["people"], body["left"], body["undone"]) == (1, 0, False)
    assert told(other) == (409, "ticket_used")
    assert [one.use_id for one in used(any_hall)] == ["u1"]
    (held,) = any_hall.as_member(WANG, "GET", "/tickets").get_json()["tickets"]
    assert (held["status"], held["left"]) == ("used", 0)


def test_the_same_again_is_answered_the_same_and_admits_once(any_hall: Hall) -> None:
    code = any_hall.ticket_code(WANG, any_hall.ticket(WANG, **PILLOW))
    first = any_hall.use("u1", code=code)
    position = any_hall.position

    again = any_hall.use("u1", code=code)
    other = any_hall.use("u1", code=code, people=1)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert told(other) == (422, "request_reused")
    assert any_hall.position == position


def test_a_party_comes_in_by_and_by_and_no_more_than_the_ticket_admits(hall: Hall) -> None:
    _, code = visit(hall, party=3)

    first = hall.use("u1", code=code, people=2)
    second = hall.use("u2", code=code, people=2)
    third = hall.use("u3", code=code)

    assert (first.status_code, first.get_json()["left"]) == (201, 1)
    assert told(second) == (409, "ticket_exhausted")
    assert second.get_json()["particulars"] == {"left": 1}
    assert (third.get_json()["people"], third.get_json()["left"]) == (1, 0)


def test_what_is_used_is_not_given_back(hall: Hall) -> None:
    hall.announce("free", opens_at=hall.time(), returns_until=hall.opens_at + DAY)
    ticket = hall.ticket(WANG, drop="free", **PILLOW)
    hall.use("u1", code=hall.ticket_code(WANG, ticket))

    assert hall.release(WANG, ticket) == (409, "ticket_used")


@pytest.mark.parametrize(
    ("later", "reason"),
    [(3 * DAY - timedelta(seconds=1), "ticket_not_yet"), (4 * DAY, "ticket_over")],
)
def test_a_ticket_is_good_in_its_session_alone(hall: Hall, later: timedelta, reason: str) -> None:
    code = hall.ticket_code(WANG, hall.ticket(WANG))

    hall.pass_until(hall.opens_at + later)

    assert told(hall.use("u1", code=code)) == (409, reason)


def test_a_late_retry_gets_its_first_answer_though_the_code_is_dead(hall: Hall) -> None:
    ticket, code = visit(hall)
    session_code = hall.code()
    first = hall.use("u1", code=code, people=1)
    by_card = hall.use("u2", code=session_code, ticket=ticket, people=1)
    hall.pass_until(hall.now + 30 * DAY)

    again = hall.use("u1", code=code, people=1)
    by_card_again = hall.use("u2", code=session_code, ticket=ticket, people=1)
    other = hall.use("u1", code=code, people=2)
    fresh = hall.use("u3", code=code)

    assert (first.status_code, by_card.status_code) == (201, 201)
    assert (again.status_code, by_card_again.status_code) == (200, 200)
    assert {**again.get_json(), "left": 2} == first.get_json()
    assert told(other) == (422, "request_reused")
    assert told(fresh) == (422, "invalid_code")


def test_a_retry_gets_its_first_answer_though_the_plastic_was_printed_again(hall: Hall) -> None:
    ticket, _ = visit(hall)
    first = hall.use("u1", code=hall.printed, ticket=ticket)
    hall.house.ledger.officers.cards.print_code(WANG_CARD, code_hash="0" * 64, by=OFFICER)

    again = hall.use("u1", code=hall.printed, ticket=ticket)
    other = hall.use("u2", code=hall.printed, ticket=ticket)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert told(other) == (409, "code_superseded")


def test_the_code_of_a_ticket_sent_on_admits_whoever_shows_it(hall: Hall) -> None:
    _, code = visit(hall)

    answer = hall.use("u1", code=code)

    assert answer.status_code == 201
    assert used(hall)[0].collected_by == ""


def test_who_collects_with_their_own_card_is_on_record(any_hall: Hall) -> None:
    any_hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    code = any_hall.ticket_code(WANG, any_hall.ticket(WANG, **PILLOW))

    answer = any_hall.use("u1", code=code, collector_code=any_hall.code(LI_CARD))

    assert answer.status_code == 201
    assert used(any_hall)[0].collected_by == LI


def test_whom_the_member_did_not_name_collects_nothing(any_hall: Hall) -> None:
    code = any_hall.ticket_code(WANG, any_hall.ticket(WANG, **PILLOW))

    answer = any_hall.use("u1", code=code, collector_code=any_hall.code(LI_CARD))

    assert told(answer) == (403, "not_a_proxy")
    assert used(any_hall) == []


def test_a_daughter_claims_and_collects_with_her_own_key_and_card(hall: Hall) -> None:
    hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = hall.claim(LI, member=WANG, **PILLOW).get_json()["ticket"]
    code = hall.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code").get_json()["code"]

    answer = hall.use("u1", code=code, collector_code=hall.code(LI_CARD))

    assert answer.status_code == 201
    assert (used(hall)[0].member_id, used(hall)[0].collected_by) == (WANG, LI)


def test_a_lost_card_collects_nothing_and_shows_nothing(hall: Hall) -> None:
    hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = hall.ticket(WANG, **PILLOW)
    code = hall.ticket_code(WANG, ticket)
    hall.house.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    by_lost_card = hall.use("u1", code=code, collector_code=hall.code(LI_CARD))

    hall.house.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    lost = [hall.use("u1", code=code), hall.use("u1", code=hall.printed, ticket=ticket)]

    assert told(by_lost_card) == (409, "card_blocked")
    assert [told(one) for one in lost] == [(409, "card_blocked")] * 2


@pytest.mark.parametrize("shown", ["plastic", "typed", "phone"])
def test_a_card_shows_its_ticket_named_or_not(hall: Hall, shown: str) -> None:
    ticket, _ = visit(hall)
    typed = hall.printed.removeprefix("HK0:").lower()
    code = {"plastic": hall.printed, "typed": typed, "phone": hall.code()}[shown]

    named = hall.use("u1", code=code, ticket=ticket, people=1)
    unnamed = hall.use("u2", code=code)

    assert [one.status_code for one in (named, unnamed)] == [201, 201]
    assert unnamed.get_json()["ticket"] == ticket


def test_a_card_shows_no_ticket_of_another(any_hall: Hall) -> None:
    ticket = any_hall.ticket(WANG, **PILLOW)
    any_hall.house.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)

    answer = any_hall.use("u1", code=any_hall.code(LI_CARD), ticket=ticket)

    assert told(answer) == (404, "ticket_unknown")
    assert used(any_hall) == []


def test_the_code_of_one_ticket_shows_no_other(hall: Hall) -> None:
    hall.announce("two", opens_at=hall.time(), per_member=2)
    first, second = (hall.ticket(WANG, claim_id, drop="two", **PILLOW) for claim_id in ("k1", "k2"))
    code = hall.ticket_code(WANG, first)

    answer = hall.use("u1", code=code, ticket=second)
    same = hall.use("u1", code=code, ticket=first)

    assert told(answer) == (422, "input_invalid")
    assert answer.get_json()["particulars"] == {"field": "ticket"}
    assert same.get_json()["ticket"] == first


def test_a_ticket_is_honoured_where_it_says(hall: Hall) -> None:
    code = hall.ticket_code(WANG, hall.ticket(WANG, **PILLOW))

    assert told(hall.use("u1", code=code, key=hall.key)) == (409, "ticket_not_here")
    assert hall.use("u1", code=code).status_code == 201


def test_a_till_that_was_revoked_admits_nobody(hall: Hall) -> None:
    code = hall.ticket_code(WANG, hall.ticket(WANG, **PILLOW))
    hall.house.ledger.officers.merchants.revoke_till("rose-garden", till_id="gate-1", by=OFFICER)

    assert told(hall.use("u1", code=code)) == (401, "till_revoked")


def test_what_was_given_back_or_called_off_or_forged_admits_nobody(hall: Hall) -> None:
    released, cancelled = hall.ticket(LI), hall.ticket(WANG, **PILLOW)
    codes = [hall.ticket_code(LI, released), hall.ticket_code(WANG, cancelled)]
    hall.release(LI, released)
    hall.house.ledger.officers.drops.cancel_drop("may-day", reason="闭园", by=OFFICER)

    answers = [hall.use("u1", code=code) for code in (*codes, forged(codes[0]), "hello")]

    assert [told(one) for one in answers] == [
        (409, "ticket_released"),
        (409, "drop_cancelled"),
        (422, "invalid_code"),
        (422, "invalid_code"),
    ]
    assert used(hall) == []


def test_a_use_is_undone_within_the_hour_and_once(any_hall: Hall) -> None:
    code = any_hall.ticket_code(WANG, any_hall.ticket(WANG, **PILLOW))
    any_hall.use("u1", code=code)

    first = any_hall.ask("POST", "/uses/u1/undoing", {}, key=any_hall.gate_key)
    position = any_hall.position
    again = any_hall.ask("POST", "/uses/u1/undoing", {}, key=any_hall.gate_key)

    assert (first.status_code, first.get_json()["undone"], first.get_json()["left"]) == (
        *(200, True, 1),
    )
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert any_hall.position == position
    assert any_hall.use("u2", code=code).status_code == 201


def test_after_the_hour_or_elsewhere_a_use_stands(hall: Hall) -> None:
    hall.use("u1", code=hall.ticket_code(WANG, hall.ticket(WANG, **PILLOW)))

    elsewhere = hall.ask("POST", "/uses/u1/undoing", {})
    hall.pass_until(hall.now + timedelta(hours=1, seconds=1))
    late = hall.ask("POST", "/uses/u1/undoing", {}, key=hall.gate_key)

    assert told(elsewhere) == (409, "undo_elsewhere")
    assert told(late) == (409, "undo_too_late")
    assert told(hall.ask("POST", "/uses/u2/undoing", {})) == (404, "use_unknown")


def test_a_use_is_shown_to_its_own_merchant_alone(hall: Hall) -> None:
    code = hall.ticket_code(CHEN, hall.ticket(CHEN, **PILLOW))
    made = hall.use("u1", code=code).get_json()

    own = hall.ask("GET", "/uses/u1", key=hall.gate_key)
    other = hall.ask("GET", "/uses/u1")
    none = hall.ask("GET", "/uses/u2", key=hall.gate_key)

    assert (own.status_code, own.get_json()) == (200, made)
    assert own.headers["Cache-Control"] == "no-store"
    assert told(other) == (403, "redemption_not_yours")
    assert told(none) == (404, "use_unknown")


def test_a_ticket_is_no_discount_and_a_discount_no_ticket(hall: Hall) -> None:
    ticket = hall.ticket(CHEN, **PILLOW)
    code = hall.ticket_code(CHEN, ticket)

    as_card = hall.redeem("r-1", code=code)
    asked = {"code": hall.code(CHEN_CARD), "amount_minor": 100, "choices": [ticket]}
    chosen = hall.ask("PUT", "/redemptions/r-2", asked, key=hall.gate_key)

    assert told(as_card) == (422, "invalid_code")
    assert as_card.get_json()["particulars"] == {"problem": "is_a_ticket"}
    assert told(chosen) == (409, "show_as_ticket")
