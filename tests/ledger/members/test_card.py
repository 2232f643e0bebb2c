"""A card: issued, printed, blocked, replaced, expired, closed; dead at once if not live."""

from datetime import date
from functools import partial

import pytest

from ledger import errors
from ledger.event import Event
from ledger.members import card
from tests.support.given_when_then import Given, Refused, Verb, each_time, sentences

TODAY, LAST_DAY, DAY_AFTER = date(2026, 5, 1), date(2026, 12, 31), date(2027, 1, 1)

ISSUED = card.Issued(card_id="c1", member_id="m1", last_day=LAST_DAY)
SECOND = card.Issued(card_id="c2", member_id="m1", replaces="c1")
ENDLESS = card.Issued(card_id="c1", member_id="m1")
PRINTED = card.CodePrinted(card_id="c1", code_hash="first")
PRINTED_ANEW = card.CodePrinted(card_id="c1", code_hash="second")
BLOCKED = card.Blocked(card_id="c1")
UNBLOCKED = card.Unblocked(card_id="c1")
REPLACED = card.Replaced(card_id="c1", replaced_by="c2")
EXPIRED = card.Expired(card_id="c1")
CLOSED = card.Closed(card_id="c1")

ISSUE = partial(card.issue, card_id="c1", member_id="m1", last_day=LAST_DAY)
ISSUE_SECOND = partial(card.issue, card_id="c2", member_id="m1", replaces="c1")
PRINT = partial(card.print_code, code_hash="second", today=TODAY)
EXPIRE = partial(card.expire, today=date.max)
REPLACE = partial(card.replace, replaced_by="c2", today=TODAY)
IS_PAST = errors.CardExpired(last_day="2026-12-31")
LIVE, LOST, GONE = [ISSUED], [ISSUED, BLOCKED], [ISSUED, REPLACED]
PAST, SHUT = [ISSUED, EXPIRED], [ISSUED, CLOSED]
every_history = pytest.mark.parametrize("history", [LIVE, LOST, GONE, PAST, SHUT])


def live(state: card.Card, *, today: date = TODAY) -> list[Event]:
    card.check_live(state, today)
    return []


test_a_card = sentences(
    "card",
    {
        "is issued": ([], ISSUE, each_time(ISSUED)),
        "remembers what it replaces": ([], ISSUE_SECOND, each_time(SECOND)),
        "gets a printed code": (LIVE, PRINT, [PRINTED_ANEW]),
        "is printed again": ([ISSUED, PRINTED], PRINT, [PRINTED_ANEW]),
        "is not printed while lost": (LOST, PRINT, errors.CardBlocked),
        "is blocked": (LIVE, card.block, [BLOCKED]),
        "is replaced": (LIVE, REPLACE, each_time(REPLACED)),
        "is replaced when lost": (LOST, REPLACE, each_time(REPLACED)),
        "is unblocked": (LOST, card.unblock, [UNBLOCKED]),
        "is blocked again": ([*LOST, UNBLOCKED], card.block, [BLOCKED]),
        "never expires without a last day": ([ENDLESS], EXPIRE, []),
        "lives on without a last day": ([ENDLESS], partial(live, today=date.max), []),
        "expires only if issued": ([], EXPIRE, errors.CardUnknown),
        "is closed only if issued": ([], card.close, errors.CardUnknown),
        "lives through its last day": (LIVE, partial(live, today=LAST_DAY), []),
        "is dead the day after": (LIVE, partial(live, today=DAY_AFTER), IS_PAST),
        "is lost even past its last day": (
            LOST,
            partial(live, today=DAY_AFTER),
            errors.CardBlocked,
        ),
    },
)


@every_history
def test_a_card_id_is_never_issued_twice(history: list[Event]) -> None:
    Given("card", *history).when(ISSUE).then_refused(errors.CardAlreadyIssued)


def test_an_unblocked_card_keeps_its_print() -> None:
    assert Given("card", ISSUED, PRINTED, BLOCKED, UNBLOCKED).state == card.Card(
        "c1", "m1", card.Status.LIVE, LAST_DAY, "first"
    )


@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        ([], errors.CardUnknown),
        (GONE, errors.CardReplaced),
        (PAST, IS_PAST),
        (SHUT, errors.CardClosed),
    ],
)
@pytest.mark.parametrize("verb", [card.block, card.unblock, REPLACE, PRINT, live])
def test_a_card_that_is_over_is_refused_with_the_reason(
    verb: Verb, history: list[Event], refusal: Refused
) -> None:
    Given("card", *history).when(verb).then_refused(refusal)


@pytest.mark.parametrize("history", [LIVE, LOST, PAST])
def test_a_card_past_its_last_day_is_not_replaced_noted_or_not(history: list[Event]) -> None:
    Given("card", *history).when(REPLACE, today=DAY_AFTER).then_refused(IS_PAST)


@every_history
def test_a_live_or_lost_card_expires_after_its_last_day(history: list[Event]) -> None:
    given = Given("card", *history)

    given.when(EXPIRE, today=LAST_DAY).then()
    given.when(EXPIRE, today=DAY_AFTER).then(*([EXPIRED] if history in [LIVE, LOST] else []))


@pytest.mark.parametrize("history", [LIVE, LOST, GONE, PAST])
def test_any_card_is_closed(history: list[Event]) -> None:
    Given("card", *history).when(card.close).then(CLOSED)
