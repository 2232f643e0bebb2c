"""Statements of two merchants: one to be approved, one to be paid."""

from __future__ import annotations

from contextlib import suppress

from ledger.application import Ledger
from ledger.errors import NothingOwed, StatementOpen
from pos_gateway.demonstration import market
from pos_gateway.demonstration.plan import Plan

CLERK, REVIEWER = "officer-zhao", "officer-qian"
TO_APPROVE, TO_PAY = "kangning", "jiahe"


def settle(ledger: Ledger, plan: Plan) -> None:
    """Draw up two statements, and approve one; a repeat changes nothing.

    A merchant that is owed nothing, or has an open statement already, is left out.

    Raises:
        Busy: the ledger can't answer now; calling again is safe.
    """
    for merchant_id in (TO_APPROVE, TO_PAY):
        statement_id, asked = f"{plan.name}-{merchant_id}", f"{plan.name}/statement-{merchant_id}"
        with suppress(StatementOpen, NothingOwed):
            ledger.officers.statements.draw_up_statement(
                statement_id,
                fund_id=market.FUND,
                merchant_id=merchant_id,
                by=CLERK,
                request_id=asked,
            )
            if merchant_id == TO_PAY:
                ledger.officers.statements.approve_statement(
                    statement_id, by=REVIEWER, request_id=f"{asked}-approved"
                )
