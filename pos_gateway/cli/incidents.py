"""Incidents: errors found after payment, reported and listed."""

from __future__ import annotations

import click

from ledger.services.base import Asking
from pos_gateway.cli.asking import IDENTIFIER, YUAN, Say, example, officer
from pos_gateway.cli.opened import with_house
from pos_gateway.cli.tables import FORMAT, Row, show_rows, shown
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.i18n.settlement_reasons import INCIDENT_WORDS
from pos_gateway.services import House
from projections import incidents as incidents_view


@click.group()
def incidents() -> None:
    """Errors found after a merchant was paid (差错), settled in its next statement."""


@incidents.command(
    epilog=example("hongka incidents report r-20260501-17 12.50 --reason wrong_amount")
)
@click.argument("redemption_id", type=IDENTIFIER)
@click.argument("amount_minor", metavar="YUAN", type=YUAN)
@click.option("--reason", required=True, type=click.Choice(list(INCIDENT_WORDS)), help="Why.")
@click.option("--fund", "fund_id", type=IDENTIFIER, help="Which, where it drew on several.")
@officer
def report(
    house: House,
    asking: Asking,
    say: Say,
    *,
    redemption_id: str,
    amount_minor: int,
    reason: str,
    fund_id: str | None,
) -> None:
    """Report that a merchant was paid too much for a redemption. It is kept from its next payment.

    What is not paid yet is reversed instead: hongka redemptions reverse.
    """
    event = house.ledger.officers.statements.report_incident(
        redemption_id, amount_minor=amount_minor, reason=reason, fund_id=fund_id, **asking
    )
    say(
        event,
        f"{shown('_minor', amount_minor)} yuan of {redemption_id} will be kept.",
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


@incidents.command("list", epilog=example("hongka incidents list --merchant xiufa"))
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@click.option("--fund", "fund_id", help="Only this fund.")
@FORMAT
@with_house
def list_incidents(
    house: House, *, merchant_id: str | None, fund_id: str | None, form: str
) -> None:
    """The incidents, the latest first."""
    bring_up_to_date(house)
    rows: list[Row] = []
    before: int | None = None
    with house.views.reading() as connection:
        while page := incidents_view.incidents(
            connection, merchant_id=merchant_id, fund_id=fund_id, before=before
        ):
            before = page[-1].position
            rows += [one._asdict() for one in page]
    columns = [name for name in incidents_view.Incident._fields if name != "position"]
    show_rows(rows, form=form, columns=columns)
