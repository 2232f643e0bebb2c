"""The officers' start page: figures of today, and pending work."""

from __future__ import annotations

from flask import Response

from ledger.drops.lifecycle import status_at
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer.pending_work import awaiting
from pos_gateway.pages.officer.render import show
from pos_gateway.services import Services
from pos_gateway.web.views import Views, page, pages_of
from projections.payables import payables
from projections.purchases import purchases
from projections.refusals import refusals


class DashboardPage(Views[Services]):
    """The start page of officers."""

    @page("desk", "/desk/", Policy.SEE_DESK)
    def today(self, asking: StaffIdentity) -> Response:
        """Show today's figures, and the pending work of the signed-in officer."""
        now = self._services.clock()
        day = self._services.ledger.day(now)
        with self._services.views.reading() as connection:
            (bought,) = purchases(connection, (), first_day=day, last_day=day)
            (refused,) = refusals(connection, (), first_day=day, last_day=day)
            owed_minor = sum(one.owed_minor for one in payables(connection))
        plans = [(one, one.plan) for one in self._services.ledger.drops()]
        return show(
            "today.html",
            asking,
            day=day,
            bought=bought,
            refused=refused["refusals"],
            owed_minor=owed_minor,
            waiting=awaiting(self._services, asking),
            drops=[
                (one.drop_id, plan, status_at(one, now))
                for one, plan in plans
                if plan is not None and plan.closes_at > now
            ],
        )


pages = pages_of(DashboardPage)
