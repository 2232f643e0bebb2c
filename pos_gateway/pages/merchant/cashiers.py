"""A merchant's cashiers: add one, change a name or PIN, dismiss one."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError, InputInvalid
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.staff import cashiers
from pos_gateway.web.page_route import see
from pos_gateway.web.views import POST, Views, page, pages_of


class CashierPages(Views[Services]):
    """The pages where a merchant's owner manages the cashiers; StaffUnknown for others' ids."""

    @page("shop-cashiers", "/shop/cashiers", Policy.OWNER)
    def listed(
        self, asking: StaffIdentity, error: HongkaError | None = None, wrong: str = ""
    ) -> Response:
        """Show the cashiers, a form to add one, and its `error`; `wrong` is the field at fault."""
        return show(
            self._services,
            "cashiers.html",
            asking,
            error=error,
            cashiers=cashiers.cashiers_of(self._services, asking.merchant_id),
            wrong=wrong,
            name_max=cashiers.NAME_LENGTH_MAX,
        )

    @page("shop-cashier-new", "/shop/cashiers/new", Policy.OWNER, POST)
    def add(self, asking: StaffIdentity) -> Response:
        """Add a cashier with the typed name and PIN; show the list, with an error if one is bad."""
        try:
            cashiers.add_cashier(
                self._services,
                asking.merchant_id,
                request.form.get("name", ""),
                request.form.get("pin", ""),
                by=asking.by,
            )
        except InputInvalid as error:
            return self.listed(asking, error, str(error.particulars["field"]))
        return see("/shop/cashiers")

    @page("shop-cashier", "/shop/cashiers/<staff_id>", Policy.OWNER, POST)
    def change(self, staff_id: str, asking: StaffIdentity) -> Response:
        """Rename a cashier, give them a new PIN, or dismiss them: `deed` is `name`, `pin` or `end`.

        An invalid input shows the list with the error.
        """
        try:
            self._change(staff_id, asking)
        except InputInvalid as error:
            return self.listed(asking, error, f"{error.particulars['field']}-{staff_id}")
        return see("/shop/cashiers")

    def _change(self, staff_id: str, asking: StaffIdentity) -> None:
        services, merchant_id = self._services, asking.merchant_id
        match request.form.get("deed"):
            case "name":
                name = request.form.get("name", "")
                cashiers.rename_cashier(services, merchant_id, staff_id, name)
            case "pin":
                pin = request.form.get("pin", "")
                cashiers.set_pin(services, merchant_id, staff_id, pin)
            case "end":
                cashiers.end_cashier(services, merchant_id, staff_id, by=asking.by)
            case _:
                raise InputInvalid(field="deed")


pages = pages_of(CashierPages)
