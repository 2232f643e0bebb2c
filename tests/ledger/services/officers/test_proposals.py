"""Setting up, the recovery sheet, and the verbs of the second person, on a real ledger."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.control import founding, proposal
from ledger.control.proposal import Proposed, Status
from ledger.errors import HongkaError
from ledger.staff import Appointed, Invited
from tests.support.controlled_acts import ANN, AT, BEN, furnish
from tests.support.ledger_fixture import event_count

TERMINAL, SECRET = "terminal-root", bytes(range(16))


@pytest.fixture
def furnishing() -> Callable[[Ledger], object]:
    return lambda _empty: None


@pytest.fixture
def officers(ledger: Ledger) -> Ledger:
    """Return a ledger with officers of every relation."""
    furnish(ledger)
    return ledger


def appoint(ledger: Ledger, staff_id: str, *roles: str, by: str = TERMINAL) -> object:
    return ledger.officers.staff.appoint_staff(staff_id, roles=roles, by=by)


def test_the_terminal_appoints_alone_until_two_are_reviewers_and_each_fact_says_so(
    ledger: Ledger,
) -> None:
    appoint(ledger, "cas", "clerk")
    appoint(ledger, "ann", "reviewer")
    assert not ledger.officers.proposals.control().founded
    appoint(ledger, "ben", "reviewer", "treasurer")

    people = ledger.officers.staff.staff_list()
    assert {one.staff_id: one.alone for one in people} == dict.fromkeys(("cas", "ann", "ben"), True)
    assert ledger.officers.proposals.control().founded
    with pytest.raises(errors.SetUpOver):
        appoint(ledger, "evil", "reviewer")
    ledger.officers.staff.dismiss_staff("ben")
    with pytest.raises(errors.SetUpOver):
        appoint(ledger, "evil", "reviewer")


def test_an_officer_needs_a_second_person_even_while_setting_up(ledger: Ledger) -> None:
    appoint(ledger, "ann", "reviewer")

    assert isinstance(appoint(ledger, "evil", "reviewer", by=ANN), Proposed)


def test_two_reviewers_of_an_earlier_release_are_never_taken_for_setting_up(ledger: Ledger) -> None:
    facts = [Appointed(staff_id=one, roles=("reviewer",)) for one in ("ann", "ben")]
    for event in facts:
        ledger.officers.proposals._ask(lambda *_, one=event: [one], [], [], {})

    with pytest.raises(errors.SetUpOver):
        appoint(ledger, "evil", "reviewer")
    ledger.officers.staff.dismiss_staff("ben")
    with pytest.raises(errors.SetUpOver):
        appoint(ledger, "evil", "reviewer")


def test_who_was_dismissed_is_not_appointed_by_the_next_start(ledger: Ledger) -> None:
    offices = {"qian": ["reviewer"], "zhou": ["auditor"], "wu": ["reviewer"]}
    ledger.officers.staff.appoint_first(offices, by=TERMINAL)
    ledger.officers.staff.dismiss_staff("zhou")
    before = event_count(ledger)

    ledger.officers.staff.appoint_first(offices, by=TERMINAL)

    assert event_count(ledger) == before


@pytest.mark.parametrize("alone", [True, False])
def test_a_first_invitation_lost_while_setting_up_is_given_again_until_two_can_confirm(
    ledger: Ledger,
    alone: bool,  # noqa: FBT001
) -> None:
    # Given two reviewers, appointed by the terminal or by an earlier release, of whom one signed in
    for one in ("ann", "ben"):
        event = Appointed(staff_id=one, roles=("reviewer",), by=TERMINAL, alone=alone)
        ledger.officers.proposals._ask(lambda *_, event=event: [event], [], [], {})
    people = ledger.officers.staff
    people.note_credentials("ann", what="passkey")
    # Then the terminal invites the other one again, and nobody who has a sign-in
    if alone:
        assert isinstance(people.invite_staff("ben", by=TERMINAL), Invited)
        people.note_credentials("ben", what="passkey")
    for one in ("ann", "ben", "nobody"):
        with pytest.raises(errors.SetUpOver):
            people.invite_staff(one, by=TERMINAL)
    # And nobody at all once two can confirm
    if alone:
        ledger.officers.proposals.agreed(
            people.appoint_staff("cas", roles=["clerk"], by=ANN), by=BEN
        )
        with pytest.raises(errors.SetUpOver):
            people.invite_staff("cas", by=TERMINAL)


def with_a_sheet(ledger: Ledger) -> None:
    """Set up a ledger with a recovery sheet, and lose the second reviewer."""
    ledger.officers.proposals.make_sheet(founding.sheet_hash(SECRET), by=TERMINAL)
    for staff_id in ("ann", "ben"):
        appoint(ledger, staff_id, "reviewer")
    appoint_clerk = ledger.officers.staff.appoint_staff("cas", roles=["clerk"], by=ANN)
    ledger.officers.proposals.agreed(appoint_clerk, by=BEN)


@pytest.mark.parametrize(
    ("staff_id", "roles"), [("new", {"reviewer"}), ("cas", {"clerk", "reviewer"})]
)
def test_the_sheet_appoints_a_second_reviewer_once_and_its_use_is_a_fact(
    ledger: Ledger, staff_id: str, roles: set[str]
) -> None:
    with_a_sheet(ledger)
    use = ledger.officers.proposals.use_sheet

    with pytest.raises(errors.SheetNotNeeded):
        use(staff_id, secret=SECRET, by=TERMINAL)
    ledger.officers.staff.dismiss_staff("ben")
    for half in founding.halves(SECRET, bytes(range(50, 66))):
        with pytest.raises(errors.SheetRefused):
            use(staff_id, secret=bytes.fromhex(half), by=TERMINAL)
    with pytest.raises(errors.OfficerNeeded):
        use(staff_id, secret=SECRET, by=ANN)
    assert use(staff_id, secret=SECRET, by=TERMINAL) is not None

    person = ledger.appointed(staff_id)
    assert (person.roles, person.alone) == (roles, True)
    assert [one.staff_id for one in ledger.officers.proposals.control().uses] == [staff_id]
    ledger.officers.staff.dismiss_staff(staff_id)
    with pytest.raises(errors.SheetRefused):
        use(staff_id, secret=SECRET, by=TERMINAL)


def test_after_setting_up_a_new_sheet_takes_two(ledger: Ledger) -> None:
    with_a_sheet(ledger)
    make, new = ledger.officers.proposals.make_sheet, founding.sheet_hash(b"new")

    with pytest.raises(errors.SetUpOver):
        make(new, by=TERMINAL)
    ledger.officers.proposals.agreed(make(new, by=ANN), by=BEN)
    assert ledger.officers.proposals.control().secret_hash == new


def proposed(ledger: Ledger) -> str:
    """Let ANN propose an appointment. Return the id of the proposal."""
    event = ledger.officers.staff.appoint_staff("new", roles=["clerk"], by=ANN, at=AT)
    assert isinstance(event, Proposed)
    return event.proposal_id


def test_another_refuses_or_the_proposer_withdraws(officers: Ledger) -> None:
    verbs, first, second = officers.officers.proposals, proposed(officers), proposed(officers)

    for by, refusal in ((ANN, errors.ProposedByYou), ("officer-aud", errors.ConfirmingRoleNeeded)):
        with pytest.raises(refusal):
            verbs.refuse(first, reason="other", by=by)
    assert isinstance(verbs.refuse(first, reason="other", by=BEN), proposal.Refused)
    assert verbs.refuse(first, reason="other", by=BEN) is None
    with pytest.raises(errors.NotYourProposal):
        verbs.withdraw(second, by=BEN)
    assert isinstance(verbs.withdraw(second, by=ANN), proposal.Withdrawn)
    assert [verbs.proposal(one).status for one in (first, second)] == [
        Status.REFUSED,
        Status.WITHDRAWN,
    ]
    with pytest.raises(errors.StaffUnknown):
        officers.appointed("new")


def test_what_an_officer_proposed_ends_with_their_office(officers: Ledger) -> None:
    made = proposed(officers)
    officers.officers.staff.dismiss_staff("ann", by=BEN)

    with pytest.raises(errors.OfficerNeeded):
        officers.officers.proposals.confirm(made, by=BEN)


def test_what_is_impossible_by_now_is_refused_and_the_proposal_waits(officers: Ledger) -> None:
    made = proposed(officers)
    officers.officers.staff.appoint_staff("new", roles=["auditor"])
    before = event_count(officers)

    with pytest.raises(errors.StaffAlreadyAppointed):
        officers.officers.proposals.confirm(made, by=BEN)

    assert event_count(officers) == before
    assert officers.officers.proposals.proposal(made).status is Status.PROPOSED


def test_the_code_of_an_invitation_is_for_its_proposer_once(officers: Ledger) -> None:
    verbs, made = officers.officers.proposals, proposed(officers)
    verbs.confirm(made, by=BEN)

    with pytest.raises(errors.NotYourProposal):
        verbs.hand_out(made, by=BEN)
    assert verbs.hand_out(made, by=ANN) is not None
    with pytest.raises(errors.ProposalOver):
        verbs.hand_out(made, by=ANN)


@pytest.mark.parametrize("verb", ["confirm", "withdraw", "lapse", "candidates"])
def test_what_was_never_proposed_is_unknown(ledger: Ledger, verb: str) -> None:
    asking = {} if verb in {"lapse", "candidates"} else {"by": BEN}

    with pytest.raises(errors.ProposalUnknown):
        getattr(ledger.officers.proposals, verb)("never", **asking)


@pytest.mark.parametrize(("after", "known"), [(0, True), (31, False)])
def test_kinship_is_unknown_unless_both_are_tied(officers: Ledger, after: int, known: bool) -> None:  # noqa: FBT001
    """BEN is tied to no member, and `own`, who is, is no relation of ANN's."""
    made = proposed(officers)
    by = "officer-own" if known else BEN

    confirmed = officers.officers.proposals.confirm(made, by=by, at=AT + timedelta(hours=after))

    assert isinstance(confirmed, proposal.Confirmed)
    assert confirmed.relation_unknown is not known


def test_an_act_without_effect_is_not_proposed(officers: Ledger) -> None:
    before = event_count(officers)

    assert officers.officers.staff.change_roles("own", roles=["reviewer"], by=ANN) is None
    assert event_count(officers) == before


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (lambda staff: staff.appoint_staff("ann", roles=["reviewer"], by=ANN), errors.OwnRoles),
        (lambda staff: staff.invite_staff("ann", by=ANN), errors.OwnRoles),
        (lambda staff: staff.invite_staff("nobody", by=ANN), errors.StaffUnknown),
        (lambda staff: staff.tie_staff("ann", member_id="nobody"), errors.MemberUnknown),
        (lambda staff: staff.tie_staff("nobody", member_id="m1"), errors.StaffUnknown),
        (lambda staff: staff.note_credentials("nobody", what="passkey"), errors.StaffUnknown),
    ],
)
def test_what_is_refused_is_not_even_proposed(
    officers: Ledger, ask: Callable[[object], object], refusal: type[HongkaError]
) -> None:
    before = event_count(officers)

    with pytest.raises(refusal):
        ask(officers.officers.staff)
    assert event_count(officers) == before
