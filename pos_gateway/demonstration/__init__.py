"""The Miyun demonstration: a month of the little red card, loaded once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pos_gateway.demonstration.plan import Plan, keep_plan, new_plan, read_plan
from pos_gateway.demonstration.settling import settle
from pos_gateway.demonstration.staffing import new_officers, take_on
from pos_gateway.demonstration.story import Story
from pos_gateway.services import Services


def load(services: Services) -> Plan:
    """Load the demonstration unless it is loaded, and return its stored plan.

    After an interruption it continues from where it stopped.

    Raises:
        Busy: the ledger can't answer now; calling again is safe.
    """
    path = services.settings.var / "demonstration.json"
    plan = read_plan(path)
    if plan is None:
        plan = new_plan(services.clock())
        keep_plan(path, plan)
    if not plan.officers:  # an earlier version had none
        plan = msgspec.structs.replace(plan, officers=new_officers())
        keep_plan(path, plan)
    if not plan.card_id:
        told = Story(services, plan).tell()
        plan = msgspec.structs.replace(plan, card_id=told.card_id)
        if told.draw is not None:
            drawn_path(services.settings.var).write_bytes(msgspec.json.encode(told.draw))
            plan = msgspec.structs.replace(plan, member_keys=told.member_keys)
        keep_plan(path, plan)
    take_on(services, plan.officers)
    settle(services.ledger, plan)
    return plan


def drawn_path(var: Path) -> Path:
    """Return the path of the published draw's document, which `hongka verify-draw` checks."""
    return var / "season-pass.json"
