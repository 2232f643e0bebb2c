"""Funds; statements, bank accounts and bank files; incidents, which are found after a payment."""

from functools import partial
from pathlib import Path

import click

from ledger.errors import NothingOwed, StatementUnknown
from ledger.settlement import statement
from ledger.vault import BankAccount
from pos_gateway.auth.policies import Policy
from pos_gateway.cli import session
from pos_gateway.cli.asking import (
    IDENTIFIER,
    NEW_FILE,
    YUAN,
    YUAN_OR_NONE,
    Run,
    asked_for,
    group,
    officer,
    reads,
    shows,
)
from pos_gateway.cli.questions import question_command
from pos_gateway.cli.tables import show_rows, shown
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.words import INCIDENT_REASONS, RETURN_REASONS
from pos_gateway.payments import new_statement_id
from pos_gateway.payments.bank_accounts import erase_bank_account, keep_bank_account
from pos_gateway.payments.bank_file import Form
from pos_gateway.payments.bank_file import bank_file as made_bank_file
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.engine.question import as_dict
from projections.statement_lines import statement_lines
from projections.statements import statement as statement_of

statements = group(
    "statements",
    question_command("statements list"),
    more="The officer who draws up a statement neither approves it nor marks it paid; above the"
    " fund's threshold two officers approve it.",
)
incidents = group("incidents", question_command("incidents list"))

_LINES = (
    *("day", "redemption_id", "outlet_id", "till_id", "choices", "price_minor"),
    *("union_share_minor", "counted_minor", "reversed_day", "incident_minor", "incident_day"),
)


@shows("hongka statements show 20261121-1a2b3c4d5e --format csv", of=statements)
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


@officer(
    "hongka statements draw-up card-2026",
    "hongka statements draw-up card-2026 xiufa",
    of=statements,
    many=True,
)
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
def approve(run: Run, *, statement_id: str) -> None:
    """Approve a statement that another officer drew up (审批).

    Where two approve it, one of them does so at the desk.
    """
    event = run.officers.statements.approve_statement(statement_id, **run.asking)
    state = run.ledger.statement(statement_id)
    missing = statement.known(state).approvals - len(state.approved_by)
    line = "it may be paid" if not missing else "another officer has to approve it too"
    run.say(
        event,
        f"Statement {statement_id} is approved by {run.asking['by']}: {line}.",
        missing=missing,
    )


@officer("hongka statements return 20261121-1a2b3c4d5e --reason amount_doubted", of=statements)
@click.option("--reason", required=True, type=click.Choice(list(RETURN_REASONS)), help="Why.")
def send_back(run: Run, *, statement_id: str, reason: str) -> None:
    """Return a statement unpaid (退回); its redemptions go on the merchant's next statement."""
    event = run.officers.statements.return_statement(statement_id, reason=reason, **run.asking)
    run.say(event, f"Statement {statement_id} is returned.")


@officer("hongka statements pay 20261121-1a2b3c4d5e --reference ICBC-20261122-77", of=statements)
@click.option("--reference", required=True, help="The bank's reference of the payment.")
def pay(run: Run, *, statement_id: str, reference: str) -> None:
    """Record that the bank has paid an approved statement. What is paid is not reversed."""
    event = run.officers.statements.mark_statement_paid(
        statement_id, reference=reference, **run.asking
    )
    run.say(event, f"Statement {statement_id} is paid.")


@officer(
    "hongka statements bank-account merchant-xiufa",
    "hongka statements bank-account fund-card-2026",
    of=statements,
    many=True,
)
@click.argument("owner", type=IDENTIFIER)
@click.option("--erase", is_flag=True, help="Forget the account for good.")
def bank_account(run: Run, *, owner: str, erase: bool) -> None:
    """Keep where a merchant is paid to (merchant-ID), or a fund pays from (fund-ID); or erase it.

    Holder, number and bank are asked for, and kept in the vault alone. Open statements of a
    merchant must be drawn up again after a change.
    """
    of_fund = owner.startswith("fund-")
    session.check_may(run.services, Policy.KEEP_FUNDS if of_fund else Policy.KEEP_MERCHANTS)
    if erase:
        erased = erase_bank_account(run.services, owner, by=run.asking["by"])
        run.say(erased, f"The bank account of {owner} is erased.")
        return
    account = BankAccount(
        holder=asked_for("Account holder 户名", str.strip),
        number=asked_for("Account number 账号", str.strip).replace(" ", ""),
        bank_name=asked_for("Bank and branch 开户行", str.strip),
        bank_code=asked_for("Bank code 联行号 (may be empty)", str.strip, default=""),
    )
    event = keep_bank_account(run.services, owner, account, by=run.asking["by"])
    run.say(event, f"The bank account of {owner} is kept.")


@reads("hongka statements bank-file card-2026 --out pay.xml", of=statements)
@click.option("--out", required=True, type=NEW_FILE, help="The file.")
@click.option(
    "--form",
    type=click.Choice(["pain", "csv"]),
    default="pain",
    show_default=True,
    help="ISO 20022 pain.001.001.09 for the bank, or a table for spreadsheets.",
)
def bank_file(services: Services, *, fund_id: str, out: Path, form: Form) -> None:
    """Write the file by which the bank pays each approved, unpaid statement of a fund.

    It holds names and account numbers: for its owner alone. Nothing is recorded: mark the
    statements paid once the bank has paid them.
    """
    made = made_bank_file(services, fund_id, form=form, at=services.clock())
    out.touch(0o600)
    out.write_bytes(made.content)
    total = shown("_minor", made.total_minor)
    click.echo(f"Payments: {len(made.statement_ids)}, {total} yuan in all, in {out}.")


@officer("hongka incidents report r-20260501-17 12.50 --reason wrong_amount", of=incidents)
@click.argument("amount_minor", metavar="YUAN", type=YUAN)
@click.option("--reason", required=True, type=click.Choice(list(INCIDENT_REASONS)), help="Why.")
@click.option("--fund", "fund_id", type=IDENTIFIER, help="Which, where it drew on several.")
def report(
    run: Run, *, redemption_id: str, amount_minor: int, reason: str, fund_id: str | None
) -> None:
    """Report that a merchant was paid too much for a redemption. Its next payment is so much less.

    If the redemption is not paid yet, reverse it instead: hongka redemptions reverse.
    """
    event = run.officers.statements.report_incident(
        redemption_id, amount_minor=amount_minor, reason=reason, fund_id=fund_id, **run.asking
    )
    run.say(event, f"{shown('_minor', amount_minor)} yuan of {redemption_id} will be kept.")


funds = group("funds")


@officer("hongka funds open card-2026 --programme service-card --name 小红卡2026年补贴", of=funds)
@click.option("--programme", required=True, type=IDENTIFIER, help="The programme it belongs to.")
@click.option("--name", required=True, help="What the fund is called.")
def open_fund(run: Run, *, fund_id: str, programme: str, name: str) -> None:
    """Open an empty fund of a programme (项目资金)."""
    event = run.officers.offers.open_fund(fund_id, programme=programme, name=name, **run.asking)
    run.say(event, f"Fund {fund_id} is open.")


@officer(
    "hongka funds contribute card-2026 500000 --source district --request-id letter-17", of=funds
)
@click.argument("amount_minor", metavar="YUAN", type=YUAN)
@click.option("--source", required=True, type=IDENTIFIER, help="Who gave it; an id, no person.")
def contribute(run: Run, *, fund_id: str, amount_minor: int, source: str) -> None:
    """Record money that came into a fund; twice if run twice, unless --request-id is the same."""
    event = run.officers.offers.contribute(
        fund_id, source=source, amount_minor=amount_minor, **run.asking
    )
    run.say(event, f"{shown('_minor', amount_minor)} yuan came into fund {fund_id}.")


@officer("hongka funds pay card-2026 xiufa", of=funds)
def pay_out(run: Run, *, fund_id: str, merchant_id: str) -> None:
    """Ask to record that a merchant was paid all that a fund owes it, without a statement.

    Another person confirms it. For small sums: above the threshold of the fund a statement is
    needed. Redemptions that are paid cannot be reversed.
    """
    event = run.officers.offers.pay_merchant(fund_id, merchant_id=merchant_id, **run.asking)
    run.say(event, f"{merchant_id} is paid.")


@officer("hongka funds threshold card-2026 2000", of=funds)
@click.argument("amount_minor", metavar="YUAN", type=YUAN_OR_NONE)
def threshold(run: Run, *, fund_id: str, amount_minor: int) -> None:
    """Set the amount above which a new statement needs two officers; 0: always. Starts at 5000."""
    event = run.officers.statements.set_threshold(fund_id, amount_minor=amount_minor, **run.asking)
    run.say(event, f"Above {shown('_minor', amount_minor)} yuan two officers approve.")
