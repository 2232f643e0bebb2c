"""A writer with its own time, for stories and for replays of the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ledger.store import Log
from ledger.write.request import Request
from ledger.write.writer import BatchReport, Writer, WriterLimits


class TimedWriter(Writer):
    """A writer that records each request at the time a function tells, not at the database's."""

    def __init__(
        self,
        log: Log,
        limits: WriterLimits,
        on_batch: Callable[[BatchReport], None] | None,
        told_time: Callable[[], datetime],
    ) -> None:
        """Start the thread; `told_time` returns the time of each request (aware)."""
        super().__init__(log, limits, on_batch)
        self._told_time = told_time

    def time(self) -> datetime:
        """Return the time that `told_time` tells now."""
        return self._told_time()

    def submit(self, request: Request) -> None:
        """Queue a request without waiting for it; without its own `at`, it takes the told time."""
        request.at = request.at or self._told_time()
        super().submit(request)
