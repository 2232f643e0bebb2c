"""Authorization: the keys a member asks with, their proxies, and who acts for whom.

Every verb raises MemberUnknown for a member who is not registered.
"""

import re
from typing import Any, Protocol

import msgspec

from ledger import errors
from ledger.event import Event
from ledger.members.member import ID, KeyEnded, KeyMade, Member, ProxyEnded, ProxyNamed, check_known
from ledger.members.member import stream as member_stream

KEYS_MAX = PROXIES_MAX = 8
"""The most live keys, and the most proxies, of one member at a time."""

_KEY_HASH = re.compile(r"[0-9a-f]{64}")


class States(Protocol):
    """A mapping from the name of a stream to its state."""

    def __getitem__(self, stream: str) -> Any: ...


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A person who makes a request, and the member (`member_id`) the request is for.

    `acting` is the id of the proxy who acts, empty for the member in person. `key_id` is the key
    that the acting member signed in with, which must be live; None where no key was used. An
    officer has no key: `officer_id` is set (`officer-…`).
    """

    member_id: str
    acting: str = ""
    key_id: str | None = None
    officer_id: str = ""

    @property
    def by(self) -> str:
        """The actor as events record it: `officer-…`, or `member-…` of the proxy or member."""
        return self.officer_id or member_stream(self.acting or self.member_id)

    @property
    def other(self) -> str:
        """The id of the officer or proxy who acts; empty when the member acts in person."""
        return self.officer_id or self.acting

    @property
    def reads(self) -> list[str]:
        """The names of the streams to read: the member's, their grants', and the acting proxy's."""
        asks = [member_stream(self.acting)] if self.acting else []
        return [member_stream(self.member_id), f"grant-{self.member_id}", *asks]


def authorize(states: States, principal: Principal) -> Member:
    """Return the state of the member, or raise KeyEnded or NotAProxy for the principal.

    A member who is not registered passes here (an empty state) unless a key or a proxy is given.
    """
    member: Member = states[member_stream(principal.member_id)]
    if principal.key_id is not None:
        asks = states[member_stream(principal.acting)] if principal.acting else member
        check_key(asks, principal.key_id)
    if principal.acting:
        check_proxy(member, principal.acting)
    return member


def make_key(state: Member, *, key_id: str, key_hash: str) -> list[Event]:
    """Give the member an API key; `key_hash` is the SHA-256, in hex, of its secret part.

    A repeat with the same hash returns no events.

    Raises:
        MemberUnknown: the member is not registered.
        TooManyKeys: the member already has KEYS_MAX live keys.
        InputInvalid: another live key has the id, or the id or hash is malformed.
    """
    check_known(state)
    if state.keys.get(key_id) == key_hash:
        return []
    if key_id in state.keys or not ID.fullmatch(key_id):
        raise errors.InputInvalid(field="key_id")
    if not _KEY_HASH.fullmatch(key_hash):
        raise errors.InputInvalid(field="key_hash")
    if len(state.keys) >= KEYS_MAX:
        raise errors.TooManyKeys
    return [KeyMade(member_id=state.member_id, key_id=key_id, key_hash=key_hash)]


def end_key(state: Member, *, key_id: str) -> list[Event]:
    """End an API key for good; a key that is not live returns no events."""
    check_known(state)
    return [KeyEnded(member_id=state.member_id, key_id=key_id)] if key_id in state.keys else []


def name_proxy(state: Member, *, proxy_id: str) -> list[Event]:
    """Allow the member `proxy_id` to act for this one (a repeat: no events), or TooManyProxies."""
    check_known(state)
    if proxy_id == state.member_id:
        raise errors.InputInvalid(field="proxy_id")
    if proxy_id in state.proxies:
        return []
    if len(state.proxies) >= PROXIES_MAX:
        raise errors.TooManyProxies
    return [ProxyNamed(member_id=state.member_id, proxy_id=proxy_id)]


def end_proxy(state: Member, *, proxy_id: str) -> list[Event]:
    """Stop the member `proxy_id` from acting for this one; no events if it was not a proxy."""
    check_known(state)
    ended = ProxyEnded(member_id=state.member_id, proxy_id=proxy_id)
    return [ended] if proxy_id in state.proxies else []


def check_key(state: Member, key_id: str) -> None:
    """Raise KeyEnded unless this key of the member is live."""
    if key_id not in state.keys:
        raise errors.KeyEnded


def check_proxy(state: Member, proxy_id: str) -> None:
    """Raise NotAProxy unless `proxy_id` is this registered member or a proxy they named."""
    if not state.member_id or proxy_id not in (state.member_id, *state.proxies):
        raise errors.NotAProxy
