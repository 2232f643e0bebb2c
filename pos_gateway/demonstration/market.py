"""The merchants of the demonstration in the six categories of Miyun, and their offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.benefits import published_kinds
from ledger.benefits.terms import Ceilings, Funding, Limits, Rules
from ledger.merchants.location import Place

FUND = "service-card"
PROGRAMME = "service-card"


TRIED = "yinghua"
"""The merchant of the till that visitors try; the union pays a part there."""

EXAMPLES_AT = "meiyuan"
"""The merchant of the examples: those of the kinds that no other offer shows."""


class Outlet(msgspec.Struct, frozen=True):
    """The name and the made-up but plausible location of an outlet in Miyun town."""

    name: str
    place: Place


class Shop(msgspec.Struct, frozen=True):
    """A merchant of the demonstration with its one category, and its outlets by id."""

    merchant_id: str
    name: str
    category: str
    outlets: dict[str, Outlet]


class Discount(msgspec.Struct, frozen=True):
    """An offer of the demonstration: the arguments with which it is published."""

    offer_id: str
    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()


def _outlet(name: str, address: str, position: tuple[int, int], hours: str, phone: str) -> Outlet:
    latitude, longitude = position
    return Outlet(
        name,
        Place(
            address=address,
            latitude_microdegrees=latitude,
            longitude_microdegrees=longitude,
            hours=hours,
            phone=phone,
        ),
    )


_GULOU = _outlet(
    "鼓楼店", "鼓楼东大街19号", (40_376_210, 116_845_130), "每天 09:00–21:00", "010-55500101"
)
_GUOYUAN = _outlet(
    "果园店", "果园西路8号", (40_369_480, 116_833_720), "每天 09:30–20:30", "010-55500102"
)
_XINNAN = _outlet(
    "新南路店", "新南路56号", (40_362_950, 116_851_640), "每天 08:00–19:00", "010-55500103"
)
_YANGGUANG = _outlet(
    "阳光街店", "阳光街12号", (40_371_840, 116_857_290), "周一至周六 08:30–17:30", "010-55500104"
)
_NANMEN = _outlet(
    "南门", "云湖路1号玫瑰园南门", (40_418_370, 116_872_450), "每天 08:00–18:00", "010-55500105"
)
_HUADIAN = _outlet(
    "园内花店", "云湖路1号玫瑰园内", (40_419_620, 116_873_110), "每天 09:00–17:00", "010-55500106"
)
_WANXIANG = _outlet(
    "万象汇店", "鼓楼南大街30号五层", (40_372_560, 116_843_380), "每天 10:00–24:00", "010-55500107"
)
_XIDAJIE = _outlet(
    "西大街门诊", "西大街44号", (40_375_330, 116_836_970), "周一至周五 08:00–17:00", "010-55500108"
)

SHOPS = (
    Shop("xiufa", "秀发坊美发", "beauty-hair", {"gulou": _GULOU, "guoyuan": _GUOYUAN}),
    Shop("anche", "安驰汽车养护", "car-care", {"xinnan": _XINNAN}),
    Shop("jiahe", "家和家政", "domestic-service", {"yangguang": _YANGGUANG}),
    Shop("meiyuan", "云湖玫瑰园", "shopping-garden", {"nanmen": _NANMEN, "huadian": _HUADIAN}),
    Shop("yinghua", "云湖影城", "cinema", {"wanxiang": _WANXIANG}),
    Shop("kangning", "康宁口腔", "medical", {"xidajie": _XIDAJIE}),
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
    """Yield the offers, and the example of every other kind that officers publish, at one shop."""
    yield from _OFFERS
    shown = {offer.kind for offer in _OFFERS}
    here = Rules(merchants=(EXAMPLES_AT,))
    for name, kind in published_kinds().items():
        if name not in shown:
            example = kind.example()
            terms: dict[str, Any] = msgspec.to_builtins(example)
            yield Discount(f"example-{name}", example.describe().zh, name, terms, here)
