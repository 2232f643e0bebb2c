"""A merchant's tills and cashiers: floor limits, late redemptions, names and PINs."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Response, request

from ledger.errors import HongkaError, InputInvalid
from ledger.merchants.till import Till
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.merchant import MerchantViews
from pos_gateway.staff import cashiers
from pos_gateway.staff.cashiers import cashier_names
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.page_route import chosen, see
from pos_gateway.web.views import POST, page
from projections.engine.pages import every, held
from projections.late import late_redemptions
from projections.redemptions import RedemptionRow, redemptions
from projections.till_counters import TillCounter, till_counters


class Standing(NamedTuple):
    """A till, its latest redemption (None without any), and offline counters, the latest first."""

    till: Till
    last: RedemptionRow | None
    counters: list[TillCounter]


class TillPages(MerchantViews):
    """The page of a merchant's tills."""

    @page("shop-tills", "/shop/tills", Policy.OWNER)
    def tills(self, asking: StaffIdentity) -> Response:
        """Show the merchant's tills, revoked ones last, and the latest contested redemptions."""
        merchant_id = asking.merchant_id
        merchant = self._services.ledger.merchant(merchant_id)
        lists = Lists()
        tills = sorted(merchant.tills.values(), key=lambda one: (one.revoked, one.till_id))
        found = lists.part("tills", tills, most=CARD_ROWS)
        with self._services.views.reading() as connection:
            standing = [self._standing(connection, merchant_id, one) for one in found.rows]
            contested = lists.numbered(
                "before",
                late_redemptions,
                connection=connection,
                merchant_id=merchant_id,
                outcome="contested",
            )
        return self._show(
            "tills.html",
            asking,
            standing=found.of(standing),
            contested=contested,
            names=cashier_names(self._services, merchant_id),
        )

    def _standing(self, connection: Any, merchant_id: str, till: Till) -> Standing:
        which = {"merchant_id": merchant_id, "till_id": till.till_id}
        last = redemptions(connection, **which, rows_max=1)
        counters = every(till_counters, held(connection), till_counters.following, **which)
        return Standing(till, last[0] if last else None, [*counters][::-1])


class CashierPages(MerchantViews):
    """The pages where a merchant's owner manages the cashiers; StaffUnknown for others' ids."""

    @page("shop-cashiers", "/shop/cashiers", Policy.OWNER)
    def listed(
        self, asking: StaffIdentity, error: HongkaError | None = None, wrong: str = ""
    ) -> Response:
        """Show the cashiers, a form to add one, and its `error`; `wrong` is the field at fault."""
        return self._show(
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
        services, which, typed = self._services, (asking.merchant_id, staff_id), request.form.get
        deeds: dict[str, Callable[[], None]] = {
            "name": lambda: cashiers.rename_cashier(services, *which, typed("name", "")),
            "pin": lambda: cashiers.set_pin(services, *which, typed("pin", "")),
            "end": lambda: cashiers.end_cashier(services, *which, by=asking.by),
        }
        try:
            chosen(deeds)()
        except InputInvalid as error:
            return self.listed(asking, error, f"{error.particulars['field']}-{staff_id}")
        return see("/shop/cashiers")
