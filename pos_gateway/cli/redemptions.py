"""Redemptions on record: show one, reverse it as an officer, or decide its contest."""

import click
import msgspec

from pos_gateway.cli.asking import Run, group, officer, shows
from pos_gateway.cli.tables import show_record
from pos_gateway.i18n.words import REVERSAL_REASONS
from pos_gateway.services import Services

redemptions = group("redemptions")


@shows("hongka redemptions show r-20260501-17", of=redemptions)
def show(services: Services, *, redemption_id: str, form: str) -> None:
    """Show a redemption, its lines and its reversal (empty: none)."""
    found = services.ledger.tills.redemptions.find(redemption_id)
    undone = found.undone
    told = {"at": undone.at, "reason": undone.reason} if undone else None
    show_record(msgspec.to_builtins(found.made) | {"reversed": told}, form=form)


@officer(
    "hongka redemptions reverse r-20260501-17 --reason wrong_amount", of=redemptions, many=True
)
@click.option("--reason", required=True, type=click.Choice(list(REVERSAL_REASONS)), help="Why.")
def reverse(run: Run, *, redemption_id: str, reason: str) -> None:
    """Undo a whole redemption (冲正) for the union, unless on an open statement or paid."""
    done = run.ledger.tills.redemptions.reverse(
        redemption_id, merchant_id=None, reason=reason, by=run.asking["by"]
    )
    line = f"Redemption {redemption_id} is undone."
    run.say(None if done.replayed else done.undone, line)


@officer("hongka redemptions decide r-20260501-17 --accept", of=redemptions)
@click.option("--accept/--decline", required=True, help="The union bears it, or the merchant does.")
def decide(run: Run, *, redemption_id: str, accept: bool) -> None:
    """Decide a contested redemption that waits (裁定): `show late --contested` lists them."""
    event = run.officers.contests.decide(redemption_id, accept=accept, **run.asking)
    run.say(event, f"The {'union' if accept else 'merchant'} bears redemption {redemption_id}.")
