"""A gateway under a long load of every kind: its memory and its open files stay flat.

The night has three minutes of it; `SOAK_MINUTES=20` gives more.
"""

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path
from statistics import median

import pytest

from tests.faults.clients import Till
from tests.faults.district import District
from tests.faults.gateways import Gateway

MINUTES = float(os.environ.get("SOAK_MINUTES", "3"))
ROUNDS_A_SECOND = 2
"""The rounds of the load: each is a dozen redemptions, a repeat or reversal of each, and OTHERS."""

GROWTH_MOST = 0.05
FILES_MOST = 8
"""The most that memory, as a share, and open files may grow in the second half."""

OTHERS = ("/", "/card/sign-in", "/till/pair", "/api/v1/keys", "/api/v1/drops", "/nowhere", "/desk/")


def used(process: int) -> tuple[int, int]:
    """Return the resident memory of a process in KiB, and the number of its open files."""
    status = Path(f"/proc/{process}/status").read_text()
    files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return int(status.partition("VmRSS:")[2].split()[0]), files


def send_others(gateway: Gateway, number: int) -> None:
    """Ask for pages, health and metrics, and try to sign in, as strangers do."""
    public, health = (f"http://{host}:{port}" for host, port in gateway.settings.listening)
    phone = f"act=send&phone=138{number:08}".encode()
    asked = [(public + path, None) for path in OTHERS]
    asked += [(public + "/card/sign-in", phone), (f"{health}/metrics", None)]
    for address, form in asked:
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(address, form, timeout=30).close()  # noqa: S310 - ours


def soaked(district: District, gateway: Gateway, minutes: float) -> Iterator[tuple[int, int]]:
    """Send requests for a while, and yield what the worker uses after each round."""
    (worker,) = gateway.workers()
    begun, kinds = time.monotonic(), cycle(["redeem", "again", "undo"])
    with closing(Till([gateway.port], 0)) as till:
        while (now := time.monotonic()) < begun + minutes * 60:
            for call in district.calls(12):
                assert till.ask("redeem", call).status in {200, 201, 409, 422}
                till.ask(next(kinds), call)
            send_others(gateway, int(now))
            yield used(worker)
            time.sleep(max(0.0, now + 1 / ROUNDS_A_SECOND - time.monotonic()))


@pytest.mark.night
@pytest.mark.slow
@pytest.mark.timeout(0)
def test_a_long_load_of_every_kind_leaves_memory_and_files_flat(tmp_path: Path) -> None:
    with closing(District(tmp_path / "var")) as district, district.gateway() as gateway:
        uses = list(soaked(district, gateway, MINUTES))

    tenth = len(uses) // 10
    (half, files), (end, files_end) = (
        (median(one[0] for one in part), max(one[1] for one in part))
        for part in (uses[5 * tenth : 6 * tenth], uses[-tenth:])
    )
    told = [f"{memory // 1024} MiB, {files}" for memory, files in uses[:: tenth or 1]]
    print(told)  # noqa: T201 - for whoever runs it by hand
    assert end < half * (1 + GROWTH_MOST), told
    assert files_end <= files + FILES_MOST, told
