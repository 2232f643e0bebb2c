"""The merchants of the demonstration in the six categories of Miyun, and their offers.

Both are read from `market.json`; the locations are made up but plausible.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ledger.benefits import published_kinds
from ledger.benefits.terms import Rules
from ledger.merchants.location import Place

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
