"""A merchant: signed, suspended, resumed; its outlets and its tills."""

from functools import partial
from typing import Any

import msgspec
import pytest

from ledger import errors
from ledger.event import Event
from ledger.merchants import merchant
from ledger.merchants.location import NOWHERE, Place
from tests.support.given_when_then import Given, Verb, sentences

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


SIGN = partial(merchant.sign, merchant_id="rose", name="Rose Hair", categories=("hair",))
OPEN = partial(merchant.open_outlet, outlet_id="gulou", name="Gulou Street")
CHANGE = partial(merchant.change_outlet, outlet_id="gulou", name="Gulou East", place=FOUND)
PAIR = partial(merchant.pair_till, **TILL)
REVOKE = partial(merchant.revoke_till, till_id="t1")
TAKEN, NO_OUTLET = errors.TillAlreadyPaired, errors.OutletUnknown(outlet="gulou")
SHOP = [SIGNED, OPENED]
AT_TILL = [*SHOP, PAIRED]

test_a_merchant = sentences(
    "merchant",
    {
        "is signed": ([], SIGN, [SIGNED]),
        "keeps its name": ([SIGNED], partial(SIGN, name="Tulip"), errors.MerchantAlreadySigned),
        "keeps its trade": ([SIGNED], partial(SIGN, categories=()), errors.MerchantAlreadySigned),
        "opens an outlet": ([SIGNED], OPEN, [OPENED]),
        "says where it is found": (
            [SIGNED],
            partial(OPEN, place=FOUND),
            [msgspec.structs.replace(OPENED, place=FOUND)],
        ),
        "moves an outlet": (SHOP, CHANGE, [CHANGED]),
        "moves it once": ([*SHOP, CHANGED], CHANGE, []),
        "moves no outlet never opened": ([SIGNED], CHANGE, NO_OUTLET),
        "is suspended": ([SIGNED], merchant.suspend, [SUSPENDED]),
        "takes no card while suspended": ([SIGNED, SUSPENDED], open_here, errors.MerchantSuspended),
        "is resumed": ([SIGNED, SUSPENDED], merchant.resume, [RESUMED]),
        "takes cards once resumed": ([SIGNED, SUSPENDED, RESUMED], open_here, []),
        "pairs a till": (SHOP, PAIR, [PAIRED]),
        "has a live till": (AT_TILL, live_till, []),
        "pairs no till at no outlet": ([SIGNED], PAIR, NO_OUTLET),
        "pairs a till with one key": (AT_TILL, partial(PAIR, key_hash="another"), TAKEN),
        "pairs no revoked till": ([*AT_TILL, REVOKED], PAIR, TAKEN),
        "pairs none anew": ([*AT_TILL, REVOKED], partial(PAIR, key_hash="another"), TAKEN),
        "revokes a till": (AT_TILL, REVOKE, [REVOKED]),
        "has no live till then": ([*AT_TILL, REVOKED], live_till, errors.TillRevoked),
        "revokes none never paired": (AT_TILL, partial(REVOKE, till_id="t2"), errors.TillUnknown),
        "has no other till": (AT_TILL, partial(live_till, till_id="t2"), errors.TillUnknown),
    },
)


def test_the_latest_place_of_an_outlet_holds() -> None:
    state = merchant.INITIAL
    for event in (SIGNED, OPENED, CHANGED):
        state = merchant.evolve(state, event)

    assert dict(state.outlets) == {"gulou": "Gulou East"}
    assert dict(state.places) == {"gulou": FOUND}


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

    opened = msgspec.structs.replace(OPENED, place=place)
    Given("merchant", SIGNED).when(OPEN, place=place).then(opened)


@pytest.mark.parametrize(
    "verb",
    [
        *(OPEN, partial(CHANGE, place=NOWHERE), merchant.suspend, merchant.resume),
        *(PAIR, REVOKE, open_here),
    ],
)
def test_a_business_never_signed_is_unknown(verb: Verb) -> None:
    Given("merchant").when(verb).then_refused(errors.MerchantUnknown)


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
