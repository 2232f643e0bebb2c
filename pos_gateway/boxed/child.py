"""The child process of a box: it limits itself, then reads its standard input."""

import resource
import signal
import sys
from importlib import import_module

from pos_gateway.boxed import END

LIMITS = {
    resource.RLIMIT_AS: 240 * 2**20,
    resource.RLIMIT_CPU: 6,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NOFILE: 16,
    resource.RLIMIT_NPROC: 0,
}
"""Bytes of memory, seconds of the processor, and no file or process of its own."""

ALARM_SECONDS = 21
"""The time after which the child ends by itself, where its parent was killed."""


def main() -> None:
    """Read standard input with the reader named by the argument; write its result and END."""
    for limit, most in LIMITS.items():
        resource.setrlimit(limit, (most, most))
    signal.alarm(ALARM_SECONDS)
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it, for nothing
    reader = import_module(f"pos_gateway.boxed.{sys.argv[1]}")
    with open(0, "rb") as file, open(1, "wb") as output:
        output.writelines(reader.read(file))
        output.write(END)
