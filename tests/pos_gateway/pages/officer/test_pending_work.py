import re
from datetime import timedelta

from tests.support.app import OFFICER, WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.offline_till import OfflineTill

ONCE = [{"choice": "once-only", "merchant_share_minor": 680, "union_share_minor": 0}]


def drawn_up(staff_app: StaffApp, by: str = "officer-s-clerk") -> None:
    """Draw up a statement of the bakery's first cake."""
    staff_app.redeem("cake-1")
    staff_app.services.ledger.officers.statements.draw_up_statement(
        "st-1", fund_id="culture", merchant_id="bakery", by=by
    )


def waiting(staff_app: StaffApp, role: str) -> set[str]:
    """Return the links of the pending work of a role."""
    page = staff_app.sign_in(role).see("/desk/?lang=en").text
    found = re.search("What waits for you</h2>(.*?)</ul>", page, re.DOTALL)
    links = set(re.findall(r'href="([^"]+)"', found[1])) if found else set()
    for link in links:
        assert staff_app.see(link).status_code == 200
    return links


def test_a_statement_waits_for_those_who_may_approve_it(staff_app: StaffApp) -> None:
    drawn_up(staff_app)

    assert waiting(staff_app, "reviewer") == {"/desk/statements/st-1"}
    assert waiting(staff_app, "treasurer") == {"/desk/statements/st-1"}
    assert not waiting(staff_app, "clerk")
    assert not waiting(staff_app, "auditor")


def test_nobodys_own_statement_waits_for_them(staff_app: StaffApp) -> None:
    staff_app.services.ledger.officers.staff.change_roles("s-reviewer", roles=["clerk", "reviewer"])
    drawn_up(staff_app, by="officer-s-reviewer")

    assert not waiting(staff_app, "reviewer")
    assert waiting(staff_app, "treasurer")


def test_a_statement_that_takes_two_waits_no_longer_for_who_approved_it(
    staff_app: StaffApp,
) -> None:
    staff_app.services.ledger.officers.statements.set_threshold("culture", amount_minor=0)
    drawn_up(staff_app)
    staff_app.services.ledger.officers.statements.approve_statement("st-1", by="officer-s-reviewer")

    assert not waiting(staff_app, "reviewer")
    assert waiting(staff_app, "treasurer")


def test_an_approved_statement_waits_for_the_treasurer(staff_app: StaffApp) -> None:
    drawn_up(staff_app)
    staff_app.services.ledger.officers.statements.approve_statement("st-1", by="officer-s-reviewer")

    assert not waiting(staff_app, "reviewer")
    assert waiting(staff_app, "treasurer") == {"/desk/statements/st-1"}

    staff_app.services.ledger.officers.statements.mark_statement_paid(
        "st-1", reference="b-1", by="officer-s-treasurer"
    )
    assert not waiting(staff_app, "treasurer")


def test_contested_redemptions_and_what_never_came_wait_for_clerks(staff_app: StaffApp) -> None:
    staff_app.redeem("elsewhere", choices=["once-only"])
    till = OfflineTill(staff_app)
    first, second = till.slip("cake-1"), till.slip("cake-2", given=ONCE)
    assert till.bring(second).get_json()["outcome"] == "contested"

    with_gap = staff_app.sign_in("clerk").see("/desk/?lang=en").text
    waits = waiting(staff_app, "clerk")
    till.bring(first)
    whole = staff_app.see("/desk/?lang=en").text

    assert "Never came from a till: 1 redemptions" in with_gap
    assert "Contested late redemptions: 1" in with_gap
    assert waits == {"/desk/merchants/bakery"}
    assert "Never came" not in whole
    assert not waiting(staff_app, "treasurer")


def contested(staff_app: StaffApp, *names: str, price_minor: int = 6_800) -> set[str]:
    """Report redemptions of a card that was blocked after the till's sync; the union pays half.

    Return the rows of the liability table.
    """
    till, half = OfflineTill(staff_app), price_minor // 20
    staff_app.now += timedelta(minutes=1)
    staff_app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    staff_app.now += timedelta(minutes=1)
    given = [{"choice": "tenth-off", "merchant_share_minor": half, "union_share_minor": half}]
    slips = [till.slip(name, amount_minor=price_minor, given=given) for name in names]
    return {till.bring(slip).get_json()["contested"]["because"] for slip in slips}


def test_what_waits_for_a_decision_is_decided_by_those_who_approve(staff_app: StaffApp) -> None:
    assert contested(staff_app, "cake-1", "cake-2") == {"within_limits"}

    assert "/desk/statements" in waiting(staff_app, "reviewer")
    page = staff_app.see("/desk/statements?lang=en").text
    for name, deed in (("cake-1", "accept"), ("cake-2", "decline")):
        sent = staff_app.send("/desk/statements/contest", redemption_id=name, deed=deed)
        assert sent.headers["Location"] == "/desk/statements"

    assert "Contested, to be decided" in page
    assert "card was reported lost" in page
    assert "cake-1" in page
    assert "to be decided" not in staff_app.see("/desk/statements?lang=en").text
    assert "/desk/statements" not in waiting(staff_app, "reviewer")
    fund = staff_app.services.ledger.fund("culture")
    assert (fund.owed_minor["bakery"], fund.held_minor["bakery"]) == (3_40, 0)


def test_a_contest_above_the_threshold_and_its_payment_wait_for_a_second_person(
    staff_app: StaffApp,
) -> None:
    contested(staff_app, "cake-1")
    statements = staff_app.services.ledger.officers.statements
    statements.set_threshold("culture", amount_minor=3_39)
    place = staff_app.sign_in("reviewer").propose(
        "/desk/statements/contest", redemption_id="cake-1", deed="accept"
    )

    assert "Redemption cake-1" in staff_app.sign_in("treasurer").words(place)
    staff_app.told(f"{place}/decision", deed="confirm")
    assert staff_app.services.ledger.fund("culture").owed_minor["bakery"] == 3_40
    statements.set_threshold("culture", amount_minor=3_40)
    staff_app.services.ledger.officers.offers.pay_merchant(
        "culture", merchant_id="bakery", by="officer-s-treasurer", as_proposal="p-pay"
    )
    page = staff_app.sign_in("reviewer").words("/desk/proposals/p-pay")
    assert "bakery All that is owed when it is confirmed" in page
    assert "The most it can cost ¥3.40" in page


def test_others_see_what_waits_and_cannot_decide(staff_app: StaffApp) -> None:
    contested(staff_app, "cake-1")
    staff_app.sign_in("clerk")

    assert "/desk/statements/contest" not in staff_app.see("/desk/statements?lang=en").text
    sent = staff_app.send("/desk/statements/contest", redemption_id="cake-1", deed="accept")
    assert sent.status_code == 403
    staff_app.sign_in("reviewer")
    for name, deed in (("cake-1", "both"), ("cake-9", "accept")):
        assert staff_app.told("/desk/statements/contest", redemption_id=name, deed=deed)


def test_a_till_and_a_card_with_much_contested_alarm_the_desk(staff_app: StaffApp) -> None:
    quiet = staff_app.sign_in("clerk").see("/desk/?lang=en").text
    names = [f"cake-{number}" for number in range(5)]
    assert contested(staff_app, *names, price_minor=450_00) == {"within_limits", "over_budget"}

    alarmed = staff_app.see("/desk/?lang=en").text

    assert "Unusual" not in quiet
    assert "Unusual: ¥225 contested in 7 days" in alarmed
    assert "bakery · till-1" in alarmed
    assert f"Card {WANG_CARD}" in alarmed
    assert "Unusual" not in staff_app.sign_in("analyst").see("/desk/?lang=en").text
