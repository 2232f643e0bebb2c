"""The start page of a merchant's owner: today, this month, and the amount the union owes."""

from typing import Any

from flask import Response

from pos_gateway.api.ticket_use_list import used
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.merchant import MerchantViews
from pos_gateway.web.listing import Lists
from pos_gateway.web.views import page
from projections.engine.pages import held
from projections.figures import late_totals
from projections.payables import owed_totals
from projections.purchases import purchases
from projections.statements import is_open, statements


class DashboardPage(MerchantViews):
    """The start page of the merchant portal."""

    @page("shop-today", "/shop/", Policy.OWNER)
    def today(self, asking: StaffIdentity) -> Response:
        """Show sums of today and this month, open statements, debts, and contested redemptions."""
        day = self._services.ledger.day(self._services.clock())
        first, lists = day.replace(day=1), Lists()
        ours: dict[str, Any] = {"merchant_id": asking.merchant_id}
        with self._services.views.reading() as connection:
            spans = [
                purchases(connection, first_day=since, last_day=day, **ours)[0]
                for since in (day, first)
            ]
            outlets = purchases.rows(
                held(connection), ["outlet_id"], first_day=first, last_day=day, **ours
            )
            in_outlets = lists.part("outlets", [*outlets])
            (owed,) = owed_totals(connection, **ours)
            # One a fund at most.
            waiting = statements.rows(held(connection), where=[is_open()], **ours)
            under_way = lists.part("waiting", [*waiting])
            (borne,) = late_totals(
                connection, outcome="contested", borne_by="merchant", first_day=first, **ours
            )
        return self._show(
            "today.html",
            asking,
            day=day,
            today=spans[0],
            month=spans[1],
            outlets=in_outlets,
            owed=owed,
            waiting=under_way,
            tickets=used(self._services, lists, first_day=day, last_day=day, **ours),
            borne=borne["contested"],
        )
