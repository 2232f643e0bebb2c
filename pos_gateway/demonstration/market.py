"""The merchants of the demonstration in the six categories of Miyun, and what each offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.benefits import kinds
from ledger.terms import Ceilings, Funding, Limits, Rules

FUND = "service-card"
PROGRAMME = "service-card"


TRIED = "yinghua"
"""The merchant whose till is shown to whoever tries it: the union pays a part there."""


class Shop(msgspec.Struct, frozen=True):
    """A merchant with its category, and its outlets by id with their names."""

    merchant_id: str
    name: str
    category: str
    outlets: dict[str, str]


class Discount(msgspec.Struct, frozen=True):
    """An offer as it is published."""

    offer_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()


SHOPS = (
    Shop("xiufa", "秀发坊美发", "beauty-hair", {"gulou": "鼓楼店", "guoyuan": "果园店"}),
    Shop("anche", "安驰汽车养护", "car-care", {"xinnan": "新南路店"}),
    Shop("jiahe", "家和家政", "domestic-service", {"yangguang": "阳光街店"}),
    Shop("meiyuan", "云湖玫瑰园", "shopping-garden", {"nanmen": "南门", "huadian": "园内花店"}),
    Shop("yinghua", "云湖影城", "cinema", {"wanxiang": "万象汇店"}),
    Shop("kangning", "康宁口腔", "medical", {"xidajie": "西大街门诊"}),
)

_OFFERS = (
    Discount(
        "haircut-eight",
        "美发八折",
        "percent_off",
        {"basis_points": 2_000},
        Rules(merchants=("xiufa",)),
    ),
    Discount(
        "car-100-20",
        "洗车养护满100减20",
        "amount_off",
        {"amount_minor": 20_00, "threshold_minor": 100_00},
        Rules(
            merchants=("anche",),
            limits=Limits(per_week=1),
            funding=Funding(union_basis_points=5_000, fund_id=FUND),
        ),
    ),
    Discount(
        "cleaning-30",
        "家政每月补贴30元",
        "allowance",
        {"amount_minor": 30_00, "period": "month"},
        Rules(
            merchants=("jiahe",),
            ceilings=Ceilings(per_offer_minor=20_000_00),
            funding=Funding(union_basis_points=10_000, fund_id=FUND),
        ),
    ),
    Discount(
        "rose-fifth-free",
        "玫瑰园第五次免费",
        "stamp_card",
        {"every": 5, "worth_max_minor": 60_00},
        Rules(merchants=("meiyuan",), limits=Limits(per_day=1)),
    ),
    Discount(
        "film-30",
        "会员观影30元",
        "set_price",
        {"member_price_minor": 30_00},
        Rules(
            merchants=("yinghua",),
            limits=Limits(per_month=4),
            funding=Funding(union_basis_points=6_000, fund_id=FUND),
        ),
    ),
    Discount(
        "dental-check",
        "免费口腔检查",
        "free_service",
        {"times": 1, "worth_max_minor": 80_00, "service": {"zh": "口腔检查", "en": "dental check"}},
        Rules(merchants=("kangning",), funding=Funding(union_basis_points=10_000, fund_id=FUND)),
    ),
)


def offers() -> Iterator[Discount]:
    """The offers, and the example of every other kind; tickets are claimed in drops."""
    yield from _OFFERS
    shown = {offer.kind for offer in _OFFERS}
    for name, kind in kinds().items():
        if name not in shown and not kind.TICKET:
            example = kind.example()
            terms: dict[str, Any] = msgspec.to_builtins(example)
            yield Discount(f"example-{name}", example.describe().zh, name, terms)
