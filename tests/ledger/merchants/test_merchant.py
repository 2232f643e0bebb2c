"""A merchant: signed, suspended, resumed; its outlets and its tills."""

from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.event import Event
from ledger.merchants import merchant
from ledger.merchants.location import NOWHERE, Place
from tests.support.given_when_then import Given, Verb

SIGNED = merchant.Signed(merchant_id="rose", name="Rose Hair", categories=("hair",))
OPENED = merchant.OutletOpened(merchant_id="rose", outlet_id="gulou", name="Gulou Street")
FOUND = Place(
    address="鼓楼东大街19号",
    latitude_microdegrees=40_376_000,
    longitude_microdegrees=116_843_000,
    hours="09:00–21:00",
    phone="010-69040019",
)
CHANGED = merchant.OutletChanged(
    merchant_id="rose", outlet_id="gulou", name="Gulou East", place=FOUND
)
SUSPENDED = merchant.Suspended(merchant_id="rose")
RESUMED = merchant.Resumed(merchant_id="rose")
PAIRED = merchant.TillPaired(merchant_id="rose", till_id="t1", outlet_id="gulou", key_hash="k")
REVOKED = merchant.TillRevoked(merchant_id="rose", till_id="t1")
TILL = {"till_id": "t1", "outlet_id": "gulou", "key_hash": "k"}


def open_here(state: merchant.Merchant) -> list[Event]:
    merchant.check_open(state)
    return []


def live_till(state: merchant.Merchant, *, till_id: str = "t1") -> list[Event]:
    assert merchant.live_till(state, till_id) == merchant.Till("t1", "gulou", "k")
    return []


def test_a_business_is_signed() -> None:
    Given("merchant").when(
        merchant.sign, merchant_id="rose", name="Rose Hair", categories=("hair",)
    ).then(SIGNED)


@pytest.mark.parametrize(
    "other",
    [{"name": "Tulip Hair", "categories": ("hair",)}, {"name": "Rose Hair", "categories": ()}],
)
def test_a_merchant_id_is_not_given_twice(other: dict[str, Any]) -> None:
    Given("merchant", SIGNED).when(merchant.sign, merchant_id="rose", **other).then_refused(
        errors.MerchantAlreadySigned
    )


def test_an_outlet_opens() -> None:
    Given("merchant", SIGNED).when(
        merchant.open_outlet, outlet_id="gulou", name="Gulou Street"
    ).then(OPENED)


def test_an_outlet_opens_where_it_is_found() -> None:
    Given("merchant", SIGNED).when(
        merchant.open_outlet, outlet_id="gulou", name="Gulou Street", place=FOUND
    ).then(msgspec.structs.replace(OPENED, place=FOUND))


def test_an_outlet_is_found_elsewhere_from_now_on() -> None:
    change: dict[str, Any] = {"outlet_id": "gulou", "name": "Gulou East", "place": FOUND}

    Given("merchant", SIGNED, OPENED).when(merchant.change_outlet, **change).then(CHANGED)
    Given("merchant", SIGNED, OPENED, CHANGED).when(merchant.change_outlet, **change).then()


def test_the_latest_place_of_an_outlet_holds() -> None:
    state = merchant.INITIAL
    for event in (SIGNED, OPENED, CHANGED):
        state = merchant.evolve(state, event)

    assert dict(state.outlets) == {"gulou": "Gulou East"}
    assert dict(state.places) == {"gulou": FOUND}


def test_an_outlet_that_never_opened_is_not_changed() -> None:
    Given("merchant", SIGNED).when(
        merchant.change_outlet, outlet_id="gulou", name="Gulou East", place=FOUND
    ).then_refused(errors.OutletUnknown, outlet="gulou")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude_microdegrees", 90_000_001),
        ("latitude_microdegrees", -90_000_001),
        ("latitude_microdegrees", None),
        ("longitude_microdegrees", 180_000_001),
        ("longitude_microdegrees", None),
        ("address", "鼓" * 201),
        ("address", "鼓楼\n大街"),
        ("hours", "早" * 101),
        ("hours", "10:00–99:00"),
        ("hours", "每天 09：60–21：00"),
        ("hours", "18:00–24:30"),
        ("hours", "09:00–210:00"),
        ("phone", "call me"),
        ("phone", "0" * 41),
    ],
)
@pytest.mark.parametrize("verb", [merchant.open_outlet, merchant.change_outlet])
def test_a_place_that_cannot_be_is_refused_by_name(verb: Verb, field: str, value: Any) -> None:
    place = msgspec.structs.replace(FOUND, **{field: value})
    state = merchant.evolve(merchant.evolve(merchant.INITIAL, SIGNED), OPENED)

    with pytest.raises(errors.InputInvalid) as refused:
        verb(state, outlet_id="gulou", name="Gulou Street", place=place)

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize(
    "hours", ["周一休息", "9:00–24:00", "18:00–次日02:00", "22：00-02：00", "08:30:00 - 17:30:00"]
)
def test_hours_are_told_in_any_words_with_times_of_a_day(hours: str) -> None:
    place = msgspec.structs.replace(FOUND, hours=hours)

    Given("merchant", SIGNED).when(
        merchant.open_outlet, outlet_id="gulou", name="Gulou Street", place=place
    ).then(msgspec.structs.replace(OPENED, place=place))


def test_a_merchant_is_suspended() -> None:
    Given("merchant", SIGNED).when(merchant.suspend).then(SUSPENDED)
    Given("merchant", SIGNED, SUSPENDED).when(open_here).then_refused(errors.MerchantSuspended)


def test_a_merchant_is_resumed() -> None:
    Given("merchant", SIGNED, SUSPENDED).when(merchant.resume).then(RESUMED)
    Given("merchant", SIGNED, SUSPENDED, RESUMED).when(open_here).then()


def test_a_till_is_paired() -> None:
    Given("merchant", SIGNED, OPENED).when(merchant.pair_till, **TILL).then(PAIRED)
    Given("merchant", SIGNED, OPENED, PAIRED).when(live_till).then()


def test_a_till_is_paired_at_an_outlet_there_is() -> None:
    Given("merchant", SIGNED).when(merchant.pair_till, **TILL).then_refused(
        errors.OutletUnknown, outlet="gulou"
    )


@pytest.mark.parametrize("history", [[PAIRED], [PAIRED, REVOKED]])
def test_a_till_id_is_not_given_twice(history: list[Event]) -> None:
    Given("merchant", SIGNED, OPENED, *history).when(
        merchant.pair_till, **TILL | {"key_hash": "another"}
    ).then_refused(errors.TillAlreadyPaired)


def test_a_revoked_till_is_not_paired_again() -> None:
    Given("merchant", SIGNED, OPENED, PAIRED, REVOKED).when(
        merchant.pair_till, **TILL
    ).then_refused(errors.TillAlreadyPaired)


def test_a_till_is_revoked() -> None:
    Given("merchant", SIGNED, OPENED, PAIRED).when(merchant.revoke_till, till_id="t1").then(REVOKED)
    Given("merchant", SIGNED, OPENED, PAIRED, REVOKED).when(live_till).then_refused(
        errors.TillRevoked
    )


@pytest.mark.parametrize("verb", [merchant.revoke_till, live_till])
def test_a_till_never_paired_is_unknown(verb: Verb) -> None:
    Given("merchant", SIGNED, OPENED, PAIRED).when(verb, till_id="t2").then_refused(
        errors.TillUnknown
    )


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (merchant.open_outlet, {"outlet_id": "gulou", "name": "Gulou Street"}),
        (merchant.change_outlet, {"outlet_id": "gulou", "name": "Gulou", "place": NOWHERE}),
        (merchant.suspend, {}),
        (merchant.resume, {}),
        (merchant.pair_till, TILL),
        (merchant.revoke_till, {"till_id": "t1"}),
        (open_here, {}),
    ],
)
def test_a_business_never_signed_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("merchant").when(verb, **asked).then_refused(errors.MerchantUnknown)


@pytest.mark.parametrize(
    ("categories", "named", "found"),
    [
        (("hair",), None, "hair"),
        (("hair",), "food", "food"),
        (("hair", "food"), None, None),
        ((), None, None),
    ],
)
def test_a_purchase_that_names_no_category_has_the_only_one_of_its_merchant(
    categories: tuple[str, ...], named: str | None, found: str | None
) -> None:
    state = merchant.Merchant("rose", categories=categories)

    assert state.category_or_only(named) == found
