"""An offer: a discount open to every eligible card, with its kind, terms and total so far.

The verbs raise OfferUnknown for an offer that was never published, OfferEnded for one that has
ended, and TermsInvalid for terms that contradict themselves.
"""

from enum import StrEnum
from typing import Any, assert_never

import msgspec

from ledger import errors
from ledger.benefits import Benefit, benefit, checked_benefit, same_terms
from ledger.benefits.terms import Rules
from ledger.benefits.terms_check import check_terms
from ledger.event import Event, stream_namer, topic

CATEGORY = "offer"
stream = stream_namer(CATEGORY)


class _OfferEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "offer_id")

    offer_id: str


@topic("offer.published", "发布优惠", "Offer published")
class Published(_OfferEvent, frozen=True, kw_only=True):
    """An offer was published; `terms` are the fields of its kind, `rules` those of every kind."""

    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()
    programme: str = ""


@topic("offer.changed", "修改优惠", "Offer changed")
class Changed(_OfferEvent, frozen=True, kw_only=True):
    """The offer has this title, kind, terms and rules from now on."""

    title: str
    kind: str
    terms: dict[str, Any]
    rules: Rules = Rules()


@topic("offer.suspended", "暂停优惠", "Offer suspended")
class Suspended(_OfferEvent, frozen=True, kw_only=True):
    """The offer was suspended: it cannot be used until resumed."""


@topic("offer.resumed", "恢复优惠", "Offer resumed")
class Resumed(_OfferEvent, frozen=True, kw_only=True):
    """The suspension of the offer ended."""


@topic("offer.ended", "终止优惠", "Offer ended")
class Ended(_OfferEvent, frozen=True, kw_only=True):
    """The offer ended for good and cannot be resumed."""


@topic("offer.given", "计入优惠总额", "Counted to the offer's ceiling")
class Given(_OfferEvent, frozen=True, kw_only=True):
    """Amounts of a redemption were counted to the offer's ceilings; negative for its reversal."""

    redemption_id: str
    covered_minor: int
    union_share_minor: int


OfferEvent = Published | Changed | Suspended | Resumed | Ended | Given


class Status(StrEnum):
    """The status of an offer; NONE means that it was never published."""

    NONE = "none"
    OPEN = "open"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Offer(msgspec.Struct, frozen=True):
    """The state of an offer. Its two totals, in minor units, are counted only under a ceiling.

    `given_minor` is the discount given in all, and `given_by_union_minor` the union's share of it.
    An empty `programme`: none was named.
    """

    offer_id: str = ""
    title: str = ""
    kind: str = ""
    terms: dict[str, Any] = {}
    rules: Rules = Rules()
    programme: str = ""
    status: Status = Status.NONE
    given_minor: int = 0
    given_by_union_minor: int = 0

    @property
    def benefit(self) -> Benefit:
        """The benefit of the offer's kind and terms; an unknown kind raises TermsInvalid."""
        return benefit(self.kind, self.terms)


INITIAL = Offer()


def evolve(state: Offer, event: OfferEvent) -> Offer:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Given():
            return replace(
                state,
                given_minor=state.given_minor + event.covered_minor,
                given_by_union_minor=state.given_by_union_minor + event.union_share_minor,
            )
        case Published():
            return Offer(**msgspec.structs.asdict(event), status=Status.OPEN)
        case Changed():
            return replace(state, **msgspec.structs.asdict(event))
        case Suspended():
            return replace(state, status=Status.SUSPENDED)
        case Resumed():
            return replace(state, status=Status.OPEN)
        case Ended():
            return replace(state, status=Status.ENDED)
        case _:
            assert_never(event)


def publish(
    state: Offer,
    *,
    offer_id: str,
    title: str,
    kind: str,
    terms: dict[str, Any],
    rules: Rules,
    programme: str = "",
) -> list[Event]:
    """Publish an offer, open at once; a repeat returns no events, other values are refused."""
    if state.status is not Status.NONE:
        if state.programme == programme and _is_same(state, title, kind, terms, rules):
            return []
        raise errors.OfferAlreadyPublished
    _check(kind, terms, rules)
    return [
        Published(
            offer_id=offer_id, title=title, kind=kind, terms=terms, rules=rules, programme=programme
        )
    ]


def change(
    state: Offer, *, title: str, kind: str, terms: dict[str, Any], rules: Rules
) -> list[Event]:
    """Give the offer these title, kind, terms and rules; the present ones return no events."""
    _check_not_over(state)
    _check(kind, terms, rules)
    if _is_same(state, title, kind, terms, rules):
        return []
    return [Changed(offer_id=state.offer_id, title=title, kind=kind, terms=terms, rules=rules)]


def suspend(state: Offer) -> list[Event]:
    """Suspend the offer from use; a suspended one returns no events, an ended one is refused."""
    _check_not_over(state)
    return [] if state.status is Status.SUSPENDED else [Suspended(offer_id=state.offer_id)]


def resume(state: Offer) -> list[Event]:
    """End the suspension of the offer; an open one returns no events, an ended one is refused."""
    _check_not_over(state)
    return [] if state.status is Status.OPEN else [Resumed(offer_id=state.offer_id)]


def end(state: Offer) -> list[Event]:
    """End the offer for good; an ended offer returns no events."""
    if state.status is Status.NONE:
        raise errors.OfferUnknown
    return [] if state.status is Status.ENDED else [Ended(offer_id=state.offer_id)]


def give(
    state: Offer, *, redemption_id: str, covered_minor: int, union_share_minor: int
) -> list[Event]:
    """Count a redemption's amounts towards the ceilings; no events if the offer has none."""
    return [_given(state, redemption_id, covered_minor, union_share_minor)] if counts(state) else []


def take_back(
    state: Offer, *, redemption_id: str, covered_minor: int, union_share_minor: int
) -> list[Event]:
    """Subtract a reversed redemption's amounts, even if the rules set no ceiling any more."""
    return [_given(state, redemption_id, -covered_minor, -union_share_minor)]


def counts(state: Offer) -> bool:
    """Return whether the rules set a ceiling of the offer's total or the union's share of it."""
    ceilings = state.rules.ceilings
    return ceilings.per_offer_minor is not None or ceilings.per_fund_minor is not None


def check_open(state: Offer) -> None:
    """Raise a refusal for an offer not published, suspended or ended; do not check its days."""
    _check_not_over(state)
    if state.status is Status.SUSPENDED:
        raise errors.OfferSuspended


def _given(state: Offer, redemption_id: str, covered_minor: int, union_share_minor: int) -> Event:
    return Given(
        offer_id=state.offer_id,
        redemption_id=redemption_id,
        covered_minor=covered_minor,
        union_share_minor=union_share_minor,
    )


def _check_not_over(state: Offer) -> None:
    if state.status is Status.NONE:
        raise errors.OfferUnknown
    if state.status is Status.ENDED:
        raise errors.OfferEnded


def _is_same(state: Offer, title: str, kind: str, terms: dict[str, Any], rules: Rules) -> bool:
    known = (state.title, state.kind, state.rules)
    return known == (title, kind, rules) and same_terms(kind, state.terms, terms)


def _check(kind: str, terms: dict[str, Any], rules: Rules) -> None:
    checked_benefit(kind, terms)
    check_terms(rules)
