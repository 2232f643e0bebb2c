"""Foreign files are read in a box: a child process with little memory, time and no other file.

Each reader is a module here with a function `read(file)`, which yields its result as bytes. The
file is the child's standard input, from memory or the disk, and is never written anywhere.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ledger.errors import Busy

SECONDS_MAX = 20.0
"""The time of one reading; the child's own limits are in `child`."""

OUTPUT_BYTES_MAX = 64 * 2**20
AT_ONCE = 2
WAIT_SECONDS_MAX = 1.0

END = b"\0"
"""The last byte of a whole result."""

_ROOT = Path(__file__).parents[2]
_CHILD = (sys.executable, "-PB", "-c", "from pos_gateway.boxed.child import main; main()")
_PATH = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
_ENVIRONMENT = {"PYTHONPATH": _PATH, "OPENPYXL_LXML": "False"}  # and no secret of the gateway

_room = threading.BoundedSemaphore(AT_ONCE)


class TooCostly(Exception):
    """The reader needed more memory, time or room for its result than the box has, or crashed."""


def read(reader: str, source: bytes | Path) -> bytes:
    """Return what a reader makes of a file, given as its content or its path.

    Raises:
        TooCostly: the child was stopped by a limit of the box, or crashed.
        Busy: AT_ONCE others were being read for WAIT_SECONDS_MAX.
        OSError: the file can't be opened.
    """
    if not _room.acquire(timeout=WAIT_SECONDS_MAX):
        raise Busy(retry_after_seconds=int(SECONDS_MAX))
    try:
        with _opened(source) as file:
            output = _output(reader, file)
    finally:
        _room.release()
    if not output.endswith(END) or len(output) > OUTPUT_BYTES_MAX:
        raise TooCostly
    return output[: -len(END)]


@contextmanager
def _opened(source: bytes | Path) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
        return
    with open(os.memfd_create("boxed"), "w+b") as memory:  # noqa: PTH123 - a file without a path
        memory.write(source)
        memory.seek(0)
        yield memory


def _output(reader: str, file: BinaryIO) -> bytes:
    """Run the child, and return what it wrote until it ended, or its time did."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*_CHILD, reader],
        cwd=_ROOT,
        env=_ENVIRONMENT,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # warnings and tracebacks quote the file
        start_new_session=True,
    )
    alarm = threading.Timer(SECONDS_MAX, _kill, [process])
    alarm.start()
    with process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            return process.stdout.read(OUTPUT_BYTES_MAX + 1)
        finally:
            alarm.cancel()
            alarm.join()
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the child with its group; nobody has waited for it yet, so the number is still its."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
