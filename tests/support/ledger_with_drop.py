"""A ledger on the day of a drop: the Rose Garden, a few members, and a clock to set."""

from datetime import datetime, timedelta
from typing import Any

from ledger.application import Ledger
from ledger.drops.terms import Plan
from ledger.members.authorization import Principal
from ledger.offers.grant import Grant
from tests.support.example_drop import DROP, OPENS, claim_request, plan

BEFORE = OPENS - timedelta(days=1)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = BEFORE) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def populate(ledger: Ledger, *members: str) -> None:
    """Sign the supplier, register the members and give them cards."""
    for merchant_id, name in (("rose-garden", "Rose Garden"), ("farm", "Farm")):
        ledger.officers.merchants.sign_merchant(merchant_id, name=name)
    for member_id in members or ("m1", "m2", "m3"):
        ledger.officers.cards.register_member(
            member_id, branch="branch-miyun", groups=("model_worker",)
        )
        ledger.officers.cards.issue_card(f"c-{member_id}", member_id=member_id)


def open_drop(ledger: Ledger, clock: Clock, terms: Plan | None = None) -> None:
    """Announce a drop, and set the clock to its opening."""
    ledger.officers.drops.announce_drop(DROP, plan=terms or plan())
    clock.now = OPENS


def claim(
    ledger: Ledger, member_id: str, claim_id: str = "k1", party: int = 1, **place: Any
) -> Any:
    """Claim as the member."""
    return ledger.members.claims.claim(
        claim_request(claim_id, party, **place), Principal(member_id=member_id)
    )


def tickets(ledger: Ledger, member_id: str) -> list[Grant]:
    """Return the tickets that a member holds."""
    held = ledger.grants(member_id).held.values()
    return [one for one in held if one.ticket is not None and not one.withdrawn]
