from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import ric

from ledger.benefits import kinds
from ledger.errors import Busy
from ledger.turn import Report
from pos_gateway.demonstration import load
from pos_gateway.demonstration.market import SHOPS, offers
from pos_gateway.demonstration.people import roster
from pos_gateway.house import House
from pos_gateway.roster.checks import checked_identity_number, checked_name, checked_phone
from pos_gateway.settings import Settings
from pos_gateway.till_key import till_of
from tests.desks import Desk


def counted(desk: Desk) -> Counter[str]:
    """How many facts there are of each topic."""
    return Counter(row["topic"] for row in desk.rows("show", "log", "--limit", "10000"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A demonstration that nothing interrupted."""
    desk = Desk(tmp_path_factory.mktemp("whole") / "var")
    desk.run("demo")
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "var")


def test_the_demonstration_shows_every_kind_in_six_categories() -> None:
    published = {name for name, kind in kinds().items() if not kind.TICKET}

    assert {offer.kind for offer in offers()} == published
    assert len({shop.category for shop in SHOPS}) == 6


def test_its_people_pass_every_check_and_can_be_nobody() -> None:
    for row in roster(date(2030, 12, 31)):
        number = row.person.identity_number or ""
        assert checked_identity_number(number) == number
        assert checked_name(row.person.name) == row.person.name
        assert checked_phone(row.person.phone or "") == row.person.phone
        assert not ric.is_valid(number)  # a true checksum, and a place that is nowhere


def test_it_is_loaded_once_with_the_same_keys(whole: Desk) -> None:
    head = whole.head()
    shown = whole.run("demo").stdout

    assert whole.run("demo").stdout == shown
    assert whole.head() == head
    assert (whole.var / "demonstration.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("turns", [1, 20, 40, 100, 150])
def test_interrupted_it_goes_on_where_it_stopped(desk: Desk, whole: Desk, turns: int) -> None:
    def stop(_report: Report) -> None:
        done.append(1)
        if len(done) == turns:
            house.ledger.writer._closed = True

    done: list[int] = []
    house = House(Settings.read(desk.environment), on_turn=stop)
    with closing(house), pytest.raises(Busy):
        load(house)

    desk.run("demo")

    assert counted(desk) == counted(whole)


def test_it_has_what_there_is_to_show(whole: Desk) -> None:
    topics = set(counted(whole))
    assert {"redemption.made", "redemption.refused", "redemption.reversed"} <= topics
    assert {"fund.paid_out", "grant.made", "card.blocked", "card.code_printed"} <= topics
    assert len(whole.rows("show", "purchases", "--by", "category")) == 6
    assert len(whole.rows("show", "purchases", "--by", "branch")) == 4
    assert whole.rows("show", "payables", "--owed")


def test_a_second_demonstration_on_one_ledger_has_tills_of_its_own(
    desk: Desk,
) -> None:
    desk.run("demo")
    (desk.var / "demonstration.json").unlink()

    with desk.house() as house:
        plan = load(house)
        for till in plan.tills:
            assert till_of(f"Bearer {till.key}", house.ledger).till_id == till.till_id


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from pos_gateway.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--serve", "--port", str(port)],
        env=os.environ | desk.environment,
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


def called(shown: str, path: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
    address = re.findall(r"^ready (\S+)$", shown, re.MULTILINE)[0]
    key = re.findall(r"KEY=(\S+)", shown)[0]
    request = urllib.request.Request(  # noqa: S310 - our own http
        f"{address}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        decoded: dict[str, Any] = json.load(answer)
        return decoded


def test_what_it_prints_can_be_pasted(desk: Desk, served: str) -> None:
    code = re.findall(r"CODE=(\S+)", served)[0]
    (choice,) = re.findall(r'"choices":\["([^"]+)"\]', served)
    purchase = {"code": code, "amount_minor": 6800}

    offered = called(served, "validations", "POST", purchase)
    made = called(served, "redemptions/try-1", "PUT", purchase | {"choices": [choice]})

    assert choice in [one["choice"] for one in offered["choices"]]
    assert made["union_share_minor"] > 0
    redeemed = desk.rows("show", "redemptions", "--limit", "1")
    assert [one["redemption_id"] for one in redeemed] == ["try-1"]
