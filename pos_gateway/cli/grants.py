"""Grants: place benefits on one card, and withdraw them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pos_gateway.cli.asking import IDENTIFIER, Run, officer
from pos_gateway.cli.benefit_terms import read_terms, terms_options
from pos_gateway.cli.holder import holder_of, new_id


@click.group()
def grants() -> None:
    """Place benefits on single cards, and withdraw them."""


@officer(
    "hongka grants make 3f0a… --title 免费理发 --kind free_service --terms '{\"times\": 2}'",
    of=grants,
)
@click.argument("card_id", type=IDENTIFIER)
@terms_options
@click.option("--programme", type=IDENTIFIER, help="The programme that gives it.")
def make(
    run: Run,
    *,
    card_id: str,
    file: Path | None,
    choice_id: str | None,
    programme: str | None,
    **typed: Any,
) -> None:
    """Place a benefit (权益) on one card; FILE and options are as in hongka offers publish."""
    read = read_terms(
        file, otherwise_id=f"grant-{new_id(run.asking)}", id=choice_id, programme=programme, **typed
    )
    event = run.officers.offers.make_grant(
        card_id, grant_id=read.id, programme=read.programme, **read.particulars, **run.asking
    )
    run.say(event, f"Grant {read.id} is on the card.", grant_id=read.id, card_id=card_id)


@officer("hongka grants withdraw 3f0a… grant-1c9d", of=grants)
@click.argument("card_id", type=IDENTIFIER)
@click.argument("grant_id", type=IDENTIFIER)
def withdraw(run: Run, *, card_id: str, grant_id: str) -> None:
    """Withdraw a benefit from the member who holds this card, but not a ticket of a drop."""
    member_id = holder_of(run.services, card_id)
    event = run.officers.offers.withdraw_grant(member_id, grant_id=grant_id, **run.asking)
    run.say(event, f"Grant {grant_id} is withdrawn.", grant_id=grant_id, card_id=card_id)
