"""Figures of a drop, computed from the facts alone."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from ledger.drops import events
from ledger.drops.terms import Plan
from ledger.event import Event, Fact
from ledger.offers.grant import Used, UseUndone


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a drop after its end.

    `tickets` are still held, for `people_most` people; `admitted` of them came (for goods: handed
    over), `in_parts` counts parties admitted one after the other, and `no_shows` tickets never
    used. `collected` counts uses by a proxy. `released` tickets were given back, `waited` members
    joined a waiting list, `offered` and `lapsed` count offers to them, and `promoted` tickets came
    of one. `entries` in a draw were not withdrawn. `income_minor` is the income by supplier id.
    """

    tickets: int
    people_most: int
    admitted: int
    in_parts: int
    collected: int
    no_shows: int
    released: int
    waited: int
    offered: int
    lapsed: int
    promoted: int
    entries: int
    income_minor: dict[str, int]


def figures(facts: Iterable[Fact], drop_id: str) -> Figures:
    """Compute one drop's figures after its end from the whole log; LookupError if it is unknown."""
    tally = _Tally(drop_id)
    for fact in facts:
        tally.take(fact.event)
    return tally.figures()


class _Tally:
    def __init__(self, drop_id: str) -> None:
        self._drop_id = drop_id
        self._plan: Plan | None = None
        self._counts: Counter[type[Event]] = Counter()
        self._held: dict[str, events.Claimed] = {}
        self._offered: set[tuple[str, str]] = set()
        self._promoted = 0
        self._uses: dict[str, list[Used]] = {}

    def take(self, event: Event) -> None:
        match event:
            case Used(grant_id=grant_id) if event.ticket.drop_id == self._drop_id:
                self._uses.setdefault(grant_id, []).append(event)
            case UseUndone(grant_id=grant_id) if event.undone.ticket.drop_id == self._drop_id:
                self._uses[grant_id].remove(event.undone)
            case _ if getattr(event, "drop_id", "") == self._drop_id:
                self._counts[type(event)] += 1
                self._take_drop(event)

    def _take_drop(self, event: Event) -> None:
        match event:
            case events.Announced() | events.Changed() | events.Amended():
                self._plan = event.plan
            case events.Offered():
                self._offered.add((event.slot, event.member_id))
            case events.OfferLapsed():
                self._offered.remove((event.slot, event.member_id))
            case events.Claimed():
                self._held[event.ticket_id] = event
                if (event.slot, event.member_id) in self._offered:
                    self._offered.remove((event.slot, event.member_id))
                    self._promoted += 1
            case events.Released():
                del self._held[event.ticket_id]

    def figures(self) -> Figures:
        if self._plan is None:
            raise LookupError(self._drop_id)
        uses = [self._uses.get(ticket_id, []) for ticket_id in self._held]
        income: Counter[str] = Counter()
        for claimed in self._held.values():
            item, _session = self._plan.slots[claimed.slot]
            income[item.supplier_id] += claimed.places * item.income_minor
        return Figures(
            tickets=len(self._held),
            people_most=sum(claimed.party for claimed in self._held.values()),
            admitted=sum(use.people for each in uses for use in each),
            in_parts=sum(len(each) > 1 for each in uses),
            collected=sum(bool(use.collected_by) for each in uses for use in each),
            no_shows=sum(not each for each in uses),
            released=self._counts[events.Released],
            waited=self._counts[events.Joined],
            offered=self._counts[events.Offered],
            lapsed=self._counts[events.OfferLapsed],
            promoted=self._promoted,
            entries=self._counts[events.Entered] - self._counts[events.EntryWithdrawn],
            income_minor=dict(income),
        )
