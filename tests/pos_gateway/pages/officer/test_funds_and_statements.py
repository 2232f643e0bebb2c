"""Funds and settlement at the desk: nobody alone, nothing twice."""

import re

import pytest

from ledger.services.controlled import SYSTEM
from ledger.settlement.bank_account import COOLS_FOR
from ledger.vault import BankAccount
from pos_gateway.payments.bank_accounts import bank_accounts, keep_bank_account
from tests.support.app_staff import StaffApp

ACCOUNT = BankAccount(holder="区总工会", number="62221111", bank_name="北京农商银行")


@pytest.fixture
def app_with_debt(staff_app: StaffApp) -> StaffApp:
    """Return an app that owes the bakery and needs two approvals."""
    for owner in ("merchant-bakery", "fund-culture"):
        keep_bank_account(staff_app.services, owner, ACCOUNT, by=SYSTEM)
    staff_app.sign_in("treasurer").agree(
        "/desk/funds", deed="threshold", fund_id="culture", yuan="1"
    )
    assert staff_app.redeem("r1").status_code == 201
    return staff_app


def drawn_up(staff_app: StaffApp, clerk: str = "clerk") -> str:
    """Draw up a statement for the bakery as a clerk. Return its URL."""
    staff_app.sign_in(clerk).send("/desk/statements/drawn-up", owed="bakery culture")
    page = staff_app.see("/desk/statements").text
    return re.findall(r'href="(/desk/statements/[^"]+)"', page)[0]


def contribution(staff_app: StaffApp, **typed: str) -> dict[str, str]:
    """Fill in the page's form for a contribution. Return it."""
    page = staff_app.see("/desk/funds").text
    (request,) = re.findall(r'name="request" value="([^"]+)"', page)
    form = {"deed": "contribute", "fund_id": "culture", "source": "区总工会", "request": request}
    return form | typed


def test_money_comes_in_once_however_often_the_form_is_sent(staff_app: StaffApp) -> None:
    staff_app.sign_in("treasurer")
    form = contribution(staff_app, yuan="1,000.50")

    first = staff_app.propose("/desk/funds", **form)
    staff_app.agree("/desk/funds", **form)
    other = staff_app.told("/desk/funds", **form | {"yuan": "5"})

    assert first == staff_app.propose("/desk/funds", **form)
    assert other
    assert staff_app.services.ledger.fund("culture").available_minor == 1_000_000 + 100_050


@pytest.mark.parametrize("typed", ["", "x", "1.234", "-1", "1e400", "NaN", "0"])
def test_what_is_no_amount_is_refused(staff_app: StaffApp, typed: str) -> None:
    staff_app.sign_in("treasurer")
    form = contribution(staff_app, yuan=typed)
    before = staff_app.position

    assert staff_app.told("/desk/funds", **form)
    assert staff_app.position == before


def test_a_fund_is_opened_with_its_account(staff_app: StaffApp) -> None:
    staff_app.sign_in("treasurer")
    account = {"holder": "区总工会", "number": "6222 1111", "bank_name": "北京农商银行"}

    staff_app.send("/desk/funds", deed="open", fund_id="relief", programme="s5", name="雪中送炭")
    staff_app.agree("/desk/funds", deed="account", fund_id="relief", **account)

    assert "relief" in staff_app.see("/desk/funds").text
    kept = bank_accounts(staff_app.services, ["fund-relief"])
    assert kept["fund-relief"].number == "62221111"


def test_a_fund_goes_by_its_name_wherever_people_read_of_it(app_with_debt: StaffApp) -> None:
    statement = drawn_up(app_with_debt)

    pages = [app_with_debt.see(path).text for path in ("/desk/funds", statement)]

    assert ["文化惠民" in page for page in pages] == [True, True]


def test_a_statement_is_drawn_up_approved_by_two_and_paid(app_with_debt: StaffApp) -> None:
    statement = drawn_up(app_with_debt)

    by_clerk = app_with_debt.send(f"{statement}/approval").status_code
    app_with_debt.sign_in("reviewer")
    first = app_with_debt.told(f"{statement}/approval")
    app_with_debt.sign_in("treasurer")
    too_soon = app_with_debt.told(f"{statement}/payment", reference="BOC-1")
    second = app_with_debt.told(f"{statement}/approval")
    file = app_with_debt.send("/desk/statements/bank-file", fund_id="culture", form="pain")
    paid = app_with_debt.told(f"{statement}/payment", reference="BOC-1")

    assert (by_clerk, first, second, paid) == (403, None, None, None)
    assert too_soon == "对账单尚未审批"
    assert b"pain.001.001.09" in file.data
    assert statement.rpartition("/")[2].encode() in file.data
    page = app_with_debt.see(statement).text
    assert "已付款" in page
    assert "officer-s-reviewer" in page
    assert app_with_debt.services.ledger.fund("culture").owed_minor["bakery"] == 0


def test_an_account_changed_since_is_not_paid_before_it_is_approved(
    app_with_debt: StaffApp,
) -> None:
    statement = drawn_up(app_with_debt)
    for role in ("reviewer", "treasurer"):
        app_with_debt.sign_in(role).send(f"{statement}/approval")
    account = {"holder": "王五", "number": "6222 9999", "bank_name": "别的银行"}
    app_with_debt.sign_in("clerk").agree("/desk/merchants/bakery", deed="account", **account)

    app_with_debt.sign_in("treasurer")
    told = app_with_debt.told("/desk/statements/bank-file", fund_id="culture", form="pain")
    app_with_debt.send(f"{statement}/return", reason="bank_account_wrong")
    app_with_debt.now += COOLS_FOR
    app_with_debt.services.ledger.officers.staff.appoint_staff("s-other", roles=["clerk"])
    anew = drawn_up(app_with_debt, "other")
    for role in ("reviewer", "treasurer"):
        app_with_debt.sign_in(role).send(f"{anew}/approval")
    file = app_with_debt.send("/desk/statements/bank-file", fund_id="culture", form="pain")

    assert told == "商户的收款账户在制单后变过"
    assert b"62229999" in file.data


def test_a_statement_is_sent_back_and_drawn_up_anew(app_with_debt: StaffApp) -> None:
    statement = drawn_up(app_with_debt)
    app_with_debt.sign_in("reviewer")

    app_with_debt.send(f"{statement}/return", reason="mistake")

    assert "已退回" in app_with_debt.see(statement).text
    assert drawn_up(app_with_debt) != statement


def test_an_incident_is_kept_back_from_the_next_statement(app_with_debt: StaffApp) -> None:
    statement = drawn_up(app_with_debt)
    for role in ("reviewer", "treasurer"):
        app_with_debt.sign_in(role).send(f"{statement}/approval")
    app_with_debt.send(f"{statement}/payment", reference="BOC-1")
    app_with_debt.sign_in("clerk")

    told = app_with_debt.told(
        "/desk/statements/incident", redemption_id="r1", yuan="1", reason="duplicate"
    )
    app_with_debt.redeem("r2")
    following = app_with_debt.see(drawn_up(app_with_debt)).text

    assert told is None
    assert "1.00" in following
    assert "2.40" in following


def test_reasons_are_those_of_a_list(app_with_debt: StaffApp) -> None:
    statement = drawn_up(app_with_debt)
    app_with_debt.sign_in("reviewer")

    assert app_with_debt.told(f"{statement}/return", reason="王小明说错了")
    assert "王小明" not in app_with_debt.see(statement).text


def test_a_statement_of_nobody_is_not_found(staff_app: StaffApp) -> None:
    answer = staff_app.sign_in("auditor").see("/desk/statements/20260101-none")

    assert answer.status_code in {404, 409}
