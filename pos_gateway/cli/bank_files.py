"""Bank accounts, and bank files that pay statements."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ledger.vault import BankAccount
from pos_gateway.cli.asking import IDENTIFIER, Run, example, officer_of_many
from pos_gateway.cli.opened import with_services
from pos_gateway.cli.tables import shown
from pos_gateway.payments.bank_accounts import erase_bank_account, keep_bank_account
from pos_gateway.payments.bank_file import Form
from pos_gateway.payments.bank_file import bank_file as made_bank_file
from pos_gateway.services import Services


@click.command(
    "bank-account",
    epilog=example(
        "hongka statements bank-account merchant-xiufa",
        "hongka statements bank-account fund-card-2026",
    ),
)
@click.argument("owner", type=IDENTIFIER)
@click.option("--erase", is_flag=True, help="Forget the account for good.")
@officer_of_many
def bank_account(run: Run, *, owner: str, erase: bool) -> None:
    """Keep where a merchant is paid to (merchant-ID), or a fund pays from (fund-ID).

    Holder, number and bank are asked for, and kept in the vault alone.
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


@click.command("bank-file", epilog=example("hongka statements bank-file card-2026 --out pay.xml"))
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
    """Write the file by which the bank pays every approved statement of a fund.

    It holds names and account numbers: for its owner alone. Mark the statements paid once the bank
    has paid them.
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
