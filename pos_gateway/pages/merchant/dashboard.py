"""The start page of a merchant's owner: today, this month, and the amount the union owes."""

from __future__ import annotations

from flask import Response

from pos_gateway.api.ticket_use_list import used
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import STATEMENT_STATUSES
from pos_gateway.pages.merchant import show
from pos_gateway.services import Services
from pos_gateway.web.views import Views, page, pages_of
from projections.late import late_redemptions
from projections.payables import payables
from projections.purchases import purchases
from projections.statements import statements

WAITING_MAX = 20
CONTESTED_MAX = 50


class DashboardPage(Views[Services]):
    """The start page of the merchant portal."""

    @page("shop-today", "/shop/", Policy.OWNER)
    def today(self, asking: StaffIdentity) -> Response:
        """Show sums of today and this month, open statements, debts, and contested redemptions."""
        day = self._services.ledger.day(self._services.clock())
        merchant_id, first = asking.merchant_id, day.replace(day=1)
        with self._services.views.reading() as connection:
            spans = [
                purchases(connection, merchant_id=merchant_id, first_day=since, last_day=day)[0]
                for since in (day, first)
            ]
            outlets = purchases(
                connection, ("outlet_id",), merchant_id=merchant_id, first_day=first, last_day=day
            )
            owed = payables(connection, merchant_id=merchant_id)
            waiting = [
                one
                for status in ("drawn_up", "approved")
                for one in statements(
                    connection, merchant_id=merchant_id, status=status, rows_max=WAITING_MAX
                )
            ]
            contested = late_redemptions(
                connection,
                merchant_id=merchant_id,
                outcome="contested",
                first_day=first,
                rows_max=CONTESTED_MAX,
            )
        return show(
            self._services,
            "today.html",
            asking,
            day=day,
            today=spans[0],
            month=spans[1],
            outlets=outlets,
            owed_minor=sum(one.owed_minor for one in owed),
            due_minor=sum(one.due_minor for one in owed),
            waiting=waiting,
            statuses=STATEMENT_STATUSES,
            tickets=used(self._services, merchant_id=merchant_id, first_day=day, last_day=day),
            borne=[one for one in contested if one.borne_by == "merchant"],
        )


pages = pages_of(DashboardPage)
