"""Merchants at the desk: signed, their outlets, tills, owners and accounts."""

import re

import pytest

from ledger.merchants.till import FloorLimits
from pos_gateway.auth.api_key import till_of
from pos_gateway.errors import PairingRefused
from pos_gateway.payments.bank_accounts import bank_accounts
from tests.support.app_staff import StaffApp

BAKERY = "/desk/merchants/bakery"
NOODLE = {"merchant_id": "noodle", "name": "兰州面馆", "categories": "restaurant"}
GULOU = {
    "deed": "outlet",
    "outlet_id": "gulou",
    "name": "鼓楼店",
    "address": "鼓楼大街1号",
    "latitude": "40.376",
    "longitude": "-116.84",
    "hours": "09:00-21:00",
    "phone": "010-6900 0000",
}


def test_a_merchant_is_signed_with_an_outlet_on_the_map(clerk: StaffApp) -> None:
    told = [clerk.told("/desk/merchants/new", **NOODLE)]
    told += [clerk.told("/desk/merchants/noodle", **GULOU)]

    held = clerk.services.ledger.merchant("noodle")
    place = held.places["gulou"]
    assert told == [None, None]
    assert (held.name, held.categories) == ("兰州面馆", ("restaurant",))
    assert (place.latitude_microdegrees, place.longitude_microdegrees) == (40_376_000, -116_840_000)
    assert "鼓楼大街1号" in clerk.see("/desk/merchants/noodle").text


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("latitude", "forty"),
        ("latitude", "91"),
        ("latitude", ""),
        ("outlet_id", "a b"),
        ("name", ""),
        ("name", "x" * 101),
    ],
)
def test_an_outlet_that_cannot_be_is_refused(clerk: StaffApp, field: str, typed: str) -> None:
    before = clerk.position

    assert clerk.told("/desk/merchants/bakery", **GULOU | {field: typed})
    assert clerk.position == before


def test_opening_hours_that_are_no_times_of_a_day_are_told_how_to_write(clerk: StaffApp) -> None:
    refused = clerk.send("/desk/merchants/bakery", **GULOU | {"hours": "10:00–99:00"}).text
    by_night = clerk.told("/desk/merchants/bakery", **GULOU | {"hours": "18:00–次日02:00"})

    assert "一天里没有这样的时刻" in refused
    assert "如 09:00–21:00" in refused
    assert by_night is None


def test_an_outlet_moves(clerk: StaffApp) -> None:
    clerk.send("/desk/merchants/bakery", **GULOU)

    clerk.send(
        "/desk/merchants/bakery", **GULOU | {"name": "新鼓楼店", "latitude": "", "longitude": ""}
    )

    held = clerk.services.ledger.merchant("bakery")
    assert held.outlets["gulou"] == "新鼓楼店"
    assert held.places["gulou"].latitude_microdegrees is None


def offered(staff_app: StaffApp, till_id: str = "desk-1") -> str:
    """Return the pairing code shown for a new till of the bakery."""
    path = "/desk/merchants/bakery/pairing"
    page = staff_app.send(path, outlet_id="main", till_id=till_id).text
    return re.findall(r'name="code" value="([^"]+)"', page)[0]


def test_a_till_is_paired_once_both_sides_see_the_same_word(clerk: StaffApp) -> None:
    pairings = clerk.services.sign_in.pairings
    code = offered(clerk)

    waits = pairings.claim(code, address="192.0.2.7")
    shown = clerk.send("/desk/pairing", code=code).text
    told = clerk.told(
        "/desk/pairing/judged", code=code, check_word=waits.check_word, deed="confirm"
    )

    assert waits.check_word in shown
    assert told is None
    till = till_of(f"Bearer {waits.key}", clerk.services.ledger)
    assert (till.merchant_id, till.till_id) == ("bakery", "desk-1")


def test_a_device_with_another_word_gets_no_key(clerk: StaffApp) -> None:
    pairings = clerk.services.sign_in.pairings
    code = offered(clerk)
    waits = pairings.claim(code, address="192.0.2.7")

    clerk.send("/desk/pairing/judged", code=code, check_word=waits.check_word, deed="refuse")

    assert "desk-1" not in clerk.services.ledger.merchant("bakery").tills
    with pytest.raises(PairingRefused):
        pairings.claim(code, address="192.0.2.8")


def test_a_pairing_is_judged_by_who_offered_it(clerk: StaffApp) -> None:
    code = offered(clerk)
    clerk.services.ledger.officers.staff.appoint_staff("s-other", roles=["clerk"])

    clerk.secret = clerk.session("staff-s-other", "desk")

    assert clerk.told("/desk/pairing", code=code)


def test_what_a_till_may_do_offline_is_set(clerk: StaffApp) -> None:
    clerk.send(
        "/desk/merchants/bakery/tills/till-1",
        deed="limit",
        redemptions="5",
        yuan="100.50",
        hours="12",
        card_yuan="20",
    )

    limits = clerk.services.ledger.merchant("bakery").tills["till-1"].limits
    assert limits == FloorLimits(redemptions=5, amount_minor=100_50, hours=12, card_minor=20_00)
    assert 'value="100.50"' in clerk.see("/desk/merchants/bakery").text


def test_an_outlet_with_capitals_in_its_id_is_changed_and_not_opened_twice(clerk: StaffApp) -> None:
    clerk.services.ledger.officers.merchants.open_outlet(
        "bakery", outlet_id="East", name="东店", by="system"
    )

    told = clerk.told("/desk/merchants/bakery", **GULOU | {"outlet_id": "East"})

    outlets = clerk.services.ledger.merchant("bakery").outlets
    assert (told, outlets["East"], "east" in outlets) == (None, "鼓楼店", False)


def test_a_till_is_revoked_at_once(clerk: StaffApp) -> None:
    clerk.send("/desk/merchants/bakery/tills/till-1", deed="revoke")

    assert clerk.redeem("r1").get_json()["reason"] == "till_revoked"


def test_an_owner_signs_in_by_phone_and_an_account_lies_in_the_vault(clerk: StaffApp) -> None:
    account = {"holder": "面包房", "number": "6222 0000 1111", "bank_name": "北京农商银行"}

    told = clerk.told(
        "/desk/merchants/bakery", deed="owner", staff_id="ma", owner_phone="13900000001"
    )
    clerk.agree("/desk/merchants/bakery", deed="account", **account)

    page = clerk.see("/desk/merchants/bakery").text
    assert told is None
    assert clerk.services.sign_in.names.by_phone("13900000001") == "staff-ma"
    kept = bank_accounts(clerk.services, ["merchant-bakery"])
    assert kept["merchant-bakery"].number == "622200001111"
    assert "1111" in page
    assert "62220000" not in page


def test_a_refused_appointment_takes_nobody_s_phone(clerk: StaffApp) -> None:
    owner = {"deed": "owner", "owner_phone": "13900000001"}
    clerk.send("/desk/merchants/bakery", **owner, staff_id="ma")

    taken = clerk.told("/desk/merchants/opera", **owner, staff_id="li")
    another = {"deed": "owner", "staff_id": "ma", "owner_phone": "13900000002"}
    of_another = clerk.told("/desk/merchants/opera", **another)

    assert taken is not None
    assert of_another is not None
    assert clerk.services.sign_in.names.by_phone("13900000001") == "staff-ma"
    assert clerk.services.sign_in.names.by_phone("13900000002") is None


def test_a_clerk_replaces_no_owners_phone_without_a_fact(staff_app: StaffApp) -> None:
    # Given an owner who is signed in
    owner = {"deed": "owner", "staff_id": "ma"}
    staff_app.sign_in("clerk").told(BAKERY, **owner, owner_phone="13900000001")
    staff_app.services.sessions.begin("shop", "staff-ma", device="phone", methods="code")
    before = staff_app.position
    # When a clerk gives them the clerk's own phone
    for _ in range(2):
        assert staff_app.told(BAKERY, **owner, owner_phone="13900000002") is None
    # Then the log tells who did, without the number; the sessions end, and each desk shows it
    (fact,) = staff_app.services.ledger.facts(before, 9)
    assert (fact.topic, fact.by) == ("staff.credentials_changed", "officer-s-clerk")
    assert (fact.event.what, fact.event.by) == ("phone", "officer-s-clerk")
    assert staff_app.services.sessions.listed("staff-ma") == []
    assert "Sign-in phone replaced by officer-s-clerk" in staff_app.words(BAKERY)
    page = staff_app.sign_in("auditor").words("/desk/")
    assert "ma got another way to sign in from officer-s-clerk" in page


def test_an_owner_is_let_go_from_their_own_merchant_alone(clerk: StaffApp) -> None:
    told = clerk.told("/desk/merchants/opera", deed="dismiss", staff_id="s-owner")
    clerk.send("/desk/merchants/bakery", deed="dismiss", staff_id="s-owner")

    assert told is not None
    assert not clerk.services.ledger.state("staff-s-owner").roles


def test_a_merchant_is_suspended_and_resumed(clerk: StaffApp) -> None:
    clerk.send("/desk/merchants/bakery", deed="suspend")
    refused = clerk.redeem("r1").get_json()["reason"]
    clerk.send("/desk/merchants/bakery", deed="resume")

    assert refused == "merchant_suspended"
    assert clerk.redeem("r2").status_code == 201
