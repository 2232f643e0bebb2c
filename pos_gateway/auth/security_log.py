"""The security log: attempts to get in, refused access and changed credentials.

It is kept apart from the ledger, in a table that forgets. Events wait in memory for a second, so
that noting one takes no time and nobody floods the database; a crash loses those of that second.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, Literal, Self

from ledger.errors import Busy
from ledger.store import security_rows
from ledger.store.security_rows import SecurityEvent
from ledger.store.side_tables import Side
from pos_gateway.auth.sealing import Sealing

KEPT_FOR = timedelta(days=200)
KEPT_MAX = 200_000
"""The age and the number of events that are kept; the law asks for six months."""

TRIM_EVERY = 100
"""The writes of a process from one removal of old events to the next."""

WAITING_MAX = 10_000
"""The most events that wait to be written; the oldest of more are dropped."""

Event = Literal[
    "sign_in",
    "sign_out",
    "sessions_ended",
    "role_refused",
    "form_refused",
    "invitation_made",
    "invitation_used",
    "credential_changed",
    "member_key_changed",
    "member_read",
    "till_pairing",
    "till_revoked",
]
Outcome = Literal["ok", "failed", "locked_out", "refused", "alarm"]

_ADDRESS_CHARACTERS = 12
_NETWORK_BITS = 64

_log = logging.getLogger(__name__)


class SecurityLog:
    """The security events; safe to share between threads and processes.

    `open` makes it. Reading raises Busy where the database does not answer in time.
    """

    def __init__(self, side: Side, sealing: Sealing, clock: Callable[[], datetime]) -> None:
        self._side, self._sealing, self._now = side, sealing, clock
        self._waiting: deque[SecurityEvent] = deque(maxlen=WAITING_MAX)
        self._writing, self._writes = threading.Lock(), 0

    @classmethod
    def open(cls, url: str, sealing: Sealing, clock: Callable[[], datetime]) -> Self:
        """Open the log at a database URL, and make its table where it is missing."""
        side = Side(url, security_rows.PART)
        side.create()
        return cls(side, sealing, clock)

    def note(
        self,
        event: Event,
        outcome: Outcome = "ok",
        *,
        subject: str = "",
        about: str = "",
        address: str = "",
    ) -> None:
        """Note an event now; `subject` is a known id, and nothing is what a stranger typed.

        The network of `address` is blinded: the same one reads the same for a day.
        """
        now = self._now()
        if address:
            blinded = self._sealing.blind("security", str(now.date()), network_of(address))
            address = blinded[:_ADDRESS_CHARACTERS]
        self._waiting.append(SecurityEvent(now, event, outcome, subject, about, address))

    def events(self, **asked: Any) -> list[SecurityEvent]:
        """Return events, the latest first, those of this process up to now; see `event_rows`."""
        self.write()
        with self._side.reading() as connection:
            return security_rows.event_rows(connection, **asked)

    def write_on(self, wait: Callable[[float], bool]) -> None:
        """Write what waits every second, until `wait(seconds)`, a sleep, returns true."""
        while not wait(1.0):
            try:
                self.write()
            except Busy:
                _log.warning("the security log cannot be written yet")

    def write(self) -> None:
        """Write the events that wait; they wait on where the database does not answer: Busy."""
        with self._writing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not events:
                return
            try:
                with self._side.writing() as connection:
                    security_rows.add_events(connection, events)
                    if self._writes % TRIM_EVERY == 0:
                        since = self._now() - KEPT_FOR
                        security_rows.trim_events(connection, since=since, most=KEPT_MAX)
            except BaseException:
                self._waiting.extendleft(reversed(events))
                raise
            self._writes += 1

    def close(self) -> None:
        """Write what waits, if the database answers, and close every connection."""
        with suppress(Busy):
            self.write()
        self._side.close()


def network_of(address: str) -> str:
    """Return the network that a client has: an IPv4 address, the /64 of IPv6, or other text."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or ip_network((found, _NETWORK_BITS), strict=False))
