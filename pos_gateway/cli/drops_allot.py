"""Allot a drop: every member of its audience gets the same."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from ledger.drops import Drop
from ledger.drops.eligibility import Asked, check_ahead, check_open, slot_of
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import Audience, Mode
from ledger.errors import Refusal, RequestReused
from ledger.members.member import Member
from pos_gateway.cli.asking import Run, officer
from pos_gateway.cli.drops_slots import PARTY, asked_of, slot_options
from pos_gateway.cli.progress import Bar
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.messages import message
from pos_gateway.services import Services
from projections.members import of_branches

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
