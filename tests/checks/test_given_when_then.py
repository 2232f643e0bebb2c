"""Controls: the words in which the streams are told notice what is not so."""

import pytest

from ledger import errors
from ledger.event import Event
from ledger.members import card
from tests.support.given_when_then import Outcome, Verb, each_time, refusing, sentences

ISSUED, BLOCKED = card.Issued(card_id="c1", member_id="m1"), card.Blocked(card_id="c1")
EXPIRED = errors.CardExpired(last_day="2026-12-31")


def refuse(refusal: errors.Refusal | None) -> None:
    if refusal is not None:
        raise refusal


@pytest.mark.parametrize("raised", [None, errors.CardClosed(), errors.CardExpired()])
def test_another_refusal_is_noticed(raised: errors.Refusal | None) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)), refusing(EXPIRED):
        refuse(raised)


@pytest.mark.parametrize(
    ("history", "verb", "outcome"),
    [
        ([ISSUED], card.block, []),
        ([ISSUED], card.block, errors.CardBlocked),
        ([ISSUED, BLOCKED], card.block, [BLOCKED]),
        ([], card.block, errors.CardClosed),
        ([ISSUED], lambda _state: [BLOCKED], [BLOCKED]),
        ([ISSUED], card.block, each_time()),
    ],
)
def test_a_sentence_that_is_not_so_is_noticed(
    history: list[Event], verb: Verb, outcome: Outcome
) -> None:
    told = sentences("card", {"is told wrongly": (history, verb, outcome)})

    with pytest.raises((AssertionError, pytest.fail.Exception, errors.HongkaError)):
        told(history, verb, outcome)
