"""Correct members' data, and erase members."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from ledger import drops, errors
from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.drops import Drop, claim, draw, waiting_list
from ledger.drops.eligibility import claimant
from ledger.drops.lifecycle import after
from ledger.event import Event
from ledger.members import card, device, erasure, member
from ledger.members.authorization import Principal, end_key
from ledger.members.card import Card
from ledger.members.member import Corrected, Member
from ledger.offers import grant
from ledger.offers.grant import Grants
from ledger.services.base import Asking
from ledger.services.controlled import ControlledService, When, act
from ledger.write.state_batch import StateBatch

PERSONAL = ("name", "phone", "identity_number")
"""The fields of a member that the vault holds."""

CONTACT = frozenset({"phone", "identity_number"})
"""The fields by which somebody is known to be the member."""

_PLACED = ("branch", "employer", "groups")


class CorrectionService(ControlledService):
    """The verbs of officers that correct members and erase them; MemberErased for an erased one."""

    def correct_member(
        self,
        member_id: str,
        *,
        reason: str,
        fields: tuple[str, ...] = (),
        branch: str | None = None,
        employer: str | None = None,
        groups: tuple[str, ...] | None = None,
        proven: bool = False,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Record that `fields` of PERSONAL are corrected; None in other values: as before.

        One of CONTACT needs a second person, unless it is `proven` by a code to the member's phone;
        a corrected phone takes the right to show codes from the member's device. The caller changes
        the vault. Return None if nothing differs.
        """
        told: dict[str, Any] = {"member_id": member_id, "fields": fields, "reason": reason}
        told |= {"branch": branch, "employer": employer, "groups": groups, "proven": proven}
        asked = ["correct", asking.get("by", ""), *told.values()]
        return self._act(Act.CORRECT_MEMBER, asked, asking, told, Corrected)

    def erase_member(
        self, member_id: str, *, reason: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Record that a member is erased, once a second person confirms it; None if they are.

        Their card closes, their keys end, and they give back tickets, waiting places and entries
        while the drops allow it; what was used, and later tickets, stay on the books. The caller
        erases them from the vault afterwards.
        """
        told = {"member_id": member_id, "reason": reason}
        asked = ["erase", asking.get("by", ""), *told.values()]
        return self._act(Act.ERASE_MEMBER, asked, asking, told, erasure.Erased)


def _needs_a_second(
    _states: StateBatch,
    _when: When,
    *,
    member_id: str,
    fields: tuple[str, ...],
    proven: bool,
    **_others: Any,
) -> Stake | None:
    alone = proven or CONTACT.isdisjoint(fields)
    return None if alone else Stake(subject=member.stream(member_id))


@act(Act.CORRECT_MEMBER, _needs_a_second)
def _correct(
    states: StateBatch,
    when: When,
    *,
    member_id: str,
    fields: tuple[str, ...],
    reason: str,
    branch: str | None,
    employer: str | None,
    groups: tuple[str, ...] | None,
    proven: bool,
) -> list[Event]:
    state = _known(states, member_id)
    if not set(PERSONAL).issuperset(fields):
        raise errors.InputInvalid(field="fields")
    given = dict(zip(_PLACED, (branch, employer, groups), strict=True))
    placed: dict[str, Any] = {name: getattr(state, name) for name in _PLACED}
    changed = {name: it for name, it in given.items() if it is not None and it != placed[name]}
    corrected = Corrected(
        member_id=member_id,
        fields=(*fields, *changed),
        reason=reason,
        by=when.by,
        at=when.at,
        proven=proven,
    )
    held: Card = states[card.stream(state.card_id)] if state.card_id else card.INITIAL
    revoked = device.revoke(held) if held.card_id and "phone" in fields else []
    moved = member.move(state, **placed | changed)
    return [corrected, *moved, *revoked] if corrected.fields else []


@act(Act.ERASE_MEMBER, lambda *_, member_id, **_others: Stake(subject=member.stream(member_id)))
def _erase(states: StateBatch, when: When, *, member_id: str, reason: str) -> list[Event]:
    if states[erasure.stream(member_id)].member_id:
        return []
    state = _known(states, member_id)
    erased = erasure.Erased(member_id=member_id, reason=reason, by=when.by, at=when.at)
    held = states[card.stream(state.card_id)] if state.card_id else None
    ended = [event for one in state.keys for event in end_key(state, key_id=one)]
    closed = card.close(held) if held else []
    return [*_given_back(states, state, when.at), *ended, *closed, erased]


def _known(states: StateBatch, member_id: str) -> Member:
    state: Member = states[member.stream(member_id)]
    member.check_known(state)
    erasure.check_not_erased(states[erasure.stream(member_id)])
    return state


def _given_back(states: StateBatch, state: Member, at: datetime) -> list[Event]:
    """Return the events that give back what the member holds in drops that still allow it."""
    every: list[Drop] = states.all(drops.CATEGORY)
    return [event for drop in every for event in _left_of(states, drop, state, at)]


def _left_of(states: StateBatch, drop: Drop, state: Member, at: datetime) -> list[Event]:
    """Return the events by which a member leaves one drop."""
    member_id, stream = state.member_id, drops.stream(drop.drop_id)
    grants: Grants = states[grant.stream(member_id)]
    who = claimant(states, drop, Principal(member_id=member_id))
    steps: list[Callable[[Drop], list[Event]]] = [
        partial(claim.release, held=one, member_id=member_id, at=at)
        for one in grants.held.values()
        if one.ticket and one.ticket.drop_id == drop.drop_id
    ]
    steps += [
        partial(
            waiting_list.leave,
            item_id=item.item_id,
            session_id=session.session_id,
            member_id=member_id,
            at=at,
        )
        for name, (item, session) in (drop.plan.slots if drop.plan else {}).items()
        if member_id in drop.slots[name].waiting
    ]
    steps += [partial(draw.withdraw, who=who, at=at)] if member_id in drop.entered else []
    events: list[Event] = []
    for step in steps:
        now = after(drop, [one for one in events if one.stream == stream])
        with suppress(errors.Refusal):  # used, or the drop takes nothing back any more
            events += step(now)
    return events
