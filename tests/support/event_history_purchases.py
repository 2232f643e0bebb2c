"""Events of a made-up history, and projections that have read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection

from ledger.event import Event, Fact, topic_of
from ledger.redemptions.events import Redeemed, RedemptionLine, Reversed
from projections.engine.changes import Change
from projections.engine.database import Projection, Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up, event_classes
from tests.support.event_history_visits import reader

AT = datetime(2019, 5, 1, 3, 30, tzinfo=UTC)
_NUMBERS = count(1)


def facts(*events: Event) -> list[Fact]:
    """Return the events as in the log, a minute apart."""
    return [
        Fact(
            number,
            event.stream,
            number,
            topic_of(event),
            AT + timedelta(minutes=number),
            event,
            "system",
        )
        for number, event in enumerate(events, 1)
    ]


def line(choice_id: str = "haircut", *, merchant: int = 0, union: int = 0) -> RedemptionLine:
    """Return the line of a choice."""
    return RedemptionLine(
        choice_id=choice_id,
        kind="percent_off",
        merchant_share_minor=merchant,
        union_share_minor=union,
        fund_id="care" if union else None,
        programme="seasonal" if union else "",
        reservation=1 if union else None,
    )


def redeemed(
    price_minor: int = 3_000, *lines: RedemptionLine, day: int = 1, **others: Any
) -> Redeemed:
    """Return a purchase on a day of May 2019; the member pays the rest."""
    merchant_minor = sum(one.merchant_share_minor for one in lines)
    union_minor = sum(one.union_share_minor for one in lines)
    at = AT.replace(day=day)
    particulars: dict[str, Any] = {
        "redemption_id": f"r{next(_NUMBERS)}",
        "member_id": "m1",
        "card_id": "c1",
        "branch": "east",
        "merchant_id": "shears",
        "outlet_id": "main",
        "till_id": "till-1",
        "category": "hair",
        "at": at,
        "day": at.date(),
    }
    return Redeemed(
        price_minor=price_minor,
        merchant_share_minor=merchant_minor,
        union_share_minor=union_minor,
        member_share_minor=price_minor - merchant_minor - union_minor,
        lines=lines,
        **(particulars | others),
    )


def undone(made: Redeemed, *, day: int = 2) -> Reversed:
    """Return the reversal of a purchase."""
    at = AT.replace(day=day)
    return Reversed(undone=made, reason="mistyped", at=at, day=at.date())


def changes(projection: Projection, *events: Event) -> list[Change]:
    """Return the changes that a projection makes of the events."""
    takes = event_classes(projection.project)
    return [
        change
        for fact in facts(*events)
        if isinstance(fact.event, takes)
        for change in projection.project(fact.event, fact)
    ]


@contextmanager
def read(url: str, *events: Event) -> Iterator[Connection]:
    """Return the views after these events."""
    views = Views(url, PROJECTIONS)
    try:
        catch_up(views, reader(facts(*events)))
        with views.reading() as connection:
            yield connection
    finally:
        views.close()
