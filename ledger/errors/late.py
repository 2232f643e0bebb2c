"""Refusals and faults of redemptions that an offline till reports late."""

from __future__ import annotations

from ledger.errors.base import Refusal, Unacceptable


class AmountsDiffer(Refusal):
    """The terms give another discount, or another split of its cost."""


class OverFloorLimit(Refusal):
    """The till gave more offline than its floor limits allow."""


class ArrivedTooLate(Refusal):
    """The till reported the redemption after the deadline."""


class ClockWrong(Refusal):
    """The till's clock puts the scan after its arrival or before the till's last sync."""


class CodeNotVerified(Refusal):
    """The scanned code was not issued by us, or was not valid at the time of the scan."""


class SlipForged(Unacceptable):
    """The signature is not of the till's key, or the sync receipt was not issued by us."""


class DeviceKeyMissing(Unacceptable):
    """The till never registered its signing key."""


class NumberReused(Unacceptable):
    """Another redemption of the till has this number."""


class NumberTooFar(Unacceptable):
    """Too many of the till's numbers would be missing before this one."""
