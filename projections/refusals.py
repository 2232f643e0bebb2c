"""Refusals: how often merchants were told no, where, when and why."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.benefits import Words
from ledger.event import Fact
from ledger.redemptions.refusal import Refused
from projections.engine.changes import Add
from projections.engine.question import Sums
from projections.engine.schema import counter, key, keyed

NAME = "refusals_1"

table = keyed(
    NAME,
    key("day"),
    key("merchant_id"),
    key("outlet_id"),
    key("reason"),
    counter("refusals", Words("次数", "Refusals")),
)


def project(refused: Refused, _fact: Fact) -> Iterator[Add]:
    """Count one more refusal of the merchant, outlet, day and reason."""
    day = refused.day.isoformat()
    yield Add((day, refused.merchant_id, refused.outlet_id, refused.reason), {"refusals": 1})


refusals = Sums(
    table,
    title=Words("未能使用", "Refusals"),
    about=Words("收银端得到“不能用”的次数和原因。", "How often cards were refused, where and why."),
    by=("merchant_id", "reason"),
    examples=("--by day,reason --merchant xiufa",),
)
