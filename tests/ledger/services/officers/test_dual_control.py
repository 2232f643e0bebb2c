"""A walk over the table of dual control: no act in it is finished by one person."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.control import founding, independence, proposal
from ledger.control.independence import Rule
from ledger.control.proposal import LASTS, Confirmed, Proposed
from ledger.control.table import TABLE, Act
from ledger.errors import HongkaError
from ledger.services import controlled
from ledger.services.officers import proposals
from tests.support.controlled_acts import ANN, ASKS, AT, BEN, RELATED, furnish
from tests.support.ledger_fixture import event_count

PLAIN = {
    "officer-aud": errors.ConfirmingRoleNeeded,
    "officer-nobody": errors.OfficerNeeded,
    "owner-ben": errors.OfficerNeeded,
    "terminal-root": errors.OfficerNeeded,
    "system": errors.OfficerNeeded,
    "": errors.OfficerNeeded,
    ANN: errors.ProposedByYou,
}
"""Everybody who confirms nothing of ANN's, whatever their relation to her."""


@pytest.fixture
def furnishing() -> Callable[[Ledger], object]:
    return furnish


def refuses(ledger: Ledger, refusal: type[HongkaError], ask: Callable[[], Any]) -> HongkaError:
    """Assert that a request is refused and leaves nothing. Return the refusal."""
    before = event_count(ledger)
    with pytest.raises(refusal) as refused:
        ask()
    assert type(refused.value) is refusal
    assert event_count(ledger) == before
    return refused.value


def walk(ledger: Ledger, act: Act) -> None:
    """Ask for an act, let everybody try to confirm it who may not, then somebody who may."""
    desk, ask, before = ledger.officers, ASKS[act], event_count(ledger)

    def confirm(by: str, after: timedelta = timedelta(minutes=1)) -> Any:
        return desk.proposals.confirm(proposed.proposal_id, by=by, at=AT + after)

    proposed = ask.of(desk, by=ANN, at=AT, request_id="page-1")
    assert isinstance(proposed, Proposed)
    assert (proposed.act, proposed.by) == (act, ANN)
    assert [fact.topic for fact in ledger.facts(before, 9)] == ["proposal.proposed"]
    assert ask.of(desk, by=ANN, at=AT, request_id="page-1") == proposed
    other = ASKS[Act.CONTRIBUTE if act is Act.INVITE else Act.INVITE]
    refuses(
        ledger, errors.RequestReused, lambda: other.of(desk, by=ANN, at=AT, request_id="page-1")
    )
    related = RELATED | ({ask.own: Rule.OWN_CASE} if ask.own else {})
    found = dict(desk.proposals.candidates(proposed.proposal_id))
    assert {one: rule for one, rule in found.items() if rule} == related
    assert ("zhao" in found) is ("treasurer" in TABLE[act].confirmed_by)
    for by, refusal in PLAIN.items():
        refuses(ledger, refusal, lambda by=by: confirm(by))
    refuse = partial(desk.proposals.refuse, proposed.proposal_id, reason="other", at=AT)
    for (staff_id, rule), verb in product(related.items(), (confirm, refuse)):
        refused = refuses(
            ledger, errors.NotIndependent, lambda one=staff_id, do=verb: do(by=f"officer-{one}")
        )
        assert refused.particulars == {"problem": rule, "of": ANN}
    refuses(ledger, errors.ProposalLapsed, lambda: confirm(BEN, LASTS))

    before = event_count(ledger)
    assert isinstance(confirm(BEN), Confirmed)
    topics, done = [fact.topic for fact in ledger.facts(before, 9)], event_count(ledger)
    assert topics[:2] == ["proposal.confirmed", ask.topic]
    assert confirm(BEN) is None
    refuses(ledger, errors.ProposalOver, lambda: confirm("officer-li"))
    assert event_count(ledger) == done


def test_every_act_of_the_table_is_walked() -> None:
    assert set(ASKS) == set(Act) == set(TABLE) == set(controlled.ACTS), (
        "a new act needs a row in ledger/control/table.py, a decision declared by `act`, and a"
        " request in tests/support/controlled_acts.py"
    )


@pytest.mark.parametrize("act", Act)
def test_no_act_is_finished_by_one_person(ledger: Ledger, act: Act) -> None:
    walk(ledger, act)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        ("terminal-root", errors.SetUpOver),
        ("officer-nobody", errors.OfficerNeeded),
        ("owner-ann", errors.OfficerNeeded),
        ("member-m1", errors.OfficerNeeded),
        ("", errors.OfficerNeeded),
    ],
)
def test_nobody_but_an_officer_asks(
    ledger: Ledger, act: Act, by: str, refusal: type[HongkaError]
) -> None:
    refuses(ledger, refusal, lambda: ASKS[act].of(ledger.officers, by=by, at=AT))


@pytest.mark.parametrize("act", Act)
def test_after_its_time_nobody_confirms_it(ledger: Ledger, act: Act) -> None:
    verbs = ledger.officers.proposals
    proposed = ASKS[act].of(ledger.officers, by=ANN, at=AT)
    assert isinstance(proposed, Proposed)
    made = proposed.proposal_id
    # The time of a ledger never falls.
    ledger.officers.merchants.suspend_merchant("rose", at=AT + LASTS - timedelta(seconds=1))
    assert verbs.lapse(made) is None
    ledger.officers.merchants.resume_merchant("rose", at=AT + LASTS)

    refuses(ledger, errors.ProposalLapsed, lambda: verbs.confirm(made, by=BEN))
    assert verbs.lapse(made) == proposal.Lapsed(proposal_id=made)
    assert verbs.lapse(made) is None
    refuses(ledger, errors.ProposalLapsed, lambda: verbs.confirm(made, by=BEN))


PLANTED: dict[str, tuple[Any, str, Any]] = {
    "everybody is independent": (independence, "excluding_rule", lambda *_who, **_when: None),
    "every role confirms": (proposals, "_check_role", lambda *_who: None),
    "anybody confirms or refuses": (proposals, "_check_second", lambda *_who, **_when: None),
    "one person is enough": (controlled, "acts_alone", lambda *_who: True),
    "one person dismisses anybody": (founding, "is_short", lambda _people: False),
    "nothing lapses": (proposal, "status_at", lambda state, _at: state.status),
}


@pytest.mark.control
@pytest.mark.parametrize("fault", PLANTED)
def test_the_walk_finds_the_planted_fault(
    ledger: Ledger, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*PLANTED[fault])

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        walk(ledger, Act.DISMISS if "dismisses" in fault else Act.SET_THRESHOLD)
