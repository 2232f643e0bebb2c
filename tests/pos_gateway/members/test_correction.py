"""A member's data is corrected, and a changed number proves nothing by itself: finding F4 again."""

import pytest

from ledger.control.proposal import LASTS
from ledger.errors import PersonAlreadyKnown
from ledger.vault import Person
from pos_gateway.app.lapses import record_lapses
from pos_gateway.members.correction import correct, kept_for
from projections.engine.runner import catch_up
from tests.support.app_staff import StaffApp
from tests.support.form_client import code_of, messages
from tests.support.rosters import identity_number

WANG = "member-wang"
SUBJECT = f"member-{WANG}"
OLD, NEW = "13800138000", "13700137000"
PLACE = f"/desk/members/{WANG}/correction"
NUMBER = "110228199003070017"


@pytest.fixture
def desk(staff_app: StaffApp) -> StaffApp:
    """Return the desk, with a clerk at it and a member who is signed in on a phone."""
    staff_app.services.sessions.begin("card", SUBJECT, device="phone", methods="code")
    return staff_app.sign_in("clerk")


def on_file(desk: StaffApp) -> Person | None:
    return desk.services.vault.get(WANG)


def test_a_mistyped_name_and_a_branch_are_corrected_by_one(desk: StaffApp) -> None:
    answer = desk.send(
        PLACE, deed="save", reason="mistyped", name="王晓明", branch="果园街道总工会"
    )

    assert answer.location == f"/desk/members/{WANG}"
    assert on_file(desk) == Person("王晓明", OLD, NUMBER)
    assert desk.services.ledger.member(WANG).branch == "果园街道总工会"
    assert desk.services.sessions.listed(SUBJECT)
    assert messages(desk, 0) == []


def test_a_new_phone_takes_a_second_person_and_tells_the_old_one(desk: StaffApp) -> None:
    # When a clerk changes the phone of a member, and confirms it too
    place = desk.propose(PLACE, deed="save", reason="number_changed", phone=NEW)
    proposal_id = place.rpartition("/")[2]
    assert desk.send(f"{place}/decision", deed="confirm").status_code == 403
    # Then the member has the old phone and is signed in, and no fact holds the new one
    assert on_file(desk) == Person("王小明", OLD, NUMBER)
    assert desk.services.sessions.listed(SUBJECT)
    assert not [one for one in desk.services.ledger.facts(0, 10_000) if NEW in repr(one)]
    # When a reviewer, who reads both numbers in part, confirms it
    page = desk.sign_in("reviewer").words(place)
    assert "…8000 → …7000" in page
    assert "…7000" not in desk.sign_in("auditor").words(place)
    assert desk.sign_in("reviewer").told(f"{place}/decision", deed="confirm") is None
    # Then it is changed, the old phone is told, and nothing signs the member in but a new code
    assert on_file(desk) == Person("王小明", NEW, NUMBER)
    assert desk.services.vault.change(WANG, kept_for(proposal_id)) == {}
    assert desk.services.sessions.listed(SUBJECT) == []
    assert [(one.phone, "已更改" in one.text) for one in messages(desk, 1)] == [(OLD, True)]


def test_a_code_to_the_old_phone_stands_for_the_second_person(desk: StaffApp) -> None:
    typed = {"phone": NEW, "reason": "number_changed"}
    page = desk.send(PLACE, deed="send", **typed).text
    code = code_of(messages(desk, 1)[0])

    wrong = desk.told(PLACE, deed="save", code="000000" if code != "000000" else "1", **typed)
    right = desk.send(PLACE, deed="save", code=code, **typed)
    again = desk.told(PLACE, deed="save", code=code, name="王晓明", reason="mistyped")

    assert NEW in page
    assert wrong is not None
    assert right.location == f"/desk/members/{WANG}"
    assert on_file(desk) == Person("王小明", NEW, NUMBER)
    assert again is not None


@pytest.mark.parametrize("ends", ["refuse", "withdraw", "lapse", "erase"])
def test_a_number_that_nobody_agreed_to_leaves_the_vault(desk: StaffApp, ends: str) -> None:
    place = desk.propose(PLACE, deed="save", reason="number_changed", phone=NEW)
    record = kept_for(place.rpartition("/")[2])
    assert desk.services.vault.change(WANG, record) == {"phone": NEW}

    match ends:
        case "refuse":
            fields = {"deed": "refuse", "reason": "person_doubted"}
            assert desk.sign_in("reviewer").told(f"{place}/decision", **fields) is None
        case "withdraw":
            assert desk.told(place, deed="withdraw") is None
        case "erase":
            desk.agree(f"/desk/members/{WANG}/erasure", reason="asked")
        case _:
            desk.now += LASTS
            catch_up(desk.services.views, desk.services.ledger.facts)
            record_lapses(desk.services)

    assert desk.services.vault.change(WANG, record) == {}


def test_a_number_of_somebody_else_is_refused(desk: StaffApp) -> None:
    number = identity_number(44)
    desk.services.vault.put("member-li", Person("李红梅", None, number))

    told = desk.told(PLACE, deed="save", reason="mistyped", identity_number=number)

    assert told == "该证件号已登记给其他会员"
    with pytest.raises(PersonAlreadyKnown):
        correct(desk.services, WANG, {"identity_number": number}, reason="mistyped", proven=True)


def test_what_is_wrong_stands_beside_its_field(desk: StaffApp) -> None:
    answer = desk.send(PLACE, deed="save", reason="mistyped", phone="12")

    assert answer.status_code == 422
    assert 'id="error-phone"' in answer.text


def test_a_closed_card_signs_its_member_out(desk: StaffApp) -> None:
    desk.send(f"/desk/members/{WANG}/card", deed="close")

    assert desk.services.sessions.listed(SUBJECT) == []


def test_who_read_whose_data_is_noted_and_reviewers_see_it(desk: StaffApp) -> None:
    desk.send("/desk/members", sought=OLD)
    desk.see(f"/desk/members/{WANG}")
    place = desk.propose(PLACE, deed="save", reason="number_changed", phone=NEW)
    desk.sign_in("auditor").see(place)
    desk.sign_in("reviewer").see(place)

    noted = desk.services.sign_in.security.events(event="member_read", rows_max=9)
    read = [(one.subject, one.about) for one in reversed(noted)]
    pages = ("desk-members", "desk-member", "desk-member-correct")
    assert read == [
        *(("staff-s-clerk", f"{page} {SUBJECT}") for page in pages),
        ("staff-s-reviewer", f"desk-proposal {SUBJECT}"),
    ]
    page = desk.words("/desk/security")
    assert "A member's data read" in page
    assert "王小明" not in page
