"""The officers' start page: figures of today, and pending work by role."""

from __future__ import annotations

from datetime import timedelta
from heapq import nlargest
from operator import itemgetter
from typing import Any, NamedTuple

from flask import Response, request

from ledger.drops.lifecycle import status_at
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import show
from pos_gateway.services import Services
from pos_gateway.web.formatting import yuan
from pos_gateway.web.listing import Lists
from pos_gateway.web.templating import page_language, t
from pos_gateway.web.views import Views, page, pages_of
from projections.figures import every_late_total
from projections.payables import owed_totals
from projections.purchases import purchases
from projections.refusals import refusals
from projections.statements import StatementRow, not_by, statements
from projections.till_counters import gaps

SHOWN_MAX = 20
"""The most of one kind that are shown; where there are more, a link leads to them."""

CONTESTED_DAYS = 14
"""The days for which a contested redemption is shown."""


class Waiting(NamedTuple):
    """One item of pending work: the path of its page, a title, the merchant's name, and details.

    An item that leads to the rest of a kind has no merchant.
    """

    path: str
    title: str
    merchant: str = ""
    about: str = ""


def awaiting(services: Services, asking: StaffIdentity) -> list[Waiting]:
    """Return the pending work that the officer's roles allow, about SHOWN_MAX of each kind.

    It is statements to approve or pay, redemptions that tills did not report, and contested ones.
    """
    found: list[Waiting] = []
    with services.views.reading() as connection:
        if asking.may(Policy.APPROVE_STATEMENTS):
            found += _to_approve(connection, asking.by)
        if asking.may(Policy.PAY_STATEMENTS):
            found += _to_pay(connection, asking.by)
        if asking.may(Policy.KEEP_MERCHANTS):
            found += _with_gaps(connection)
            found += _contested(connection, services)
    names = services.ledger.merchant_names({one.merchant for one in found if one.merchant})
    return [one._replace(merchant=names.get(one.merchant, "")) for one in found]


def _to_approve(connection: Any, by: str) -> list[Waiting]:
    """Return drawn-up statements that the officer `by` neither drew up nor approved already."""
    found = statements(
        connection,
        status="drawn_up",
        where=[not_by(by, "drawn_up", "first_approved")],
        rows_max=SHOWN_MAX + 1,
    )
    title = t("对账单待您批准", "A statement to approve")
    return _first([_of(one, title) for one in found], "/desk/statements?status=drawn_up")


def _to_pay(connection: Any, by: str) -> list[Waiting]:
    found = statements(
        connection, status="approved", where=[not_by(by, "drawn_up")], rows_max=SHOWN_MAX + 1
    )
    title = t("对账单待付款", "A statement to be paid")
    return _first([_of(one, title) for one in found], "/desk/statements?status=approved")


def _first(found: list[Waiting], path: str) -> list[Waiting]:
    """Return the first SHOWN_MAX items, and one that leads to `path` if there are more."""
    if len(found) <= SHOWN_MAX:
        return found
    return [*found[:SHOWN_MAX], Waiting(path, t("还有更多，请看全部", "There are more: see all"))]


def _of(statement: StatementRow, title: str) -> Waiting:
    path = f"/desk/statements/{statement.statement_id}"
    about = yuan(statement.due_minor, page_language(request))
    return Waiting(path, title, statement.merchant_id, about)


def _with_gaps(connection: Any) -> list[Waiting]:
    found = nlargest(SHOWN_MAX + 1, gaps(connection), key=itemgetter("missing_count"))
    waiting = [
        Waiting(
            f"/desk/merchants/{one['merchant_id']}",
            t(
                "收银端有 {n} 笔未送到",
                "Never came from a till: {n} redemptions",
                n=one["missing_count"],
            ),
            one["merchant_id"],
            one["till_id"],
        )
        for one in found
    ]
    return _first(waiting, "/desk/merchants")


def _contested(connection: Any, services: Services) -> list[Waiting]:
    since = services.ledger.day(services.clock()) - timedelta(days=CONTESTED_DAYS)
    sums = every_late_total(connection, ("merchant_id",), outcome="contested", first_day=since)
    waiting = [
        Waiting(
            f"/desk/merchants/{one['merchant_id']}",
            t("{n} 笔迟到的核销有争议", "Contested late redemptions: {n}", n=one["contested"]),
            one["merchant_id"],
        )
        for one in nlargest(SHOWN_MAX + 1, sums, key=itemgetter("contested"))
    ]
    return _first(waiting, "/desk/figures/late?by=merchant")


class DashboardPage(Views[Services]):
    """The start page of officers."""

    @page("desk", "/desk/", Policy.SEE_DESK)
    def today(self, asking: StaffIdentity) -> Response:
        """Show today's figures, the officer's pending work, and the drops that are not over."""
        now = self._services.clock()
        day = self._services.ledger.day(now)
        with self._services.views.reading() as connection:
            (bought,) = purchases(connection, (), first_day=day, last_day=day)
            (refused,) = refusals(connection, (), first_day=day, last_day=day)
            (owed,) = owed_totals(connection)
        plans = [(one, one.plan) for one in self._services.ledger.drops()]
        going_on = [
            (one.drop_id, plan, status_at(one, now))
            for one, plan in plans
            if plan is not None and plan.closes_at > now
        ]
        return show(
            "today.html",
            asking,
            day=day,
            bought=bought,
            refused=refused["refusals"],
            owed_minor=owed["owed_minor"],
            waiting=awaiting(self._services, asking),
            drops=Lists().part("drops", going_on),
        )


pages = pages_of(DashboardPage)
