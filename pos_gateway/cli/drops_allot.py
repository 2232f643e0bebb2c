"""Allot a drop: every member of its audience gets the same."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import click

from ledger.drops import Drop
from ledger.drops.eligibility import Asked, check_ahead, check_open, slot_of
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import PARTY_MAX, Audience, Mode
from ledger.errors import Refusal, RequestReused, SessionUnknown
from ledger.members.member import Member
from pos_gateway.cli.asking import IDENTIFIER, Run, officer, several
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.messages import message
from pos_gateway.services import Services
from projections.members import of_branches

slot_options = several(
    click.option("--item", "item_id", type=IDENTIFIER, help="If there are several."),
    click.option("--session", "session_id", type=IDENTIFIER, help="If there are several."),
)


PARTY = click.option(
    "--party",
    type=click.IntRange(1, PARTY_MAX),
    default=1,
    show_default=True,
    help="How many people one ticket admits.",
)


def asked_of(
    services: Services,
    drop_id: str,
    *,
    claim_id: str,
    item_id: str | None,
    session_id: str | None,
    party: int = 1,
) -> Asked:
    """Return the request of a place in a drop; None: its only item, or its only session.

    `claim_id` is the id of the claim: a repeat with the same id is answered from the record.

    Raises:
        Refusal: the drop is unknown or cancelled, or has no such item or session.
        UsageError: several items or sessions match.
    """
    plan = known_plan(services.ledger.drop(drop_id))
    found = [
        (item.item_id, session.session_id)
        for item, session in plan.slots.values()
        if item_id in {None, item.item_id} and session_id in {None, session.session_id}
    ]
    if not found:
        raise SessionUnknown
    if len(found) > 1:
        listed = "; ".join(f"--item {item} --session {session}" for item, session in found)
        raise click.UsageError(f"Say which: {listed}.")
    ((item, session),) = found
    return Asked(claim_id=claim_id, drop_id=drop_id, item_id=item, session_id=session, party=party)


CLAIM_ID = "allot"
"""The claim id of every allotted ticket, so that nobody gets two."""

AT_ONCE = 16
"""The number of requests in flight: they share a commit."""

PAGE = 500

GIVEN, HAD = "given", "had"


@officer(
    "hongka drops allot cooling-2026",
    "hongka drops allot new-year-2026 --item gift --session jan-20",
    many=True,
)
@slot_options
@PARTY
def allot(run: Run, *, drop_id: str, **chosen: Any) -> None:
    """Give a ticket to everybody in a drop's audience, without a claim of theirs.

    The drop must be an allotment and open. Members who cannot have a ticket are counted by reason,
    and stop nobody else. Run again, or after it was interrupted, it gives only to new members.
    """
    asked = asked_of(run.services, drop_id, claim_id=CLAIM_ID, **chosen)
    state = run.ledger.drop(drop_id)
    _check(state, asked, run.ledger.time())
    audience = known_plan(state).audience
    bring_up_to_date(run.services)
    with run.services.views.reading() as connection:
        members = of_branches(connection, audience.branches)
    counts: Counter[str] = Counter()
    with Bar("Allotting", total=len(members)) as bar, ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(members), PAGE):
            page = members[start : start + PAGE]
            found = run.ledger.find_members(page)
            named = [one for one, known in found.items() if _is_named(audience, known)]
            counts.update(pool.map(partial(_give, run.services, asked, by=run.asking["by"]), named))
            bar.advance(len(page))
    given, had = counts.pop(GIVEN, 0), counts.pop(HAD, 0)
    refused = {reason: count for reason, count in counts.most_common() if count}
    lines = [f"Given: {given}. Had it already: {had}. Refused: {sum(refused.values())}."]
    lines += [
        f"  {count}: {message(reason, 'en').title} ({reason})" for reason, count in refused.items()
    ]
    run.say.of("\n".join(lines), given=given, had=had, refused=refused)


def _check(state: Drop, asked: Asked, now: datetime) -> None:
    """Check for refusals that would apply to every member, before the first ticket.

    Raises:
        Refusal: the drop is unknown, cancelled, no allotment or not open, or has no such session
            that is still to come.
    """
    plan = known_plan(state, Mode.ALLOTMENT)
    _item, session = slot_of(plan, asked)
    check_open(state, now)
    check_ahead(session, now)


def _is_named(audience: Audience, member: Member) -> bool:
    """Return whether the member is in a group of the audience (none named: true), of any branch."""
    return not audience.groups or not set(audience.groups).isdisjoint(member.groups)


def _give(services: Services, asked: Asked, member_id: str, *, by: str) -> str:
    """Allot a ticket; return GIVEN, HAD (they had it already), or the reason of the refusal."""
    try:
        event = services.ledger.officers.drops.allot(asked, member_id=member_id, by=by)
    except (Refusal, RequestReused) as refusal:
        return refusal.reason
    return GIVEN if event else HAD
