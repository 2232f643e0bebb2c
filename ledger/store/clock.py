"""A slewed clock: it follows a wall clock slowly, and believes no jump of that clock."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

STEP_MAX = timedelta(seconds=60)
"""The largest difference that is slewed: a larger one is a jump, for an officer to confirm."""

SLEW = 1_000
"""The divisor of elapsed time that bounds the correction: at most one millisecond a second."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def process_time() -> datetime:
    """Return the time of this process's system clock (aware, UTC)."""
    return datetime.now(UTC)


def boot_time() -> int:
    """Return nanoseconds since this machine started, sleep included; nobody can set this clock."""
    return time.clock_gettime_ns(_BOOT_CLOCK)


class SlewedClock:
    """The time of a wall clock, advanced by a clock that nobody can set; thread-safe.

    It starts at the first reading of the wall clock. Later differences are corrected slowly, as NTP
    does, so that the time neither jumps nor falls. While the difference is above STEP_MAX, forwards
    or backwards, the wall clock has no effect, unless `adopt` takes the difference over.
    """

    def __init__(self, boot: Callable[[], int] = boot_time) -> None:
        """Follow the clock `boot`, which counts nanoseconds from any start."""
        self._boot = boot
        self._lock = threading.Lock()
        self._read_at: int | None = None
        self._time = 0
        self._off = 0

    def time(self, read: datetime) -> datetime:
        """Return the current time, given a fresh reading of the wall clock (aware)."""
        wall = (read - _EPOCH) // _MICROSECOND * 1_000
        with self._lock:
            now = self._boot()
            expected = wall if self._read_at is None else self._at(now, self._read_at)
            off = wall - expected
            if abs(off) > STEP_MAX // _MICROSECOND * 1_000:
                off = 0
            self._read_at, self._time, self._off = now, expected, off
            return _instant(expected)

    def estimate(self) -> datetime | None:
        """Return the current time without a reading; None before the first reading."""
        with self._lock:
            if self._read_at is None:
                return None
            return _instant(self._at(self._boot(), self._read_at))

    def adopt(self, jump: timedelta) -> None:
        """Add a confirmed jump of the wall clock to the time."""
        with self._lock:
            self._time += jump // _MICROSECOND * 1_000

    def _at(self, now: int, read_at: int) -> int:
        elapsed = now - read_at
        drawn = elapsed // SLEW
        return self._time + elapsed + max(-drawn, min(self._off, drawn))


def _instant(nanoseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=nanoseconds // 1_000)
