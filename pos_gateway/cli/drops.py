"""Drops: announce from a file, change, amend, open, close, cancel."""

from pathlib import Path

import click

from ledger.drops.draw import ENTRIES_MAX
from ledger.drops.lifecycle import status_at
from ledger.drops.terms import Mode
from pos_gateway.cli.asking import Run, group, officer
from pos_gateway.cli.benefit_terms import warn
from pos_gateway.cli.drops_allot import allot
from pos_gateway.cli.drops_draw import draw, freeze, publish, seed
from pos_gateway.cli.drops_plan import PLAN_FILE, plain_terms, print_example, read_plan
from pos_gateway.cli.drops_show import list_drops, show

drops = group(
    "drops",
    *(print_example, list_drops, show, freeze, seed, draw, publish, allot),
    more="Tickets go to who comes first, by lot, or to all of a group. A draw goes freeze, seed,"
    " draw, publish; anybody can check it with hongka verify-draw.",
)
_REASON = click.option("--reason", required=True, help="Why; everybody can read it.")


@officer("hongka drops announce may-day may-day.json", of=drops)
@PLAN_FILE
def announce(run: Run, *, drop_id: str, file: Path) -> None:
    """Announce a drop, which must open in the future.

    FILE is its plan as JSON in UTF-8, with times such as 2026-05-01T10:00:00+08:00: see hongka
    drops example. Suppliers and the merchants of tickets must be signed. A draw takes 65,535
    entries: who comes later has no part in it, so announce one for each part of a larger audience.
    """
    with plain_terms():
        plan = read_plan(file)
        event = run.officers.drops.announce_drop(drop_id, plan=plan, **run.asking)
    warn(run.services, plan.audience)
    line = f"Drop {drop_id} is announced: it opens at {plan.opens_at.isoformat()}."
    if plan.mode is Mode.DRAW:
        line += f" It takes {ENTRIES_MAX:,} entries and no more."
    run.say(event, line)


@officer("hongka drops change may-day may-day.json", of=drops)
@PLAN_FILE
def change(run: Run, *, drop_id: str, file: Path) -> None:
    """Give a drop other terms before it opens; FILE is the whole plan, as in announce."""
    with plain_terms():
        plan = read_plan(file)
        event = run.officers.drops.change_drop(drop_id, plan=plan, **run.asking)
    warn(run.services, plan.audience)
    run.say(event, f"Drop {drop_id} has new terms.")


@officer("hongka drops amend may-day may-day.json --reason 玫瑰园增加200个名额", of=drops)
@PLAN_FILE
@_REASON
def amend(run: Run, *, drop_id: str, file: Path, reason: str) -> None:
    """Give an open drop other terms, for a reason that everybody can read.

    FILE is the whole plan, as in announce. Mode, opening, limits, audience, whether a place is a
    person's or a ticket's, and the numbers that decide a draw stay as announced; no session goes,
    no capacity falls below the places taken; and a draw is not amended from its closing until it is
    drawn.
    """
    with plain_terms():
        event = run.officers.drops.amend_drop(
            drop_id, plan=read_plan(file), reason=reason, **run.asking
        )
    run.say(event, f"Drop {drop_id} has new terms.")


@officer("hongka drops open may-day", of=drops)
def open_drop(run: Run, *, drop_id: str) -> None:
    """Record that a drop is open, once its time has come; the first claim records it too."""
    event = run.officers.drops.open_drop(drop_id, **run.asking)
    status = status_at(run.ledger.drop(drop_id), run.ledger.time())
    run.say(event, f"Drop {drop_id} is {status}.")


@officer("hongka drops close may-day --reason 园方临时闭园", of=drops)
@_REASON
def close(run: Run, *, drop_id: str, reason: str) -> None:
    """Close an open drop to claims before its announced time; claimed tickets stay valid."""
    event = run.officers.drops.close_drop(drop_id, reason=reason, **run.asking)
    run.say(event, f"Drop {drop_id} is closed.")


@officer("hongka drops cancel may-day --reason 暴雨预警 --yes", of=drops)
@_REASON
@click.confirmation_option(prompt="Every ticket of it will be worth nothing. Call it off?")
def cancel(run: Run, *, drop_id: str, reason: str) -> None:
    """Cancel a drop for good: all its tickets become void."""
    event = run.officers.drops.cancel_drop(drop_id, reason=reason, **run.asking)
    run.say(event, f"Drop {drop_id} is called off.")
