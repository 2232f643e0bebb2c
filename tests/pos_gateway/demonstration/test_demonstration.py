import re
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import msgspec
import pytest
from stdnum.cn import ric

from ledger.benefits import published_kinds
from ledger.drops.plan_check import check_plan
from ledger.drops.rfc3797 import Published, verify
from ledger.errors import Busy
from ledger.write.writer import BatchReport
from pos_gateway.auth.api_key import member_of, till_of
from pos_gateway.demonstration import load
from pos_gateway.demonstration.drops import plans
from pos_gateway.demonstration.market import EXAMPLES_AT, SHOPS, offers, roster
from pos_gateway.demonstration.plan import keep_plan, read_plan
from pos_gateway.roster.checks import checked_identity_number, checked_name, checked_phone
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.cli_runner import Cli, Terminal
from tests.support.sample_kind import sample_registered

VERIFY_DRAW = Path(__file__).parents[3] / "scripts" / "verify_draw"
CHINA = ZoneInfo("Asia/Shanghai")
BEGUN = datetime(2026, 11, 22, 16, 58, 30, tzinfo=UTC)


def counted(cli: Cli) -> Counter[str]:
    """Return the number of events of each topic."""
    return Counter(row["topic"] for row in cli.rows("show", "log", "--limit", "10000"))


@pytest.fixture(scope="module")
def complete_demo(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return a command line with an uninterrupted demonstration."""
    cli = Cli(tmp_path_factory.mktemp("whole") / "var")
    cli.run("demo")
    return cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "var")


def test_the_demonstration_shows_every_kind_in_six_categories() -> None:
    assert {offer.kind for offer in offers()} == set(published_kinds())
    assert len({shop.category for shop in SHOPS}) == 6


def test_nobody_is_invited_without_a_sign_in(complete_demo: Cli) -> None:
    terminal = Terminal(complete_demo.var)
    terminal.session.unlink(missing_ok=True)

    assert "sign_in_needed" in terminal.refusal("staff", "invite", "wu")


def test_each_of_its_offers_holds_at_one_shop() -> None:
    with sample_registered() as sample:
        shown = {offer.offer_id: offer.rules.merchants for offer in offers()}

    assert shown[f"example-{sample.KIND}"] == (EXAMPLES_AT,)
    assert all(len(merchants) == 1 for merchants in shown.values())
    assert {name for (name,) in shown.values()} <= {shop.merchant_id for shop in SHOPS}


@pytest.mark.parametrize("hours", range(0, 7 * 24, 5))
def test_its_drops_are_sound_whenever_it_is_loaded(hours: int) -> None:
    begun = BEGUN + timedelta(hours=hours)

    drops = plans(begun)

    for plan in drops.values():
        check_plan(plan)
    assert drops["garden"].opens_at - begun > timedelta(minutes=2)
    assert drops["garden"].opens_at - begun <= timedelta(minutes=7)
    assert drops["garden"].opens_at.minute % 5 == 0
    (saturday, sunday) = drops["garden"].items[0].sessions
    assert [saturday.starts_at.weekday(), sunday.starts_at.weekday()] == [5, 6]


def test_its_people_pass_every_check_and_can_be_nobody() -> None:
    for row in roster(date(2030, 12, 31)):
        number = row.person.identity_number or ""
        assert checked_identity_number(number, date(2026, 12, 1)) == number
        assert checked_name(row.person.name) == row.person.name
        assert checked_phone(row.person.phone or "") == row.person.phone
        assert not ric.is_valid(number)  # a valid checksum, and a place code that does not exist


def test_it_is_loaded_once_with_the_same_keys(complete_demo: Cli) -> None:
    head = complete_demo.head()
    shown = complete_demo.run("demo").stdout

    assert complete_demo.run("demo").stdout == shown
    assert complete_demo.head() == head
    assert (complete_demo.var / "demonstration.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "turns",
    [1, 40, 220, *(pytest.param(turns, marks=pytest.mark.night) for turns in (20, 100, 150, 240))],
)
def test_interrupted_it_goes_on_where_it_stopped(cli: Cli, complete_demo: Cli, turns: int) -> None:
    def stop(_report: BatchReport) -> None:
        done.append(1)
        if len(done) == turns:
            services.ledger.writer._closed = True

    done: list[int] = []
    services = Services(Settings.read(cli.environment), on_batch=stop)
    with closing(services), pytest.raises(Busy):
        load(services)

    cli.run("demo")

    assert counted(cli) == counted(complete_demo)


def test_its_officer_signs_in_at_the_terminal_as_it_prints(
    complete_demo: Cli, tmp_path: Path
) -> None:
    terminal = Terminal(complete_demo.var)
    terminal.environment["HONGKA_SESSION"] = str(tmp_path / "session")
    shown = terminal.run("demo").stdout
    found = re.search(r"HONGKA_VAR=(\S+) \S+ sign-in\s+name (\w+), password (\w+);", shown)
    assert found
    with terminal.services() as services:
        officers = {one.staff_id: one for one in load(services).officers}
        code = officers[found[2]].code(services.clock())

    terminal.run("sign-in", answers=f"{found[2]}\n{found[3]}\n{code}\n")

    assert found[1] == str(complete_demo.var)
    assert "reviewer" in terminal.run("whoami").stdout
    assert terminal.rows("show", "payables", "--owed")


def test_it_has_what_there_is_to_show(complete_demo: Cli) -> None:
    topics = set(counted(complete_demo))
    assert {"redemption.made", "redemption.refused", "redemption.reversed"} <= topics
    assert {"fund.paid_out", "grant.made", "card.blocked", "card.code_printed"} <= topics
    assert len(complete_demo.rows("show", "purchases", "--by", "category")) == 6
    assert len(complete_demo.rows("show", "purchases", "--by", "branch")) == 4
    assert complete_demo.rows("show", "payables", "--owed")


def test_it_has_a_drop_of_every_sort_to_show(complete_demo: Cli) -> None:
    with complete_demo.services() as services:
        found = {state.drop_id.rpartition("-")[0]: state for state in services.ledger.drops()}

    left = {name: [slot.left for slot in state.slots.values()] for name, state in found.items()}
    assert left == {
        "care": [14],
        "season-pass": [0],
        "pillow": [0],
        "gift-pack": [10],
        "film": [288],
        "garden": [100, 100],
    }
    assert [len(slot.waiting) for slot in found["pillow"].slots.values()] == [3]
    assert len(found["gift-pack"].entered) == 20
    assert found["season-pass"].drawn


def test_its_draw_is_published_and_can_be_checked(complete_demo: Cli) -> None:
    document = msgspec.json.decode(
        (complete_demo.var / "season-pass.json").read_bytes(), type=Published
    )

    assert verify(document) == []
    assert len(document.winners) == 5
    checked = subprocess.run(
        [sys.executable, "-I", VERIFY_DRAW, complete_demo.var / "season-pass.json"],
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0


def test_its_members_ask_with_the_keys_it_shows(complete_demo: Cli) -> None:
    with complete_demo.services() as services:
        keys = load(services).member_keys
        members = [member_of(f"Bearer {key}", services.ledger).member_id for key in keys]
        first = services.ledger.member(members[0])

    assert len(set(members)) == 3
    assert first.proxies == (members[1],)
    assert all(key in complete_demo.run("demo").stdout for key in keys)


def test_what_an_earlier_version_loaded_is_shown_without_drops(
    cli: Cli, complete_demo: Cli
) -> None:
    plan = read_plan(complete_demo.var / "demonstration.json")
    assert plan is not None
    copytree(complete_demo.var, cli.var)
    earlier = msgspec.structs.replace(plan, secrets=(), member_keys=())
    keep_plan(cli.var / "demonstration.json", earlier)

    shown = cli.run("demo").stdout

    assert "KEY=" in shown
    assert "MEMBER=" not in shown


def test_a_second_demonstration_on_one_ledger_has_tills_of_its_own(cli: Cli) -> None:
    cli.run("demo")
    (cli.var / "demonstration.json").unlink()

    with cli.services() as services:
        plan = load(services)
        for till in plan.tills:
            assert till_of(f"Bearer {till.key}", services.ledger).till_id == till.till_id
    assert "MEMBER=" not in cli.run("demo").stdout  # its drops would open in the past
