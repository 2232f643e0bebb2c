"""The account of a payee takes two people, and whoever settles sees it: the finding K3 again."""

from datetime import timedelta

import pytest

from ledger.control.proposal import LASTS
from ledger.services.controlled import SYSTEM
from ledger.settlement.bank_account import COOLS_FOR
from ledger.vault import BankAccount
from pos_gateway.app.lapses import record_lapses
from pos_gateway.payments.bank_accounts import (
    bank_accounts,
    keep_bank_account,
    kept_for,
    name_in_vault,
)
from projections.engine.runner import catch_up
from tests.support.app_staff import StaffApp

HONEST = BankAccount(holder="面包房", number="62220001111", bank_name="北京农商银行")
THEIRS = {"holder": "王小五", "number": "6222 9999 4242", "bank_name": "别的银行"}
BAKERY = "/desk/merchants/bakery"


@pytest.fixture
def owing(staff_app: StaffApp) -> StaffApp:
    """Return an app that owes the bakery, whose account is on file."""
    for owner in ("merchant-bakery", "fund-culture"):
        keep_bank_account(staff_app.services, owner, HONEST, by=SYSTEM)
    staff_app.redeem("r1")
    return staff_app


def test_a_clerk_alone_redirects_no_payment(owing: StaffApp) -> None:
    # When a clerk changes the account of the payee, and confirms it too
    owing.sign_in("clerk")
    place = owing.propose(BAKERY, deed="account", **THEIRS)
    assert owing.send(f"{place}/decision", deed="confirm").status_code == 403
    assert owing.told(place, deed="confirm") is not None
    # Then the bank still pays the account on file
    assert bank_accounts(owing.services, ["merchant-bakery"])["merchant-bakery"] == HONEST
    # And a second person reads both, without their numbers or holders
    page = owing.sign_in("treasurer").words(place)
    assert "王*五 …4242" in page
    assert "面*房 …1111" in page
    assert "officer-s-clerk" in page
    assert "62229999" not in page
    assert "王小五" not in page


def test_a_clerk_alone_delays_no_payment_by_erasing_its_account(owing: StaffApp) -> None:
    # When a clerk erases the account of the payee
    place = owing.sign_in("clerk").propose(BAKERY, deed="account-erase")
    alone = owing.send(f"{place}/decision", deed="confirm").status_code
    # Then the bank still pays it, and a second person reads which account it is
    kept = bank_accounts(owing.services, ["merchant-bakery"])
    page = owing.sign_in("treasurer").words(place)
    assert (alone, kept["merchant-bakery"], "The account now 面*房 …1111" in page) == (
        403,
        HONEST,
        True,
    )
    # And it leaves the vault once they agree
    name = name_in_vault(owing.services, "merchant-bakery")
    assert owing.told(f"{place}/decision", deed="confirm") is None
    assert owing.services.vault.bank_accounts.get(name) is None


def test_approvers_see_that_the_account_changed_a_minute_ago(owing: StaffApp) -> None:
    # Given a new account that two agreed to
    owing.sign_in("clerk").agree(BAKERY, deed="account", **THEIRS)
    # When the clerk who changed it draws up, then another clerk
    owing.sign_in("clerk")
    own = owing.told("/desk/statements/drawn-up", owed="bakery culture")
    owing.services.ledger.officers.statements.draw_up_statement(
        "st-1", fund_id="culture", merchant_id="bakery", by="officer-s-treasurer"
    )
    # Then the first is refused, and who approves or pays sees whose account it is, and since when
    assert own is not None
    page = owing.sign_in("reviewer").words("/desk/statements/st-1")
    assert "王*五 …4242" in page
    assert "Changed since the last payment by officer-s-clerk" in page
    assert "Nothing is paid before" in page
    assert owing.told("/desk/statements/st-1/approval") is None
    # And nothing is paid before the account has cooled
    second = owing.services.ledger.officers
    second.staff.appoint_staff("s-payer", roles=["treasurer"])
    too_soon = owing.sign_in("payer").told("/desk/statements/st-1/payment", reference="B-1")
    owing.now += COOLS_FOR
    paid = owing.sign_in("payer").told("/desk/statements/st-1/payment", reference="B-1")
    assert (too_soon is None, paid) == (False, None)


def test_a_statement_tells_the_reader_which_rule_excludes_them(owing: StaffApp) -> None:
    # Given a reviewer whom the drawing clerk's colleague invited a day ago
    owing.services.ledger.officers.staff.appoint_staff("s-second", roles=["reviewer"])
    owing.sign_in("reviewer").agree("/desk/staff/s-clerk/invitation")
    owing.services.ledger.officers.statements.draw_up_statement(
        "st-1", fund_id="culture", merchant_id="bakery", by="officer-s-clerk"
    )
    # When the reviewer who invited the clerk opens the clerk's statement
    page = owing.sign_in("reviewer").words("/desk/statements/st-1")
    # Then the page says so, and approving is refused
    assert "do not count as two people" in page
    assert "within 30 days" in page
    assert owing.told("/desk/statements/st-1/approval") is not None


@pytest.mark.parametrize("ends", ["refuse", "withdraw", "lapse"])
def test_an_account_that_nobody_agreed_to_leaves_the_vault(owing: StaffApp, ends: str) -> None:
    place = owing.sign_in("clerk").propose(BAKERY, deed="account", **THEIRS)
    kept = kept_for(place.rpartition("/")[2])
    assert owing.services.vault.bank_accounts.get(kept) is not None

    match ends:
        case "refuse":
            fields = {"deed": "refuse", "reason": "account_doubted"}
            told = owing.sign_in("treasurer").told(f"{place}/decision", **fields)
        case "withdraw":
            told = owing.told(place, deed="withdraw")
        case _:
            owing.now += LASTS - timedelta(seconds=1)
            record_lapses(owing.services)
            assert owing.services.vault.bank_accounts.get(kept) is not None
            owing.now += timedelta(seconds=1)
            catch_up(owing.services.views, owing.services.ledger.facts)
            told = record_lapses(owing.services)

    assert told is None
    assert owing.services.vault.bank_accounts.get(kept) is None
    assert bank_accounts(owing.services, ["merchant-bakery"])["merchant-bakery"] == HONEST
    owing.sign_in("treasurer")
    assert owing.told(f"{place}/decision", deed="confirm") is not None
    state = {"refuse": "Refused", "withdraw": "Withdrawn", "lapse": "Lapsed"}[ends]
    assert state in owing.words(place)


def test_an_account_that_the_log_calls_erased_is_not_in_use(owing: StaffApp) -> None:
    services, owner = owing.services, "merchant-bakery"
    services.vault.bank_accounts.put(
        owner, BankAccount(holder="面包房", number="6222", bank_name="b")
    )
    statements = services.ledger.officers.statements
    statements.change_bank_account(owner, kept_as=owner)
    before = bank_accounts(services, [owner])
    # When the fact is recorded, and the vault could not be reached after it
    statements.erase_bank_account(owner)

    assert (len(before), bank_accounts(services, [owner])) == (1, {})
