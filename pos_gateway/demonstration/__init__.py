"""The Miyun demonstration: a month of the little red card, loaded once."""

from contextlib import suppress
from pathlib import Path

import msgspec

from ledger.errors import NothingOwed, StatementOpen
from ledger.services.officers.statements import StatementService
from pos_gateway.demonstration.market import FUND
from pos_gateway.demonstration.plan import Plan, keep_plan, new_plan, read_plan
from pos_gateway.demonstration.staffing import (
    CLERK,
    OFFICES,
    REVIEWER,
    TERMINAL,
    new_officers,
    take_on,
)
from pos_gateway.demonstration.story import Story, begin
from pos_gateway.services import Services

TO_APPROVE, TO_PAY = "kangning", "jiahe"


def load(services: Services) -> Plan:
    """Load the demonstration unless it is loaded, and return its stored plan.

    It also writes the published draw to `drawn_path`. After an interruption, such as Busy, it
    continues from where it stopped.
    """
    path = services.settings.var / "demonstration.json"
    plan = read_plan(path)
    if plan is None:
        plan = new_plan(services.clock())
        keep_plan(path, plan)
    known = {one.staff_id: one for one in plan.officers}
    officers = tuple(known.get(one.staff_id, one) for one in new_officers())
    if officers != plan.officers:  # an earlier version had fewer
        plan = msgspec.structs.replace(plan, officers=officers)
        keep_plan(path, plan)
    services.ledger.officers.staff.appoint_first(OFFICES, by=TERMINAL, at=begin(plan))
    if not plan.card_id:
        plan, draw = Story(services, plan).tell()
        if draw is not None:
            drawn_path(services.settings.var).write_bytes(msgspec.json.encode(draw))
        keep_plan(path, plan)
    take_on(services, plan.officers)
    _settle(services.ledger.officers.statements, plan)
    return plan


def drawn_path(var: Path) -> Path:
    """Return the path of the published draw's document in `var`, for `hongka verify-draw`."""
    return var / "season-pass.json"


def _settle(statements: StatementService, plan: Plan) -> None:
    """Draw up statements of TO_APPROVE and TO_PAY, and approve the latter; a repeat does nothing.

    A merchant that is owed nothing, or has an open statement already, is left out.
    """
    for merchant_id in (TO_APPROVE, TO_PAY):
        statement_id, asked = f"{plan.name}-{merchant_id}", f"{plan.name}/statement-{merchant_id}"
        with suppress(StatementOpen, NothingOwed):
            statements.draw_up_statement(
                statement_id, fund_id=FUND, merchant_id=merchant_id, by=CLERK, request_id=asked
            )
            if merchant_id == TO_PAY:
                again = f"{asked}-approved"
                statements.approve_statement(statement_id, by=REVIEWER, request_id=again)
