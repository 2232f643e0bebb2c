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


@pytest.fixture
def clerk(staff_app: StaffApp) -> StaffApp:
    """Return an app with a clerk signed in at the desk."""
    return staff_app.sign_in("clerk")


@pytest.mark.parametrize("sought", ["13800138000", "110228199003070017", WANG_CARD, "member-wang"])
def test_a_member_is_found_by_what_they_say_or_show(clerk: StaffApp, sought: str) -> None:
    page = clerk.send("/desk/members", sought=sought).text

    assert "王小明" in page
    assert "/desk/members/member-wang" in page


def test_nobody_is_found_by_what_nobody_has(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    assert "没有找到" in staff_app.send("/desk/members", sought="13800138999").text


def test_who_a_member_is_stands_in_no_address(clerk: StaffApp) -> None:
    page = clerk.send("/desk/members", sought="13800138000").text

    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page)
    assert not [one for one in addresses if "138" in one or "王" in one]


def test_a_card_is_blocked_found_again_and_replaced(clerk: StaffApp) -> None:
    card = "/desk/members/member-wang/card"

    told = [clerk.told(card, deed=deed) for deed in ("block", "unblock", "replace")]

    held = clerk.services.ledger.member("member-wang")
    assert told == [None, None, None]
    assert held.card_id != WANG_CARD
    assert clerk.services.ledger.card(WANG_CARD).status == "replaced"


def test_a_card_is_replaced_once_however_often_it_is_pressed(clerk: StaffApp) -> None:
    pressed = {"deed": "replace", "card": WANG_CARD}

    for _ in range(2):
        clerk.send("/desk/members/member-wang/card", **pressed)

    topics = [fact.topic for fact in clerk.services.ledger.facts(0, 1_000)]
    assert topics.count("card.replaced") == 1


def test_what_cannot_be_done_to_a_card_is_told_in_its_place(clerk: StaffApp) -> None:
    clerk.send("/desk/members/member-wang/card", deed="close")

    told = clerk.told("/desk/members/member-wang/card", deed="unblock")

    assert told == "会员卡已注销"


def test_one_person_is_taken_on_with_a_card(clerk: StaffApp) -> None:
    answer = clerk.send("/desk/members/new", **ZHOU)

    page = clerk.see(answer.location).text
    assert "周海燕" in page
    assert "正常" in page
    (member_id,) = clerk.services.vault.find(phone=ZHOU["phone"])
    assert clerk.services.ledger.member(member_id).groups == ("劳模", "女职工")


def test_what_is_wrong_in_a_form_stands_beside_its_field(clerk: StaffApp) -> None:
    answer = clerk.send("/desk/members/new", **ZHOU | {"phone": "12", "branch": ""})

    assert answer.status_code == 422
    assert 'id="error-phone"' in answer.text
    assert 'id="error-branch"' in answer.text
    assert 'id="error-name"' not in answer.text
    assert clerk.services.vault.find(phone="12") == []


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

    assert "第一行缺少这些列：基层工会" in answer.text


@pytest.mark.parametrize("name", ["名册.pdf", "名册", "../../x.csv.exe"])
def test_another_file_is_no_roster(clerk: StaffApp, name: str) -> None:
    assert clerk.told("/desk/members/import", roster=(io.BytesIO(b"x"), name))


def test_a_printed_card_of_the_desk_is_read(clerk: StaffApp) -> None:
    sheet = clerk.send("/desk/cards/sheet", card=LI_CARD, request="once")

    assert sheet.content_type == "application/pdf"
    assert isinstance(read(clerk.printed, clerk.services.keys, now=clerk.now), Printed)


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
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")


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
