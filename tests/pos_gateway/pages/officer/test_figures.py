import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from pos_gateway.auth.api_key import make_till_key
from pos_gateway.pages.officer.figure_subjects import ATTENDANCE, DROPS, SUPPLIERS, Asked
from pos_gateway.pages.officer.figures import SUBJECTS
from projections.engine.runner import catch_up
from tests.support.app import LI_CARD, OFFICER
from tests.support.app_staff import StaffApp
from tests.support.app_with_drop import CHEN, CHEN_CARD, DAY, LI, WANG, DropApp


@pytest.fixture
def busy_app(staff_app: StaffApp) -> StaffApp:
    """Return an app with seven cakes, one reversed, and an analyst signed in."""
    for number in range(7):
        answer = staff_app.redeem(f"cake-{number}")
        assert answer.status_code == 201, answer.text
    staff_app.redeem("cake-of-li", code=staff_app.code(LI_CARD))
    staff_app.ask("POST", "/redemptions/cake-6/reversal", {"reason": "other"})
    return staff_app.sign_in("analyst")


def table(staff_app: StaffApp, subject: str, **chosen: str) -> list[list[str]]:
    """Return the rows of a subject's file without the header."""
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    answer = staff_app.see(f"/desk/figures/{subject}/file?lang=en&{query}")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    _, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    return rows


def test_purchases_are_summed_as_they_were_made(busy_app: StaffApp) -> None:
    by_merchant = table(busy_app, "purchases", by="merchant")
    shown = busy_app.see("/desk/figures/purchases?by=merchant&lang=en").text

    assert by_merchant == [["bakery", "7", "1", "476.00", "23.80", "23.80", "428.40"]]
    assert '<td class="number">476.00</td>' in shown


@pytest.mark.parametrize("by", ["month", "category", "branch", "merchant", "offer"])
def test_uses_of_offers_are_told_by_each_group(busy_app: StaffApp, by: str) -> None:
    ((_, *figures),) = table(busy_app, "offers", by=by)

    assert figures == ["7", "23.80", "23.80"]


def test_refusals_are_told_by_their_reasons(busy_app: StaffApp) -> None:
    for number in range(5):
        busy_app.redeem(f"dear-{number}", choices=["opera-only"])

    ((reason, count),) = table(busy_app, "refusals")

    assert count == "5"
    assert reason != "merchant_not_covered"


def test_refused_validations_are_told_from_refused_redemptions(busy_app: StaffApp) -> None:
    for number in range(5):
        busy_app.redeem(f"dear-{number}", choices=["opera-only"])
        busy_app.services.refused_validations.count("bakery", "main", "till-1", reason="expired")
    busy_app.services.refused_validations.record(None)

    assert sorted(table(busy_app, "refusals", by="request")) == [
        ["Redemption", "5"],
        ["Validation", "5"],
    ]


def test_figures_on_fewer_than_five_are_withheld_everywhere(busy_app: StaffApp) -> None:
    busy_app.services.ledger.officers.cards.register_member(
        "member-chen", branch="miyun-2", by=OFFICER
    )
    busy_app.services.ledger.officers.cards.issue_card(
        CHEN_CARD, member_id="member-chen", by=OFFICER
    )
    for number in range(2):
        busy_app.redeem(f"chen-{number}", code=busy_app.code(CHEN_CARD))

    rows = table(busy_app, "purchases", by="branch")
    page = busy_app.see("/desk/figures/purchases?by=branch&lang=en").text

    assert rows == [["miyun-1", *["withheld"] * 6], ["miyun-2", *["<5"] * 6]]
    assert "136.00" not in page
    assert "476.00" not in page


def test_the_rate_of_use_counts_live_cards_used_in_the_month(staff_app: StaffApp) -> None:
    for number in range(8):
        member_id, card_id = f"member-{number}", f"{number:024x}"
        staff_app.services.ledger.officers.cards.register_member(
            member_id, branch="miyun-2", by=OFFICER
        )
        staff_app.services.ledger.officers.cards.issue_card(
            card_id, member_id=member_id, by=OFFICER
        )
    for number in range(7):
        staff_app.redeem(f"r-{number}", code=staff_app.code(f"{number:024x}"))
    staff_app.ask("POST", "/redemptions/r-6/reversal", {"reason": "other"})
    staff_app.services.ledger.officers.cards.replace_card(
        f"{0:024x}", new_card_id="9" * 24, by=OFFICER
    )
    staff_app.services.ledger.officers.cards.block_card(f"{1:024x}", by=OFFICER)
    staff_app.sign_in("analyst")

    month, *figures = table(staff_app, "cards")[-1]

    # Nine cards are live: eight, Wang's and Li's, less the blocked one. One of six used is blocked.
    assert month == f"{staff_app.services.ledger.day(staff_app.now):%Y-%m}"
    assert figures == ["55.5%", "5", "9"]


def test_a_month_in_which_nobody_had_a_card_has_no_rate(staff_app: StaffApp) -> None:
    staff_app.sign_in("analyst")

    rows = table(staff_app, "cards")
    first = staff_app.see("/desk/figures").text

    assert rows == [[f"{staff_app.services.ledger.day(staff_app.now):%Y-%m}", "<5", "<5", "<5"]]
    assert first.count("&lt;5") == 3


def test_only_the_days_asked_for_are_summed(busy_app: StaffApp) -> None:
    today = busy_app.services.ledger.day(busy_app.now)
    tomorrow = today + timedelta(days=1)

    inside = table(busy_app, "purchases", **{"from": f"{today}", "to": f"{today}"})
    outside = busy_app.see(f"/desk/figures/purchases?from={tomorrow}&to={tomorrow}&lang=en")

    assert [row[1] for row in inside] == ["7"]
    assert "Nothing in these days" in outside.text


@pytest.mark.parametrize(
    "query",
    [
        "by=phone",
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-05-02&to=2026-05-01",
        "from=1900-01-01",
    ],
)
def test_what_cannot_be_asked_is_told_and_the_usual_days_are_shown(
    busy_app: StaffApp, query: str
) -> None:
    page = busy_app.see(f"/desk/figures/purchases?{query}")

    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert busy_app.see(f"/desk/figures/purchases/file?{query}").status_code == 422


def test_no_figures_are_at_an_address_of_no_subject(busy_app: StaffApp) -> None:
    assert busy_app.see("/desk/figures/salaries").status_code == 404


def test_a_merchant_named_as_a_formula_is_called_so_safely(staff_app: StaffApp) -> None:
    ledger, name = staff_app.services.ledger, '=HYPERLINK("x")'
    ledger.officers.merchants.sign_merchant("mill", name=name, by=OFFICER)
    ledger.officers.merchants.open_outlet("mill", outlet_id="main", name="本店", by=OFFICER)
    key, key_hash = make_till_key("mill", "till-2", bytes(32))
    ledger.officers.merchants.pair_till(
        "mill", till_id="till-2", outlet_id="main", key_hash=key_hash, by=OFFICER
    )
    for number in range(5):
        code = {"code": staff_app.code(), "amount_minor": 100, "choices": []}
        staff_app.ask("PUT", f"/redemptions/bread-{number}", code, key=key)
    staff_app.sign_in("analyst")

    assert [row[0] for row in table(staff_app, "purchases", by="merchant")] == [f"'{name}"]


def test_each_bar_is_as_long_as_its_figure_and_the_table_says_the_same(busy_app: StaffApp) -> None:
    for number in range(14):
        busy_app.ask(
            "PUT",
            f"/redemptions/song-{number}",
            {"code": busy_app.code(), "amount_minor": 100, "choices": []},
            key=busy_app.other_key,
        )

    page = busy_app.see("/desk/figures/purchases?by=merchant&lang=en").text

    assert re.findall(r'<rect [^>]*width="([\d.]+%)"', page) == ["50.0%", "100.0%"]
    assert re.findall(r'<th scope="row">(\w+)</th><td class="number">(\d+)</td>', page) == [
        ("bakery", "7"),
        ("opera", "14"),
    ]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_subject_answers_by_each_of_its_groups(
    busy_app: StaffApp, subject: str, language: str
) -> None:
    for by in SUBJECTS[subject].groups:
        assert busy_app.see(f"/desk/figures/{subject}?by={by}&lang={language}").status_code == 200
        table(busy_app, subject, by=by)


def test_of_a_drop_its_places_who_came_and_what_it_brings_are_told(drop_app: DropApp) -> None:
    for number in range(6):
        drop_app.enrol(f"m-{number}", f"{number:024x}", branch="miyun-1")
        ticket = drop_app.ticket(f"m-{number}", f"k{number}", item="pillow", session="hall")
        if number < 5:
            code = drop_app.ticket_code(f"m-{number}", ticket)
            assert drop_app.use(f"u{number}", code=code).status_code == 201
    drop_app.claim(WANG, "w1")
    drop_app.claim(LI, "w2")
    drop_app.claim(CHEN, "w3")
    drop_app.services.turned_away.record(None)
    drop_app.now += 10 * DAY
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)

    with drop_app.services.views.reading() as connection:
        today = drop_app.services.ledger.day(drop_app.now)
        asked = Asked(drop_app.services, connection, "drop", today - 30 * DAY, today, drop_app.now)
        (drop,) = DROPS.rows(asked)
        (came,) = ATTENDANCE.rows(asked)
        paid = SUPPLIERS.rows(asked._replace(by="supplier"))
        (whole,) = SUPPLIERS.rows(asked._replace(by=""))

    assert drop == {
        "group": "may-day",
        "capacity": 12,
        "places": 8,
        "seconds": None,
        "turned_away": 1,
    }
    assert (came["tickets"], came["tickets_used"], came["no_shows"]) == (8, 5, 3)
    assert [(one["group"], one["places_kept"], one["places_used"]) for one in paid] == [
        ("rose-garden", 8, 5)
    ]
    assert whole == paid[0] | {"group": ""}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_database_answers_every_question(
    database_url: str, tmp_path: Path, subject: str
) -> None:
    staff_app = StaffApp(database_url, tmp_path / "var").sign_in("analyst")
    staff_app.redeem("cake")

    told = [
        staff_app.see(f"/desk/figures/{subject}?by={by}&from=2026-01-01").status_code
        for by in SUBJECTS[subject].groups
    ]
    overview = staff_app.see("/desk/figures").status_code
    staff_app.services.close()

    assert {*told, overview} == {200}


@pytest.mark.parametrize("days", ["from=9999-12-01&to=9999-12-31", "from=2026-01-02&to=2026-01-01"])
def test_days_that_no_calendar_goes_on_from_are_refused(staff_app: StaffApp, days: str) -> None:
    answer = staff_app.sign_in("analyst").see(f"/desk/figures/cards?{days}")

    assert answer.status_code == 422
