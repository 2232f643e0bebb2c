from datetime import timedelta

import pytest

from ledger.offers.grant import Used
from tests.support.app import LI_CARD, OFFICER, WANG_CARD
from tests.support.app_with_drop import (
    CHEN,
    CHEN_CARD,
    DAY,
    LI,
    PILLOW,
    WANG,
    DropApp,
    status_and_reason,
)


def visit(drop_app: DropApp, party: int = 3) -> tuple[str, str]:
    """Claim a ticket for Wang and wait for the morning. Return the ticket and its code."""
    ticket = drop_app.ticket(WANG, party=party)
    code = drop_app.ticket_code(WANG, ticket)
    drop_app.pass_until(drop_app.opens_at + 3 * DAY)
    return ticket, code


def forged(code: str) -> str:
    """Return the same code with another signature."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")


def test_goods_are_handed_over_once(drop_app_any_db: DropApp) -> None:
    ticket = drop_app_any_db.ticket(WANG, **PILLOW)
    code = drop_app_any_db.ticket_code(WANG, ticket)

    answer = drop_app_any_db.use("u1", code=code)
    other = drop_app_any_db.use("u2", code=code)

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["ticket"], body["kind"], body["title"]) == (ticket, "goods", "孝亲枕")
    assert (body["people"], body["left"], body["undone"]) == (1, 0, False)
    assert status_and_reason(other) == (409, "ticket_used")
    assert [one.use_id for one in drop_app_any_db.events(Used)] == ["u1"]
    (held,) = drop_app_any_db.as_member(WANG, "GET", "/tickets").get_json()["tickets"]
    assert (held["status"], held["left"]) == ("used", 0)


def test_the_same_again_is_answered_the_same_and_admits_once(drop_app_any_db: DropApp) -> None:
    code = drop_app_any_db.ticket_code(WANG, drop_app_any_db.ticket(WANG, **PILLOW))
    first = drop_app_any_db.use("u1", code=code)
    position = drop_app_any_db.position

    again = drop_app_any_db.use("u1", code=code)
    other = drop_app_any_db.use("u1", code=code, people=1)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert status_and_reason(other) == (422, "request_reused")
    assert drop_app_any_db.position == position


def test_a_party_comes_in_by_and_by_and_no_more_than_the_ticket_admits(drop_app: DropApp) -> None:
    _, code = visit(drop_app, party=3)

    first = drop_app.use("u1", code=code, people=2)
    second = drop_app.use("u2", code=code, people=2)
    third = drop_app.use("u3", code=code)

    assert (first.status_code, first.get_json()["left"]) == (201, 1)
    assert status_and_reason(second) == (409, "ticket_exhausted")
    assert second.get_json()["particulars"] == {"left": 1}
    assert (third.get_json()["people"], third.get_json()["left"]) == (1, 0)


def test_what_is_used_is_not_given_back(drop_app: DropApp) -> None:
    drop_app.announce("free", opens_at=drop_app.time(), returns_until=drop_app.opens_at + DAY)
    ticket = drop_app.ticket(WANG, drop="free", **PILLOW)
    drop_app.use("u1", code=drop_app.ticket_code(WANG, ticket))

    assert drop_app.release(WANG, ticket) == (409, "ticket_used")


@pytest.mark.parametrize(
    ("later", "reason"),
    [(3 * DAY - timedelta(seconds=1), "ticket_not_yet"), (4 * DAY, "ticket_over")],
)
def test_a_ticket_is_good_in_its_session_alone(
    drop_app: DropApp, later: timedelta, reason: str
) -> None:
    code = drop_app.ticket_code(WANG, drop_app.ticket(WANG))

    drop_app.pass_until(drop_app.opens_at + later)

    assert status_and_reason(drop_app.use("u1", code=code)) == (409, reason)


def test_a_late_retry_gets_its_first_answer_though_the_code_is_dead(drop_app: DropApp) -> None:
    ticket, code = visit(drop_app)
    session_code = drop_app.code()
    first = drop_app.use("u1", code=code, people=1)
    by_card = drop_app.use("u2", code=session_code, ticket=ticket, people=1)
    drop_app.pass_until(drop_app.now + 30 * DAY)

    again = drop_app.use("u1", code=code, people=1)
    by_card_again = drop_app.use("u2", code=session_code, ticket=ticket, people=1)
    other = drop_app.use("u1", code=code, people=2)
    fresh = drop_app.use("u3", code=code)

    assert (first.status_code, by_card.status_code) == (201, 201)
    assert (again.status_code, by_card_again.status_code) == (200, 200)
    assert {**again.get_json(), "left": 2} == first.get_json()
    assert status_and_reason(other) == (422, "request_reused")
    assert status_and_reason(fresh) == (422, "invalid_code")


def test_a_retry_gets_its_first_answer_though_the_plastic_was_printed_again(
    drop_app: DropApp,
) -> None:
    ticket, _ = visit(drop_app)
    first = drop_app.use("u1", code=drop_app.printed, ticket=ticket)
    drop_app.services.ledger.officers.cards.print_code(WANG_CARD, code_hash="0" * 64, by=OFFICER)

    again = drop_app.use("u1", code=drop_app.printed, ticket=ticket)
    other = drop_app.use("u2", code=drop_app.printed, ticket=ticket)

    assert (again.status_code, again.get_data()) == (200, first.get_data())
    assert status_and_reason(other) == (409, "code_superseded")


def test_the_code_of_a_ticket_sent_on_admits_whoever_shows_it(drop_app: DropApp) -> None:
    _, code = visit(drop_app)

    answer = drop_app.use("u1", code=code)

    assert answer.status_code == 201
    assert drop_app.events(Used)[0].collected_by == ""


def test_who_collects_with_their_own_card_is_on_record(drop_app_any_db: DropApp) -> None:
    drop_app_any_db.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    code = drop_app_any_db.ticket_code(WANG, drop_app_any_db.ticket(WANG, **PILLOW))

    answer = drop_app_any_db.use("u1", code=code, collector_code=drop_app_any_db.code(LI_CARD))

    assert answer.status_code == 201
    assert drop_app_any_db.events(Used)[0].collected_by == LI


def test_whom_the_member_did_not_name_collects_nothing(drop_app_any_db: DropApp) -> None:
    code = drop_app_any_db.ticket_code(WANG, drop_app_any_db.ticket(WANG, **PILLOW))

    answer = drop_app_any_db.use("u1", code=code, collector_code=drop_app_any_db.code(LI_CARD))

    assert status_and_reason(answer) == (403, "not_a_proxy")
    assert drop_app_any_db.events(Used) == []


def test_a_daughter_claims_and_collects_with_her_own_key_and_card(drop_app: DropApp) -> None:
    drop_app.services.ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    ticket = drop_app.claim(LI, member=WANG, **PILLOW).get_json()["ticket"]
    code = drop_app.as_member(LI, "GET", f"/members/{WANG}/tickets/{ticket}/code").get_json()[
        "code"
    ]

    answer = drop_app.use("u1", code=code, collector_code=drop_app.code(LI_CARD))

    assert answer.status_code == 201
    assert (drop_app.events(Used)[0].member_id, drop_app.events(Used)[0].collected_by) == (WANG, LI)


def test_a_ticket_is_honoured_where_it_says(drop_app: DropApp) -> None:
    code = drop_app.ticket_code(WANG, drop_app.ticket(WANG, **PILLOW))

    assert status_and_reason(drop_app.use("u1", code=code, key=drop_app.key)) == (
        409,
        "ticket_not_here",
    )
    assert drop_app.use("u1", code=code).status_code == 201


def test_a_till_that_was_revoked_admits_nobody(drop_app: DropApp) -> None:
    code = drop_app.ticket_code(WANG, drop_app.ticket(WANG, **PILLOW))
    drop_app.services.ledger.officers.merchants.revoke_till(
        "rose-garden", till_id="gate-1", by=OFFICER
    )

    assert status_and_reason(drop_app.use("u1", code=code)) == (401, "till_revoked")


def test_what_was_given_back_or_called_off_or_forged_admits_nobody(drop_app: DropApp) -> None:
    released, cancelled = drop_app.ticket(LI), drop_app.ticket(WANG, **PILLOW)
    codes = [drop_app.ticket_code(LI, released), drop_app.ticket_code(WANG, cancelled)]
    drop_app.release(LI, released)
    drop_app.services.ledger.officers.drops.cancel_drop("may-day", reason="闭园")

    answers = [drop_app.use("u1", code=code) for code in (*codes, forged(codes[0]), "hello")]

    assert [status_and_reason(one) for one in answers] == [
        (409, "ticket_released"),
        (409, "drop_cancelled"),
        (422, "invalid_code"),
        (422, "invalid_code"),
    ]
    assert drop_app.events(Used) == []


def test_a_use_is_undone_within_the_hour_and_once(drop_app_any_db: DropApp) -> None:
    code = drop_app_any_db.ticket_code(WANG, drop_app_any_db.ticket(WANG, **PILLOW))
    drop_app_any_db.use("u1", code=code)

    first = drop_app_any_db.ask("POST", "/uses/u1/undoing", {}, key=drop_app_any_db.gate_key)
    position = drop_app_any_db.position
    again = drop_app_any_db.ask("POST", "/uses/u1/undoing", {}, key=drop_app_any_db.gate_key)

    assert (first.status_code, first.get_json()["undone"], first.get_json()["left"]) == (
        *(200, True, 1),
    )
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert drop_app_any_db.position == position
    assert drop_app_any_db.use("u2", code=code).status_code == 201


def test_after_the_hour_or_elsewhere_a_use_stands(drop_app: DropApp) -> None:
    drop_app.use("u1", code=drop_app.ticket_code(WANG, drop_app.ticket(WANG, **PILLOW)))

    elsewhere = drop_app.ask("POST", "/uses/u1/undoing", {})
    drop_app.pass_until(drop_app.now + timedelta(hours=1, seconds=1))
    late = drop_app.ask("POST", "/uses/u1/undoing", {}, key=drop_app.gate_key)

    assert status_and_reason(elsewhere) == (404, "use_unknown")
    assert status_and_reason(late) == (409, "undo_too_late")
    assert status_and_reason(drop_app.ask("POST", "/uses/u2/undoing", {})) == (404, "use_unknown")


def test_a_use_is_shown_to_its_own_merchant_alone(drop_app: DropApp) -> None:
    code = drop_app.ticket_code(CHEN, drop_app.ticket(CHEN, **PILLOW))
    made = drop_app.use("u1", code=code).get_json()

    own = drop_app.ask("GET", "/uses/u1", key=drop_app.gate_key)
    other = drop_app.ask("GET", "/uses/u1")
    none = drop_app.ask("GET", "/uses/u2", key=drop_app.gate_key)

    assert (own.status_code, own.get_json()) == (200, made)
    assert own.headers["Cache-Control"] == "no-store"
    assert status_and_reason(other) == (404, "use_unknown")
    assert status_and_reason(none) == (404, "use_unknown")


def test_a_ticket_is_no_discount_and_a_discount_no_ticket(drop_app: DropApp) -> None:
    ticket = drop_app.ticket(CHEN, **PILLOW)
    code = drop_app.ticket_code(CHEN, ticket)

    as_card = drop_app.redeem("r-1", code=code)
    asked = {"code": drop_app.code(CHEN_CARD), "amount_minor": 100, "choices": [ticket]}
    chosen = drop_app.ask("PUT", "/redemptions/r-2", asked, key=drop_app.gate_key)

    assert status_and_reason(as_card) == (422, "invalid_code")
    assert as_card.get_json()["particulars"] == {"problem": "is_a_ticket"}
    assert status_and_reason(chosen) == (409, "show_as_ticket")
