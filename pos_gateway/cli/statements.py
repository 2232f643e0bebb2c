"""Statements: draw up, approve, return, and mark as paid; bank accounts and bank files."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from ledger.errors import NothingOwed, StatementUnknown
from ledger.settlement import statement
from ledger.vault import BankAccount
from pos_gateway.cli.asking import (
    IDENTIFIER,
    Run,
    example,
    officer,
    officer_of_many,
    shows,
    with_services,
)
from pos_gateway.cli.questions import question_command
from pos_gateway.cli.tables import show_rows, shown
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.words import RETURN_REASONS
from pos_gateway.payments import new_statement_id
from pos_gateway.payments.bank_accounts import erase_bank_account, keep_bank_account
from pos_gateway.payments.bank_file import Form
from pos_gateway.payments.bank_file import bank_file as made_bank_file
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.engine.question import as_dict
from projections.statement_lines import statement_lines
from projections.statements import statement as statement_of


@click.group()
def statements() -> None:
    """Settle with merchants: draw up, approve, return and pay statements; keep bank accounts.

    The officer who draws up a statement neither approves it nor marks it paid; above the fund's
    threshold two officers approve it. HONGKA_OFFICER or --by names the acting officer.
    """


statements.add_command(question_command("statements list"))

_LINES = (
    *("day", "redemption_id", "outlet_id", "till_id", "choices", "price_minor"),
    *("union_share_minor", "counted_minor", "reversed_day", "incident_minor", "incident_day"),
)


@shows("hongka statements show 20261121-1a2b3c4d5e --format csv", of=statements)
@click.argument("statement_id", type=IDENTIFIER)
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


@officer_of_many(
    "hongka statements draw-up card-2026",
    "hongka statements draw-up card-2026 xiufa",
    of=statements,
)
@click.argument("fund_id", type=IDENTIFIER)
@click.argument("merchant_ids", metavar="[MERCHANT_ID]...", type=IDENTIFIER, nargs=-1)
def draw_up(run: Run, *, fund_id: str, merchant_ids: tuple[str, ...]) -> None:
    """Put all that a fund owes merchants on statements (对账单), one each.

    Without a MERCHANT_ID, for every merchant that is owed something and has no open statement. If
    nothing is owed, it is refused.
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
    told = ("statement_id", "merchant_id", "due_minor", "approvals")
    run.say.of(
        "\n".join(lines),
        statements=[{name: getattr(one, name) for name in told} for one in drawn_up],
    )


@officer("hongka statements approve 20261121-1a2b3c4d5e --by officer-li", of=statements)
@click.argument("statement_id", type=IDENTIFIER)
def approve(run: Run, *, statement_id: str) -> None:
    """Approve a statement that another officer drew up (审批)."""
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


@officer("hongka statements return 20261121-1a2b3c4d5e --reason amount_doubted", of=statements)
@click.argument("statement_id", type=IDENTIFIER)
@click.option("--reason", required=True, type=click.Choice(list(RETURN_REASONS)), help="Why.")
def send_back(run: Run, *, statement_id: str, reason: str) -> None:
    """Return a statement unpaid (退回); its redemptions go on the merchant's next statement."""
    event = run.officers.statements.return_statement(statement_id, reason=reason, **run.asking)
    run.say(event, f"Statement {statement_id} is returned.", statement_id=statement_id)


@officer("hongka statements pay 20261121-1a2b3c4d5e --reference ICBC-20261122-77", of=statements)
@click.argument("statement_id", type=IDENTIFIER)
@click.option("--reference", required=True, help="The bank's reference of the payment.")
def pay(run: Run, *, statement_id: str, reference: str) -> None:
    """Record that the bank has paid an approved statement. What is paid is not reversed."""
    event = run.officers.statements.mark_statement_paid(
        statement_id, reference=reference, **run.asking
    )
    run.say(event, f"Statement {statement_id} is paid.", statement_id=statement_id)


@officer_of_many(
    "hongka statements bank-account merchant-xiufa",
    "hongka statements bank-account fund-card-2026",
    of=statements,
)
@click.argument("owner", type=IDENTIFIER)
@click.option("--erase", is_flag=True, help="Forget the account for good.")
def bank_account(run: Run, *, owner: str, erase: bool) -> None:
    """Keep where a merchant is paid to (merchant-ID), or a fund pays from (fund-ID); or erase it.

    Holder, number and bank are asked for, and kept in the vault alone. Open statements of a
    merchant must be drawn up again after a change.
    """
    if erase:
        erase_bank_account(run.services, owner, by=run.asking["by"])
        run.say.of(f"The bank account of {owner} is erased.", owner=owner)
        return
    account = BankAccount(
        holder=_asked("Account holder 户名"),
        number=_asked("Account number 账号").replace(" ", ""),
        bank_name=_asked("Bank and branch 开户行"),
        bank_code=_asked("Bank code 联行号 (may be empty)", default=""),
    )
    keep_bank_account(run.services, owner, account, by=run.asking["by"])
    run.say.of(f"The bank account of {owner} is kept.", owner=owner)


@statements.command(
    "bank-file", epilog=example("hongka statements bank-file card-2026 --out pay.xml")
)
@click.argument("fund_id", type=IDENTIFIER)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file."
)
@click.option(
    "--form",
    type=click.Choice(["pain", "csv"]),
    default="pain",
    show_default=True,
    help="ISO 20022 pain.001.001.09, or a plain table.",
)
@with_services
def bank_file(services: Services, *, fund_id: str, out: Path, form: Form) -> None:
    """Write the file by which the bank pays each approved, unpaid statement of a fund.

    It holds names and account numbers: for its owner alone. Nothing is recorded: mark the
    statements paid once the bank has paid them.
    """
    made = made_bank_file(services, fund_id, form=form, at=services.clock())
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(made.content)
    total = shown("_minor", made.total_minor)
    click.echo(f"Payments: {len(made.statement_ids)}, {total} yuan in all, in {out}.")


def _asked(label: str, default: str | None = None) -> str:
    # Prompts go to stderr, since stdout is for results.
    answer: str = click.prompt(label, default=default, show_default=False, err=True)
    return answer.strip()
