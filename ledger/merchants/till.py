"""A till: a paired device, the key it signs with, and what it may redeem while it is offline."""

from __future__ import annotations

import re

import msgspec

from ledger import errors
from ledger.event import Event, topic
from ledger.money import AMOUNT_MAX

REDEMPTIONS_MOST = 500
"""The most redemptions a till may be let do offline between two syncs."""

HOURS_MOST = 14 * 24
"""The longest a till may be let redeem without a sync."""

_KEY = re.compile(r"[0-9a-f]{64}|04[0-9a-f]{128}")


class FloorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a till may redeem on its own, counted from its last sync; nought forbids it.

    So many redemptions, so much taken off in all (the merchant's and the union's share, in minor
    units), within so many hours. The name is that of EMV, where it bounds what a terminal may
    accept without asking.
    """

    redemptions: int = 30
    amount_minor: int = 500_00
    hours: int = 24


USUAL = FloorLimits()
"""The limits of a till for which no officer set any."""


class Till(msgspec.Struct, frozen=True):
    """A paired device; `device_key` is the public key of its latest `series` of numbers."""

    till_id: str
    outlet_id: str
    key_hash: str
    revoked: bool = False
    limits: FloorLimits = USUAL
    device_key: str = ""
    series: int = 0


class _TillEvent(Event, frozen=True, kw_only=True):
    merchant_id: str
    till_id: str

    @property
    def stream(self) -> str:
        return f"merchant-{self.merchant_id}"


@topic("merchant.till_limited", "设定离线限额", "Offline limits set")
class TillLimited(_TillEvent, frozen=True, kw_only=True):
    """An officer said what a till may redeem offline."""

    limits: FloorLimits


@topic("merchant.till_key_given", "登记收银端签名钥", "Till's signing key given")
class TillKeyGiven(_TillEvent, frozen=True, kw_only=True):
    """From now on the till signs with this key, and begins a new series of numbers."""

    device_key: str
    series: int


def changed(till: Till, event: TillLimited | TillKeyGiven) -> Till:
    """The till after one more event."""
    if isinstance(event, TillLimited):
        return msgspec.structs.replace(till, limits=event.limits)
    return msgspec.structs.replace(till, device_key=event.device_key, series=event.series)


def limit(till: Till, *, merchant_id: str, limits: FloorLimits) -> list[Event]:
    """Say what a till may redeem offline; the same again changes nothing.

    Raises:
        InputInvalid: a limit is below nought, or beyond what any till may do.

    """
    for field, most in (
        ("redemptions", REDEMPTIONS_MOST),
        ("amount_minor", AMOUNT_MAX),
        ("hours", HOURS_MOST),
    ):
        value = getattr(limits, field)
        if type(value) is not int or not 0 <= value <= most:
            raise errors.InputInvalid(field=field, most=most)
    if till.limits == limits:
        return []
    return [TillLimited(merchant_id=merchant_id, till_id=till.till_id, limits=limits)]


def give_key(till: Till, *, merchant_id: str, device_key: str) -> list[Event]:
    """Note the public key a till signs with: Ed25519, 32 bytes, or P-256, 65, in hex.

    Raises:
        InputInvalid: it has the shape of neither.

    """
    if not _KEY.fullmatch(device_key):
        raise errors.InputInvalid(field="key")
    if till.device_key == device_key:
        return []
    return [
        TillKeyGiven(
            merchant_id=merchant_id,
            till_id=till.till_id,
            device_key=device_key,
            series=till.series + 1,
        )
    ]
