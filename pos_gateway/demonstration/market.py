"""The market of the demonstration: merchants in the six categories of Miyun, offers, and members.

Merchants and offers are read from `market.json`, at plausible places. All are made up: nobody can
have the identity numbers of the members.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from stdnum.cn import ric

from ledger.benefits import published_kinds
from ledger.benefits.terms import Rules
from ledger.merchants.location import Place
from ledger.vault import Person
from pos_gateway.roster import Row

FUND = "service-card"
PROGRAMME = "service-card"

TRIED = "yinghua"
"""The merchant of the till that visitors try; the union pays a part there."""

EXAMPLES_AT = "meiyuan"
"""The merchant of the examples: those of the kinds that no other offer shows."""


class Outlet(msgspec.Struct, frozen=True):
    """The name and the location of an outlet in Miyun town."""

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


class _Market(msgspec.Struct, frozen=True):
    shops: tuple[Shop, ...]
    offers: tuple[Discount, ...]


_MARKET = msgspec.json.decode(Path(__file__).with_name("market.json").read_bytes(), type=_Market)
SHOPS = _MARKET.shops


def offers() -> Iterator[Discount]:
    """Yield the offers of the market, then an example at EXAMPLES_AT of each kind not among them.

    Only kinds that officers publish have an example.
    """
    yield from _MARKET.offers
    shown = {offer.kind for offer in _MARKET.offers}
    here = Rules(merchants=(EXAMPLES_AT,))
    for name, kind in published_kinds().items():
        if name not in shown:
            example = kind.example()
            terms: dict[str, Any] = msgspec.to_builtins(example)
            yield Discount(f"example-{name}", example.describe().zh, name, terms, here)


BRANCHES = ("鼓楼街道总工会", "果园街道总工会", "经济开发区总工会", "巨各庄镇总工会")
EMPLOYERS = ("云湖物业", "密云公交", "绿谷食品", "潮白快递", "")
GROUPS: tuple[tuple[str, ...], ...] = ((), ("劳模",), ("女职工",), (), ("新就业形态",), ())
MEMBERS = 36

_FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙"
_GIVEN_NAMES = ("晓明", "丽华", "建国", "桂兰", "雨桐", "志强", "淑珍", "子涵", "海燕")
_NOWHERE = "990118"  # No place has this number, so no identity number begins with it.
_FIRST_BIRTHDAY = date(1962, 3, 8)


def roster(last_day: date) -> Iterator[Row]:
    """Yield the roster, MEMBERS rows, as if read from a file; every card has this `last_day`."""
    for place in range(MEMBERS):
        yield Row(
            number=place + 2,
            person=_person(place),
            branch=BRANCHES[place % len(BRANCHES)],
            employer=EMPLOYERS[place % len(EMPLOYERS)],
            groups=GROUPS[place % len(GROUPS)],
            last_day=last_day,
            problems=(),
        )


def _person(place: int) -> Person:
    born = _FIRST_BIRTHDAY + timedelta(days=397 * place)
    digits = f"{_NOWHERE}{born:%Y%m%d}{place + 1:03}"
    return Person(
        name=_FAMILY_NAMES[place % len(_FAMILY_NAMES)] + _GIVEN_NAMES[place % len(_GIVEN_NAMES)],
        phone=f"199{place:08}",
        identity_number=digits + ric.calc_check_digit(f"{digits}0"),
    )
