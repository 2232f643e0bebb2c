"""The officers' start page: figures of today, and pending work by role."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Response, request

from ledger.drops.lifecycle import status_at
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import show
from pos_gateway.services import Services
from pos_gateway.web.formatting import yuan
from pos_gateway.web.templating import page_language, t
from pos_gateway.web.views import Views, page, pages_of
from projections.engine.pages import every, held
from projections.late import late_redemptions
from projections.payables import payables
from projections.purchases import purchases
from projections.refusals import refusals
from projections.statements import StatementRow, statements
from projections.till_counters import till_counters

SHOWN_MAX = 20
"""The most of one kind that are shown."""

CONTESTED_DAYS = 14
"""The days for which a contested redemption is shown."""


class Waiting(NamedTuple):
    """One item of pending work: the path of its page, a title, the merchant's name, and details."""

    path: str
    title: str
    merchant: str
    about: str = ""


def awaiting(services: Services, asking: StaffIdentity) -> list[Waiting]:
    """Return the pending work that the officer's roles allow, at most SHOWN_MAX of each kind.

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
    names = services.ledger.merchant_names({one.merchant for one in found})
    return [one._replace(merchant=names[one.merchant]) for one in found]


def _to_approve(connection: Any, by: str) -> list[Waiting]:
    """Return drawn-up statements that the officer `by` neither drew up nor approved already."""
    drawn_up = statements(connection, status="drawn_up")
    mine = [one for one in drawn_up if by not in {one.drawn_up_by, one.first_approved_by}]
    return [_of(one, t("对账单待您批准", "A statement to approve")) for one in mine[:SHOWN_MAX]]


def _to_pay(connection: Any, by: str) -> list[Waiting]:
    approved = [one for one in statements(connection, status="approved") if one.drawn_up_by != by]
    return [_of(one, t("对账单待付款", "A statement to be paid")) for one in approved[:SHOWN_MAX]]


def _of(statement: StatementRow, title: str) -> Waiting:
    path = f"/desk/statements/{statement.statement_id}"
    about = yuan(statement.due_minor, page_language(request))
    return Waiting(path, title, statement.merchant_id, about)


def _with_gaps(connection: Any) -> list[Waiting]:
    gaps: Counter[tuple[str, str]] = Counter()
    for one in every(till_counters, held(connection), till_counters.following):
        gaps[one.merchant_id, one.till_id] += one.missing_count
    return [
        Waiting(
            f"/desk/merchants/{merchant_id}",
            t("收银端有 {n} 笔未送到", "Never came from a till: {n} redemptions", n=count),
            merchant_id,
            till_id,
        )
        for (merchant_id, till_id), count in gaps.most_common(SHOWN_MAX)
        if count
    ]


def _contested(connection: Any, services: Services) -> list[Waiting]:
    since = services.ledger.day(services.clock()) - timedelta(days=CONTESTED_DAYS)
    lines = late_redemptions(connection, outcome="contested", first_day=since)
    counts = Counter(one.merchant_id for one in lines)
    return [
        Waiting(
            f"/desk/merchants/{merchant_id}",
            t("{n} 笔迟到的核销有争议", "Contested late redemptions: {n}", n=count),
            merchant_id,
        )
        for merchant_id, count in counts.most_common(SHOWN_MAX)
    ]


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
