"""Programs of ours in processes of their own: started, waited for, and stopped."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0
WORDS_SHOWN = 2_000

HONGKA = ("-c", "from pos_gateway.cli import main; main()")
"""The arguments with which Python runs the command `hongka`."""


class NotStarted(RuntimeError):
    """The process ended, or was not ready in time; the message is the end of its output."""


def start(
    program: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start Python with the arguments `program`, and append its output to the file `log`.

    `environment` is added to that of this process; `folder` is the working directory, None for the
    current one. The process has its own session, so that Ctrl-C reaches only its parent.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, *program],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@contextmanager
def running(
    program: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program as `start` does; after the block, stop it, by force after a minute."""
    process = start(program, environment, log, folder)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a line `ready …` in `log`; NotStarted if the process ends, or after two minutes."""
    give_up = time.monotonic() + START_SECONDS_MAX
    while not any(line.startswith(b"ready ") for line in log.read_bytes().splitlines()):
        if process.poll() is not None or time.monotonic() > give_up:
            raise NotStarted(log.read_text(encoding="utf-8", errors="replace")[-WORDS_SHOWN:])
        time.sleep(0.05)


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1, with the next one free; nothing reserves them later.

    They lie below those of outgoing connections, so that they are still free after a restart.
    """
    while True:
        port = 10_000 + 2 * secrets.randbelow(10_000)
        with socket.socket() as listener, socket.socket() as after, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            after.bind(("127.0.0.1", port + 1))
            return port
