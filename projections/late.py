"""Late redemptions: what tills gave while they were offline, what was contested, who bears it.

A line stands on the day and at the time of its scan. An overdue line, or one of a wrong clock,
stands on the day it arrived; `scanned_at` is then the till's word.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Index

from ledger.benefits import Words
from ledger.event import Fact
from ledger.offline.liability import MERCHANT
from ledger.redemptions.events import ContestDecided, Contested, Lateness, Redeemed, Reversed
from ledger.store import at_text
from projections.engine.changes import Put, Values, copying
from projections.engine.question import Filter, latest_first
from projections.engine.schema import table_of
from projections.redemptions import RedemptionRow

NAME = "late_3"


class LateRow(NamedTuple):
    """A late redemption as it stands in the books, and the discount the till gave (`given_minor`).

    `number` is its number in the till's sequence. `outcome` is `accepted` or `contested`; for an
    accepted one `reason` (the refusal), `borne_by` (union or merchant) and `because` (a
    LiabilityReason) are empty. `review` is `waiting` while an officer is to decide whether the
    union bears it, then `accepted`, `declined` or `reversed`; else empty. Amounts are in minor
    units, times ISO text in UTC.
    """

    redemption_id: str
    position: int
    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str
    card_id: str
    day: str
    scanned_at: str
    arrived_at: str
    number: int
    outcome: str
    reason: str
    borne_by: str
    because: str
    price_minor: int
    given_minor: int
    merchant_share_minor: int
    union_share_minor: int
    review: str


table = table_of(NAME, LateRow)
Index(f"{NAME}_by_position", table.c.position)
Index(f"{NAME}_by_review", table.c.review, table.c.position)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)
Index(f"{NAME}_by_merchant_and_day", table.c.merchant_id, table.c.day, table.c.position)
Index(f"{NAME}_by_day", table.c.day)
Index(f"{NAME}_by_outcome", table.c.outcome, table.c.day)

_made = copying(
    *("merchant_id", "outlet_id", "till_id", "cashier_id", "card_id"),
    *("price_minor", "merchant_share_minor", "union_share_minor"),
)
_shares = copying("merchant_share_minor", "union_share_minor")
_contested = copying("reason", "borne_by", "because")


def project(event: Redeemed | Contested | ContestDecided | Reversed, fact: Fact) -> Iterator[Put]:
    """Keep one line for each late redemption; one made online has none."""
    match event:
        case Redeemed(late=late) if late is not None:
            given_minor = event.merchant_share_minor + event.union_share_minor
            told = dict.fromkeys(("reason", "borne_by", "because", "review"), "")
            told["outcome"] = "accepted"
            yield _line(fact, event, at_text(event.at), given_minor, told)
        case Contested(made=made):
            waits = any(line.is_held for line in made.lines)
            told = {"outcome": "contested", "review": "waiting" if waits else ""}
            told |= _contested(event)
            given_minor = sum(one.covered_minor for one in event.given)
            yield _line(fact, made, at_text(event.scanned_at), given_minor, told)
        case ContestDecided(is_accepted=True, made=made):
            yield Put((made.redemption_id,), {"review": "accepted"})
        case ContestDecided(made=made):
            decided = {"review": "declined", "borne_by": MERCHANT}
            yield Put((made.redemption_id,), decided | _shares(made))
        case Reversed(undone=Redeemed(late=Lateness(), redemption_id=redemption_id)):
            yield Put((redemption_id,), {"review": "reversed"})


late_redemptions = latest_first(
    table,
    LateRow,
    about=Words(
        "收银端断网时的核销，最近的在前：哪些有争议、为什么、由谁承担。",
        "Late redemptions, the latest first: what was contested, why, and who bears it.",
    ),
    filters=(
        "merchant_id",
        "till_id",
        Filter(
            "contested",
            "Only what the rules say no to.",
            lambda _: table.c.outcome == "contested",
            flag=True,
        ),
    ),
    days=True,
    examples=("--merchant xiufa --contested --from 2026-05-01",),
    command="show late",
)


def late_among(connection: Connection, lines: Sequence[RedemptionRow]) -> dict[str, LateRow]:
    """Return the reports of those of at most 1,000 redemptions that came late, by their ids."""
    ids = [one.redemption_id for one in lines]
    found = late_redemptions(connection, where=[table.c.redemption_id.in_(ids)])
    return {one.redemption_id: one for one in found}


def _line(
    fact: Fact, made: Redeemed, scanned_at: str, given_minor: int, told: dict[str, str]
) -> Put:
    assert made.late is not None, "it came late"  # noqa: S101 - our own mistake
    values: Values = {
        "position": fact.position,
        "day": made.day.isoformat(),
        "scanned_at": scanned_at,
        "arrived_at": at_text(made.late.arrived_at),
        "number": made.late.number,
        "given_minor": given_minor,
    }
    return Put((made.redemption_id,), values | told | _made(made))
