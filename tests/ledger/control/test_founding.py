"""Setting up: over once two people are reviewers; and the recovery sheet, in two halves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger import errors
from ledger.control import founding
from ledger.control.founding import Founded, SheetMade, SheetUsed, halves, joined, sheet_hash
from ledger.staff import Staff
from tests.support.given_when_then import Given

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
SECRET, RANDOM = bytes(range(16)), bytes(range(100, 116))
FOUNDED, MADE = Founded(), SheetMade(secret_hash=sheet_hash(SECRET))
USED = SheetUsed(staff_id="new", at=AT)
ONE, TWO = frozenset({"ann"}), frozenset({"ann", "ben"})
USE: dict[str, Any] = {"secret": SECRET, "staff_id": "new", "reviewing": ONE, "at": AT}


def test_setting_up_is_over_for_good_once_two_are_reviewers() -> None:
    Given("control").when(founding.found, reviewing=ONE).then()
    Given("control").when(founding.found, reviewing=TWO).then(FOUNDED)
    assert founding.is_founded(Given("control", FOUNDED).state, frozenset())


def test_a_ledger_of_an_earlier_release_with_two_reviewers_is_set_up() -> None:
    assert founding.is_founded(founding.INITIAL, TWO)
    assert not founding.is_founded(founding.INITIAL, ONE)


def test_those_who_left_review_no_more() -> None:
    people = [
        Staff(staff_id="ann", roles=frozenset({"reviewer", "clerk"})),
        Staff(staff_id="left"),
        Staff(staff_id="cas", roles=frozenset({"clerk"})),
    ]

    assert founding.reviewers(people) == ONE


@pytest.mark.parametrize(
    ("roles", "short"),
    [
        (["reviewer", "reviewer", "treasurer"], False),
        (["reviewer", "reviewer", "reviewer"], False),
        (["reviewer", "reviewer", "clerk"], True),
        (["reviewer", "treasurer", "treasurer"], True),
    ],
)
def test_two_reviewers_and_a_third_person_to_confirm_are_enough(
    roles: list[str],
    short: bool,  # noqa: FBT001
) -> None:
    people = [Staff(staff_id=str(one), roles=frozenset({role})) for one, role in enumerate(roles)]

    assert founding.is_short(people) is short


def test_a_new_sheet_voids_the_one_before() -> None:
    other = SheetMade(secret_hash=sheet_hash(RANDOM))

    Given("control", MADE).when(founding.make_sheet, secret_hash=other.secret_hash).then(other)
    Given("control", FOUNDED, MADE, other).when(founding.use_sheet, **USE).then_refused(
        errors.SheetRefused
    )


def test_the_sheet_appoints_where_one_reviewer_is_left_and_is_void_then() -> None:
    given = Given("control", FOUNDED, MADE)

    given.when(founding.use_sheet, **USE).then_each_time(USED)
    given.when(founding.use_sheet, **USE | {"reviewing": frozenset()}).then_each_time(USED)
    after = Given("control", FOUNDED, MADE, USED)
    after.when(founding.use_sheet, **USE).then_refused(errors.SheetRefused)
    assert after.state.uses == (USED,)


@pytest.mark.parametrize(
    ("history", "other"),
    [([FOUNDED, MADE], {"reviewing": TWO}), ([FOUNDED, MADE], {"staff_id": "ann"}), ([MADE], {})],
    ids=["two are left", "one of themselves", "setting up"],
)
def test_where_it_is_not_needed_it_appoints_nobody(history: Any, other: dict[str, Any]) -> None:
    Given("control", *history).when(founding.use_sheet, **USE | other).then_refused(
        errors.SheetNotNeeded
    )


def test_both_halves_are_the_secret_and_each_alone_is_useless() -> None:
    one, other = halves(SECRET, RANDOM)

    assert joined(one, other) == joined(other, one) == SECRET
    assert one == RANDOM.hex()
    for half in (bytes.fromhex(one), bytes.fromhex(other), joined(one, one), b""):
        Given("control", FOUNDED, MADE).when(
            founding.use_sheet, **USE | {"secret": half}
        ).then_refused(errors.SheetRefused)


@pytest.mark.parametrize("half", ["", "no hex", "00", "0" * 33, "是"])
def test_what_is_no_half_is_refused(half: str) -> None:
    with pytest.raises(errors.SheetRefused):
        joined(halves(SECRET, RANDOM)[0], half)


def test_without_a_sheet_no_secret_appoints() -> None:
    Given("control", FOUNDED).when(founding.use_sheet, **USE).then_refused(errors.SheetRefused)
