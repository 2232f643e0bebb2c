"""The finding: one blocked plastic card and one till emptied a fund in two seconds."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger.benefits.terms import Funding, Rules
from ledger.offline import decision
from ledger.offline.liability import LiabilityReason
from ledger.services import redemptions
from projections.engine.runner import catch_up
from projections.payables import payables
from tests.support.app import OFFICER, WANG_CARD, App
from tests.support.offline_till import OfflineTill, moment

FILM = [{"choice": "film-30", "merchant_share_minor": 0, "union_share_minor": 22_80}]
MINUTE = timedelta(minutes=1)


def lose(app: App) -> OfflineTill:
    """Publish the film at the union's cost, pair the till, and report the card lost."""
    funding = Funding(union_basis_points=10_000, fund_id="culture")
    app.services.ledger.officers.offers.publish_offer(
        "film-30",
        title="电影",
        kind="amount_off",
        terms={"amount_minor": 22_80},
        rules=Rules(funding=funding),
    )
    till = OfflineTill(app)
    app.now += MINUTE
    app.services.ledger.officers.cards.block_card(WANG_CARD, by=OFFICER)
    app.now += MINUTE
    return till


def refuse_live(app: App) -> None:
    """Redeem the lost plastic online, in vain: the till was told."""
    refused = app.redeem("live", code=app.printed, choices=["film-30"])
    assert (refused.status_code, refused.get_json()["reason"]) == (409, "card_blocked")


def drain(till: OfflineTill, *, synced: bool = False, times: int = 10) -> list[str]:
    """Get the bundle and report one film so often. Return the rows that the union bears."""
    app, rows = till.app, []
    catch_up(app.services.views, app.services.ledger.facts)
    for number in range(times):
        app.now += timedelta(milliseconds=15)
        mark = app.ask("GET", "/till/offline").get_json()["mark"]
        fields = {"code": app.printed, "given": FILM, "mark": mark if synced else till.mark}
        rows.append(till.bring(till.slip(f"film-{number}", **fields)).get_json())
    assert {one["outcome"] for one in rows} == {"contested"}
    assert {one["member_share_minor"] for one in rows} == {68_00 - 22_80}
    return [one["contested"]["because"] for one in rows if one["contested"]["borne_by"] == "union"]


def owed(app: App) -> int:
    """Return what the union owes the bakery, in minor units, by table and by state."""
    catch_up(app.services.views, app.services.ledger.facts)
    with app.services.views.reading() as connection:
        found = sum(one.owed_minor for one in payables(connection, merchant_id="bakery"))
    assert found == app.services.ledger.fund("culture").owed_minor.get("bakery", 0)
    return found


@pytest.mark.parametrize(("synced", "times"), [(True, 120), (False, 10)])
def test_after_the_live_refusal_the_union_bears_nothing(
    app: App, *, synced: bool, times: int
) -> None:
    till = lose(app)
    refuse_live(app)

    assert drain(till, synced=synced, times=times) == []
    assert owed(app) == 0


def test_a_refused_validation_tells_the_till_as_well(app: App) -> None:
    till = lose(app)
    asked = {"code": app.printed, "amount_minor": 68_00}
    assert app.ask("POST", "/validations", asked).status_code == 409
    app.services.refused_validations.record(None)

    assert drain(till) == []


def test_without_it_the_union_bears_the_budget_of_the_card_and_owes_nothing_yet(app: App) -> None:
    till = lose(app)
    available_minor = app.services.ledger.fund("culture").available_minor

    assert drain(till) == ["within_limits"] * 2
    assert owed(app) == 0
    fund = app.services.ledger.fund("culture")
    assert (fund.held_minor["bakery"], fund.available_minor) == (45_60, available_minor - 45_60)
    app.services.ledger.officers.staff.appoint_staff("zhao", roles=["reviewer"])
    decide = app.services.ledger.officers.contests.decide
    decide("film-0", accept=True, by=OFFICER)
    decide("film-1", accept=False, by=OFFICER)
    assert owed(app) == 22_80
    assert app.services.ledger.fund("culture").available_minor == available_minor - 22_80


@pytest.mark.parametrize("refused", [True, False])
def test_scans_dated_before_the_block_are_held_within_the_budget_of_the_card_at_all_tills(
    app: App, *, refused: bool
) -> None:
    names = [f"till-{number}" for number in range(2, 9)]
    tills = [OfflineTill(app, till_id=one, shows=app.pair("bakery", one)) for one in names]
    tills.append(lose(app))
    before = app.now - MINUTE - timedelta(seconds=1)
    for number, till in enumerate(tills if refused else []):
        shown = {"code": app.printed, "amount_minor": 68_00, "choices": ["film-30"]}
        no = app.ask("PUT", f"/redemptions/live-{number}", shown, key=till.shows)
        assert no.get_json()["reason"] == "card_blocked"
    told = []
    for number in range(120):
        till = tills[number % 8]
        slip = till.slip(f"film-{number}", code=app.printed, given=FILM, scanned_at=moment(before))
        told.append(till.bring(slip).get_json())

    assert {one["outcome"] for one in told} == {"contested"}
    borne = [one["contested"]["because"] for one in told if one["contested"]["borne_by"] == "union"]
    assert borne == ["within_limits"] * 2
    assert owed(app) == 0


def test_a_live_card_fills_the_limits_of_one_day_however_often_the_till_syncs(app: App) -> None:
    till = lose(app)
    app.services.ledger.officers.cards.unblock_card(WANG_CARD, by=OFFICER)

    told = []
    for number in range(40):
        app.now += MINUTE
        till.sync()
        slip = till.slip(f"film-{number}", code=app.printed, given=FILM)
        told.append(till.bring(slip).get_json()["outcome"])

    assert told == ["accepted"] * 21 + ["contested"] * 19  # 500 yuan
    assert owed(app) == 21 * 22_80


@pytest.mark.parametrize(
    ("planted", "test"),
    [
        ("told", test_after_the_live_refusal_the_union_bears_nothing),
        ("budget", test_without_it_the_union_bears_the_budget_of_the_card_and_owes_nothing_yet),
        ("held", test_without_it_the_union_bears_the_budget_of_the_card_and_owes_nothing_yet),
        ("day", test_a_live_card_fills_the_limits_of_one_day_however_often_the_till_syncs),
    ],
)
def test_each_defence_that_is_taken_away_is_noticed(
    app: App, monkeypatch: pytest.MonkeyPatch, planted: str, test: Callable[..., None]
) -> None:
    rules = decision.RULES
    match planted:
        case "told":
            monkeypatch.setattr(redemptions, "tell", lambda *_: [])
        case "budget":
            kept = {one: rule for one, rule in rules.items() if one != LiabilityReason.OVER_BUDGET}
            monkeypatch.setattr(decision, "RULES", kept)
        case "held":
            book = decision.book
            monkeypatch.setattr(decision, "book", lambda *args, **_: book(*args))
        case "day":
            kept = {one: rule for one, rule in rules.items() if one != LiabilityReason.OVER_LIMITS}
            monkeypatch.setattr(decision, "RULES", kept)

    with pytest.raises(AssertionError):
        test(app, **({"synced": False, "times": 2} if planted == "told" else {}))
