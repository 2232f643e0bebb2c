"""The outlets that accept cards, and the offers that hold there, indexed once for all members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from ledger.benefits.terms import Purchase, Rules, Who, check_applies
from ledger.errors import Refusal
from ledger.merchants import merchant
from ledger.merchants.location import NOWHERE, Place
from ledger.merchants.merchant import Merchant
from ledger.offers.offer import Offer
from ledger.services.offer_index import EVERYWHERE, PlaceKey, place_keys

PLACES_MAX = 200
"""The most outlets of one page."""

_ANY_CATEGORY: PlaceKey = ("categories", "")
_ANYBODY = Who(branch="", groups=())


class Outlet(NamedTuple):
    """An outlet that accepts cards; `till_id` is one of its live tills."""

    merchant: Merchant
    outlet_id: str
    till_id: str

    @property
    def place_id(self) -> str:
        """The id of the outlet among those of all merchants: merchant id, slash, outlet id."""
        return f"{self.merchant.merchant_id}/{self.outlet_id}"

    @property
    def name(self) -> str:
        """The name of the outlet."""
        return self.merchant.outlets[self.outlet_id]

    @property
    def place(self) -> Place:
        """The location of the outlet; NOWHERE if none is recorded."""
        return self.merchant.places.get(self.outlet_id, NOWHERE)


Where = tuple[Outlet, str | None]
"""An outlet, and the category in which the rules hold there (None: every category)."""


class Outlets:
    """Outlets in order, indexed for rules; who asks, and when, does not matter here."""

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        """Index the outlets by merchant, outlet id and category."""
        self.listed = list(outlets)
        self._of: dict[PlaceKey, list[Outlet]] = defaultdict(list, {EVERYWHERE: self.listed})
        for outlet in self.listed:
            self._of["merchants", outlet.merchant.merchant_id].append(outlet)
            self._of["outlets", outlet.outlet_id].append(outlet)
            for category in outlet.merchant.categories or ("",):
                self._of["categories", category].append(outlet)
        self._ids: dict[tuple[tuple[str, ...], ...], list[str]] = {}

    def first(self, rules: Rules) -> Where | None:
        """Return an outlet where the rules hold, with its category; None if there is none."""
        return next(self._where(rules), None)

    def ids(self, rules: Rules) -> list[str]:
        """Return the `place_id` of each outlet where the rules hold."""
        restricted = rules.merchants, rules.outlets, rules.categories
        if restricted not in self._ids:
            found = dict.fromkeys(outlet.place_id for outlet, _ in self._where(rules))
            self._ids[restricted] = [*found]
        return self._ids[restricted]

    def _where(self, rules: Rules) -> Iterator[Where]:
        places = Rules(
            merchants=rules.merchants, outlets=rules.outlets, categories=rules.categories
        )
        keys = place_keys(rules)
        if keys[0][0] == _ANY_CATEGORY[0]:
            keys = (*keys, _ANY_CATEGORY)
        for outlet in chain.from_iterable(self._of.get(key, ()) for key in keys):
            for category in outlet.merchant.categories or rules.categories or (None,):
                purchase = Purchase(
                    merchant_id=outlet.merchant.merchant_id,
                    outlet_id=outlet.outlet_id,
                    category=category,
                    price_minor=1,
                    at=datetime.min,  # noqa: DTZ901 - `places` has no rule about times
                )
                try:
                    check_applies(places, _ANYBODY, purchase)
                except Refusal:
                    continue
                yield outlet, category
                break


class Near:
    """An index of outlets that accept cards, as a whole and by page, and of offers valid at one.

    `standing` has each offer that is not over, with one outlet where it holds; `fund_ids` are the
    funds that these offers name.
    """

    def __init__(self, merchants: Iterable[Merchant], offers: Iterable[Offer]) -> None:
        """Index the outlets of the merchants that accept cards, and find one for each offer."""
        self.outlets = Outlets(one for found in merchants for one in _open_outlets(found))
        listed = self.outlets.listed
        starts = range(0, len(listed), PLACES_MAX)
        self.pages = [Outlets(listed[start : start + PLACES_MAX]) for start in starts]
        found = ((one, self.outlets.first(one.rules)) for one in offers)
        self.standing = [(one, where) for one, where in found if where is not None]
        self.fund_ids = {one.rules.funding.fund_id for one, _ in self.standing}


def _open_outlets(one: Merchant) -> Iterator[Outlet]:
    """Yield the outlets of a merchant that have a live till; none if it is suspended or unknown."""
    try:
        merchant.check_open(one)
    except Refusal:
        return
    tills = {till.outlet_id: till.till_id for till in one.tills.values() if not till.revoked}
    for outlet_id in sorted(one.outlets):
        if outlet_id in tills:
            yield Outlet(one, outlet_id, tills[outlet_id])
