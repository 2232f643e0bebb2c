"""The served demonstration: its printed requests work as they are."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.pos_gateway.demonstration.test_demonstration import CHINA, cli
from tests.support.cli_runner import Cli

__all__ = ["cli"]


@pytest.fixture
def demo_address(cli: Cli) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from pos_gateway.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--serve", "--port", str(port)],
        env=os.environ | cli.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        shown = ""
        while "\nready http" not in shown:
            line = process.stdout.readline()
            assert line, shown
            shown += line
        yield shown
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0


def called(
    shown: str, path: str, method: str, body: dict[str, Any] | None, who: str = "KEY"
) -> dict[str, Any]:
    address = re.findall(r"^ready (\S+)$", shown, re.MULTILINE)[0]
    key = re.findall(rf"{who}=(\S+)", shown)[0]
    request = urllib.request.Request(  # noqa: S310 - our own http
        f"{address}/api/v1/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        decoded: dict[str, Any] = json.load(answer)
        return decoded


def test_what_it_prints_can_be_pasted(cli: Cli, demo_address: str) -> None:
    code = re.findall(r"CODE=(\S+)", demo_address)[0]
    (choice,) = re.findall(r'"choices":\["([^"]+)"\]', demo_address)
    purchase = {"code": code, "amount_minor": 6800}

    offered = called(demo_address, "validations", "POST", purchase)
    made = called(demo_address, "redemptions/try-1", "PUT", purchase | {"choices": [choice]})

    assert choice in [one["choice"] for one in offered["choices"]]
    assert made["union_share_minor"] > 0
    redeemed = cli.rows("show", "redemptions", "--limit", "1")
    assert [one["redemption_id"] for one in redeemed] == ["try-1"]


def claim_of(shown: str, start: str) -> tuple[str, str, dict[str, Any]]:
    """Return the printed example request whose path starts like this: path, method and body."""
    found = re.search(rf"api/v1/({start}\S+) [^{{]*-d '(.*)'$", shown, re.MULTILINE)
    assert found
    code = re.findall(r"CODE=(\S+)", shown)[0]
    return found[1], "PUT", json.loads(found[2].replace("'$CODE'", code))


def test_a_ticket_is_claimed_and_used_as_it_prints(demo_address: str) -> None:
    drops = called(demo_address, "drops", "GET", None, "MEMBER")["drops"]
    claimed = called(demo_address, *claim_of(demo_address, "drops/film"), "MEMBER")
    tickets = called(demo_address, "tickets", "GET", None, "MEMBER")["tickets"]
    used = called(demo_address, *claim_of(demo_address, "uses/"))

    assert len(drops) == 6
    assert [one["ticket"] for one in tickets] == [claimed["ticket"]] == [used["ticket"]]
    assert (used["people"], used["left"]) == (1, 1)


def test_a_drop_that_opens_soon_says_when(demo_address: str) -> None:
    path, method, body = claim_of(demo_address, "drops/garden")

    with pytest.raises(urllib.error.HTTPError) as refused:
        called(demo_address, path, method, body, "MEMBER")

    problem = json.load(refused.value)
    opens_at = datetime.fromisoformat(problem["particulars"]["opens_at"])
    assert problem["reason"] == "not_open_yet"
    assert f"opens at {opens_at.astimezone(CHINA):%H:%M:%S}" in demo_address
