"""A card: issued, printed, blocked, replaced, expired, closed; dead at once if not live."""

from datetime import date
from typing import Any

import pytest

from ledger import errors
from ledger.event import Event
from ledger.members import card
from tests.support.given_when_then import Given, Verb

TODAY, LAST_DAY, DAY_AFTER = date(2026, 5, 1), date(2026, 12, 31), date(2027, 1, 1)

ISSUED = card.Issued(card_id="c1", member_id="m1", last_day=LAST_DAY)
PRINTED = card.CodePrinted(card_id="c1", code_hash="first")
BLOCKED = card.Blocked(card_id="c1")
UNBLOCKED = card.Unblocked(card_id="c1")
REPLACED = card.Replaced(card_id="c1", replaced_by="c2")
EXPIRED = card.Expired(card_id="c1")
CLOSED = card.Closed(card_id="c1")

PRINT = {"code_hash": "second", "today": TODAY}
OVER: list[tuple[list[Event], type[errors.Refusal], dict[str, Any]]] = [
    ([], errors.CardUnknown, {}),
    ([ISSUED, REPLACED], errors.CardReplaced, {}),
    ([ISSUED, EXPIRED], errors.CardExpired, {"last_day": "2026-12-31"}),
    ([ISSUED, CLOSED], errors.CardClosed, {}),
]


def live(state: card.Card, *, today: date = TODAY) -> list[Event]:
    card.check_live(state, today)
    return []


def test_a_new_card_is_issued() -> None:
    Given("card").when(card.issue, card_id="c1", member_id="m1", last_day=LAST_DAY).then_each_time(
        ISSUED
    )


def test_a_card_remembers_what_it_replaces() -> None:
    Given("card").when(card.issue, card_id="c2", member_id="m1", replaces="c1").then_each_time(
        card.Issued(card_id="c2", member_id="m1", replaces="c1")
    )


@pytest.mark.parametrize(
    "history",
    [[ISSUED], [ISSUED, BLOCKED], [ISSUED, REPLACED], [ISSUED, EXPIRED], [ISSUED, CLOSED]],
)
def test_a_card_id_is_never_issued_twice(history: list[Event]) -> None:
    Given("card", *history).when(card.issue, card_id="c1", member_id="m2").then_refused(
        errors.CardAlreadyIssued
    )


def test_a_code_is_printed() -> None:
    Given("card", ISSUED).when(card.print_code, **PRINT).then(
        card.CodePrinted(card_id="c1", code_hash="second")
    )


def test_a_second_print_takes_the_place_of_the_first() -> None:
    given = Given("card", ISSUED, PRINTED)

    given.when(card.print_code, **PRINT).then(card.CodePrinted(card_id="c1", code_hash="second"))
    assert given.state.code_hash == "first"


def test_nothing_is_printed_for_a_blocked_card() -> None:
    Given("card", ISSUED, BLOCKED).when(card.print_code, **PRINT).then_refused(errors.CardBlocked)


def test_a_live_card_is_blocked() -> None:
    Given("card", ISSUED).when(card.block).then(BLOCKED)


def test_a_blocked_card_is_unblocked() -> None:
    Given("card", ISSUED, BLOCKED).when(card.unblock).then(UNBLOCKED)


def test_an_unblocked_card_keeps_its_print() -> None:
    assert Given("card", ISSUED, PRINTED, BLOCKED, UNBLOCKED).state == card.Card(
        "c1", "m1", card.Status.LIVE, LAST_DAY, "first"
    )


def test_a_card_blocked_again_is_blocked() -> None:
    Given("card", ISSUED, BLOCKED, UNBLOCKED).when(card.block).then(BLOCKED)


@pytest.mark.parametrize("history", [[ISSUED], [ISSUED, BLOCKED]])
def test_a_card_live_or_lost_is_replaced(history: list[Event]) -> None:
    Given("card", *history).when(card.replace, replaced_by="c2", today=TODAY).then_each_time(
        REPLACED
    )


@pytest.mark.parametrize(("history", "refusal", "particulars"), OVER)
@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (card.block, {}),
        (card.unblock, {}),
        (card.replace, {"replaced_by": "c3", "today": TODAY}),
        (card.print_code, PRINT),
        (live, {}),
    ],
)
def test_a_card_that_is_over_is_refused_with_the_reason(
    verb: Verb,
    asked: dict[str, Any],
    history: list[Event],
    refusal: type[errors.Refusal],
    particulars: dict[str, Any],
) -> None:
    Given("card", *history).when(verb, **asked).then_refused(refusal, **particulars)


def test_a_card_past_its_last_day_is_not_replaced_noted_or_not() -> None:
    asked = {"replaced_by": "c2", "today": DAY_AFTER}
    for history in ([ISSUED], [ISSUED, BLOCKED], [ISSUED, EXPIRED]):
        Given("card", *history).when(card.replace, **asked).then_refused(
            errors.CardExpired, last_day=str(LAST_DAY)
        )


@pytest.mark.parametrize("history", [[ISSUED], [ISSUED, BLOCKED]])
def test_a_card_past_its_last_day_expires(history: list[Event]) -> None:
    Given("card", *history).when(card.expire, today=DAY_AFTER).then(EXPIRED)


@pytest.mark.parametrize("history", [[ISSUED], [ISSUED, REPLACED], [ISSUED, CLOSED]])
def test_a_card_does_not_expire_on_its_last_day(history: list[Event]) -> None:
    Given("card", *history).when(card.expire, today=LAST_DAY).then()


@pytest.mark.parametrize("history", [[ISSUED, REPLACED], [ISSUED, EXPIRED], [ISSUED, CLOSED]])
def test_a_card_that_is_over_does_not_expire(history: list[Event]) -> None:
    Given("card", *history).when(card.expire, today=DAY_AFTER).then()


def test_a_card_without_a_last_day_never_expires() -> None:
    issued = card.Issued(card_id="c1", member_id="m1")

    Given("card", issued).when(card.expire, today=date.max).then()
    Given("card", issued).when(live, today=date.max).then()


@pytest.mark.parametrize(
    "history", [[ISSUED], [ISSUED, BLOCKED], [ISSUED, REPLACED], [ISSUED, EXPIRED]]
)
def test_any_card_is_closed(history: list[Event]) -> None:
    Given("card", *history).when(card.close).then(CLOSED)


@pytest.mark.parametrize(("verb", "asked"), [(card.expire, {"today": TODAY}), (card.close, {})])
def test_a_card_never_issued_is_unknown(verb: Verb, asked: dict[str, Any]) -> None:
    Given("card").when(verb, **asked).then_refused(errors.CardUnknown)


def test_a_card_lives_through_its_last_day() -> None:
    Given("card", ISSUED).when(live, today=LAST_DAY).then()
    Given("card", ISSUED).when(live, today=DAY_AFTER).then_refused(
        errors.CardExpired, last_day="2026-12-31"
    )


def test_a_blocked_card_is_refused_even_past_its_last_day() -> None:
    Given("card", ISSUED, BLOCKED).when(live, today=DAY_AFTER).then_refused(errors.CardBlocked)
