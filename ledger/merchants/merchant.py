"""A merchant: a designated business with its outlets and paired tills.

Every verb but `sign` raises MerchantUnknown for a merchant that is not signed, and InputInvalid for
a location that is not valid.
"""

from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.event import Event, stream_namer, topic
from ledger.merchants.location import NOWHERE, Place, check_place
from ledger.merchants.till import Till, TillKeyGiven, TillLimited, changed

CATEGORY = "merchant"
stream = stream_namer(CATEGORY)


class _MerchantEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "merchant_id")

    merchant_id: str


@topic("merchant.signed", "签约商户", "Merchant signed")
class Signed(_MerchantEvent, frozen=True, kw_only=True):
    """A business was designated as a merchant; `categories` empty: it may sell in any category."""

    name: str
    categories: tuple[str, ...] = ()


@topic("merchant.outlet_opened", "开设门店", "Outlet opened")
class OutletOpened(_MerchantEvent, frozen=True, kw_only=True):
    """An outlet of the merchant was opened."""

    outlet_id: str
    name: str
    place: Place = NOWHERE


@topic("merchant.outlet_changed", "变更门店信息", "Outlet changed")
class OutletChanged(_MerchantEvent, frozen=True, kw_only=True):
    """The outlet has this name and location from now on."""

    outlet_id: str
    name: str
    place: Place = NOWHERE


@topic("merchant.suspended", "暂停商户", "Merchant suspended")
class Suspended(_MerchantEvent, frozen=True, kw_only=True):
    """The merchant was suspended and accepts no cards until resumed."""


@topic("merchant.resumed", "恢复商户", "Merchant resumed")
class Resumed(_MerchantEvent, frozen=True, kw_only=True):
    """The suspension of the merchant ended."""


@topic("merchant.till_paired", "配对收银端", "Till paired")
class TillPaired(_MerchantEvent, frozen=True, kw_only=True):
    """A till was paired with an outlet; `key_hash` is the SHA-256 (hex) of its API key's secret."""

    till_id: str
    outlet_id: str
    key_hash: str


@topic("merchant.till_revoked", "停用收银端", "Till revoked")
class TillRevoked(_MerchantEvent, frozen=True, kw_only=True):
    """The pairing of a till was revoked for good."""

    till_id: str


OutletEvent = OutletOpened | OutletChanged
TillEvent = TillPaired | TillRevoked | TillLimited | TillKeyGiven
MerchantEvent = Signed | OutletEvent | Suspended | Resumed | TillEvent


class Merchant(msgspec.Struct, frozen=True):
    """The state of a merchant: names and places of outlets by outlet id, tills by till id.

    An empty `merchant_id` means that none was signed; no categories, that any is accepted.
    """

    merchant_id: str = ""
    name: str = ""
    categories: tuple[str, ...] = ()
    suspended: bool = False
    outlets: Map[str, str] = Map()
    tills: Map[str, Till] = Map()
    places: Map[str, Place] = Map()

    def category_or_only(self, named: str | None) -> str | None:
        """Return `named`; if None, the merchant's only category (None if none or several)."""
        only = self.categories[0] if len(self.categories) == 1 else None
        return only if named is None else named


INITIAL = Merchant()


def evolve(state: Merchant, event: MerchantEvent) -> Merchant:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Signed():
            return Merchant(event.merchant_id, event.name, event.categories)
        case OutletOpened() | OutletChanged():
            return replace(
                state,
                outlets=state.outlets.set(event.outlet_id, event.name),
                places=state.places.set(event.outlet_id, event.place),
            )
        case Suspended():
            return replace(state, suspended=True)
        case Resumed():
            return replace(state, suspended=False)
        case TillPaired():
            till = Till(event.till_id, event.outlet_id, event.key_hash)
            return replace(state, tills=state.tills.set(event.till_id, till))
        case TillRevoked():
            till = msgspec.structs.replace(state.tills[event.till_id], revoked=True)
            return replace(state, tills=state.tills.set(event.till_id, till))
        case TillLimited() | TillKeyGiven():
            till = changed(state.tills[event.till_id], event)
            return replace(state, tills=state.tills.set(event.till_id, till))
        case _:
            assert_never(event)


def sign(
    state: Merchant, *, merchant_id: str, name: str, categories: tuple[str, ...]
) -> list[Event]:
    """Designate a merchant; a repeat returns no events, other values for the id are refused."""
    if state.merchant_id:
        if (state.name, state.categories) == (name, categories):
            return []
        raise errors.MerchantAlreadySigned
    return [Signed(merchant_id=merchant_id, name=name, categories=categories)]


def open_outlet(
    state: Merchant, *, outlet_id: str, name: str, place: Place = NOWHERE
) -> list[Event]:
    """Open an outlet; an id already open returns no events and keeps its name and location."""
    check_known(state)
    check_place(place)
    if outlet_id in state.outlets:
        return []
    return [
        OutletOpened(merchant_id=state.merchant_id, outlet_id=outlet_id, name=name, place=place)
    ]


def change_outlet(state: Merchant, *, outlet_id: str, name: str, place: Place) -> list[Event]:
    """Record a name and location of an open outlet; the present ones return no events."""
    check_known(state)
    check_place(place)
    if outlet_id not in state.outlets:
        raise errors.OutletUnknown(outlet=outlet_id)
    if (state.outlets[outlet_id], state.places.get(outlet_id)) == (name, place):
        return []
    return [
        OutletChanged(merchant_id=state.merchant_id, outlet_id=outlet_id, name=name, place=place)
    ]


def suspend(state: Merchant) -> list[Event]:
    """Suspend the merchant, which then accepts no cards; a suspended one returns no events."""
    check_known(state)
    return [] if state.suspended else [Suspended(merchant_id=state.merchant_id)]


def resume(state: Merchant) -> list[Event]:
    """End the suspension of the merchant; one that is not suspended returns no events."""
    check_known(state)
    return [Resumed(merchant_id=state.merchant_id)] if state.suspended else []


def pair_till(state: Merchant, *, till_id: str, outlet_id: str, key_hash: str) -> list[Event]:
    """Pair a till with an outlet; a repeat with the same outlet and key hash returns no events.

    `key_hash` is the SHA-256, in hex, of the secret part of the till's API key. An unknown outlet
    raises OutletUnknown; a till id paired otherwise, or revoked, TillAlreadyPaired.
    """
    check_known(state)
    if outlet_id not in state.outlets:
        raise errors.OutletUnknown(outlet=outlet_id)
    if till_id in state.tills:
        known = state.tills[till_id]
        if (known.outlet_id, known.key_hash, known.revoked) == (outlet_id, key_hash, False):
            return []
        raise errors.TillAlreadyPaired
    return [
        TillPaired(
            merchant_id=state.merchant_id, till_id=till_id, outlet_id=outlet_id, key_hash=key_hash
        )
    ]


def revoke_till(state: Merchant, *, till_id: str) -> list[Event]:
    """Revoke a till for good; a revoked one returns no events, an unknown one is refused."""
    check_known(state)
    till = state.tills.get(till_id)
    if till is None:
        raise errors.TillUnknown
    return [] if till.revoked else [TillRevoked(merchant_id=state.merchant_id, till_id=till_id)]


def live_till(state: Merchant, till_id: str) -> Till:
    """Return a till, of a suspended merchant too, or raise TillUnknown or TillRevoked."""
    till = state.tills.get(till_id)
    if till is None:
        raise errors.TillUnknown
    if till.revoked:
        raise errors.TillRevoked
    return till


def check_open(state: Merchant) -> None:
    """Raise MerchantUnknown or MerchantSuspended unless the merchant accepts cards."""
    check_known(state)
    if state.suspended:
        raise errors.MerchantSuspended


def check_known(state: Merchant) -> None:
    """Raise MerchantUnknown unless the merchant was signed."""
    if not state.merchant_id:
        raise errors.MerchantUnknown
