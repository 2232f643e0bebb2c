from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli_runner import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "var")


def test_views_are_followed_and_built_anew(desk: Desk) -> None:
    desk.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")
    desk.run("funds", "contribute", "card", "9", "--source", "district")

    assert "Facts read: 2." in desk.run("follow", "--once").stderr
    assert "Facts read: 0." in desk.run("follow", "--once").stderr
    before = desk.table("show", "balances")
    assert "Views built anew: 1, from 2 facts" in desk.run("rebuild", "balances").stderr
    desk.run("rebuild")
    assert desk.table("show", "balances") == before != []


def test_whoever_follows_sees_what_others_record_and_stops_when_told(desk: Desk) -> None:
    desk.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")
    program = [sys.executable, "-c", "from pos_gateway.cli import main; main()", "follow"]
    with subprocess.Popen(
        program, env=os.environ | desk.environment, stderr=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stderr
        while "Following" not in follower.stderr.readline():
            assert follower.poll() is None

        desk.run("funds", "contribute", "card", "9", "--source", "district")

        head = desk.head()
        with desk.house() as house:
            deadline = time.monotonic() + 10
            while house.views.lag(head) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert house.views.lag(head) == 0
        follower.send_signal(signal.SIGTERM)
        assert follower.wait(10) == 0
