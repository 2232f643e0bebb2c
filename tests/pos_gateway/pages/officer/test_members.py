"""Members at the desk: found, registered, their cards; rosters imported and printed."""

import io
import re
import threading

import pytest
from openpyxl import Workbook

from pos_gateway import boxed
from pos_gateway.codes import Printed, read
from tests.support.app import LI_CARD, WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.rosters import CHINESE, identity_number

ZHOU = {
    "name": "周海燕",
    "phone": "13900000002",
    "identity_number": "11010119900307002X",
    "branch": "鼓楼街道总工会",
    "employer": "",
    "groups": "劳模、女职工",
}


TITLES = ",".join(CHINESE[:6])
PEOPLE = [
    f"周桂兰,13900000011,{identity_number(11)},鼓楼街道总工会,公交,",
    f"吴建国,13900000012,{identity_number(12)},鼓楼街道总工会,,劳模",
]


@pytest.mark.parametrize("sought", ["13800138000", "110228199003070017", WANG_CARD, "member-wang"])
def test_a_member_is_found_by_what_they_say_or_show(staff_app: StaffApp, sought: str) -> None:
    staff_app.sign_in("clerk")

    page = staff_app.send("/desk/members", sought=sought).text

    assert "王小明" in page
    assert "/desk/members/member-wang" in page


def test_nobody_is_found_by_what_nobody_has(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    assert "没有找到" in staff_app.send("/desk/members", sought="13800138999").text


def test_who_a_member_is_stands_in_no_address(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")

    page = staff_app.send("/desk/members", sought="13800138000").text

    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page)
    assert not [one for one in addresses if "138" in one or "王" in one]


def test_a_card_is_blocked_found_again_and_replaced(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    card = "/desk/members/member-wang/card"

    told = [staff_app.told(card, deed=deed) for deed in ("block", "unblock", "replace")]

    held = staff_app.services.ledger.member("member-wang")
    assert told == [None, None, None]
    assert held.card_id != WANG_CARD
    assert staff_app.services.ledger.card(WANG_CARD).status == "replaced"


def test_a_card_is_replaced_once_however_often_it_is_pressed(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    pressed = {"deed": "replace", "card": WANG_CARD}

    for _ in range(2):
        staff_app.send("/desk/members/member-wang/card", **pressed)

    topics = [fact.topic for fact in staff_app.services.ledger.facts(0, 1_000)]
    assert topics.count("card.replaced") == 1


def test_what_cannot_be_done_to_a_card_is_told_in_its_place(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    staff_app.send("/desk/members/member-wang/card", deed="close")

    told = staff_app.told("/desk/members/member-wang/card", deed="unblock")

    assert told == "会员卡已注销"


def test_one_person_is_taken_on_with_a_card(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")

    answer = staff_app.send("/desk/members/new", **ZHOU)

    page = staff_app.see(answer.location).text
    assert "周海燕" in page
    assert "正常" in page
    (member_id,) = staff_app.services.vault.find(phone=ZHOU["phone"])
    assert staff_app.services.ledger.member(member_id).groups == ("劳模", "女职工")


def test_what_is_wrong_in_a_form_stands_beside_its_field(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")

    answer = staff_app.send("/desk/members/new", **ZHOU | {"phone": "12", "branch": ""})

    assert answer.status_code == 422
    assert 'id="error-phone"' in answer.text
    assert 'id="error-branch"' in answer.text
    assert 'id="error-name"' not in answer.text
    assert staff_app.services.vault.find(phone="12") == []


def test_a_roster_is_looked_at_then_taken_on_then_printed(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    rows = [TITLES, *PEOPLE, "坏人,12,11,,,"]
    sent = (io.BytesIO("\n".join(rows).encode()), "名册.csv")

    preview = staff_app.send("/desk/members/import", roster=sent).text
    before = staff_app.position
    name = found(preview, "roster")[0]
    imported = staff_app.send("/desk/members/imported", roster=name).text
    cards, (request,) = found(imported, "card"), found(imported, "request")
    sheet = staff_app.send("/desk/cards/sheet", card=cards, request=request)
    again = staff_app.send("/desk/cards/sheet", card=cards, request=request)

    assert re.findall("<dd>(.*?)</dd>", preview) == ["2", "0", "1"]
    assert "应为11位手机号码" in preview
    assert staff_app.position > before
    assert len(cards) == 2
    assert sheet.data.startswith(b"%PDF-")
    assert again.status_code == 422
    assert list((staff_app.services.settings.var / "rosters").iterdir()) == []


def test_a_roster_on_its_way_is_sealed_and_its_own_officers(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    rows = [TITLES, PEOPLE[0]]
    sent = (io.BytesIO("\n".join(rows).encode()), "名册.csv")
    name = found(staff_app.send("/desk/members/import", roster=sent).text, "roster")[0]
    staff_app.services.ledger.officers.staff.appoint_staff("s-other", roles=["clerk"])

    (kept,) = (staff_app.services.settings.var / "rosters").iterdir()
    staff_app.secret = staff_app.session("staff-s-other", "desk")
    answer = staff_app.send("/desk/members/imported", roster=name)

    assert "周桂兰".encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert answer.status_code >= 400


def test_a_roster_without_its_columns_is_told_which_are_missing(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")
    sent = (io.BytesIO("姓名,手机号,身份证号,单位\n".encode()), "名册.csv")

    answer = staff_app.send("/desk/members/import", roster=sent)

    assert "第一行缺少这些列：基层工会" in answer.text


@pytest.mark.parametrize("name", ["名册.pdf", "名册", "../../x.csv.exe"])
def test_another_file_is_no_roster(staff_app: StaffApp, name: str) -> None:
    staff_app.sign_in("clerk")

    assert staff_app.told("/desk/members/import", roster=(io.BytesIO(b"x"), name))


def test_a_printed_card_of_the_desk_is_read(staff_app: StaffApp) -> None:
    staff_app.sign_in("clerk")

    sheet = staff_app.send("/desk/cards/sheet", card=LI_CARD, request="once")

    assert sheet.content_type == "application/pdf"
    assert isinstance(read(staff_app.printed, staff_app.services.keys, now=staff_app.now), Printed)


def test_a_form_of_another_role_is_refused(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    answer = staff_app.send("/desk/members/member-wang/card", deed="block")

    assert answer.status_code == 403
    assert staff_app.services.ledger.card(WANG_CARD).status == "live"


def found(page: str, field: str) -> list[str]:
    """Return the values of hidden fields."""
    return re.findall(rf'name="{field}" value="([^"]+)"', page)


def test_a_roster_that_finds_no_room_is_to_be_sent_again(
    staff_app: StaffApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given as many rosters being read as the gateway reads at once
    monkeypatch.setattr(boxed, "_room", threading.Semaphore(0))
    monkeypatch.setattr(boxed, "WAIT_SECONDS_MAX", 0.01)
    # When a clerk uploads one more
    sent = (io.BytesIO(TITLES.encode()), "名册.csv")
    answer = staff_app.sign_in("clerk").send("/desk/members/import", roster=sent)
    # Then it is refused for now
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")


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


def test_a_hidden_sheet_before_the_one_that_is_read_is_told(staff_app: StaffApp) -> None:
    # Given a workbook whose first sheet is hidden
    workbook = Workbook()
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.active = workbook.create_sheet()
    workbook.active.append(CHINESE)
    content = io.BytesIO()
    workbook.save(content)
    content.seek(0)
    # When a clerk uploads it
    answer = staff_app.sign_in("clerk").send("/desk/members/import", roster=(content, "名册.xlsx"))
    # Then the preview says so
    assert "排在前面的工作表是隐藏的" in answer.text
