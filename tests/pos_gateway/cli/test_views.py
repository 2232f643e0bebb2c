import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.context import SpawnProcess

import pytest

from projections.engine import rebuild
from tests.support.cli_runner import Cli


def open_fund(cli: Cli) -> None:
    """Record three facts: somebody who works here, and a fund with nine yuan."""
    cli.sign_in()
    with cli.services() as services:
        services.ledger.officers.offers.open_fund("card", programme="s1", name="小红卡")
        services.ledger.officers.offers.contribute("card", source="district", amount_minor=9_00)


def test_views_are_followed_and_built_anew(cli: Cli) -> None:
    open_fund(cli)

    assert "Facts read: 3." in cli.run("follow", "--once").stderr
    assert "Facts read: 0." in cli.run("follow", "--once").stderr
    before = cli.table("show", "balances")
    assert "Views built anew: 1, from 3 facts" in cli.run("rebuild", "balances").stderr
    cli.run("rebuild")
    assert cli.table("show", "balances") == before != []


def test_a_long_log_is_read_by_several_processes(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a log that is long for its length
    open_fund(cli)
    cli.run("follow", "--once")
    before = cli.table("show", "balances")
    monkeypatch.setattr(rebuild, "FACTS_EACH", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    started = Counter[str]()
    start = multiprocessing.Process.start

    def counted(process: multiprocessing.Process) -> None:
        started["processes"] += 1
        start(process)

    monkeypatch.setattr(SpawnProcess, "start", counted)
    # When the views are built anew
    told = cli.run("rebuild", "balances", "usage").stderr
    # Then two processes filled them, and neither ended early
    assert started["processes"] == 2
    assert "Views built anew: 2, from 3 facts" in told
    assert caplog.messages == []
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
