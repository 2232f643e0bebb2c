"""A member: the person a card belongs to, known by an opaque id, branch, employer and groups.

Every verb but `register` raises MemberUnknown for a member who is not registered.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.benefits.terms import Who
from ledger.event import Event, stream_namer, topic

CATEGORY = "member"
stream = stream_namer(CATEGORY)

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""The form of ids that callers choose: of a key, of a household."""

KIN_FOR = timedelta(days=30)
"""The time for which whoever left a household still counts as kin of its members."""


class _MemberEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "member_id")

    member_id: str


@topic("member.registered", "登记会员", "Member registered")
class Registered(_MemberEvent, frozen=True, kw_only=True):
    """A person was registered as a member; the vault holds the personal data."""

    branch: str
    employer: str = ""
    groups: tuple[str, ...] = ()


@topic("member.moved", "变更单位或群体", "Member moved")
class Moved(_MemberEvent, frozen=True, kw_only=True):
    """The member has this branch, employer and these groups from now on."""

    branch: str
    employer: str = ""
    groups: tuple[str, ...] = ()


@topic("member.card_received", "会员领卡", "Card received")
class CardReceived(_MemberEvent, frozen=True, kw_only=True):
    """The member holds the card `card_id` from now on, in place of any earlier card."""

    card_id: str


@topic("member.key_made", "生成会员密钥", "Member's key made")
class KeyMade(_MemberEvent, frozen=True, kw_only=True):
    """The member got an API key; `key_hash` is the SHA-256, in hex, of its secret part."""

    key_id: str
    key_hash: str


@topic("member.key_ended", "停用会员密钥", "Member's key ended")
class KeyEnded(_MemberEvent, frozen=True, kw_only=True):
    """A key of the member was ended for good."""

    key_id: str


@topic("member.proxy_named", "指定代办人", "Proxy named")
class ProxyNamed(_MemberEvent, frozen=True, kw_only=True):
    """The member allowed the member `proxy_id` to act for them."""

    proxy_id: str


@topic("member.proxy_ended", "取消代办人", "Proxy ended")
class ProxyEnded(_MemberEvent, frozen=True, kw_only=True):
    """The member `proxy_id` may no longer act for this member."""

    proxy_id: str


@topic("member.household_changed", "变更家庭", "Household changed")
class HouseholdChanged(_MemberEvent, frozen=True, kw_only=True):
    """The member belongs to this household from `at` on (None: not recorded); empty: to none."""

    household_id: str
    at: datetime | None = None


@topic("member.corrected", "更正会员资料", "Member corrected")
class Corrected(_MemberEvent, frozen=True, kw_only=True):
    """The officer `by` corrected these `fields`, for a `reason` of a closed list.

    No value is recorded. `proven`: the member confirmed it by a code to their earlier phone.
    """

    fields: tuple[str, ...]
    reason: str
    by: str
    at: datetime
    proven: bool = False


FamilyEvent = ProxyNamed | ProxyEnded | HouseholdChanged
MemberEvent = Registered | Moved | Corrected | CardReceived | KeyMade | KeyEnded | FamilyEvent


class Member(msgspec.Struct, frozen=True):
    """The state of a member; an empty `member_id` means that nobody was registered.

    `card_id` is the card held now (empty: none). `keys` holds the hashes of live API keys by key
    id, and `proxies` the ids of the members who may act for this one. An empty `household_id`:
    none. `left` has the times at which the member left earlier ones, by id.
    """

    member_id: str = ""
    branch: str = ""
    employer: str = ""
    groups: tuple[str, ...] = ()
    card_id: str = ""
    keys: Map[str, str] = Map()
    proxies: tuple[str, ...] = ()
    household_id: str = ""
    left: Map[str, datetime] = Map()

    def kin(self, at: datetime) -> set[str]:
        """Return the ids of the member's household and of those left within KIN_FOR before `at`."""
        recent = {one for one, since in self.left.items() if at - since < KIN_FOR}
        return (recent | {self.household_id}) - {""}

    @property
    def who(self) -> Who:
        """The attributes of the member that the rules of benefits may test: branch and groups."""
        return Who(branch=self.branch, groups=self.groups)


INITIAL = Member()


def evolve(state: Member, event: MemberEvent) -> Member:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Registered() | Moved():
            return replace(state, **msgspec.structs.asdict(event))
        case Corrected():
            return state
        case CardReceived():
            return replace(state, card_id=event.card_id)
        case KeyMade():
            return replace(state, keys=state.keys.set(event.key_id, event.key_hash))
        case KeyEnded():
            return replace(state, keys=state.keys.delete(event.key_id))
        case ProxyNamed() | ProxyEnded() | HouseholdChanged():
            return _with_family(state, event)
        case _:
            assert_never(event)


def _with_family(state: Member, event: FamilyEvent) -> Member:
    replace = msgspec.structs.replace
    if isinstance(event, ProxyNamed):
        return replace(state, proxies=(*state.proxies, event.proxy_id))
    if isinstance(event, ProxyEnded):
        kept = tuple(one for one in state.proxies if one != event.proxy_id)
        return replace(state, proxies=kept)
    left = state.left
    if state.household_id and event.at:
        left = left.set(state.household_id, event.at)
    return replace(state, household_id=event.household_id, left=left)


def read_with(state: Member) -> Iterator[str]:
    """Yield the streams that requests for a member usually read too; none without a card."""
    if state.card_id:
        yield from (f"card-{state.card_id}", f"grant-{state.member_id}")
        if state.household_id:
            yield f"household-{state.household_id}"


def register(
    state: Member, *, member_id: str, branch: str, employer: str, groups: tuple[str, ...]
) -> list[Event]:
    """Register a member; a repeat returns no events, other values for the id are refused."""
    if state.member_id:
        if (state.branch, state.employer, state.groups) == (branch, employer, groups):
            return []
        raise errors.MemberAlreadyRegistered
    return [Registered(member_id=member_id, branch=branch, employer=employer, groups=groups)]


def move(state: Member, *, branch: str, employer: str, groups: tuple[str, ...]) -> list[Event]:
    """Record the member's new branch, employer and groups; the present ones return no events."""
    check_known(state)
    if (state.branch, state.employer, state.groups) == (branch, employer, groups):
        return []
    return [Moved(member_id=state.member_id, branch=branch, employer=employer, groups=groups)]


def receive_card(state: Member, *, card_id: str) -> list[Event]:
    """Record the card that the member now holds; the present card returns no events."""
    check_known(state)
    if state.card_id == card_id:
        return []
    return [CardReceived(member_id=state.member_id, card_id=card_id)]


def change_household(state: Member, *, household_id: str, at: datetime) -> list[Event]:
    """Record the member's household, or none for an empty id; the present one returns no events."""
    check_known(state)
    if state.household_id == household_id:
        return []
    if household_id and not ID.fullmatch(household_id):
        raise errors.InputInvalid(field="household_id")
    return [HouseholdChanged(member_id=state.member_id, household_id=household_id, at=at)]


def check_known(state: Member) -> None:
    """Raise MemberUnknown unless the member is registered."""
    if not state.member_id:
        raise errors.MemberUnknown
