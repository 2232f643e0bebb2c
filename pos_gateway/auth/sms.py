"""Senders of one-time codes: an HTTP gateway for messages, or a file shown on a page."""

import fcntl
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Protocol

import msgspec

KEPT_MAX = 100
"""The number of messages that the outbox keeps."""

TIMEOUT_SECONDS = 5
WAITING_MAX = 1_000
"""The most messages that wait; further ones are dropped, and people ask again."""

_TAKEN = 2
"""The first digit of a success status, 2xx; redirects are not followed."""

_log = logging.getLogger(__name__)


class Sender(Protocol):
    """A channel for text messages to phones."""

    def send(self, phone: str, text: str) -> None:
        """Send a text to a phone; a failure may be logged and is not raised."""


class Message(msgspec.Struct, frozen=True):
    """One message in the outbox, with the time when it was sent."""

    at: datetime
    phone: str
    text: str


class Outbox:
    """A private file with the latest 100 messages, in place of real phones, for demonstrations."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    def send(self, phone: str, text: str) -> None:
        """Add a message, and drop the oldest beyond KEPT_MAX."""
        message = Message(self._clock(), phone, text)
        self._rewrite(lambda lines: [*lines, msgspec.json.encode(message)][-KEPT_MAX:])

    def forget(self, *, before: datetime) -> None:
        """Remove the messages sent before a time."""

        def kept(line: bytes) -> bool:
            return msgspec.json.decode(line, type=Message).at >= before

        if self._path.exists():
            self._rewrite(lambda lines: [*filter(kept, lines)])

    def _rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(opened, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = change(file.read().splitlines())
            file.seek(0)
            file.truncate()
            file.write(b"".join(line + b"\n" for line in lines))

    def messages(self) -> list[Message]:
        """Return the messages, the newest first; an outbox without a file is empty."""
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        return [msgspec.json.decode(line, type=Message) for line in reversed(lines)]


class Webhook:
    """The message gateway of a federation, which takes `{"phone": …, "text": …}` by POST."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, phone: str, text: str) -> None:
        """Post a message; a failure, or a status that is not 2xx, is logged and not raised."""
        import requests  # noqa: PLC0415 - no command sends, and it takes long to load

        try:
            answer = requests.post(
                self._url,
                json={"phone": phone, "text": text},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            )
            answer.close()
            if answer.status_code // 100 != _TAKEN:
                _log.error("the gateway for messages answers %s", answer.status_code)
        except requests.RequestException as error:
            _log.error("the gateway for messages is out of reach: %s", type(error).__name__)


class BackgroundSender:
    """A sender that queues messages, so that response times do not reveal if one was sent."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._room = BoundedSemaphore(WAITING_MAX)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="sender")

    def send(self, phone: str, text: str) -> None:
        """Queue a message and return at once; drop and log it where WAITING_MAX messages wait."""
        if not self._room.acquire(blocking=False):
            _log.error("a message was dropped: too many wait")
            return
        self._threads.submit(self._send, phone, text)

    def close(self) -> None:
        """Send all waiting messages, then stop the threads."""
        self._threads.shutdown()

    def _send(self, phone: str, text: str) -> None:
        try:
            self._sender.send(phone, text)
        except OSError as error:
            _log.error("a message was not sent: %s", type(error).__name__)
        finally:
            self._room.release()
