"""A merchant's tills: outlets, floor limits, late and missing redemptions."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response

from ledger.merchants.till import Till
from ledger.offline.liability import UNION
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import LIABILITY_REASONS
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.staff.cashiers import cashier_names
from pos_gateway.web.views import Views, page, pages_of
from projections.late import late_redemptions
from projections.redemptions import RedemptionRow, redemptions
from projections.till_counters import TillCounter, till_counters

CONTESTED_MAX = 100


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
        found = sorted(merchant.tills.values(), key=lambda one: (one.revoked, one.till_id))
        with self._services.views.reading() as connection:
            standing = [
                Standing(
                    till=one,
                    last=next(
                        iter(
                            redemptions(
                                connection, merchant_id=merchant_id, till_id=one.till_id, rows_max=1
                            )
                        ),
                        None,
                    ),
                    counters=till_counters(
                        connection, merchant_id=merchant_id, till_id=one.till_id
                    )[::-1],
                )
                for one in found
            ]
            contested = late_redemptions(
                connection, merchant_id=merchant_id, outcome="contested", rows_max=CONTESTED_MAX
            )
        return show(
            self._services,
            "tills.html",
            asking,
            standing=standing,
            contested=contested,
            because=LIABILITY_REASONS,
            union=UNION,
            names=cashier_names(self._services, merchant_id),
        )


pages = pages_of(TillPages)
