"""Rehearsals started from the page: `hongka rehearse` in its own process, one at a time."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from ledger.errors import Refusal
from pos_gateway.child_process import HONGKA
from pos_gateway.settings import Settings

MEMBERS_MAX = 20_000
SECONDS_MAX = 60


class RehearsalRunning(Refusal):
    """A rehearsal is already running on this machine."""


class Rehearsals:
    """The rehearsals on this machine, one at a time; outcomes are files in the data folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.var / "rehearsals"
        self._started: subprocess.Popen[bytes] | None = None

    def start(self, drop_id: str, *, members: int, seconds: int) -> None:
        """Start a rehearsal of a drop with `members` invented members for `seconds`.

        It runs in another process; while any is running, RehearsalRunning is raised.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        lock = self._lock()
        if lock is None:
            raise RehearsalRunning
        command = [sys.executable, *HONGKA]
        command += ["rehearse", drop_id, "--json", "--picture", str(self.picture(drop_id))]
        command += ["--members", str(members), "--seconds", str(seconds)]
        with self._path(drop_id).open("wb") as said:
            # The process holds the lock as long as it lives.
            self._started = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdout=said,
                stderr=subprocess.DEVNULL,
                env=os.environ | self._settings.environment,
                pass_fds=[lock],
            )
        os.close(lock)

    @property
    def running(self) -> bool:
        """True while a rehearsal of any drop is running on this machine."""
        if self._started is not None:
            self._started.poll()  # reaps an ended process
        if not self._folder.exists():
            return False
        lock = self._lock()
        if lock is not None:
            os.close(lock)
        return lock is None

    def outcome(self, drop_id: str) -> dict[str, Any] | None:
        """Return the outcome of a drop's last rehearsal; None without one, or while it runs."""
        path = self._path(drop_id)
        lines = path.read_bytes().splitlines() if path.exists() else []
        return msgspec.json.decode(lines[-1]) if lines else None

    def picture(self, drop_id: str) -> Path:
        """Return the path of the chart of a drop's last rehearsal; the file may be missing."""
        return self._folder / f"{drop_id}.png"

    def _path(self, drop_id: str) -> Path:
        return self._folder / f"{drop_id}.json"

    def _lock(self) -> int | None:
        lock = os.open(self._folder / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock
