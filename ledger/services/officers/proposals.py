"""Proposals: confirm, refuse, withdraw and lapse them; the recovery sheet."""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Unpack

import msgspec

from ledger import errors, staff
from ledger.control import founding, proposal
from ledger.control.independence import Rule, check_independent, excluding_rule, is_relation_unknown
from ledger.control.proposal import Confirmed, Lapsed, Proposal, Proposed, Refused, Withdrawn
from ledger.control.table import TABLE, Act
from ledger.event import Event
from ledger.services.base import Asking
from ledger.services.controlled import (
    ACTS,
    OFFICER,
    SYSTEM,
    TERMINAL,
    ControlledService,
    When,
    act,
    check_officer,
    reviewing,
)
from ledger.staff import Role
from ledger.write.state_batch import StateBatch


class Candidate(NamedTuple):
    """An officer with a role that confirms an act, and the rule that excludes them, or None."""

    staff_id: str
    rule: Rule | None


class ProposalService(ControlledService):
    """The verbs of the second person on proposals; `by` is an appointed officer.

    ConfirmingRoleNeeded is raised where the act is for other roles, and the errors of
    `proposal.decide`.
    """

    def confirm(self, proposal_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Confirm a proposal, and record the events of its act; None if confirmed by this officer.

        Raises:
            NotIndependent: the officer is no second person beside the first.
            OfficerNeeded: one of the two is not appointed any more.
            Refusal: the act is not possible any more; the proposal still waits.
        """
        by, stream = asking.get("by", ""), proposal.stream(proposal_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            proposed = proposal.known(states[stream])
            unknown = is_relation_unknown(states, proposed.by, by)
            decision = Confirmed(proposal_id=proposal_id, by=by, relation_unknown=unknown)
            decided = proposal.decide(states[stream], decision, at=at)
            if not decided:
                return []
            check_officer(states, proposed.by)
            _check_second(states, proposed, by, at)
            controlled = ACTS[Act(proposed.act)]
            when = When(proposed.by, at, self.day(at), second=by)
            particulars = controlled.read(proposed.particulars)
            return decided + controlled.decide(states, when, **particulars)

        return self._ask(decide, [stream], ["confirm", proposal_id, by], asking, Confirmed)

    def refuse(self, proposal_id: str, *, reason: str, **asking: Unpack[Asking]) -> Event | None:
        """Refuse a proposal of somebody else, for a reason; None if refused by this officer.

        An officer who is no second person beside the first raises NotIndependent.
        """
        by, stream = asking.get("by", ""), proposal.stream(proposal_id)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            decision = Refused(proposal_id=proposal_id, by=by, reason=reason)
            if decided := proposal.decide(states[stream], decision, at=at):
                _check_second(states, proposal.known(states[stream]), by, at)
            return decided

        return self._ask(decide, [stream], ["refuse", proposal_id, by, reason], asking)

    def withdraw(self, proposal_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Withdraw one's own proposal; return None if it is withdrawn already."""
        by, stream = asking.get("by", ""), proposal.stream(proposal_id)
        withdrawn = Withdrawn(proposal_id=proposal_id, by=by)
        return self._ask(
            lambda states, at: proposal.decide(states[stream], withdrawn, at=at),
            [stream],
            ["withdraw", proposal_id, by],
            asking,
        )

    def agreed(self, event: Event | None, *, by: str, at: datetime | None = None) -> Event | None:
        """Confirm the proposal that a verb just returned; return any other result as it is."""
        if not isinstance(event, Proposed):
            return event
        self.confirm(event.proposal_id, by=by, at=at)
        return event

    def hand_out(self, proposal_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Record that an officer gets what a confirmed proposal hands out: `proposal.hand_out`.

        After an invitation they are not independent of the person, see `staff.VOUCHED_FOR`.
        """
        stream, by = proposal.stream(proposal_id), asking.get("by", "")

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            proposed = proposal.known(states[stream])
            handed_out = proposal.hand_out(states[stream], by=by, at=at)
            if proposed.act == Act.MAKE_SHEET:
                return handed_out
            person: staff.Staff = states[staff.stream(proposed.particulars["staff_id"])]
            return handed_out + staff.invite(person, by=by, at=at)

        return self._ask(decide, [stream], [stream, "hand_out"], asking)

    def lapse(self, proposal_id: str) -> Event | None:
        """Record that nobody confirmed a proposal in time; return None if it still waits."""
        stream = proposal.stream(proposal_id)
        return self._ask(
            lambda states, at: proposal.lapse(states[stream], at=at),
            [stream],
            ["lapse", proposal_id],
            Asking(),
            Lapsed,
        )

    def proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal; for an unknown id the initial one, whose `proposed` is None."""
        found: Proposal = self.state(proposal.stream(proposal_id))
        return found

    def concerned(self, proposed: Proposed) -> Any:
        """Return the present state of the stream that an act concerns; None if it names none."""
        return self.state(proposed.stake.subject) if proposed.stake.subject else None

    def candidates(self, proposal_id: str) -> list[Candidate]:
        """Return everybody with a role that confirms a proposal, sorted, with what excludes them.

        ProposalUnknown if there is no such proposal.
        """

        def ask(states: StateBatch, now: datetime) -> list[Candidate]:
            proposed = proposal.known(states[proposal.stream(proposal_id)])
            roles = TABLE[Act(proposed.act)].confirmed_by
            people: list[staff.Staff] = states.all(staff.CATEGORY)
            rule = partial(
                excluding_rule, states, proposed.by, at=now, subject=proposed.stake.subject
            )
            return sorted(
                Candidate(one.staff_id, rule(f"{OFFICER}{one.staff_id}"))
                for one in people
                if not roles.isdisjoint(one.roles)
            )

        return self.query(ask)

    def rule_between(self, first: str, second: str) -> Rule | None:
        """Return the rule by which two officers are not independent of each other now, or None."""
        return self.query(lambda states, now: excluding_rule(states, first, second, at=now))

    def control(self) -> founding.Control:
        """Return the state of dual control: setting up, recovery sheet and its uses."""
        found: founding.Control = self.state(founding.stream)
        return found

    def make_sheet(self, secret_hash: str, **asking: Unpack[Asking]) -> Event | None:
        """Keep the hash of a new recovery sheet, which voids the earlier one.

        While setting up the terminal does it alone; later a second reviewer confirms it.
        """
        asked = ["sheet", secret_hash]
        return self._act(Act.MAKE_SHEET, asked, asking, {"secret_hash": secret_hash})

    def use_sheet(self, staff_id: str, *, secret: bytes, **asking: Unpack[Asking]) -> Event | None:
        """Appoint a second reviewer by the recovery sheet; see `founding.use_sheet`.

        The appointment says that nobody else agreed. `by` is the terminal, else OfficerNeeded.
        """
        by = asking.get("by", SYSTEM)

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            if not by.startswith(TERMINAL):
                raise errors.OfficerNeeded
            control: founding.Control = states[founding.stream]
            used = founding.use_sheet(
                control, secret=secret, staff_id=staff_id, reviewing=reviewing(states), at=at
            )
            person: staff.Staff = states[staff.stream(staff_id)]
            return used + staff.appoint(
                msgspec.structs.replace(person, roles=frozenset()),
                staff_id=staff_id,
                roles=[*person.roles, Role.REVIEWER],
                merchant_id="",
                by=by,
                at=at,
                alone=True,
            )

        asked = ["use_sheet", staff_id, founding.sheet_hash(secret)]
        return self._ask(decide, [founding.stream], asked, asking)


def _check_second(states: StateBatch, proposed: Proposed, by: str, at: datetime) -> None:
    """Check that an officer may confirm or refuse: by role, by relation, and in whose case."""
    _check_role(states, proposed, by)
    check_independent(states, proposed.by, by, at=at, subject=proposed.stake.subject)


def _check_role(states: StateBatch, proposed: Proposed, by: str) -> None:
    roles = TABLE[Act(proposed.act)].confirmed_by
    if roles.isdisjoint(check_officer(states, by).roles):
        raise errors.ConfirmingRoleNeeded(roles=", ".join(sorted(roles)))


@act(Act.MAKE_SHEET)
def _make_sheet(states: StateBatch, _when: When, *, secret_hash: str) -> list[Event]:
    return founding.make_sheet(states[founding.stream], secret_hash=secret_hash)
