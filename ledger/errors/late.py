"""What goes wrong with redemptions that arrive late: of a till that was offline."""

from __future__ import annotations

from ledger.errors.base import Refusal, Unacceptable


class AmountsDiffer(Refusal):
    """By the terms another amount was to be taken off, or others had to pay it."""


class OverFloorLimit(Refusal):
    """The till gave more offline than an officer lets it."""


class ArrivedTooLate(Refusal):
    """The till kept it to itself for longer than is waited for."""


class ClockWrong(Refusal):
    """By the till's clock the scan lies ahead of its arrival, or before the till's last sync."""


class CodeNotVerified(Refusal):
    """The code that was scanned was not one of ours, or did not hold at the time of the scan."""


class SlipForged(Unacceptable):
    """The till's key did not sign this, or the mark of its last sync is not one we gave it."""


class DeviceKeyMissing(Unacceptable):
    """The till never said which key it signs with."""


class NumberReused(Unacceptable):
    """The number belongs to another redemption of the till."""


class NumberTooFar(Unacceptable):
    """Too many numbers would be missing before this one."""
