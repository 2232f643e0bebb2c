"""The gateways of a rehearsal: real processes on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from ledger.errors import HongkaError
from pos_gateway.rehearsal.copy import Place
from pos_gateway.settings import Settings

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0
WORDS_SHOWN = 2_000

_HONGKA = "from pos_gateway.cli import main; main()"


class GatewayNotStarted(HongkaError):
    """A gateway of the rehearsal ended instead of answering: `problem` is its last words."""


@contextmanager
def serving(place: Place, settings: Settings, count: int) -> Iterator[list[str]]:
    """So many gateways on the copy, set as the real one is, from when all answer; their addresses.

    A single one follows the log itself. Beside several runs `hongka follow`, as it should.

    Raises:
        GatewayNotStarted: one ended before it answered.

    """
    with ExitStack() as stack:
        addresses: list[str] = []
        started: list[tuple[subprocess.Popen[bytes], Path]] = []
        for number in range(count):
            chosen = _settings(place, settings, follow=count == 1)
            log = place.var / f"gateway-{number}.log"
            started.append((stack.enter_context(_running("serve", chosen, log)), log))
            addresses.append(f"http://{chosen.host}:{chosen.port}")
        if count > 1:
            stack.enter_context(_running("follow", chosen, place.var / "follow.log"))
        for process, log in started:
            _wait(process, log)
            stack.callback(process.terminate)  # All at once; then they are waited for in turn.
        yield addresses


def _settings(place: Place, settings: Settings, *, follow: bool) -> Settings:
    read = Settings.read({"HONGKA_VAR": str(place.var), "LEDGER_URL": place.ledger_url})
    return msgspec.structs.replace(
        settings,
        var=place.var,
        ledger_url=read.ledger_url,
        views_url=read.views_url,
        vault_url=read.vault_url,
        host="127.0.0.1",
        port=_free_port(),
        workers=1,
        follow=follow,
    )


@contextmanager
def _running(command: str, settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command, until it is told to stop; what it says goes into its log."""
    with log.open("wb") as words:
        # A session of its own: Ctrl-C is for the rehearsal, which then stops its gateways in turn.
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _HONGKA, command],
            env=os.environ | settings.environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it says that it is ready."""
    give_up = time.monotonic() + START_SECONDS_MAX
    while not any(line.startswith(b"ready ") for line in log.read_bytes().splitlines()):
        if process.poll() is not None or time.monotonic() > give_up:
            words = log.read_text(encoding="utf-8", errors="replace")
            raise GatewayNotStarted(problem=words[-WORDS_SHOWN:])
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
