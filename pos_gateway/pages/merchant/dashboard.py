"""The start page of a merchant's owner: today, this month, and the amount the union owes."""

from __future__ import annotations

from typing import Any

from flask import Response

from pos_gateway.api.ticket_use_list import used
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import STATEMENT_STATUSES
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.web.listing import Lists
from pos_gateway.web.views import Views, page, pages_of
from projections.engine.pages import every, held
from projections.figures import late_totals
from projections.payables import owed_totals
from projections.purchases import purchases
from projections.statements import is_open, statements


class DashboardPage(Views[Services]):
    """The start page of the merchant portal."""

    @page("shop-today", "/shop/", Policy.OWNER)
    def today(self, asking: StaffIdentity) -> Response:
        """Show sums of today and this month, open statements, debts, and contested redemptions."""
        day = self._services.ledger.day(self._services.clock())
        merchant_id, first, lists = asking.merchant_id, day.replace(day=1), Lists()
        with self._services.views.reading() as connection:
            spans = [
                purchases(connection, merchant_id=merchant_id, first_day=since, last_day=day)[0]
                for since in (day, first)
            ]
            month: dict[str, Any] = {"first_day": first, "last_day": day}
            outlets = purchases.rows(
                held(connection), ["outlet_id"], merchant_id=merchant_id, **month
            )
            in_outlets = lists.part("outlets", [*outlets])
            (owed,) = owed_totals(connection, merchant_id=merchant_id)
            # One a fund at most.
            waiting = every(
                statements,
                held(connection),
                statements.following,
                merchant_id=merchant_id,
                where=[is_open()],
            )
            under_way = lists.part("waiting", [*waiting])
            (borne,) = late_totals(
                connection,
                merchant_id=merchant_id,
                outcome="contested",
                borne_by="merchant",
                first_day=first,
            )
        return show(
            self._services,
            "today.html",
            asking,
            day=day,
            today=spans[0],
            month=spans[1],
            outlets=in_outlets,
            owed=owed,
            waiting=under_way,
            statuses=STATEMENT_STATUSES,
            tickets=used(
                self._services, lists, merchant_id=merchant_id, first_day=day, last_day=day
            ),
            borne=borne["contested"],
        )


pages = pages_of(DashboardPage)
