"""Usage: how often each offer and grant was used, where and when, and what it took off.

A purchase that combined two benefits is two uses; its price is one, and stands in `purchases`. A
reversal is taken off the day of the purchase.
"""

from collections.abc import Iterator

from ledger.benefits import Words
from ledger.event import Fact
from projections.bookings import Booking, booked, place
from projections.engine.changes import Add
from projections.engine.question import Sums
from projections.engine.schema import counter, key, keyed

NAME = "usage_1"

table = keyed(
    NAME,
    *map(key, ("day", "merchant_id", "outlet_id", "category", "branch", "choice_id", "kind")),
    counter("uses", Words("次数", "Uses")),
    counter("merchant_share_minor"),
    counter("union_share_minor"),
)


def project(event: Booking, _fact: Fact) -> Iterator[Add]:
    """Count one use for each offer or grant; a reversal takes it off the day of the purchase."""
    for made, count in booked(event):
        where = place(made)
        for line in made.lines:
            yield Add(
                (*where, line.choice_id, line.kind),
                {
                    "uses": count,
                    "merchant_share_minor": (count or 1) * line.merchant_share_minor,
                    "union_share_minor": (count or 1) * line.union_share_minor,
                },
            )


usage = Sums(
    table,
    title=Words("优惠使用", "Use of offers"),
    about=Words(
        "一次消费合用两个优惠，计两次使用。",
        "How often each offer and grant was used, and what it took off, paid by whom. A purchase"
        " that combined two offers is two uses.",
    ),
    by=("month", "merchant_id", "choice_id"),
    examples=("", "--by day,branch --from 2026-05-01 --to 2026-05-31 --format csv"),
)
