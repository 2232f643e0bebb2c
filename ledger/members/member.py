"""A member: the person a card belongs to, known by an opaque id and by where they are organised."""

from __future__ import annotations

import re
from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.benefits.terms import Who
from ledger.event import Event, topic

CATEGORY = "member"

KEYS_MAX = PROXIES_MAX = 8
"""As many live keys, and as many proxies, a member may have at once."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEY_HASH = re.compile(r"[0-9a-f]{64}")


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


@topic("member.key_made")
class KeyMade(_MemberEvent, frozen=True, kw_only=True):
    """The member may ask with a key; the log keeps its hash: SHA-256, in hex."""

    key_id: str
    key_hash: str


@topic("member.key_ended")
class KeyEnded(_MemberEvent, frozen=True, kw_only=True):
    """A key of the member is dead."""

    key_id: str


@topic("member.proxy_named")
class ProxyNamed(_MemberEvent, frozen=True, kw_only=True):
    """Another member, of the family, may act for this one."""

    proxy_id: str


@topic("member.proxy_ended")
class ProxyEnded(_MemberEvent, frozen=True, kw_only=True):
    """Another member may act for this one no longer."""

    proxy_id: str


@topic("member.household_changed")
class HouseholdChanged(_MemberEvent, frozen=True, kw_only=True):
    """The member's household is now this one, by an opaque id; none where it is empty."""

    household_id: str


FamilyEvent = ProxyNamed | ProxyEnded | HouseholdChanged
MemberEvent = Registered | Moved | CardReceived | KeyMade | KeyEnded | FamilyEvent


class Member(msgspec.Struct, frozen=True):
    """A member as the rules see them: `keys` are the live ones, hashes by id."""

    member_id: str = ""
    branch: str = ""
    employer: str = ""
    groups: tuple[str, ...] = ()
    card_id: str = ""
    keys: Map[str, str] = Map()
    proxies: tuple[str, ...] = ()
    household_id: str = ""

    @property
    def who(self) -> Who:
        """What terms may ask of the member."""
        return Who(branch=self.branch, groups=self.groups)


INITIAL = Member()


def evolve(state: Member, event: MemberEvent) -> Member:
    """The member after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Registered() | Moved():
            return replace(
                state,
                member_id=event.member_id,
                branch=event.branch,
                employer=event.employer,
                groups=event.groups,
            )
        case CardReceived():
            return replace(state, card_id=event.card_id)
        case KeyMade():
            return replace(state, keys=state.keys.set(event.key_id, event.key_hash))
        case KeyEnded():
            return replace(state, keys=state.keys.delete(event.key_id))
        case ProxyNamed():
            return replace(state, proxies=(*state.proxies, event.proxy_id))
        case ProxyEnded():
            proxies = tuple(one for one in state.proxies if one != event.proxy_id)
            return replace(state, proxies=proxies)
        case HouseholdChanged():
            return replace(state, household_id=event.household_id)
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
    if state.card_id == card_id:
        return []
    return [CardReceived(member_id=state.member_id, card_id=card_id)]


def make_key(state: Member, *, key_id: str, key_hash: str) -> list[Event]:
    """Let the member ask with a key; `key_hash` is its SHA-256 in hex.

    Raises:
        MemberUnknown: no such member.
        TooManyKeys: KEYS_MAX are live.
        InputInvalid: the id is that of another live key, or no id, or the hash is none.

    """
    check_known(state)
    if state.keys.get(key_id) == key_hash:
        return []
    if key_id in state.keys or not _ID.fullmatch(key_id):
        raise errors.InputInvalid(field="key_id")
    if not _KEY_HASH.fullmatch(key_hash):
        raise errors.InputInvalid(field="key_hash")
    if len(state.keys) >= KEYS_MAX:
        raise errors.TooManyKeys
    return [KeyMade(member_id=state.member_id, key_id=key_id, key_hash=key_hash)]


def end_key(state: Member, *, key_id: str) -> list[Event]:
    """End a key for good.

    Raises:
        MemberUnknown: no such member.

    """
    check_known(state)
    return [KeyEnded(member_id=state.member_id, key_id=key_id)] if key_id in state.keys else []


def name_proxy(state: Member, *, proxy_id: str) -> list[Event]:
    """Let another member act for this one.

    Raises:
        MemberUnknown: no such member.
        InputInvalid: nobody is their own proxy.
        TooManyProxies: PROXIES_MAX are named.

    """
    check_known(state)
    if proxy_id == state.member_id:
        raise errors.InputInvalid(field="proxy_id")
    if proxy_id in state.proxies:
        return []
    if len(state.proxies) >= PROXIES_MAX:
        raise errors.TooManyProxies
    return [ProxyNamed(member_id=state.member_id, proxy_id=proxy_id)]


def end_proxy(state: Member, *, proxy_id: str) -> list[Event]:
    """Let another member act for this one no longer.

    Raises:
        MemberUnknown: no such member.

    """
    check_known(state)
    if proxy_id not in state.proxies:
        return []
    return [ProxyEnded(member_id=state.member_id, proxy_id=proxy_id)]


def change_household(state: Member, *, household_id: str) -> list[Event]:
    """Note which household the member is of; an empty id is none.

    Raises:
        MemberUnknown: no such member.
        InputInvalid: this is no id.

    """
    check_known(state)
    if state.household_id == household_id:
        return []
    if household_id and not _ID.fullmatch(household_id):
        raise errors.InputInvalid(field="household_id")
    return [HouseholdChanged(member_id=state.member_id, household_id=household_id)]


def check_key(state: Member, key_id: str) -> None:
    """Check that a key of the member is live.

    Raises:
        KeyEnded: it was ended, or never made.

    """
    if key_id not in state.keys:
        raise errors.KeyEnded


def check_proxy(state: Member, proxy_id: str) -> None:
    """Check that one may act for the member: it is the member, or a proxy they named.

    Raises:
        NotAProxy: it is neither, or there is no such member.

    """
    if not state.member_id or proxy_id not in (state.member_id, *state.proxies):
        raise errors.NotAProxy


def check_known(state: Member) -> None:
    """Check that the member is registered.

    Raises:
        MemberUnknown: no such member.

    """
    if not state.member_id:
        raise errors.MemberUnknown
