"""Contests: accept an offline redemption that the rules refuse, or leave it to the merchant."""

from typing import Unpack

from ledger import funds
from ledger.control.independence import check_not_own_case
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.event import Event
from ledger.members import member
from ledger.offers import offer
from ledger.redemptions import contest, redemption
from ledger.redemptions.events import ContestDecided, RedemptionLine
from ledger.services.base import Asking
from ledger.services.controlled import ControlledService, When, act
from ledger.write.state_batch import StateBatch


class ContestService(ControlledService):
    """The verb of officers who decide contested redemptions."""

    def decide(self, redemption_id: str, *, accept: bool, **asking: Unpack[Asking]) -> Event | None:
        """Accept a contested redemption that waits, or leave it to the merchant; None if done so.

        Accepted, the fund owes the union's share, and the next statement lists it; a second person
        confirms it above the fund's threshold. NotIndependent in one's own or a relative's case.
        """
        member_id = self._made(redemption_id).member_id
        told = {"redemption_id": redemption_id, "accept": accept, "member_id": member_id}
        asked = ["contest", redemption_id, accept, asking.get("by", "")]
        return self._act(Act.DECIDE_CONTEST, asked, asking, told, ContestDecided)


def _held(states: StateBatch, redemption_id: str, member_id: str) -> list[RedemptionLine]:
    was = states[redemption.stream(member_id)].contested.get(redemption_id)
    return [line for line in was.lines if line.is_held] if was else []


def _contest_stake(
    states: StateBatch, _when: When, *, redemption_id: str, accept: bool, member_id: str
) -> Stake | None:
    held = _held(states, redemption_id, member_id) if accept else []
    most_minor, subject = sum(line.union_share_minor for line in held), member.stream(member_id)
    for fund_id in (line.fund_id or "" for line in held):
        if most_minor > states[funds.stream(fund_id)].threshold_minor:
            return Stake(subject=subject, fund_id=fund_id, most_minor=most_minor)
    return None


@act(Act.DECIDE_CONTEST, _contest_stake)
def _decide_contest(
    states: StateBatch, when: When, *, redemption_id: str, accept: bool, member_id: str
) -> list[Event]:
    held = _held(states, redemption_id, member_id)
    if not when.alone:
        check_not_own_case(states, when.by, member.stream(member_id), at=when.at)
    return contest.decide(
        states[redemption.stream(member_id)],
        redemption_id=redemption_id,
        accept=accept,
        officer_id=when.by,
        at=when.at,
        day=when.day,
        funds={one.fund_id or "": states[funds.stream(one.fund_id or "")] for one in held},
        offers={one.choice_id: states[offer.stream(one.choice_id)] for one in held},
    )
