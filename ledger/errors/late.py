"""Refusals and faults of redemptions that an offline till reports late."""

from __future__ import annotations

from ledger.errors.base import Refusal, Unacceptable


class AmountsDiffer(Refusal):
    """The till gave another discount than the terms, or split its cost otherwise."""


class OverFloorLimit(Refusal):
    """The till gave more offline than its floor limits allow."""


class ArrivedTooLate(Refusal):
    """The till reported the redemption more than `days` days after the scan."""


class ClockWrong(Refusal):
    """The till's clock puts the scan after its arrival or before the till's last sync."""


class CodeNotVerified(Refusal):
    """The scanned code was not issued by us, or was not valid at the time of the scan."""


class SlipForged(Unacceptable):
    """The slip's signature is not by the till's key, or its sync receipt was not issued by us."""


class DeviceKeyMissing(Unacceptable):
    """The till never registered its signing key."""


class NumberReused(Unacceptable):
    """The number of this redemption arrived before, for another redemption of the till."""


class NumberTooFar(Unacceptable):
    """More than `most` of the till's numbers would be missing before this one."""
