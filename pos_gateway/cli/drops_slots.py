"""The options that select an item, a session and a party of a drop."""

import click

from ledger.drops.eligibility import Asked
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import PARTY_MAX
from ledger.errors import SessionUnknown
from pos_gateway.cli.asking import IDENTIFIER, several
from pos_gateway.services import Services

slot_options = several(
    click.option("--item", "item_id", type=IDENTIFIER, help="If there are several."),
    click.option("--session", "session_id", type=IDENTIFIER, help="If there are several."),
)


PARTY = click.option(
    "--party",
    type=click.IntRange(1, PARTY_MAX),
    default=1,
    show_default=True,
    help="How many people one ticket admits.",
)


def asked_of(
    services: Services,
    drop_id: str,
    *,
    claim_id: str,
    item_id: str | None,
    session_id: str | None,
    party: int = 1,
) -> Asked:
    """Return the request of a place in a drop; None: its only item, or its only session.

    `claim_id` is the id of the claim: a repeat with the same id is answered from the record.

    Raises:
        Refusal: the drop is unknown or cancelled, or has no such item or session.
        UsageError: several items or sessions match.
    """
    plan = known_plan(services.ledger.drop(drop_id))
    found = [
        (item.item_id, session.session_id)
        for item, session in plan.slots.values()
        if item_id in {None, item.item_id} and session_id in {None, session.session_id}
    ]
    if not found:
        raise SessionUnknown
    if len(found) > 1:
        listed = "; ".join(f"--item {item} --session {session}" for item, session in found)
        raise click.UsageError(f"Say which: {listed}.")
    ((item, session),) = found
    return Asked(claim_id=claim_id, drop_id=drop_id, item_id=item, session_id=session, party=party)
