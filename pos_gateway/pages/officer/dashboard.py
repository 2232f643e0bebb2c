"""The first page of the desk: what today brought, and what waits for somebody."""

from __future__ import annotations

from flask import Response

from ledger.drops.lifecycle import status_at
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer.pending_work import awaiting
from pos_gateway.pages.officer.render import show
from pos_gateway.services import House
from pos_gateway.web.page_route import Page
from projections.payables import payables
from projections.purchases import purchases
from projections.refusals import refusals


def pages(house: House) -> list[Page]:
    """The one page."""

    def today(asking: StaffIdentity) -> Response:
        now = house.clock()
        day = house.ledger.day(now)
        with house.views.reading() as connection:
            (bought,) = purchases(connection, (), first_day=day, last_day=day)
            (refused,) = refusals(connection, (), first_day=day, last_day=day)
            owed_minor = sum(one.owed_minor for one in payables(connection))
        plans = [(one, one.plan) for one in house.ledger.drops()]
        return show(
            "today.html",
            asking,
            day=day,
            bought=bought,
            refused=refused["refusals"],
            owed_minor=owed_minor,
            waiting=awaiting(house, asking),
            drops=[
                (one.drop_id, plan, status_at(one, now))
                for one, plan in plans
                if plan is not None and plan.closes_at > now
            ],
        )

    return [Page(name="desk", path="/desk/", policy=Policy.SEE_DESK, view=today)]
