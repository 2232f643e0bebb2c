"""A proposal: confirmed or refused by another, withdrawn by its proposer, or lapsed; once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger import errors
from ledger.control import proposal
from ledger.control.proposal import (
    LASTS,
    Confirmed,
    Decision,
    HandedOut,
    Lapsed,
    Proposed,
    Refused,
    Status,
    Withdrawn,
)
from ledger.event import Event
from tests.support.given_when_then import Given

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
ANN, BEN, CAS = "officer-ann", "officer-ben", "officer-cas"
ID: dict[str, str] = {"proposal_id": "p1"}
PROPOSED = Proposed(**ID, act="staff.appoint", particulars={"staff_id": "new"}, by=ANN, at=AT)
INVITED = Proposed(**ID, act="staff.invite", particulars={"staff_id": "new"}, by=ANN, at=AT)
SHEET = Proposed(**ID, act="control.sheet", particulars={"secret_hash": "9c"}, by=ANN, at=AT)
ACCOUNT = Proposed(**ID, act="account.change", particulars={}, by=ANN, at=AT)
CONFIRMED = Confirmed(**ID, by=BEN)
REFUSED = Refused(**ID, by=BEN, reason="other")
WITHDRAWN = Withdrawn(**ID, by=ANN)
LAPSED = Lapsed(**ID)
DECISIONS: list[Any] = [CONFIRMED, REFUSED, WITHDRAWN]
LAST_MOMENT = AT + LASTS - timedelta(microseconds=1)


def decided(decision: Decision, *history: Event, at: datetime = AT) -> Any:
    return Given("proposal", *history).when(proposal.decide, decision=decision, at=at)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("at", [AT, LAST_MOMENT])
def test_a_proposal_is_decided_in_its_time(decision: Decision, at: datetime) -> None:
    decided(decision, PROPOSED, at=at).then(decision)


@pytest.mark.parametrize("decision", DECISIONS)
def test_afterwards_it_is_not(decision: Decision) -> None:
    late = {"at": AT + LASTS}

    decided(decision, PROPOSED, **late).then_refused(errors.ProposalLapsed)
    decided(decision, PROPOSED, LAPSED).then_refused(errors.ProposalLapsed)


@pytest.mark.parametrize("decision", [Confirmed(**ID, by=ANN), Refused(**ID, by=ANN, reason="o")])
def test_nobody_decides_their_own(decision: Decision) -> None:
    decided(decision, PROPOSED).then_refused(errors.ProposedByYou)


def test_nobody_withdraws_anothers() -> None:
    decided(Withdrawn(**ID, by=BEN), PROPOSED).then_refused(errors.NotYourProposal)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("before", DECISIONS)
def test_what_is_decided_stays_so(decision: Decision, before: Decision) -> None:
    again = decided(decision, PROPOSED, before, at=AT + LASTS)

    if decision == before:
        again.then()
    else:
        status = Given("proposal", PROPOSED, before).state.status
        again.then_refused(errors.ProposalOver, status=status)
    decided(Confirmed(**ID, by=CAS), PROPOSED, CONFIRMED).then_refused(
        errors.ProposalOver, status="confirmed"
    )


def test_it_lapses_once_its_time_is_over() -> None:
    given = Given("proposal", PROPOSED)

    given.when(proposal.lapse, at=LAST_MOMENT).then()
    given.when(proposal.lapse, at=AT + LASTS).then(LAPSED)
    Given("proposal", PROPOSED, CONFIRMED).when(proposal.lapse, at=AT + LASTS).then()
    assert proposal.status_at(given.state, AT + LASTS) is Status.LAPSED
    assert proposal.status_at(given.state, LAST_MOMENT) is Status.PROPOSED


@pytest.mark.parametrize(
    ("proposed", "to", "other"), [(PROPOSED, ANN, BEN), (INVITED, ANN, BEN), (SHEET, BEN, ANN)]
)
def test_an_invitation_is_handed_to_its_proposer_and_half_a_sheet_to_the_other_once(
    proposed: Proposed, to: str, other: str
) -> None:
    handed, late = HandedOut(**ID), {"by": to, "at": AT + 2 * LASTS}
    given = Given("proposal", proposed, CONFIRMED)

    given.when(proposal.hand_out, by=to, at=AT).then_each_time(handed)
    given.when(proposal.hand_out, by=other, at=AT).then_refused(errors.NotYourProposal)
    given.when(proposal.hand_out, **late).then_refused(errors.ProposalLapsed)
    Given("proposal", proposed, CONFIRMED, handed).when(
        proposal.hand_out, by=to, at=AT
    ).then_refused(errors.ProposalOver, status="confirmed")


@pytest.mark.parametrize("decision", [REFUSED, WITHDRAWN, LAPSED])
def test_nothing_is_handed_out_of_what_nobody_confirmed(decision: Event) -> None:
    status = Given("proposal", PROPOSED, decision).state.status

    Given("proposal", PROPOSED).when(proposal.hand_out, by=ANN, at=AT).then_refused(
        errors.ProposalWaits
    )
    Given("proposal", PROPOSED, decision).when(proposal.hand_out, by=ANN, at=AT).then_refused(
        errors.ProposalOver, status=status
    )
    Given("proposal", ACCOUNT, CONFIRMED).when(proposal.hand_out, by=ANN, at=AT).then_refused(
        errors.NotYourProposal
    )


def test_what_was_never_proposed_is_unknown() -> None:
    given = Given("proposal")

    given.when(proposal.decide, decision=CONFIRMED, at=AT).then_refused(errors.ProposalUnknown)
    given.when(proposal.lapse, at=AT).then_refused(errors.ProposalUnknown)
    given.when(proposal.hand_out, by=ANN, at=AT).then_refused(errors.ProposalUnknown)
