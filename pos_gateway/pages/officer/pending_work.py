"""Pending work of an officer, by role; never a step after the officer's own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from flask import request

from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.services import Services
from pos_gateway.web.formatting import yuan
from pos_gateway.web.templating import page_language, t
from projections.engine.pages import every, held
from projections.late import late_redemptions
from projections.statements import StatementRow, statements
from projections.till_counters import till_counters

SHOWN_MAX = 20
"""The most of one kind that are shown."""

CONTESTED_DAYS = 14
"""The days for which a contested redemption is shown."""


class Waiting(NamedTuple):
    """One item of pending work: the path of its page, a title, the merchant, and details."""

    path: str
    title: str
    merchant: str
    about: str = ""


def awaiting(services: Services, asking: StaffIdentity) -> list[Waiting]:
    """Return the pending work that the officer's roles allow, at most SHOWN_MAX of each kind."""
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
    """Return drawn-up statements that this officer neither drew up nor approved already."""
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
