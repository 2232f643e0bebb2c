"""A draw: members enter, the list is frozen, the seed is fixed, and the winners get tickets."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from ledger import errors
from ledger.drops import eligibility, rfc3797
from ledger.drops.claim import ticket
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.events import Drawn, Entered, EntryWithdrawn, Frozen, SeedFixed
from ledger.drops.lifecycle import after, known_plan, settle, status_at
from ledger.drops.state import Drop, Status
from ledger.drops.terms import Mode
from ledger.event import Event
from ledger.members import household

WEIGHT = 2
WEIGHT_AFTER_NO_SHOW = 1
"""A no-show in the last year halves a member's lots; it never excludes the member."""

ENTRIES_MAX = rfc3797.LOTS_MAX
"""The most members in one draw: each needs a lot, and there are 65,535."""


def enter(
    state: Drop, *, asked: Asked, who: Claimant, no_shows: int, at: datetime, today: date
) -> list[Event]:
    """Enter a member in an open draw, with two lots, or one after any `no_shows` in the last year.

    Raises the first refusal of a rule, as a claim does. A member who has an entry is refused, also
    if the request is the same; so is one who comes after ENTRIES_MAX others (DrawFull).
    """
    plan = known_plan(state, Mode.DRAW)
    item, _session = eligibility.slot_of(plan, asked)
    eligibility.check_open(state, at)
    eligibility.check_eligible(plan, who, today)
    member = who.member
    if member.member_id in state.entered:
        entry_id = state.entered[member.member_id].entry_id
        raise errors.AlreadyEntered(
            entry_id=published_id(asked.drop_id, member.member_id, entry_id)
        )
    eligibility.check_limits(state, plan, who)
    if len(state.entered) >= ENTRIES_MAX:
        raise errors.DrawFull(most=ENTRIES_MAX)
    entered = Entered(
        drop_id=asked.drop_id,
        item_id=asked.item_id,
        session_id=asked.session_id,
        member_id=member.member_id,
        entry_id=asked.claim_id,
        number=state.entries + 1,
        party=asked.party,
        places=item.places(asked.party),
        weight=WEIGHT_AFTER_NO_SHOW if no_shows else WEIGHT,
        claimed_by=who.acting,
        household_id=member.household_id if plan.per_household is not None else "",
    )
    counted = household.count(entered.household_id, state.drop_id, entries=1)
    return [*settle(state, at), entered, *counted]


def withdraw(state: Drop, *, who: Claimant, at: datetime) -> list[Event]:
    """Withdraw a member's entry while the draw is open; a member without one raises NotEntered."""
    known_plan(state, Mode.DRAW)
    entry = state.entered.get(who.member.member_id)
    if entry is None:
        raise errors.NotEntered
    eligibility.check_open(state, at)
    withdrawn = EntryWithdrawn(
        drop_id=state.drop_id,
        item_id=entry.item_id,
        session_id=entry.session_id,
        member_id=who.member.member_id,
        entry_id=entry.entry_id,
    )
    counted = household.count(entry.household_id, state.drop_id, entries=-1)
    return [*settle(state, at), withdrawn, *counted]


def freeze(state: Drop, *, at: datetime, today: date) -> list[Event]:
    """Fix the entries of a closed draw and record their hash; a frozen list returns no events.

    Raises:
        StillOpen: the drop still takes entries, or is not open yet.
        FrozenTooLate: today is after the day of the seed numbers, so the officer may know them.
    """
    plan = known_plan(state, Mode.DRAW)
    if status_at(state, at) is not Status.CLOSED:
        raise errors.StillOpen(closes_at=plan.closes_at.isoformat())
    if state.frozen is not None:
        return []
    if plan.seed_rule is None or today > plan.seed_rule.day:
        raise errors.FrozenTooLate
    entries = numbered(state)
    frozen = Frozen(
        drop_id=state.drop_id,
        entries=len(entries),
        places=tuple(
            (item.item_id, session.session_id, session.capacity)
            for item, session in plan.slots.values()
        ),
        sha256=rfc3797.entries_hash(state.drop_id, entries),
    )
    return [*settle(state, at), frozen]


def fix_seed(state: Drop, *, numbers: Sequence[Sequence[int]], today: date) -> list[Event]:
    """Record the published seed numbers, source by source; the same again returns no events.

    Raises:
        Refusal: the list is not frozen, the day has not come, or other numbers were fixed.
        InputInvalid: the numbers are outside the limits of RFC 3797.
    """
    plan = known_plan(state, Mode.DRAW)
    fixed = tuple(tuple(source) for source in numbers)
    rfc3797.key_string(fixed)
    if state.frozen is None:
        raise errors.NotFrozen
    assert plan.seed_rule is not None, "a draw has a rule"  # noqa: S101 - our own mistake
    if today < plan.seed_rule.day:
        raise errors.SeedNotYet(day=plan.seed_rule.day.isoformat())
    if state.seed:
        if state.seed == fixed:
            return []
        raise errors.SeedAlreadyFixed
    return [SeedFixed(drop_id=state.drop_id, numbers=fixed)]


def winners(state: Drop) -> list[tuple[int, Entered]]:
    """Return each winner's published number (from 1) and entry, first drawn first, in up to 1 s.

    A draw whose seed is not recorded raises SeedNotFixed.
    """
    known_plan(state, Mode.DRAW)
    if not state.seed:
        raise errors.SeedNotFixed
    queue = _queue(state)
    numbers = rfc3797.winners(numbered(state), places(state), rfc3797.key_string(state.seed))
    return [(number, queue[number - 1]) for number in numbers]


def award(
    state: Drop, *, won: Sequence[tuple[int, Entered]], who: Sequence[Claimant]
) -> list[Event]:
    """Give tickets to the next winners; with the last of them, record that the draw is done.

    `won` is the result of `winners`; `who` holds the claimants of the winners that follow the last
    one awarded, in that order. A draw that is done returns no events.
    """
    facts: list[Event] = []
    if state.drawn:
        return facts
    due = won[state.awarded : state.awarded + len(who)]
    for (number, entry), claimant in zip(due, who, strict=True):
        assert claimant.member.member_id == entry.member_id, "another member"  # noqa: S101 - our mistake
        asked = Asked(
            claim_id=entry.entry_id,
            drop_id=state.drop_id,
            item_id=entry.item_id,
            session_id=entry.session_id,
            party=entry.party,
        )
        given = ticket(state, asked=asked, who=claimant, entry=number)
        state = after(state, given[:1])
        facts += given
    if state.awarded == len(won):
        facts.append(Drawn(drop_id=state.drop_id, winners=len(won)))
    return facts


def numbered(state: Drop) -> list[rfc3797.ListedEntry]:
    """Return the entries as published, numbered 1, 2, 3 … as they came; none is withdrawn."""
    return [
        rfc3797.ListedEntry(
            number,
            published_id(state.drop_id, one.member_id, one.entry_id),
            one.item_id,
            one.session_id,
            one.places,
            lots_of(state, one),
        )
        for number, one in enumerate(_queue(state), 1)
    ]


def lots_of(state: Drop, entry: Entered) -> int:
    """Return the lots of an entry: its weight or, where all weights are too many, one.

    More than 65,535 lots can't be drawn from. Then everybody has one, also after a no-show.
    """
    return entry.weight if state.lots <= rfc3797.LOTS_MAX else 1


def published_id(drop_id: str, member_id: str, entry_id: str) -> str:
    """Return the id under which an entry is published: 24 hex characters that reveal nothing.

    The member's device chooses `entry_id`, so two entries may share one, or contain a name.
    """
    return hashlib.sha256(f"entry/{drop_id}/{member_id}/{entry_id}".encode()).hexdigest()[:24]


def places(state: Drop) -> dict[tuple[str, str], int]:
    """Return the places to draw for, by (item id, session id), or raise NotFrozen."""
    if state.frozen is None:
        raise errors.NotFrozen
    return {(item_id, session_id): most for item_id, session_id, most in state.frozen.places}


def _queue(state: Drop) -> list[Entered]:
    return sorted(state.entered.values(), key=lambda one: one.number)
