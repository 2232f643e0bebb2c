"""A writer with its own time, for stories and for replays of the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ledger.store import Log
from ledger.write.request import Request
from ledger.write.writer import BatchReport, Writer, WriterLimits


class TimedWriter(Writer):
    """A writer that records each request at a given time instead of the database's."""

    def __init__(
        self,
        log: Log,
        limits: WriterLimits,
        on_batch: Callable[[BatchReport], None] | None,
        told_time: Callable[[], datetime],
    ) -> None:
        """Take the time from a function."""
        super().__init__(log, limits, on_batch)
        self._told_time = told_time

    def time(self) -> datetime:
        """Return the time as told."""
        return self._told_time()

    def submit(self, request: Request) -> None:
        """Queue a request without waiting for it, at the time as told unless it has its own."""
        request.at = request.at or self._told_time()
        super().submit(request)
