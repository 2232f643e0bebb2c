"""A proposal: an act of one person that waits for another to confirm it.

Each verb raises ProposalUnknown for a proposal that was never made.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

import msgspec

from ledger import errors
from ledger.control.table import Act
from ledger.event import Event, stream_namer, topic

CATEGORY = "proposal"

stream = stream_namer(CATEGORY)

LASTS = timedelta(days=14)
"""The time in which a proposal can be confirmed."""

HANDED_OUT = frozenset({Act.APPOINT, Act.INVITE, Act.MAKE_SHEET})
"""The acts that hand something out once they are confirmed: see `taker`."""


class Stake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The reach of an act: the fund that pays, and the most it can cost, in minor units.

    `most_minor` None means that no sum is at stake. `subject` is the stream that the act concerns,
    such as `staff-ann` or `member-…`: nobody confirms an act in their own case.
    """

    subject: str = ""
    fund_id: str = ""
    most_minor: int | None = None


class _ProposalEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "proposal_id")

    proposal_id: str


class _Decision(_ProposalEvent, frozen=True, kw_only=True):
    by: str


@topic("proposal.proposed", "提出待复核事项", "Proposed, to be confirmed")
class Proposed(_ProposalEvent, frozen=True, kw_only=True):
    """The officer `by` asked for an act (see `ledger.control.table`) with these particulars."""

    act: str
    particulars: dict[str, Any]
    by: str
    at: datetime
    stake: Stake = Stake()


@topic("proposal.confirmed", "复核通过", "Confirmed by a second person")
class Confirmed(_Decision, frozen=True, kw_only=True):
    """Another officer confirmed the act, whose own events follow.

    `relation_unknown`: one of the two is tied to no member, so kinship could not be checked.
    """

    relation_unknown: bool = False


@topic("proposal.refused", "复核不通过", "Refused by a second person")
class Refused(_Decision, frozen=True, kw_only=True):
    """Another officer refused the act, for a `reason` from a closed list."""

    reason: str


@topic("proposal.withdrawn", "撤回待复核事项", "Proposal withdrawn")
class Withdrawn(_Decision, frozen=True, kw_only=True):
    """The officer who proposed the act withdrew it."""


@topic("proposal.lapsed", "待复核事项过期", "Proposal lapsed")
class Lapsed(_ProposalEvent, frozen=True, kw_only=True):
    """Nobody confirmed the act in time."""


@topic("proposal.handed_out", "领取邀请码或半张恢复单", "Invitation or half a sheet handed out")
class HandedOut(_ProposalEvent, frozen=True, kw_only=True):
    """The code of an invitation, or half of a recovery sheet, was shown to its `taker`, once."""


Decision = Confirmed | Refused | Withdrawn
ProposalEvent = Proposed | Decision | Lapsed | HandedOut


class Status(StrEnum):
    """The status of a proposal; a proposed one waits for a second person."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


_AFTER: dict[type[Event], Status] = {
    Confirmed: Status.CONFIRMED,
    Refused: Status.REFUSED,
    Withdrawn: Status.WITHDRAWN,
}


class Proposal(msgspec.Struct, frozen=True):
    """The state of a proposal; `proposed` is None before it. `decided_by` is an officer or "".

    `handed_out`: what it hands out was shown.
    """

    proposed: Proposed | None = None
    status: Status = Status.PROPOSED
    decided_by: str = ""
    handed_out: bool = False


INITIAL = Proposal()


def evolve(state: Proposal, event: ProposalEvent) -> Proposal:
    """Return the state after one more event."""
    match event:
        case Proposed():
            return Proposal(event)
        case Confirmed() | Refused() | Withdrawn():
            return Proposal(state.proposed, _AFTER[type(event)], event.by)
        case Lapsed():
            return Proposal(state.proposed, Status.LAPSED)
        case HandedOut():
            return msgspec.structs.replace(state, handed_out=True)
        case _:
            assert_never(event)


def decide(state: Proposal, decision: Decision, *, at: datetime) -> list[Event]:
    """Record a decision; a repeat by the same officer returns no events.

    The caller checks the roles and the independence of whoever confirms or refuses.

    Raises:
        ProposalLapsed: the proposal is older than LASTS.
        ProposalOver: it is decided otherwise, or by somebody else.
        ProposedByYou: it is one's own, which one may only withdraw.
        NotYourProposal: it is another's, which one may not withdraw.
    """
    own = decision.by == known(state).by
    if (state.status, state.decided_by) == (_AFTER[type(decision)], decision.by):
        return []
    status = status_at(state, at)
    if status is Status.LAPSED:
        raise errors.ProposalLapsed
    if status is not Status.PROPOSED:
        raise errors.ProposalOver(status=status)
    if own is not isinstance(decision, Withdrawn):
        raise errors.ProposedByYou if own else errors.NotYourProposal
    return [decision]


def lapse(state: Proposal, *, at: datetime) -> list[Event]:
    """Record that a proposal is older than LASTS; a younger or a decided one returns no events."""
    proposed = known(state)
    if state.status is not Status.PROPOSED or status_at(state, at) is Status.PROPOSED:
        return []
    return [Lapsed(proposal_id=proposed.proposal_id)]


def taker(state: Proposal) -> str:
    """Return who gets what is handed out: an invitation, who proposed; half a sheet, the other."""
    proposed = known(state)
    return state.decided_by if proposed.act == Act.MAKE_SHEET else proposed.by


def hand_out(state: Proposal, *, by: str, at: datetime) -> list[Event]:
    """Record that its `taker` got what a confirmed proposal hands out, once.

    Raises:
        NotYourProposal: `by` is another officer.
        ProposalWaits: nobody decided it yet.
        ProposalOver: it is refused, withdrawn or lapsed, or was handed out.
        ProposalLapsed: it was proposed twice LASTS ago.
    """
    proposed = known(state)
    if by != taker(state) or proposed.act not in HANDED_OUT:
        raise errors.NotYourProposal
    status = status_at(state, at)
    if status is Status.PROPOSED:
        raise errors.ProposalWaits
    if status is not Status.CONFIRMED or state.handed_out:
        raise errors.ProposalOver(status=status)
    if at >= proposed.at + 2 * LASTS:
        raise errors.ProposalLapsed
    return [HandedOut(proposal_id=proposed.proposal_id)]


def known(state: Proposal) -> Proposed:
    """Return the event that made the proposal, or raise ProposalUnknown."""
    if state.proposed is None:
        raise errors.ProposalUnknown
    return state.proposed


def status_at(state: Proposal, at: datetime) -> Status:
    """Return the status at a time: one that waited longer than LASTS lapsed, recorded or not."""
    waited = state.status is Status.PROPOSED and at >= known(state).at + LASTS
    return Status.LAPSED if waited else state.status
