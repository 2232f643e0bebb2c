from __future__ import annotations

import re

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
