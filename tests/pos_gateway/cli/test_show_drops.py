import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.drops.eligibility import Asked
from ledger.members.authorization import Principal
from ledger.services.ticket_use import Shown
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.cli_runner import Cli
from tests.support.event_history_drops import MAY_FIRST, OPENS_AT, plan

BRANCHES = ["east"] * 6 + ["north"] * 5 + ["west"] * 2
GROUPS = [("model-worker",)] * 7 + [()] * 6


class Clock:
    """A clock on the day of the drop."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def a_rush(ledger: Ledger, clock: Clock) -> None:
    """Claim a place for thirteen members and a pillow for five; one waits, one returns a ticket."""
    opens_at = clock.now + timedelta(hours=1)
    for supplier in ("rose-garden", "down-mill"):
        ledger.officers.merchants.sign_merchant(supplier, name=supplier)
    ledger.officers.merchants.open_outlet("rose-garden", outlet_id="gate", name="东门")
    ledger.officers.merchants.pair_till("rose-garden", till_id="t1", outlet_id="gate", key_hash="k")
    for number, branch in enumerate(BRANCHES):
        ledger.officers.cards.register_member(f"m{number}", branch=branch, groups=GROUPS[number])
        ledger.officers.cards.issue_card(f"c{number}", member_id=f"m{number}")
    ledger.officers.drops.announce_drop("may-day", plan=plan(capacity=13, opens_at=opens_at))
    clock.now = opens_at
    for number in range(len(BRANCHES)):
        ledger.members.claims.claim(
            _asked(f"claim-{number}", "garden"), Principal(member_id=f"m{number}")
        )
    for number in range(5):
        ledger.members.claims.claim(
            _asked(f"pillow-{number}", "pillow"), Principal(member_id=f"m{number}")
        )
    ledger.members.claims.join(_asked("wait-12", "pillow"), Principal(member_id="m12"))
    clock.now = opens_at + timedelta(seconds=40)
    ledger.members.claims.release(_ticket(ledger, "m5"), Principal(member_id="m5"))
    ledger.officers.drops.count_rejected_early("may-day", at=opens_at, counts={"sold_out": 300})


def a_day(ledger: Ledger, clock: Clock) -> None:
    """Admit one of them."""
    clock.now = MAY_FIRST
    here = {"merchant_id": "rose-garden", "outlet_id": "gate", "till_id": "t1"}
    ledger.tills.ticket_use.use(
        "use-1", Shown(card_id="c12", ticket_id=_ticket(ledger, "m12"), **here)
    )


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Return a command line years after May Day."""
    cli = Cli(tmp_path_factory.mktemp("drops") / "var")
    clock = Clock(OPENS_AT - timedelta(hours=1))
    with closing(Services(Settings.read(cli.environment), clock=clock)) as services:
        a_rush(services.ledger, clock)
        a_day(services.ledger, clock)
    with cli.services() as services:
        services.ledger.confirm_clock()
    return cli


def part(cli: Cli, name: str, *typed: str) -> list[dict[str, object]]:
    return cli.rows("show", "drop", "may-day", "--part", name, *typed)


def test_drops_are_listed_as_they_stand(cli: Cli) -> None:
    (drop,) = cli.rows("show", "drops")

    assert (drop["drop_id"], drop["status"], drop["mode"]) == ("may-day", "closed", "first_come")
    assert (drop["capacity"], drop["tickets"], drop["places"]) == (24, 17, 17)


def test_sessions_tell_how_soon_they_were_sold_out_and_who_came(cli: Cli) -> None:
    garden, pillow, second_day = part(cli, "sessions")

    assert garden == {
        "item_id": "garden",
        "session_id": "day-1",
        "starts_at": "2019-05-01T00:00:00.000000Z",
        "capacity": 13,
        "places": 12,
        "sold_out_after_seconds": 0,
        "tickets": 12,
        "people_expected": 12,
        "people_admitted": 1,
        "tickets_used": 1,
        "no_shows": 11,
    }
    assert (pillow["places"], pillow["no_shows"]) == (5, 5)
    assert (second_day["places"], second_day["sold_out_after_seconds"]) == (0, None)


def test_small_branches_are_not_told_but_to_officers(cli: Cli) -> None:
    told = {row["branch"]: row["claims"] for row in part(cli, "branches")}
    exact = {row["branch"]: row["claims"] for row in part(cli, "branches", "--exact")}

    assert told == {"east": 11, "north": "withheld", "west": "<5"}
    assert exact == {"east": 11, "north": 5, "west": 2}


def test_groups_are_told_with_their_claims(cli: Cli) -> None:
    rows = part(cli, "groups")

    assert [list(row.values()) for row in rows] == [
        ["", 6, 0, 6, 6],
        ["model-worker", 12, 1, 11, 11],
    ]


def test_who_waits_is_told_to_officers_alone(tmp_path: Path) -> None:
    cli, clock = Cli(tmp_path / "var"), Clock(datetime.now(UTC))
    with closing(Services(Settings.read(cli.environment), clock=clock)) as services:
        a_rush(services.ledger, clock)
    with cli.services() as services:
        services.ledger.confirm_clock()

    (waited,) = part(cli, "waiting")
    (waits,) = part(cli, "waits", "--exact")

    assert (waited["joined"], waited["offered"], waited["waiting"]) == (1, 0, 1)
    assert waits["member_id"] == "m12"
    assert "--exact" in cli.run("show", "drop", "may-day", "--part", "waits", code=2).stderr
    assert "m12" not in cli.run("show", "drop", "may-day", "--format", "json").stdout
    assert "m12" in cli.run("show", "drop", "may-day", "--format", "json", "--exact").stdout


def test_suppliers_income_is_in_yuan_for_people_and_in_fen_for_files(cli: Cli) -> None:
    rows = cli.table("show", "drop", "may-day", "--part", "suppliers")
    table = cli.run("show", "drop", "may-day").stdout

    assert [(row["supplier_id"], row["kept_income_minor"]) for row in rows] == [
        ("rose-garden", "72000"),
        ("down-mill", "19250"),
    ]
    assert re.search(r"rose-garden +12 +1 +720\.00 +60\.00", table)


def test_sales_and_those_turned_away_are_told_by_the_second(cli: Cli) -> None:
    sales = part(cli, "sales")

    assert [(row["at"], row["item_id"], row["taken"]) for row in sales] == [
        ("2019-04-28T02:00:00Z", "garden", 13),
        ("2019-04-28T02:00:00Z", "pillow", 5),
        ("2019-04-28T02:00:40Z", "garden", 12),
    ]
    assert part(cli, "sales", "--limit", "1") == sales[:1]
    assert part(cli, "turned_away") == [
        {"at": "2019-04-28T02:00:00Z", "reason": "sold_out", "turned_away": 300}
    ]


def test_for_people_every_part_has_a_heading(cli: Cli) -> None:
    told = cli.run("show", "drop", "may-day").stdout
    exact = cli.run("show", "drop", "may-day", "--exact").stdout

    headings = re.findall(r"^\n([A-Z][a-z ]+)$", told, re.MULTILINE)
    assert headings == [
        *("Sessions", "Branches", "Groups", "Waiting", "Suppliers", "Turned away", "Sales")
    ]
    assert "\nWaits\n" in exact


def test_what_cannot_be_told_is_refused(cli: Cli) -> None:
    assert "--part" in cli.run("show", "drop", "may-day", "--format", "csv", code=2).stderr
    assert "drop_unknown" in cli.refusal("show", "drop", "june-day")


def _asked(claim_id: str, item_id: str) -> Asked:
    return Asked(claim_id=claim_id, drop_id="may-day", item_id=item_id, session_id="day-1")


def _ticket(ledger: Ledger, member_id: str) -> str:
    return next(iter(ledger.grants(member_id).held))
