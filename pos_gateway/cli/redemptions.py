"""Redemptions on record: show one, or reverse it as an officer."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from ledger.services.redemptions import Redemption
from pos_gateway.cli.asking import IDENTIFIER, Run, officer_of_many, shows
from pos_gateway.cli.tables import show_record
from pos_gateway.i18n.words import REVERSAL_REASONS
from pos_gateway.services import Services


@click.group()
def redemptions() -> None:
    """Show a redemption, or reverse it."""


@shows("hongka redemptions show r-20260501-17", of=redemptions)
@click.argument("redemption_id", type=IDENTIFIER)
def show(services: Services, *, redemption_id: str, form: str) -> None:
    """Show a redemption, its lines and its reversal (empty: none)."""
    show_record(_record(services.ledger.tills.redemptions.find(redemption_id)), form=form)


@officer_of_many("hongka redemptions reverse r-20260501-17 --reason wrong_amount", of=redemptions)
@click.argument("redemption_id", type=IDENTIFIER)
@click.option("--reason", required=True, type=click.Choice(list(REVERSAL_REASONS)), help="Why.")
def reverse(run: Run, *, redemption_id: str, reason: str) -> None:
    """Undo a whole redemption (冲正) for the union, unless on an open statement or paid."""
    undone = run.ledger.tills.redemptions.reverse(
        redemption_id, merchant_id=None, reason=reason, by=run.asking["by"]
    )
    run.say(
        None if undone.replayed else undone.undone,
        f"Redemption {redemption_id} is undone.",
        redemption_id=redemption_id,
    )


def _record(redemption: Redemption) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.to_builtins(redemption.made)
    undone = redemption.undone
    record["reversed"] = {"at": undone.at, "reason": undone.reason} if undone else None
    return record
