"""The index of offers by where they hold, shared by all requests of one process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain, islice

from ledger.benefits.terms import Rules
from ledger.offers import offer
from ledger.offers.offer import Offer, Status
from ledger.write.state_batch import AnyStates
from ledger.write.state_cache import NotCached, StateCache

PlaceKey = tuple[str, str]
"""A list of the rules and a name in it, such as ("merchants", "rose"); or EVERYWHERE."""

EVERYWHERE: PlaceKey = ("", "")


def place_keys(rules: Rules) -> tuple[PlaceKey, ...]:
    """Return where the rules hold, by the first list that restricts them, else EVERYWHERE."""
    for field in ("merchants", "outlets", "categories"):
        if names := getattr(rules, field):
            return tuple((field, name) for name in names)
    return (EVERYWHERE,)


class OfferIndex:
    """The offers by merchant, outlet and category, and those that hold everywhere.

    It follows the state cache from fact to fact. The writer's thread alone changes it; any thread
    may look. A look raises NotCached where offers must be loaded first: ask in a query then.
    `changes` grows with each change of where or when an offer holds. Offers are listed by id, but
    those that changed since the index was made come last.
    """

    def __init__(self, cache: StateCache) -> None:
        """Watch the offers of a state cache; the first query makes the index."""
        self.changes = 0
        self._day: date | None = None
        self._offers: dict[str, Offer | None] = {}
        self._keys: dict[str, tuple[PlaceKey, ...]] = {}
        self._names: dict[PlaceKey, dict[str, None]] = {}
        self._unknown: dict[str, None] = {}
        cache.watch(offer.CATEGORY, self._changed)

    def __len__(self) -> int:
        """Return the number of all offers ever published."""
        return len(self._offers)

    def at(
        self,
        states: AnyStates,
        today: date,
        *,
        merchant_id: str,
        outlet_id: str,
        categories: Iterable[str] | None,
        least: int = 0,
    ) -> list[Offer]:
        """Return the offers that may hold at an outlet, except those over before `today`.

        Those for the merchant come first, then for the outlet, the categories (None: every one),
        and everywhere. If fewer than `least`, add others, even ended ones.
        """
        self._catch_up(states, today)
        if categories is None:
            categories = [name for field, name in [*self._names] if field == "categories"]
        keys = (
            ("merchants", merchant_id),
            ("outlets", outlet_id),
            *(("categories", one) for one in categories),
            EVERYWHERE,
        )
        # Each copy of a dictionary is made at once: the writer's thread may change it meanwhile.
        found = dict.fromkeys(chain.from_iterable([*self._names.get(key, ())] for key in keys))
        if len(found) < least:
            others = [one for one in [*islice(self._offers, 2 * least)] if one not in found]
            found |= dict.fromkeys(others[: least - len(found)])
        return [self._known(one) for one in found]

    def current(self, states: AnyStates, today: date) -> list[Offer]:
        """Return every offer, but those that ended or end before `today`."""
        self._catch_up(states, today)
        return [self._known(one) for one, keys in [*self._keys.items()] if keys]

    def latest(self, one: Offer) -> Offer:
        """Return an offer as last known; `one` itself if that is not known or has other rules."""
        known = self._offers.get(offer.stream(one.offer_id))
        return known if known is not None and known.rules is one.rules else one

    def _known(self, stream: str) -> Offer:
        known = self._offers.get(stream)
        if known is None:
            raise NotCached
        return known

    def _catch_up(self, states: AnyStates, today: date) -> None:
        if self._day != today:
            offers: list[Offer] = states.all(offer.CATEGORY)
            self._offers, self._keys, self._names, self._unknown = {}, {}, {}, {}
            for one in offers:
                self._offers[offer.stream(one.offer_id)] = one
                self._place(one, today)
            self._day = today
        elif self._unknown:
            states.load(self._unknown)
            for stream in [*self._unknown]:
                self._changed(stream, states[stream])

    def _changed(self, stream: str, state: Offer | None) -> None:
        """Take over the state of an offer; None: load it when next needed. "": make all anew."""
        if not stream or self._day is None:
            self._day = None
            return
        before, self._offers[stream] = self._offers.get(stream), state
        if state is None:
            self._unknown[stream] = None
            return
        self._unknown.pop(stream, None)
        if before is None or before.rules is not state.rules or before.status is not state.status:
            self._place(state, self._day)

    def _place(self, one: Offer, today: date) -> None:
        """Put an offer where it holds today or later; nowhere if it is over or not published."""
        stream, last_day = offer.stream(one.offer_id), one.rules.last_day
        for key in self._keys.get(stream, ()):
            self._names[key].pop(stream, None)
        over = one.status in {Status.NONE, Status.ENDED} or (last_day and last_day < today)
        self._keys[stream] = () if over else place_keys(one.rules)
        for key in self._keys[stream]:
            self._names.setdefault(key, {})[stream] = None
        self.changes += 1
