"""Incidents: report and list errors found after payment."""

from __future__ import annotations

import click

from pos_gateway.cli.asking import IDENTIFIER, YUAN, Run, officer
from pos_gateway.cli.questions import question_command
from pos_gateway.cli.tables import shown
from pos_gateway.i18n.words import INCIDENT_REASONS


@click.group()
def incidents() -> None:
    """Report and list overpayments found after a merchant was paid (差错)."""


@officer("hongka incidents report r-20260501-17 12.50 --reason wrong_amount", of=incidents)
@click.argument("redemption_id", type=IDENTIFIER)
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
    run.say(
        event,
        f"{shown('_minor', amount_minor)} yuan of {redemption_id} will be kept.",
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


incidents.add_command(question_command("incidents list"))
