"""Rosters at the desk: previewed, imported, printed, and given back to be mended."""

import io
import re
import threading
from datetime import date
from functools import partial

import pytest
from openpyxl import Workbook

from pos_gateway import boxed
from tests.support.app_staff import StaffApp
from tests.support.rosters import CHINESE, identity_number

TITLES = ",".join(CHINESE[:6])


PEOPLE = [
    f"周桂兰,13900000011,{identity_number(11)},鼓楼街道总工会,公交,",
    f"吴建国,13900000012,{identity_number(12)},鼓楼街道总工会,,劳模",
]


def test_a_roster_is_looked_at_then_taken_on_then_printed(clerk: StaffApp) -> None:
    rows = [TITLES, *PEOPLE, "坏人,12,11,,,"]
    sent = (io.BytesIO("\n".join(rows).encode()), "名册.csv")

    preview = clerk.send("/desk/members/import", roster=sent).text
    before = clerk.position
    name = found(preview, "roster")[0]
    imported = clerk.send("/desk/members/imported", roster=name).text
    cards, (request,) = found(imported, "card"), found(imported, "request")
    sheet = clerk.send("/desk/cards/sheet", card=cards, request=request)
    again = clerk.send("/desk/cards/sheet", card=cards, request=request)

    assert re.findall("<dd>(.*?)</dd>", preview) == ["2", "0", "1"]
    assert "应为11位手机号码" in preview
    assert clerk.position > before
    assert len(cards) == 2
    assert sheet.data.startswith(b"%PDF-")
    assert again.status_code == 422
    assert list((clerk.services.settings.var / "rosters").iterdir()) == []


def test_what_a_later_roster_says_otherwise_is_shown_and_taken_over(clerk: StaffApp) -> None:
    # Given members of an imported roster
    take = partial(clerk.send, "/desk/members/imported")
    take(roster=found(upload(clerk, PEOPLE[0]), "roster"))
    # When a later one has another phone, employer and last day
    name, _, number, branch, *_ = PEOPLE[0].split(",")
    preview = upload(clerk, f"{name},13911112222,{number},{branch},二厂,,2099-12-31")
    imported = take(roster=found(preview, "roster"), correct="yes", renew="yes").text
    # Then both values are shown, and the officer's ticks take the later ones over
    assert "手机号：" in preview
    assert "→ 13911112222" in preview
    assert "→ 二厂" in preview
    (member_id,) = clerk.services.vault.find(identity_number=number)
    assert clerk.services.ledger.member(member_id).employer == "二厂"
    (card,) = found(imported, "card")
    assert clerk.services.ledger.card(card).last_day == date(2099, 12, 31)
    # And the phone waits for a second person
    assert "更改会员手机号或证件号" in clerk.see("/desk/proposals").text


def test_faulty_rows_come_back_as_a_file_that_is_a_roster(clerk: StaffApp) -> None:
    # Given the preview of a roster with a faulty row
    name = found(upload(clerk, PEOPLE[0], "坏人,12,11,,,,"), "roster")
    # When the clerk downloads what is to be mended, and uploads it as it is
    content = io.BytesIO(clerk.send("/desk/members/import/refused", roster=name).data)
    again = clerk.send("/desk/members/import", roster=(content, "to-mend.xlsx")).text
    # Then the row alone is faulty as before
    assert re.findall("<dd>(.*?)</dd>", again) == ["0", "0", "1"]
    assert "不认识" not in again


def test_an_empty_roster_is_there_to_fill_in(clerk: StaffApp) -> None:
    answer = clerk.see("/desk/members/import/sample")

    assert answer.data.startswith(b"PK")
    assert "如：2027-12-31" in clerk.see("/desk/members/import").text


def upload(clerk: StaffApp, *rows: str) -> str:
    """Upload a roster and return its preview."""
    content = io.BytesIO("\n".join([",".join(CHINESE), *rows]).encode())
    return clerk.send("/desk/members/import", roster=(content, "名册.csv")).text


def test_a_roster_on_its_way_is_sealed_and_its_own_officers(clerk: StaffApp) -> None:
    rows = [TITLES, PEOPLE[0]]
    sent = (io.BytesIO("\n".join(rows).encode()), "名册.csv")
    name = found(clerk.send("/desk/members/import", roster=sent).text, "roster")[0]
    clerk.services.ledger.officers.staff.appoint_staff("s-other", roles=["clerk"])

    (kept,) = (clerk.services.settings.var / "rosters").iterdir()
    clerk.secret = clerk.session("staff-s-other", "desk")
    answer = clerk.send("/desk/members/imported", roster=name)

    assert "周桂兰".encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert answer.status_code >= 400


def test_a_roster_without_its_columns_is_told_which_are_missing(clerk: StaffApp) -> None:
    sent = (io.BytesIO("姓名,手机号,身份证号,单位\n".encode()), "名册.csv")

    answer = clerk.send("/desk/members/import", roster=sent)

    assert "找不到这些列（列名写在前十行里的一行）：基层工会" in answer.text


@pytest.mark.parametrize("name", ["名册.pdf", "名册", "../../x.csv.exe"])
def test_another_file_is_no_roster(clerk: StaffApp, name: str) -> None:
    assert clerk.told("/desk/members/import", roster=(io.BytesIO(b"x"), name))


def found(page: str, field: str) -> list[str]:
    """Return the values of hidden fields."""
    return re.findall(rf'name="{field}" value="([^"]+)"', page)


def test_a_roster_that_finds_no_room_is_to_be_sent_again(
    clerk: StaffApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given as many rosters being read as the gateway reads at once
    monkeypatch.setattr(boxed, "_room", threading.Semaphore(0))
    monkeypatch.setattr(boxed, "WAIT_SECONDS_MAX", 0.01)
    # When a clerk uploads one more
    sent = (io.BytesIO(TITLES.encode()), "名册.csv")
    answer = clerk.send("/desk/members/import", roster=sent)
    # Then it is refused for now
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(int(boxed.SECONDS_MAX)))


@pytest.mark.parametrize(
    ("problem", "told"),
    [("too_costly", "请另存为 CSV 再导入。"), ("too_large", "每个最多：50000000")],
)
def test_a_roster_that_costs_too_much_is_told_the_next_step(
    staff_app: StaffApp, monkeypatch: pytest.MonkeyPatch, problem: str, told: str
) -> None:
    # Given a reader that leaves its bounds, or says that a file is too large
    end = b'{"wrong":{"problem":"too_large","most":50000000}}\0'
    monkeypatch.setattr(boxed, "_output", lambda *_: b"" if problem == "too_costly" else end)
    # When a clerk uploads such a file
    sent = (io.BytesIO(b"x"), "名册.xlsx")
    answer = staff_app.sign_in("clerk").send("/desk/members/import", roster=sent)
    # Then the clerk learns what to do
    assert answer.status_code == 422
    assert told in answer.text


def test_sheets_and_lines_that_are_not_read_are_told(clerk: StaffApp) -> None:
    # Given a workbook with a hidden sheet, a cover and two rosters, of which one has a heading
    workbook = Workbook()
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.create_sheet().append(["填表说明"])
    workbook.active = workbook.create_sheet()
    workbook.active.append(["会员花名册"])
    workbook.active.append(CHINESE)
    workbook.create_sheet().append(CHINESE)
    content = io.BytesIO()
    workbook.save(content)
    content.seek(0)
    # When a clerk uploads it
    answer = clerk.send("/desk/members/import", roster=(content, "名册.xlsx"))
    # Then the preview says so
    assert "排在前面的工作表是隐藏的" in answer.text
    assert "只读取了第 2 个看得见的工作表" in answer.text
    assert "另有 1 个工作表也像名册" in answer.text
    assert "列名上方有 1 行" in answer.text
