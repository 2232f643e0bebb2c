"""Members are corrected and erased in the log, which holds nothing personal of either."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.members.authorization import Principal
from ledger.members.member import Corrected
from tests.support.example_drop import BY_LOT, DROP, claim_request, garden, plan, session
from tests.support.ledger_with_drop import Clock, claim, open_drop, populate, tickets

M1, M2 = Principal(member_id="m1"), Principal(member_id="m2")
PAIR = plan(garden(session(capacity=2)), per_member=2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(sqlite_url: str, clock: Clock) -> Iterator[Ledger]:
    with closing(Ledger(sqlite_url, clock=clock)) as ledger:
        populate(ledger)
        yield ledger


def corrected(ledger: Ledger, **changed: Any) -> Any:
    return ledger.officers.corrections.correct_member("m1", reason="mistyped", **changed)


def test_a_correction_names_the_fields_and_moves_the_member(ledger: Ledger) -> None:
    event = corrected(ledger, fields=("name",), branch="branch-daxing", groups=())

    assert isinstance(event, Corrected)
    assert event.fields == ("name", "branch", "groups")
    held = ledger.member("m1")
    assert (held.branch, held.groups) == ("branch-daxing", ())
    assert corrected(ledger, branch="branch-daxing") is None
    with pytest.raises(errors.InputInvalid):
        corrected(ledger, fields=("13800138000",))


def test_an_erased_member_gives_back_what_they_hold(ledger: Ledger, clock: Clock) -> None:
    # Given a member with both tickets of a session, for whom another waits
    open_drop(ledger, clock, PAIR)
    claim(ledger, "m1", "k1")
    claim(ledger, "m1", "k2")
    ledger.members.claims.join(claim_request("w1", 1), M2)
    # When they are erased
    ledger.officers.corrections.erase_member("m1", reason="asked")
    # Then both places are free for others, the first for who waits
    assert tickets(ledger, "m1") == []
    (slot,) = ledger.drop(DROP).slots.values()
    assert (slot.taken, slot.kept, slot.left) == (0, 1, 1)
    # And nothing is issued to them any more
    with pytest.raises(errors.MemberErased):
        ledger.officers.cards.issue_card("c9", member_id="m1")
    with pytest.raises(errors.MemberErased):
        corrected(ledger, branch="branch-daxing")
    assert ledger.officers.corrections.erase_member("m1", reason="asked") is None


def test_an_erased_member_is_in_no_draw(ledger: Ledger, clock: Clock) -> None:
    open_drop(ledger, clock, plan(garden(session(capacity=2)), **BY_LOT))
    claim(ledger, "m1")

    ledger.officers.corrections.erase_member("m1", reason="asked")

    assert not ledger.drop(DROP).entered
