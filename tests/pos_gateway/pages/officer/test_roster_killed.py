"""A roster is in clear on no disk, also after the gateway was killed while it read one."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from pos_gateway.auth.sessions import csrf_of
from pos_gateway.pages.officer.roster_import import SECONDS_MAX, KeptRosters
from tests.faults.gateways import children, until
from tests.support.app_staff import HERE, StaffApp
from tests.support.source_tree import ROOT

CLEAR = ("王晓明", "13912345678")
UPLOADS = """
import io, sys, time
from pathlib import Path
from pos_gateway import boxed
from tests.support.app_staff import StaffApp

home = Path(sys.argv[1])
app = StaffApp(f"sqlite:///{home}/log.db", home / "var").sign_in("clerk")
line = ",".join(("王晓明", "13912345678", "", "密云", "水库", "")) + chr(10)
roster = io.BytesIO(("姓名,手机号,身份证号,基层工会,单位,群体" + chr(10) + line * 50_000).encode())
app.send("/desk/members/import", roster=(roster, "r.csv"))
"""


def clear_in(folder: Path) -> list[Path]:
    """Return the files that hold the name or the phone in clear."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [one for one in files if any(text.encode() in one.read_bytes() for text in CLEAR)]


def test_a_gateway_killed_while_it_reads_a_roster_leaves_it_nowhere_in_clear(
    tmp_path: Path,
) -> None:
    # Given a gateway that reads a large roster, and may have begun to check it
    (tmp_path / "temporary").mkdir()
    gateway = subprocess.Popen(
        [sys.executable, "-c", UPLOADS, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
    )
    kept = tmp_path / "var" / "rosters"
    until(lambda: bool(children(gateway.pid)), seconds=60)
    (box,) = children(gateway.pid)
    # When it is killed
    os.kill(gateway.pid, signal.SIGKILL)
    gateway.wait()
    # Then only the sealed file is there, and the box ends
    assert [path.suffix for path in kept.iterdir()] == [".sealed"]
    assert clear_in(tmp_path) == []
    until(lambda: not Path(f"/proc/{box}/cwd").exists(), seconds=20)


def test_files_left_over_are_swept_at_start_and_later(staff_app: StaffApp) -> None:
    # Given a clear roster of an older release, an old sealed one, and one of this hour
    folder = staff_app.services.settings.var / "rosters"
    rosters = KeptRosters(folder, staff_app.services.sign_in.sealing)
    old, new = (rosters.keep(b"x", ".csv", by="officer-a") for _ in range(2))
    (folder / "e522df1b.xlsx").write_bytes(b"x")
    hour_ago = time.time() - SECONDS_MAX - 1
    os.utime(folder / f"{old}.sealed", (hour_ago, hour_ago))
    # When the gateway starts
    waits: list[float] = []
    rosters.sweep_on(lambda seconds: bool(waits.append(seconds) or len(waits) == 2))
    # Then only the new one is left, and it sweeps again later
    assert [path.name for path in folder.iterdir()] == [f"{new}.sealed"]
    assert waits == [600, 600]


def test_a_large_upload_is_not_spooled_to_a_file(
    staff_app: StaffApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given werkzeug without its temporary files
    monkeypatch.delattr("werkzeug.wrappers.request.default_stream_factory")
    # When a clerk uploads a roster of over 500 kB
    staff_app.sign_in("clerk")
    roster = "姓名,手机号,身份证号,基层工会,单位,群体\n" + "王晓明,,,密云,,\n" * 30_000
    file = FileStorage(io.BytesIO(roster.encode()), "r.csv")
    boundary, form = encode_multipart({"csrf": csrf_of(staff_app.secret), "roster": file})
    answer = staff_app.client.post(
        "/desk/members/import",
        headers=HERE,
        data=form,
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    # Then it is read
    assert answer.status_code == 200
