"""A merchant's tills: outlets, floor limits, late and missing redemptions."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Response

from ledger.merchants.till import Till
from ledger.offline.liability import UNION
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import LIABILITY_REASONS
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.staff.cashiers import cashier_names
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.views import Views, page, pages_of
from projections.engine.pages import every, held
from projections.late import late_redemptions
from projections.redemptions import RedemptionRow, redemptions
from projections.till_counters import TillCounter, till_counters


class Standing(NamedTuple):
    """A till, its latest redemption (None without any), and offline counters, the latest first."""

    till: Till
    last: RedemptionRow | None
    counters: list[TillCounter]


class TillPages(Views[Services]):
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
        return show(
            self._services,
            "tills.html",
            asking,
            standing=found.of(standing),
            contested=contested,
            because=LIABILITY_REASONS,
            union=UNION,
            names=cashier_names(self._services, merchant_id),
        )

    def _standing(self, connection: Any, merchant_id: str, till: Till) -> Standing:
        which = {"merchant_id": merchant_id, "till_id": till.till_id}
        last = redemptions(connection, **which, rows_max=1)
        counters = every(till_counters, held(connection), till_counters.following, **which)
        return Standing(till, last[0] if last else None, [*counters][::-1])


pages = pages_of(TillPages)
