"""Who takes part in a rehearsal: members of the copy, more where they are too few, and keys."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import NamedTuple

from ledger.application import Ledger
from ledger.drops.terms import Audience
from ledger.event import Event
from ledger.members import authorization, card, member
from ledger.members.authorization import KEYS_MAX
from ledger.members.member import Member
from ledger.write.request import Request
from ledger.write.state_batch import StateBatch
from pos_gateway.auth.api_key import SECRET_BYTES, make_member_key
from pos_gateway.codes.cose import CARD_BYTES
from pos_gateway.rehearsal.copy import Told
from pos_gateway.rehearsal.crowd import Player, Way

BY = "officer-rehearsal"
BRANCHES = 8
"""Over so many branches the members are spread where there is none to go by."""

MEMBERS_A_REQUEST = 250
IN_FLIGHT = 4


class _Taker(NamedTuple):
    """Who is to take part; `card_id` is that of a card to issue, with the member to register."""

    member_id: str
    branch: str
    groups: tuple[str, ...]
    key_id: str
    key: str
    key_hash: str
    card_id: str = ""


def players(
    ledger: Ledger,
    known: Mapping[str, Member],
    audience: Audience,
    ways: Sequence[Way],
    chance: Random,
    told: Told,
) -> list[Player]:
    """As many members as there are `ways`, each with a live key that nobody else ever sees.

    Members with a card whom the drop is for come first; the others are made up, in branches and
    groups as often as those have them.
    """
    real = sorted(one.member_id for one in known.values() if _may(one, audience))
    if len(real) > len(ways):
        real = chance.sample(real, len(ways))
    takers = [_real(known[one], chance) for one in real]
    likeness = [(known[one].branch, known[one].groups) for one in real]
    likeness = likeness or list(_spread(audience))
    takers += [_made_up(*chance.choice(likeness), chance) for _ in range(len(ways) - len(real))]
    _enlist(ledger, takers, told)
    return [
        Player(number, one.member_id, one.branch, one.groups, one.key, way)
        for number, (one, way) in enumerate(zip(takers, ways, strict=True))
    ]


def _may(one: Member, audience: Audience) -> bool:
    return bool(
        one.card_id
        and len(one.keys) < KEYS_MAX
        and (not audience.branches or one.branch in audience.branches)
        and (not audience.groups or not set(audience.groups).isdisjoint(one.groups))
    )


def _spread(audience: Audience) -> Iterator[tuple[str, tuple[str, ...]]]:
    branches = audience.branches or tuple(f"branch-{one + 1}" for one in range(BRANCHES))
    for branch in branches:
        for group in audience.groups:
            yield branch, (group,)
        if not audience.groups:
            yield branch, ()


def _real(one: Member, chance: Random) -> _Taker:
    return _with_key(one.member_id, one.branch, one.groups, chance)


def _made_up(branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    member_id = f"rehearsal-{chance.getrandbits(96):024x}"
    made = _with_key(member_id, branch, groups, chance)
    return made._replace(card_id=chance.randbytes(CARD_BYTES).hex())


def _with_key(member_id: str, branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    # The key alone does not follow from the seed: the copy holds what real members have.
    key_id = f"rehearsal-{chance.getrandbits(32):08x}"
    key, key_hash = make_member_key(member_id, key_id, secrets.token_bytes(SECRET_BYTES))
    return _Taker(member_id, branch, groups, key_id, key, key_hash)


def _enlist(ledger: Ledger, takers: Sequence[_Taker], told: Told) -> None:
    """Record them all, a few hundred a request and a few requests at a time."""
    under_way: deque[Request] = deque()
    for first in range(0, len(takers), MEMBERS_A_REQUEST):
        if len(under_way) >= IN_FLIGHT:
            ledger.writer.answer(under_way.popleft())
        request = _enlisting(takers[first : first + MEMBERS_A_REQUEST])
        ledger.writer.submit(request)
        under_way.append(request)
        told("making members and keys", first, len(takers))
    for request in under_way:
        ledger.writer.answer(request)
    told("making members and keys", len(takers), len(takers))


def _enlisting(takers: Sequence[_Taker]) -> Request:
    def decide(states: StateBatch, _now: datetime) -> list[Event]:
        return [event for one in takers for event in _facts(states, one)]

    reads = [f"member-{one.member_id}" for one in takers]
    reads += [f"card-{one.card_id}" for one in takers if one.card_id]
    return Request(decide, by=BY, reads=reads)


def _facts(states: StateBatch, one: _Taker) -> Iterator[Event]:
    state: Member = states[f"member-{one.member_id}"]
    if one.card_id:
        (registered,) = member.register(
            state, member_id=one.member_id, branch=one.branch, employer="", groups=one.groups
        )
        yield registered
        state = member.evolve(state, registered)  # type: ignore[arg-type]  # its own category
        blank = states[f"card-{one.card_id}"]
        yield from card.issue(blank, card_id=one.card_id, member_id=one.member_id)
        yield from member.receive_card(state, card_id=one.card_id)
    yield from authorization.make_key(state, key_id=one.key_id, key_hash=one.key_hash)
