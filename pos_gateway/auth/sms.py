"""How a one-time code reaches a phone: by a gateway for messages, or a file shown on a page."""

from __future__ import annotations

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
import requests

KEPT_MAX = 100
"""The outbox keeps so many messages, the latest."""

TIMEOUT_SECONDS = 5
WAITING_MAX = 1_000
"""The most messages that wait to be sent; more are dropped, and people ask again."""

_TAKEN = 2
"""What the statuses of success begin with; elsewhere, by a redirect, nobody is sent."""

_log = logging.getLogger(__name__)


class Sender(Protocol):
    """Whatever brings a text to a phone."""

    def send(self, phone: str, text: str) -> None:
        """Send it, or say in the log that it could not be sent."""


class Message(msgspec.Struct, frozen=True):
    """A message in the outbox."""

    at: datetime
    phone: str
    text: str


class Outbox:
    """Messages in a file of their owner's alone, shared by all workers: for demonstrations."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    def send(self, phone: str, text: str) -> None:
        """Keep the message among the latest."""
        opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(opened, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            message = Message(self._clock(), phone, text)
            lines = [*file.read().splitlines(), msgspec.json.encode(message)]
            file.seek(0)
            file.truncate()
            file.write(b"\n".join(lines[-KEPT_MAX:]) + b"\n")

    def messages(self) -> list[Message]:
        """The messages, the newest first."""
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        return [msgspec.json.decode(line, type=Message) for line in reversed(lines)]


class Webhook:
    """A gateway for messages of the federation's own: it is posted `{"phone": …, "text": …}`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, phone: str, text: str) -> None:
        """Post the message; what the gateway answers beside its status is not read."""
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


class Aside:
    """Sends aside, so that how long an answer takes tells nobody whether something was sent."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._room = BoundedSemaphore(WAITING_MAX)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="sender")

    def send(self, phone: str, text: str) -> None:
        """Send soon; at once where nothing else waits."""
        if not self._room.acquire(blocking=False):
            _log.error("a message was dropped: too many wait")
            return
        self._threads.submit(self._send, phone, text)

    def close(self) -> None:
        """Send what waits, then stop."""
        self._threads.shutdown()

    def _send(self, phone: str, text: str) -> None:
        try:
            self._sender.send(phone, text)
        except OSError as error:
            _log.error("a message was not sent: %s", type(error).__name__)
        finally:
            self._room.release()
