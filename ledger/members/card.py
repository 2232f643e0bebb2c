"""A card: one piece of plastic or one picture on a phone that identifies a member.

The verbs refuse a card that is unknown, replaced, expired or closed; `close` and `expire`, an
unknown one alone.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer, topic

CATEGORY = "card"
stream = stream_namer(CATEGORY)


class _CardEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "card_id")

    card_id: str


@topic("card.issued", "发卡", "Card issued")
class Issued(_CardEvent, frozen=True, kw_only=True):
    """A card was issued to a member. `last_day` None: no end. `replaces` is any old card's id."""

    member_id: str
    last_day: date | None = None
    replaces: str | None = None


@topic("card.code_printed", "印制卡码", "Code printed")
class CodePrinted(_CardEvent, frozen=True, kw_only=True):
    """A code was printed, which ends an earlier print. The log keeps the hash of its number."""

    code_hash: str


@topic("card.blocked", "挂失", "Card blocked")
class Blocked(_CardEvent, frozen=True, kw_only=True):
    """The card was reported lost."""


@topic("card.unblocked", "解除挂失", "Card unblocked")
class Unblocked(_CardEvent, frozen=True, kw_only=True):
    """A blocked card was found again and is live."""


@topic("card.replaced", "换卡", "Card replaced")
class Replaced(_CardEvent, frozen=True, kw_only=True):
    """The card `replaced_by` took the place of this one, which is no longer valid."""

    replaced_by: str


@topic("card.expired", "会员卡到期", "Card expired")
class Expired(_CardEvent, frozen=True, kw_only=True):
    """The last day of the card has passed, and the card is no longer valid."""


@topic("card.closed", "注销会员卡", "Card closed")
class Closed(_CardEvent, frozen=True, kw_only=True):
    """The card was closed for good and is never valid again."""


@topic("card.device_certified", "手机可出码", "Phone may show codes")
class DeviceCertified(_CardEvent, frozen=True, kw_only=True):
    """A device may sign codes of the card until `until`; `device_id` is its key's thumbprint.

    `public_key` is in hex; `day` is the day of the certification in the zone of the rules.
    """

    device_id: str
    algorithm: str
    public_key: str
    until: datetime
    day: date = date.min


@topic("card.device_revoked", "手机停止出码", "Phone shows codes no longer")
class DeviceRevoked(_CardEvent, frozen=True, kw_only=True):
    """A device may no longer sign codes of the card."""

    device_id: str


DeviceEvent = DeviceCertified | DeviceRevoked
CardEvent = Issued | CodePrinted | Blocked | Unblocked | Replaced | Expired | Closed | DeviceEvent


class Status(StrEnum):
    """The status of a card; NONE means that it was never issued."""

    NONE = "none"
    LIVE = "live"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    CLOSED = "closed"


class Device(msgspec.Struct, frozen=True):
    """The device that may sign the codes of a card; `until` (UTC) is the end of its certificate.

    `device_id` is the thumbprint of its key, and `algorithm` the algorithm of that key.
    """

    device_id: str
    algorithm: str
    until: datetime


class Card(msgspec.Struct, frozen=True):
    """The state of a card. None: no last day, no printed code, no certified device.

    An empty `card_id` means never issued. `code_hash` is the hash of the printed number.
    `certified_count` is the number of times a device was certified on `certified_day`, the latest
    day with a certification; `date.min` before the first.
    """

    card_id: str = ""
    member_id: str = ""
    status: Status = Status.NONE
    last_day: date | None = None
    code_hash: str | None = None
    device: Device | None = None
    certified_day: date = date.min
    certified_count: int = 0


INITIAL = Card()


def evolve(state: Card, event: CardEvent) -> Card:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Issued():
            return Card(event.card_id, event.member_id, Status.LIVE, event.last_day)
        case CodePrinted():
            return replace(state, code_hash=event.code_hash)
        case Blocked():
            return replace(state, status=Status.BLOCKED)
        case Unblocked():
            return replace(state, status=Status.LIVE)
        case Replaced():
            return replace(state, status=Status.REPLACED)
        case Expired():
            return replace(state, status=Status.EXPIRED)
        case Closed():
            return replace(state, status=Status.CLOSED)
        case DeviceCertified():
            again = event.day == state.certified_day
            return replace(
                state,
                device=Device(event.device_id, event.algorithm, event.until),
                certified_day=event.day,
                certified_count=state.certified_count + 1 if again else 1,
            )
        case DeviceRevoked():
            return replace(state, device=None)
        case _:
            assert_never(event)


def read_with(state: Card) -> Iterator[str]:
    """Yield the names of streams that requests for a card usually read too: those of its member."""
    if state.member_id:
        yield from (f"{one}-{state.member_id}" for one in ("member", "grant", "redemption"))


def issue(
    state: Card,
    *,
    card_id: str,
    member_id: str,
    last_day: date | None = None,
    replaces: str | None = None,
) -> list[Event]:
    """Issue this card to a member; `last_day` is its last valid day (None: it has no end).

    `replaces` is the id of the card that this one replaces, or None. An id can be issued only once:
    CardAlreadyIssued.
    """
    if state.status is not Status.NONE:
        raise errors.CardAlreadyIssued
    return [Issued(card_id=card_id, member_id=member_id, last_day=last_day, replaces=replaces)]


def print_code(state: Card, *, code_hash: str, today: date) -> list[Event]:
    """Record the hash of a live card's printed code, in place of any other; a repeat: no events."""
    check_live(state, today)
    if state.code_hash == code_hash:
        return []
    return [CodePrinted(card_id=state.card_id, code_hash=code_hash)]


def block(state: Card) -> list[Event]:
    """Block a card reported lost; a blocked one returns no events, one that is over is refused."""
    if state.status is Status.BLOCKED:
        return []
    _check_not_over(state)
    return [Blocked(card_id=state.card_id)]


def unblock(state: Card) -> list[Event]:
    """Unblock a card found again; a live one returns no events, one that is over is refused."""
    if state.status is Status.LIVE:
        return []
    _check_not_over(state)
    return [Unblocked(card_id=state.card_id)]


def replace(state: Card, *, replaced_by: str, today: date) -> list[Event]:
    """Record that the card `replaced_by` takes the place of this live or blocked one for good."""
    _check_not_over(state)
    _check_not_past(state, today)
    return [Replaced(card_id=state.card_id, replaced_by=replaced_by)]


def expire(state: Card, *, today: date) -> list[Event]:
    """Record that a live or blocked card is past its last day; else no events if it was issued."""
    if state.status is Status.NONE:
        raise errors.CardUnknown
    if state.status not in {Status.LIVE, Status.BLOCKED} or not _past(state, today):
        return []
    return [Expired(card_id=state.card_id)]


def close(state: Card) -> list[Event]:
    """Close an issued card for good, in any status; a closed card returns no events."""
    if state.status is Status.NONE:
        raise errors.CardUnknown
    return [] if state.status is Status.CLOSED else [Closed(card_id=state.card_id)]


def check_live(state: Card, today: date) -> None:
    """Raise a refusal unless the card is live and `today` is not after its last day."""
    if state.status is Status.BLOCKED:
        raise errors.CardBlocked
    _check_not_over(state)
    _check_not_past(state, today)


def _check_not_over(state: Card) -> None:
    match state.status:
        case Status.NONE:
            raise errors.CardUnknown
        case Status.REPLACED:
            raise errors.CardReplaced
        case Status.EXPIRED:
            raise errors.CardExpired(last_day=str(state.last_day))
        case Status.CLOSED:
            raise errors.CardClosed
        case Status.LIVE | Status.BLOCKED:
            return
        case _:
            assert_never(state.status)


def _check_not_past(state: Card, today: date) -> None:
    if _past(state, today):
        raise errors.CardExpired(last_day=str(state.last_day))


def _past(state: Card, today: date) -> bool:
    return state.last_day is not None and today > state.last_day
