"""The members of a rehearsal: those of the copy, made-up ones where too few, and their keys."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from random import Random

from ledger.application import Ledger
from ledger.drops.terms import Audience
from ledger.members.authorization import KEYS_MAX
from ledger.members.member import Member
from ledger.services.officers.enrolments import Enrolment
from pos_gateway.auth.api_key import SECRET_BYTES, make_member_key
from pos_gateway.codes.cose import CARD_BYTES
from pos_gateway.rehearsal.copy import Told
from pos_gateway.rehearsal.crowd import Player, Way

BY = "officer-rehearsal"
BRANCHES = 8
"""The number of branches over which made-up members are spread if no real ones exist."""

MEMBERS_A_COMMIT = 500


_Taker = tuple[Enrolment, str]
"""A member to enrol, with their API key in plain text."""


def players(
    ledger: Ledger,
    known: Mapping[str, Member],
    audience: Audience,
    ways: Sequence[Way],
    chance: Random,
    told: Told,
) -> list[Player]:
    """Return one player for each of `ways`, with a new API key recorded on the copy `ledger`.

    Members of `known` in the drop's audience, with a card and room for a key, come first (drawn
    where too many); the others are made up, in branches and groups with the same frequencies.
    """
    real = sorted(one.member_id for one in known.values() if _may(one, audience))
    if len(real) > len(ways):
        real = chance.sample(real, len(ways))
    mine = [known[one] for one in real]
    takers = [_with_key(one.member_id, one.branch, one.groups, chance) for one in mine]
    likeness = [(one.branch, one.groups) for one in mine] or list(_spread(audience))
    takers += [_made_up(*chance.choice(likeness), chance) for _ in range(len(ways) - len(real))]
    _enlist(ledger, takers, told)
    return [
        Player(number, one.member_id, one.branch, one.groups, key, way)
        for number, ((one, key), way) in enumerate(zip(takers, ways, strict=True))
    ]


def _may(one: Member, audience: Audience) -> bool:
    return bool(
        one.card_id
        and len(one.keys) < KEYS_MAX
        and (not audience.branches or one.branch in audience.branches)
        and (not audience.groups or not set(audience.groups).isdisjoint(one.groups))
    )


def _spread(audience: Audience) -> Iterable[tuple[str, tuple[str, ...]]]:
    branches = audience.branches or [f"branch-{one + 1}" for one in range(BRANCHES)]
    groups: list[tuple[str, ...]] = [(group,) for group in audience.groups]
    return product(branches, groups or [()])


def _made_up(branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    member_id = f"rehearsal-{chance.getrandbits(96):024x}"
    enrolment, key = _with_key(member_id, branch, groups, chance)
    return enrolment._replace(card_id=chance.randbytes(CARD_BYTES).hex()), key


def _with_key(member_id: str, branch: str, groups: tuple[str, ...], chance: Random) -> _Taker:
    # Only the key does not follow from the seed, because the copy holds facts of real members.
    key_id = f"rehearsal-{chance.getrandbits(32):08x}"
    key, key_hash = make_member_key(member_id, key_id, secrets.token_bytes(SECRET_BYTES))
    return Enrolment(member_id, branch, groups, key_id, key_hash), key


def _enlist(ledger: Ledger, takers: Sequence[_Taker], told: Told) -> None:
    """Enrol all takers on the copy, MEMBERS_A_COMMIT in each commit."""
    enrolments = [enrolment for enrolment, _key in takers]
    for first in range(0, len(enrolments), MEMBERS_A_COMMIT):
        told("making members and keys", first, len(enrolments))
        page = enrolments[first : first + MEMBERS_A_COMMIT]
        ledger.officers.enrolments.enrol(page, by=BY)
    told("making members and keys", len(takers), len(takers))
