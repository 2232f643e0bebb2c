"""The officers' start page, with figures of today and pending work by role, and the audit log."""

from collections.abc import Iterable
from datetime import timedelta
from heapq import nlargest
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from flask import Response, request

from ledger.benefits import Words
from ledger.control.proposal import HANDED_OUT, Status
from ledger.control.table import Act
from ledger.drops.lifecycle import status_at
from ledger.event import Fact, topic_words
from ledger.services.controlled import OFFICER
from ledger.services.officers.proposals import Candidate
from ledger.staff import VOUCHED_FOR
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.services import Services
from pos_gateway.web.formatting import yuan
from pos_gateway.web.json_body import read_number
from pos_gateway.web.listing import Listed, Lists
from pos_gateway.web.page_route import PROPOSALS
from pos_gateway.web.templating import page_language, t, word
from pos_gateway.web.views import page
from projections.engine.pages import every, held
from projections.engine.totals import Total
from projections.figures import every_late_total, late_totals, unusual_contests
from projections.payables import owed_totals
from projections.proposals import ProposalRow, proposals
from projections.purchases import purchases
from projections.refusals import refusals
from projections.statements import not_by, statements
from projections.till_counters import gaps

FACTS_PER_PAGE = 50
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

    It is proposals to confirm, invitations to hand out, unusual contests, statements to approve or
    pay, contests to decide, redemptions that tills did not report, and contested ones.
    """
    found: list[Waiting] = []
    with services.views.reading() as connection:
        for policy, path, query in (
            (Policy.CONFIRM_PROPOSALS, PROPOSALS, _to_confirm),
            (Policy.MAKE_PROPOSALS, PROPOSALS, _to_hand_out),
            (Policy.SEE_MEMBERS, "/desk/figures/late?by=merchant", _unusual),
            (Policy.APPROVE_STATEMENTS, "/desk/statements", _to_decide),
            (Policy.APPROVE_STATEMENTS, "/desk/statements?status=drawn_up", _to_approve),
            (Policy.PAY_STATEMENTS, "/desk/statements?status=approved", _to_pay),
            (Policy.KEEP_MERCHANTS, "/desk/merchants", _with_gaps),
            (Policy.KEEP_MERCHANTS, "/desk/figures/late?by=merchant", _contested),
        ):
            each = query(connection, services, asking.by) if asking.may(policy) else []
            found += each[:SHOWN_MAX]
            if len(each) > SHOWN_MAX:
                found.append(Waiting(path, t("还有更多，请看全部", "There are more: see all")))
    names = services.ledger.merchant_names({one.merchant for one in found if one.merchant})
    return [one._replace(merchant=names.get(one.merchant, "")) for one in found]


def _to_confirm(connection: Any, services: Services, by: str) -> list[Waiting]:
    """Return the proposals that the officer `by` may confirm: roles and independence are theirs."""
    me = Candidate(by.removeprefix(OFFICER), None)
    candidates = services.ledger.officers.proposals.candidates
    waits = every(proposals, held(connection), proposals.following, status=Status.PROPOSED.value)
    mine = (one for one in waits if me in candidates(one.proposal_id))
    return _proposals(t("待您复核", "To be confirmed"), mine)


def _to_hand_out(connection: Any, _services: Services, by: str) -> list[Waiting]:
    status = Status.CONFIRMED.value
    found = chain.from_iterable(
        every(proposals, held(connection), proposals.following, status=status, **narrowed)
        for narrowed in ({"by": by}, {"decided_by": by, "act": Act.MAKE_SHEET.value})
    )
    ready = (
        one
        for one in found
        if one.act in HANDED_OUT and not one.handed_out_at
        if (one.act == Act.MAKE_SHEET) is (one.decided_by == by)
    )
    return _proposals(t("待您领取", "For you to hand out"), ready)


def _proposals(title: str, rows: Iterable[ProposalRow]) -> list[Waiting]:
    return [
        Waiting(f"{PROPOSALS}/{one.proposal_id}", f"{title}: {word('acts', one.act)} · {one.by}")
        for one in islice(rows, SHOWN_MAX + 1)
    ]


def _unusual(connection: Any, services: Services, _by: str) -> list[Waiting]:
    title = t("异常：七天内有争议的离线优惠共 {yuan}", "Unusual: {yuan} contested in 7 days")
    return [
        Waiting(
            f"/desk/merchants/{one['merchant_id']}" if "till_id" in one else "/desk/statements",
            title.format(yuan=yuan(one["given_minor"], page_language(request))),
            one.get("merchant_id", ""),
            one.get("till_id") or t("会员卡 {card}", "Card {card}", card=one["card_id"]),
        )
        for one in unusual_contests(connection, services.ledger.day(services.clock()))
    ]


def _to_decide(connection: Any, _services: Services, _by: str) -> list[Waiting]:
    (found,) = late_totals(connection, (), review="waiting")
    title = t("{n} 笔有争议的核销待裁定", "Contested redemptions to decide: {n}", n=found["late"])
    return [Waiting("/desk/statements", title)] if found["late"] else []


def _to_approve(connection: Any, _services: Services, by: str) -> list[Waiting]:
    """Return drawn-up statements that the officer `by` neither drew up nor approved already."""
    title = t("对账单待您批准", "A statement to approve")
    return _statements(connection, "drawn_up", title, not_by(by, "drawn_up", "first_approved"))


def _to_pay(connection: Any, _services: Services, by: str) -> list[Waiting]:
    title = t("对账单待付款", "A statement to be paid")
    return _statements(connection, "approved", title, not_by(by, "drawn_up"))


def _statements(connection: Any, status: str, title: str, by_others: Any) -> list[Waiting]:
    tongue = page_language(request)
    return [
        Waiting(
            f"/desk/statements/{one.statement_id}",
            title,
            one.merchant_id,
            yuan(one.due_minor, tongue),
        )
        for one in statements(connection, status=status, where=[by_others], rows_max=SHOWN_MAX + 1)
    ]


def _with_gaps(connection: Any, _services: Services, _by: str) -> list[Waiting]:
    title = t("收银端有 {n} 笔未送到", "Never came from a till: {n} redemptions")
    return _largest(gaps(connection), "missing_count", title)


def _contested(connection: Any, services: Services, _by: str) -> list[Waiting]:
    since = services.ledger.day(services.clock()) - timedelta(days=CONTESTED_DAYS)
    sums = every_late_total(connection, ("merchant_id",), outcome="contested", first_day=since)
    title = t("{n} 笔迟到的核销有争议", "Contested late redemptions: {n}")
    return _largest(sums, "contested", title)


def _largest(sums: Iterable[Total], figure: str, title: str) -> list[Waiting]:
    """Return the merchants, or their tills, with the largest figure, which `title` tells as `n`."""
    return [
        Waiting(
            f"/desk/merchants/{one['merchant_id']}",
            title.format(n=one[figure]),
            one["merchant_id"],
            one.get("till_id", ""),
        )
        for one in nlargest(SHOWN_MAX + 1, sums, key=itemgetter(figure))
    ]


class DashboardPage(OfficerViews):
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
        officers = self._services.ledger.officers
        return self._show(
            "today.html",
            asking,
            people=[
                one
                for one in officers.staff.staff_list()
                if not one.merchant_id or one.credentials_by
            ],
            sheets_used=officers.proposals.control().uses,
            since=now - VOUCHED_FOR,
            day=day,
            bought=bought,
            refused=refused["refusals"],
            owed_minor=owed["owed_minor"],
            waiting=awaiting(self._services, asking),
            drops=Lists().part("drops", going_on),
        )


class LogPages(OfficerViews):
    """The pages of the audit log."""

    @page("desk-log", "/desk/log", Policy.SEE_LOG)
    @page("desk-log-at", "/desk/log/<before>", Policy.SEE_LOG)
    def record(self, asking: StaffIdentity, before: str | None = None) -> Response:
        """Show FACTS_PER_PAGE facts, the latest first: before a position, or from the log's end."""
        services = self._services
        head = services.ledger.head()
        last = min(head, read_number("before", before, least=1) - 1) if before else head
        first = max(0, last - FACTS_PER_PAGE)
        facts = services.ledger.facts(first, last - first)
        return self._show(
            "record.html",
            asking,
            facts=Listed(
                [(fact, _payload(fact)) for fact in reversed(facts)],
                next=f"/desk/log/{first + 1}" if first > 0 else "",
                first="/desk/log" if last < head else "",
            ),
            words={name: Words(*both) for name, both in topic_words().items()},
        )


def _payload(fact: Fact) -> str:
    """Return the event of a fact as indented JSON; the log holds no personal data."""
    held: Any = msgspec.to_builtins(fact.event)
    return msgspec.json.format(msgspec.json.encode(held), indent=2).decode()
