"""The events of a card: issued, blocked, replaced, and the device that signs its codes."""

from __future__ import annotations

from datetime import date, datetime

from ledger.event import Event, topic


class _CardEvent(Event, frozen=True, kw_only=True):
    STREAM = ("card", "card_id")

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
