"""Members at the desk: found, registered, and their cards."""

import re

import pytest

from pos_gateway.codes import Printed, read
from tests.support.app import LI_CARD, WANG_CARD
from tests.support.app_staff import StaffApp
from tests.support.rosters import identity_number

ZHOU = {
    "name": "周海燕",
    "phone": "13900000002",
    "identity_number": "11010119900307002X",
    "branch": "鼓楼街道总工会",
    "employer": "",
    "groups": "劳模、女职工",
}


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


def test_a_card_is_issued_for_no_days_that_are_past(clerk: StaffApp) -> None:
    cards = clerk.services.ledger.officers.cards
    cards.register_member("member-zhou", branch="b")

    answer = clerk.send("/desk/members/member-zhou/card", deed="issue", last_day="2020-01-01")

    assert answer.status_code >= 400
    assert "输入有误" in answer.text
    assert not clerk.services.ledger.member("member-zhou").card_id


@pytest.mark.parametrize("born", ["18991231", "20991231"])
def test_nobody_is_registered_with_a_birth_date_that_cannot_be(clerk: StaffApp, born: str) -> None:
    number = {"identity_number": identity_number(1, born=born)}

    answer = clerk.send("/desk/members/new", **ZHOU | number)

    assert 'id="error-identity_number"' in answer.text


@pytest.mark.parametrize("spelt", ["\u202d{}\u202c", "+86 {}", " {}\u200e"])
def test_a_member_is_found_by_a_phone_or_number_as_it_is_copied(
    clerk: StaffApp, spelt: str
) -> None:
    clerk.send("/desk/members/new", **ZHOU)

    answer = clerk.send("/desk/members", sought=spelt.format(ZHOU["phone"]))

    assert "周海燕" in answer.text


def test_a_printed_card_of_the_desk_is_read(clerk: StaffApp) -> None:
    sheet = clerk.send("/desk/cards/sheet", card=LI_CARD, request="once")

    assert sheet.content_type == "application/pdf"
    assert isinstance(read(clerk.printed, clerk.services.keys, now=clerk.now), Printed)


def test_a_form_of_another_role_is_refused(staff_app: StaffApp) -> None:
    staff_app.sign_in("reviewer")

    answer = staff_app.send("/desk/members/member-wang/card", deed="block")

    assert answer.status_code == 403
    assert staff_app.services.ledger.card(WANG_CARD).status == "live"
