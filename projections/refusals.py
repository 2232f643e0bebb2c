"""Refusals: how often merchants were told no, where, when and why.

Each gateway counts the validations it refuses; counts that a killed gateway had not recorded yet
are missing.
"""

from collections.abc import Iterator

from ledger.benefits import Words
from ledger.event import Fact
from ledger.redemptions.refusal import Refused, ValidationsRefused
from projections.engine.changes import Add
from projections.engine.question import Sums
from projections.engine.schema import counter, key, keyed

NAME = "refusals_2"

table = keyed(
    NAME,
    *map(key, ("day", "merchant_id", "outlet_id", "reason")),
    key("request", Words("请求", "Request")),
    counter("refusals", Words("次数", "Refusals")),
)


def project(refused: Refused | ValidationsRefused, _fact: Fact) -> Iterator[Add]:
    """Count a refused redemption, or a minute's refused validations, by day, place and reason."""
    place = refused.day.isoformat(), refused.merchant_id, refused.outlet_id
    if isinstance(refused, Refused):
        yield Add((*place, refused.reason, "redemption"), {"refusals": 1})
        return
    for reason, count in refused.counts.items():
        yield Add((*place, reason, "validation"), {"refusals": count})


refusals = Sums(
    table,
    title=Words("未能使用", "Refusals"),
    about=Words(
        "收银端得到“不能用”的次数和原因，含验码。",
        "How often cards were refused, in validations too, where and why.",
    ),
    by=("merchant_id", "reason"),
    examples=("--by day,reason --merchant xiufa",),
)
