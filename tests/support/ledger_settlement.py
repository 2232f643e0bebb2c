"""A ledger that owes two merchants, and officers who settle with them."""

from typing import Any

from ledger.application import Ledger
from ledger.services.scan import Scan
from ledger.settlement import statement
from tests.support.ledger_fixture import scan

CLERK, REVIEWER, TREASURER = "officer-wu", "officer-li", "officer-zhao"
MILL: dict[str, Any] = {"merchant_id": "mill", "outlet_id": "qiao", "till_id": "t2"}


def sign_mill(ledger: Ledger) -> None:
    """Sign a second merchant beside the hairdresser."""
    ledger.officers.merchants.sign_merchant("mill", name="Mill Bakery")
    ledger.officers.merchants.open_outlet("mill", outlet_id="qiao", name="Bridge Street")
    ledger.officers.merchants.pair_till("mill", till_id="t2", outlet_id="qiao", key_hash="k")


def care_purchase(card_id: str = "c1", **other: Any) -> Scan:
    """Return a scan of a purchase to which the fund pays seven yuan."""
    return scan(card_id, "care", **other)


def draw_up_statement(ledger: Ledger, statement_id: str = "s-1", merchant_id: str = "rose") -> str:
    """Draw up a statement of the debt to a merchant. Return its id."""
    ledger.officers.statements.draw_up_statement(
        statement_id, fund_id="care", merchant_id=merchant_id, by=CLERK
    )
    return statement_id


def pay_statement(ledger: Ledger, statement_id: str = "s-1", merchant_id: str = "rose") -> str:
    """Draw up a statement, approve it twice and pay it. Return its id."""
    draw_up_statement(ledger, statement_id, merchant_id)
    for officer in (REVIEWER, TREASURER):
        ledger.officers.statements.approve_statement(statement_id, by=officer)
    ledger.officers.statements.mark_statement_paid(
        statement_id, reference=f"bank-{statement_id}", by=TREASURER
    )
    return statement_id


def statement_status(ledger: Ledger, statement_id: str = "s-1") -> statement.Status:
    """Return the status of a statement."""
    state: statement.Statement = ledger.statement(statement_id)
    return state.status
