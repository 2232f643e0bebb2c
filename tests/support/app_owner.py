"""An app with the owner, a cashier and a statement of a bakery, and the owner of an opera house."""

from __future__ import annotations

from pathlib import Path

from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.policies import TillIdentity
from pos_gateway.staff.cashiers import add_cashier, sign_in_cashier
from tests.support.app_staff import StaffApp


class OwnerApp(StaffApp):
    """An app with the bakery's owner signed in; the opera house has another owner."""

    def __init__(self, database_url: str, var: Path) -> None:
        super().__init__(database_url, var)
        self.cashier_id = self.add("bakery", "陈小玲")
        self.services.ledger.officers.staff.appoint_staff(
            "o-opera", roles=["owner"], merchant_id="opera"
        )
        assert self.redeem("r1").status_code == 201
        self.settle("s-1")
        self.sign_in("owner")

    def add(self, merchant_id: str, name: str) -> str:
        """Add a cashier to a merchant. Return the cashier id."""
        return add_cashier(self.services, merchant_id, name, "2468", by="owner-s-owner")

    def settle(self, statement_id: str) -> None:
        """Draw up a statement of the debt to the bakery."""
        self.services.ledger.officers.statements.draw_up_statement(
            statement_id, fund_id="culture", merchant_id="bakery", by="officer-s-clerk"
        )

    def pay(self, statement_id: str) -> None:
        """Approve the statement and mark it paid."""
        ledger = self.services.ledger
        ledger.officers.statements.approve_statement(statement_id, by="officer-s-reviewer")
        ledger.officers.statements.mark_statement_paid(
            statement_id, reference="BRCB-1", by="officer-s-treasurer"
        )

    def of_opera(self) -> OwnerApp:
        """Sign in the opera's owner instead."""
        self.secret = self.session("staff-o-opera", "shop")
        return self

    def at_till(self, *, cashier_id: str = "") -> OwnerApp:
        """Turn the browser into the bakery's till, with a cashier signed in if named."""
        origin = self.services.settings.origin
        self.client.set_cookie(cookie_name("till", origin), self.key)
        self.secret = self.key
        if cashier_id:
            here = TillIdentity("bakery", "main", "till-1")
            secret = sign_in_cashier(self.services, here, cashier_id, "2468")
            self.client.set_cookie(cookie_name("cashier", origin), secret)
        return self
