"""Cards: the state and the use of each card, as its page shows them."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Index, select

from ledger.event import Event, Fact
from ledger.members.card import Blocked, Closed, Expired, Issued, Replaced, Status, Unblocked
from ledger.store import at_text
from projections import members, redemptions
from projections.bookings import Booking, booked
from projections.engine.changes import Add, Change, Put
from projections.engine.pages import ROWS_MAX
from projections.engine.schema import table_of

NAME = "cards_2"

CardEvent = Issued | Replaced | Blocked | Unblocked | Expired | Closed

_BECOMES: dict[type[Event], Status] = {
    Blocked: Status.BLOCKED,
    Unblocked: Status.LIVE,
    Expired: Status.EXPIRED,
    Closed: Status.CLOSED,
}


class CardRow(NamedTuple):
    """A card, its member's branch and its last use; amounts in minor units, times ISO text in UTC.

    `purchases` and the amounts leave reversed uses out, `reversals` counts those. `last_day` may be
    past while `status` is still live, until the expiry is recorded. None: no last day, no other
    card, no use yet.
    """

    card_id: str
    purchases: int
    reversals: int
    price_minor: int
    saved_minor: int
    member_id: str
    status: str
    issued_at: str
    last_day: str | None
    replaces: str | None
    replaced_by: str | None
    last_position: int | None
    branch: str | None
    last_used_at: str | None
    last_merchant_id: str | None


table = table_of(NAME, CardRow, counters=4, joined=3)
Index(
    f"{NAME}_by_member", *(table.c.member_id, table.c.issued_at, table.c.status, table.c.last_day)
)


def project(event: CardEvent | Booking, fact: Fact) -> Iterator[Change]:
    """Count uses, amounts and reversals of a card, and keep its state.

    A reversal takes its use off the counts; the reversed use stays the last use.
    """
    match event:
        case Issued():
            issued = {
                "member_id": event.member_id,
                "status": Status.LIVE,
                "issued_at": at_text(fact.at),
                "last_day": None if event.last_day is None else event.last_day.isoformat(),
                "replaces": event.replaces,
            }
            yield Put((event.card_id,), issued)
        case Replaced(card_id=card_id, replaced_by=replaced_by):
            yield Put((card_id,), {"status": Status.REPLACED, "replaced_by": replaced_by})
        case Blocked() | Unblocked() | Expired() | Closed():
            yield Put((event.card_id,), {"status": _BECOMES[type(event)]})
        case _:
            for made, count in booked(event):
                saved_minor = made.merchant_share_minor + made.union_share_minor
                used = {
                    "purchases": count,
                    "reversals": int(count < 0),
                    "price_minor": count * made.price_minor,
                    "saved_minor": count * saved_minor,
                }
                yield Add((made.card_id,), used)
                if count > 0:
                    yield Put((made.card_id,), {"last_position": fact.position})


def card(connection: Connection, card_id: str) -> CardRow | None:
    """Return the card with this id; None if it was never issued."""
    member, last = members.table, redemptions.table
    row = connection.execute(
        select(table, member.c.branch, last.c.at, last.c.merchant_id)
        .outerjoin_from(table, member, member.c.member_id == table.c.member_id)
        .outerjoin(last, last.c.position == table.c.last_position)
        .where(table.c.card_id == card_id, table.c.status.is_not(None))
    ).first()
    return None if row is None else CardRow(*row)


def past_last_day(connection: Connection, *, today: date, after: str = "") -> list[str]:
    """Return ids above `after` of live and blocked cards whose last day is before `today`.

    They are sorted; at most ROWS_MAX.
    """
    question = select(table.c.card_id).where(
        table.c.card_id > after,
        table.c.last_day < today.isoformat(),
        table.c.status.in_((Status.LIVE.value, Status.BLOCKED.value)),
    )
    return list(connection.scalars(question.order_by(table.c.card_id).limit(ROWS_MAX)))
