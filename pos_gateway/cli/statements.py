"""Statements: draw up, approve, return, and mark as paid."""

from __future__ import annotations

from functools import partial

import click

from ledger.errors import NothingOwed, StatementUnknown
from ledger.settlement import statement
from pos_gateway.cli.asking import IDENTIFIER, Run, example, officer, officer_of_many
from pos_gateway.cli.bank_files import bank_account, bank_file
from pos_gateway.cli.opened import with_services
from pos_gateway.cli.questions import question_command
from pos_gateway.cli.tables import FORMAT, show_rows, shown
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.words import RETURN_REASONS
from pos_gateway.payments.statement_id import new_statement_id
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.engine.question import as_dict
from projections.statement_lines import statement_lines
from projections.statements import statement as statement_of


@click.group()
def statements() -> None:
    """Settle with merchants: draw up statements, approve them, pay them.

    The officer who draws up a statement neither approves it nor marks it paid; above the fund's
    threshold two officers approve it. HONGKA_OFFICER or --by names the acting officer.
    """


for _command in (question_command("statements list"), bank_account, bank_file):
    statements.add_command(_command)

_LINES = (
    *("day", "redemption_id", "outlet_id", "till_id", "choices", "price_minor"),
    *("union_share_minor", "counted_minor", "reversed_day", "incident_minor", "incident_day"),
)


@statements.command(
    "show", epilog=example("hongka statements show 20261121-1a2b3c4d5e --format csv")
)
@click.argument("statement_id", type=IDENTIFIER)
@FORMAT
@with_services
def show(services: Services, *, statement_id: str, form: str) -> None:
    """Show the redemptions on a statement, line by line; reversed ones count nothing."""
    bring_up_to_date(services)
    with services.views.reading() as connection:
        found = statement_of(connection, statement_id)
        if found is None:
            raise StatementUnknown
    lines = every(
        partial(statement_lines, statement=found),
        services.views.reading,
        lambda last: {"after": last.reservation},
    )
    show_rows(map(as_dict, lines), form=form, columns=_LINES)


@statements.command(
    "draw-up",
    epilog=example(
        "hongka statements draw-up card-2026", "hongka statements draw-up card-2026 xiufa"
    ),
)
@click.argument("fund_id", type=IDENTIFIER)
@click.argument("merchant_ids", metavar="[MERCHANT_ID]...", type=IDENTIFIER, nargs=-1)
@officer_of_many
def draw_up(run: Run, *, fund_id: str, merchant_ids: tuple[str, ...]) -> None:
    """Put all that a fund owes merchants on statements (对账单), one each.

    Without a MERCHANT_ID, for every merchant that is owed something and has no open statement.
    """
    drawn_up = []
    for merchant_id in merchant_ids or run.officers.statements.merchants_owed(fund_id):
        event = run.officers.statements.draw_up_statement(
            new_statement_id(run.ledger.day(run.services.clock())),
            fund_id=fund_id,
            merchant_id=merchant_id,
            by=run.asking["by"],
        )
        assert isinstance(event, statement.DrawnUp)  # noqa: S101 - the id is new
        drawn_up.append(event)
    if not drawn_up:
        raise NothingOwed
    lines = [
        f"Statement {one.statement_id}: {shown('_minor', one.due_minor)} yuan"
        f" due to {one.merchant_id}, to be approved by {one.approvals}."
        for one in drawn_up
    ]
    run.say.of(
        "\n".join(lines),
        statements=[
            {
                "statement_id": one.statement_id,
                "merchant_id": one.merchant_id,
                "due_minor": one.due_minor,
                "approvals": one.approvals,
            }
            for one in drawn_up
        ],
    )


@statements.command(epilog=example("hongka statements approve 20261121-1a2b3c4d5e --by officer-li"))
@click.argument("statement_id", type=IDENTIFIER)
@officer
def approve(run: Run, *, statement_id: str) -> None:
    """Approve a statement that somebody else drew up (审批)."""
    event = run.officers.statements.approve_statement(statement_id, **run.asking)
    state = run.ledger.statement(statement_id)
    missing = statement.known(state).approvals - len(state.approved_by)
    line = "it may be paid" if not missing else "another officer has to approve it too"
    run.say(
        event,
        f"Statement {statement_id} is approved by {run.asking['by']}: {line}.",
        statement_id=statement_id,
        missing=missing,
    )


@statements.command(
    "return", epilog=example("hongka statements return 20261121-1a2b3c4d5e --reason amount_doubted")
)
@click.argument("statement_id", type=IDENTIFIER)
@click.option("--reason", required=True, type=click.Choice(list(RETURN_REASONS)), help="Why.")
@officer
def send_back(run: Run, *, statement_id: str, reason: str) -> None:
    """Send a statement back (退回): what is on it is open again, to be drawn up anew."""
    event = run.officers.statements.return_statement(statement_id, reason=reason, **run.asking)
    run.say(event, f"Statement {statement_id} is returned.", statement_id=statement_id)


@statements.command(
    epilog=example("hongka statements pay 20261121-1a2b3c4d5e --reference ICBC-20261122-77")
)
@click.argument("statement_id", type=IDENTIFIER)
@click.option("--reference", required=True, help="The bank's reference of the payment.")
@officer
def pay(run: Run, *, statement_id: str, reference: str) -> None:
    """Record that the bank has paid an approved statement. What is paid is not reversed."""
    event = run.officers.statements.mark_statement_paid(
        statement_id, reference=reference, **run.asking
    )
    run.say(event, f"Statement {statement_id} is paid.", statement_id=statement_id)
