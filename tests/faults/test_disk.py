"""A full disk, and a disk that fails."""

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from ledger.store import Log
from pos_gateway.app.factory import create_app, services_of
from pos_gateway.child_process import HONGKA
from pos_gateway.settings import Settings
from tests.faults.checker import complaints
from tests.faults.clients import Call, Load, Operation, Till, body_of
from tests.faults.district import District
from tests.faults.gateways import READY, Gateway, until
from tests.faults.rows import written
from tests.faults.stories import CALLS, Story, grown, under_load

pytestmark = pytest.mark.disk


def fill(folder: Path) -> Path:
    """Fill the disk completely."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4_096))
        except OSError:
            return ballast


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_loses_nothing_and_writes_resume_with_room(small_disk: Path) -> None:
    with closing(District(small_disk)) as district, district.gateway() as gateway:
        with Load([gateway.port], district.calls(CALLS)) as load:
            grown(district, 200)
            ballast = fill(small_disk)
            tried = list[Operation]()
            with closing(Till([gateway.port], 0)) as till:

                def is_refused() -> bool:
                    for call in district.calls(1):
                        tried.append(Operation(call, [till.ask("redeem", call)]))
                    return tried[-1].tries[0].status == 503

                until(is_refused)  # room in the files is used up first
                until(lambda: gateway.ready() == 503)
                probe, (refused,) = tried[-1].call, tried[-1].tries
                read = gateway.status("/api/v1/keys")
                ballast.unlink()
                until(lambda: till.ask("redeem", probe).status != 503)
                grown(district, 100)
            operations = load.stop()

        assert (refused.status, refused.polite, read) == (503, True, 200)
        operations += tried
        assert complaints(written(district.url), operations) == []
        until(lambda: gateway.ready() == 200)


def test_a_gateway_on_a_read_only_disk_names_it_and_ends(small_disk: Path) -> None:
    with Gateway(small_disk / "var") as gateway:
        assert gateway.stop() == 0
    locking = ["mount", "-o", "remount,ro", str(small_disk)]
    until(lambda: subprocess.run(locking, check=False, capture_output=True).returncode == 0)

    hongka = [sys.executable, *HONGKA, "serve", "--port", str(gateway.port)]
    place = os.environ | {"HONGKA_VAR": str(small_disk / "var")}
    told = subprocess.run(hongka, env=place, check=False, capture_output=True, text=True)

    assert (told.returncode, told.stdout) == (1, "")
    assert re.fullmatch(rf"Error: Read-only file system: {small_disk}/var/\S+\n", told.stderr)


@pytest.fixture
def failing_sync(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a gateway whose syncs fail once the file `fail` exists."""
    compiler = shutil.which("cc") or pytest.skip("no C compiler to make a failing fsync with")
    library = tmp_path / "failing_sync.so"
    source = Path(__file__).parents[1] / "faults" / "failing_sync.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "FAIL_IF": str(tmp_path / "fail")}


def broken(district: District, gateway: Gateway, break_disk: Callable[[], object]) -> Story:
    """Run a gateway whose disk fails under load: it must become unready and end.

    Then restart it.
    """

    def fail_and_mend() -> list[float]:
        break_disk()
        unready = until(lambda: gateway.ready() == 503)
        assert gateway.ended() != 0
        (district.var.parent / "fail").unlink(missing_ok=True)
        return [unready, gateway.start()]

    story = under_load(district, [gateway], fail_and_mend)
    assert gateway.ready() == 200
    assert "the disk failed a commit" in gateway.words
    assert story.met["made"] > 50, story.met
    return story


@pytest.mark.slow
def test_a_gateway_whose_disk_fails_a_write_writes_no_more_and_ends(tmp_path: Path) -> None:
    with closing(District(tmp_path / "var")) as district, district.gateway() as gateway:

        def fail() -> None:
            for process in gateway.processes():
                # Beyond this length every write fails, as on a broken disk.
                resource.prlimit(process, resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))

        story = broken(district, gateway, fail)

    assert story.complaints == []


@pytest.mark.slow
def test_a_gateway_whose_disk_fails_a_sync_writes_no_more_and_ends(
    tmp_path: Path, failing_sync: dict[str, str]
) -> None:
    with (
        closing(District(tmp_path / "var")) as district,
        district.gateway(environment=failing_sync) as gateway,
    ):
        story = broken(district, gateway, (tmp_path / "fail").touch)

    assert "a sync of the log fails" in gateway.words
    assert story.complaints == []


class Bound:
    """SQLite's own limit on the pages of a file, which acts like a full disk."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._pages = 1
        event.listen(log._database.engine, "connect", self._set)
        log.close()

    def lift(self) -> None:
        self._pages = 1 << 30
        self._log.close()

    def _set(self, connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {self._pages}")


def redeemed(client: FlaskClient, call: Call) -> TestResponse:
    return client.put(
        f"/api/v1/redemptions/{call.redemption_id}",
        json=body_of("redeem", call),
        headers={"Authorization": f"Bearer {call.key}"},
    )


def test_a_gateway_on_a_full_disk_answers_503_and_keeps_reading(tmp_path: Path) -> None:
    with closing(District(tmp_path / "var")) as district:
        calls = district.calls(200, choices=["open"])
        app = create_app(Settings.read({"HONGKA_VAR": str(district.var)}))
        client = app.test_client()
        with closing(services_of(app)) as services:
            bound = Bound(services.ledger.store)
            answers = [redeemed(client, call) for call in calls]
            full = next(n for n, answer in enumerate(answers) if answer.status_code == 503)
            first = f"/api/v1/redemptions/{calls[0].redemption_id}"
            read = client.get(first, headers={"Authorization": f"Bearer {calls[0].key}"})
            ready = Client(app.extensions["hongka.health"]).get(READY)
            bound.lift()
            again = redeemed(client, calls[full])

    assert answers[full].mimetype == "application/problem+json"
    assert answers[full].headers["Retry-After"] == "1"
    assert (read.status_code, ready.status_code, again.status_code) == (200, 503, 201)
    kept = {row.request_id for row in written(district.url).rows}
    for call, answer in zip(calls, answers, strict=True):
        acknowledged = answer.status_code != 503 or call is calls[full]
        assert (f"redeem/{call.redemption_id}" in kept) is acknowledged
