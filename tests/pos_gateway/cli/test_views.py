from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "var")


def test_views_are_followed_and_built_anew(cli: Cli) -> None:
    cli.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")
    cli.run("funds", "contribute", "card", "9", "--source", "district")

    assert "Facts read: 2." in cli.run("follow", "--once").stderr
    assert "Facts read: 0." in cli.run("follow", "--once").stderr
    before = cli.table("show", "balances")
    assert "Views built anew: 1, from 2 facts" in cli.run("rebuild", "balances").stderr
    cli.run("rebuild")
    assert cli.table("show", "balances") == before != []


def test_whoever_follows_sees_what_others_record_and_stops_when_told(cli: Cli) -> None:
    cli.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")
    program = [sys.executable, "-c", "from pos_gateway.cli import main; main()", "follow"]
    with subprocess.Popen(
        program, env=os.environ | cli.environment, stderr=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stderr
        while "Following" not in follower.stderr.readline():
            assert follower.poll() is None

        cli.run("funds", "contribute", "card", "9", "--source", "district")

        head = cli.head()
        with cli.services() as services:
            deadline = time.monotonic() + 10
            while services.views.lag(head) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert services.views.lag(head) == 0
        follower.send_signal(signal.SIGTERM)
        assert follower.wait(10) == 0
