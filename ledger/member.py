"""A member: the person a card belongs to, known by an opaque id and by where they are organised."""

from __future__ import annotations

from typing import assert_never

import msgspec

from ledger import errors
from ledger.event import Event, topic
from ledger.terms import Who

CATEGORY = "member"


class _MemberEvent(Event, frozen=True, kw_only=True):
    member_id: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.member_id}"


@topic("member.registered")
class Registered(_MemberEvent, frozen=True, kw_only=True):
    """A person joined; who they are is in the vault."""

    branch: str
    employer: str = ""
    groups: tuple[str, ...] = ()


@topic("member.moved")
class Moved(_MemberEvent, frozen=True, kw_only=True):
    """The member's branch, employer or groups are now these."""

    branch: str
    employer: str = ""
    groups: tuple[str, ...] = ()


@topic("member.card_received")
class CardReceived(_MemberEvent, frozen=True, kw_only=True):
    """The member's card is now this one."""

    card_id: str


MemberEvent = Registered | Moved | CardReceived


class Member(msgspec.Struct, frozen=True):
    """A member as the rules see them."""

    member_id: str = ""
    branch: str = ""
    employer: str = ""
    groups: tuple[str, ...] = ()
    card_id: str = ""

    @property
    def who(self) -> Who:
        """What terms may ask of the member."""
        return Who(branch=self.branch, groups=self.groups)


INITIAL = Member()


def evolve(state: Member, event: MemberEvent) -> Member:
    """The member after one more event."""
    match event:
        case Registered() | Moved():
            return Member(
                event.member_id, event.branch, event.employer, event.groups, state.card_id
            )
        case CardReceived():
            return msgspec.structs.replace(state, card_id=event.card_id)
        case _:
            assert_never(event)


def register(
    state: Member, *, member_id: str, branch: str, employer: str, groups: tuple[str, ...]
) -> list[Event]:
    """Take a person on; the same again changes nothing.

    Raises:
        MemberAlreadyRegistered: the id is taken, with other particulars.

    """
    if state.member_id:
        if (state.branch, state.employer, state.groups) == (branch, employer, groups):
            return []
        raise errors.MemberAlreadyRegistered
    return [Registered(member_id=member_id, branch=branch, employer=employer, groups=groups)]


def move(state: Member, *, branch: str, employer: str, groups: tuple[str, ...]) -> list[Event]:
    """Note where the member is organised now.

    Raises:
        MemberUnknown: no such member.

    """
    check_known(state)
    if (state.branch, state.employer, state.groups) == (branch, employer, groups):
        return []
    return [Moved(member_id=state.member_id, branch=branch, employer=employer, groups=groups)]


def receive_card(state: Member, *, card_id: str) -> list[Event]:
    """Note which card the member carries.

    Raises:
        MemberUnknown: no such member.

    """
    check_known(state)
    return (
        []
        if state.card_id == card_id
        else [CardReceived(member_id=state.member_id, card_id=card_id)]
    )


def check_known(state: Member) -> None:
    """Check that the member is registered.

    Raises:
        MemberUnknown: no such member.

    """
    if not state.member_id:
        raise errors.MemberUnknown
