"""The index of offers by where they hold, shared by all requests of one process."""

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


class _Index:
    """The offers by stream, and where each holds on a day or later.

    `day` None: any offer may have changed, and the index must be made anew.
    """

    def __init__(self, offers: Iterable[Offer] = (), day: date | None = None) -> None:
        self.day = day
        self.offers: dict[str, Offer | None] = {}
        self.keys: dict[str, tuple[PlaceKey, ...]] = {}
        self.names: dict[PlaceKey, dict[str, None]] = {}
        self.unknown: dict[str, None] = {}
        for one in offers:
            self.offers[offer.stream(one.offer_id)] = one
            self.place(one)

    def place(self, one: Offer) -> None:
        """Put an offer where it holds that day or later; nowhere if over or not published."""
        stream = offer.stream(one.offer_id)
        past = self.day is not None and one.rules.is_past(self.day)
        over = past or one.status in {Status.NONE, Status.ENDED}
        before, now = self.keys.get(stream, ()), () if over else place_keys(one.rules)
        self.keys[stream] = now
        # The new places come first: who looks meanwhile must not miss the offer.
        for key in now:
            self.names.setdefault(key, {})[stream] = None
        for key in before:
            if key not in now:
                self.names[key].pop(stream, None)

    def known(self, stream: str) -> Offer:
        """Return an offer; NotCached if it must be loaded first."""
        known = self.offers.get(stream)
        if known is None:
            raise NotCached
        return known


class OfferIndex:
    """The offers by merchant, outlet and category, and those that hold everywhere.

    It follows the state cache from fact to fact. The writer's thread alone changes it; any thread
    may look. A look raises NotCached where offers must be loaded first: ask in a query then.
    `changes` grows with each change of where or when an offer holds. Offers are listed by id, but
    those that came to a place since the index was made come last.
    """

    def __init__(self, cache: StateCache) -> None:
        """Watch the offers of a state cache; the first query makes the index."""
        self.changes = 0
        self._index = _Index()
        cache.watch(offer.CATEGORY, self._changed)

    def __len__(self) -> int:
        """Return the number of all offers ever published."""
        return len(self._index.offers)

    def __contains__(self, offer_id: str) -> bool:
        """Return whether an offer of this id was ever published."""
        return offer.stream(offer_id) in self._index.offers

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
        index = self._caught_up(states, today)
        if categories is None:
            categories = [name for field, name in [*index.names] if field == "categories"]
        keys = (
            ("merchants", merchant_id),
            ("outlets", outlet_id),
            *(("categories", one) for one in categories),
            EVERYWHERE,
        )
        # Each copy of a dictionary is made at once: the writer's thread may change it meanwhile.
        found = dict.fromkeys(chain.from_iterable([*index.names.get(key, ())] for key in keys))
        if len(found) < least:
            others = [one for one in [*islice(index.offers, 2 * least)] if one not in found]
            found |= dict.fromkeys(others[: least - len(found)])
        return [index.known(one) for one in found]

    def current(self, states: AnyStates, today: date) -> list[Offer]:
        """Return every offer, but those that ended or end before `today`."""
        index = self._caught_up(states, today)
        return [index.known(one) for one, keys in [*index.keys.items()] if keys]

    def latest(self, one: Offer) -> Offer:
        """Return an offer as last known; `one` itself if that is not known or has other rules."""
        known = self._index.offers.get(offer.stream(one.offer_id))
        return known if known is not None and known.rules is one.rules else one

    def _caught_up(self, states: AnyStates, today: date) -> _Index:
        """Return the index of `today`; one made anew takes the other's place all at once."""
        index = self._index
        if index.day != today:
            offers: list[Offer] = states.all(offer.CATEGORY)
            self._index = index = _Index(offers, today)
            self.changes += 1
        elif index.unknown:
            states.load(index.unknown)
            for stream in [*index.unknown]:
                self._changed(stream, states[stream])
        return index

    def _changed(self, stream: str, state: Offer | None) -> None:
        """Take over the state of an offer; None: load it when next needed. "": make all anew."""
        index = self._index
        if not stream or index.day is None:
            index.day = None
            return
        before, index.offers[stream] = index.offers.get(stream), state
        if state is None:
            index.unknown[stream] = None
            return
        index.unknown.pop(stream, None)
        if before is None or before.rules is not state.rules or before.status is not state.status:
            index.place(state)
            self.changes += 1
