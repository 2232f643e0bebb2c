"""Many tills at two gateways use one ticket: it admits its party and no more."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from ledger import errors
from ledger.application import Ledger
from ledger.drops.claim import ticket_id
from ledger.drops.terms import Mode
from ledger.offers.grant import Grant, Used
from ledger.services.ticket_use import Shown
from tests.support.example_draw import GATE, MAY_DAY, claim_request, populate, take

TRIES = 16
TICKET = ticket_id("may-day", "m0", "e-m0")
SHOWN = Shown(**GATE, card_id="c0", ticket_id=TICKET, people=1)


def admitted(ledger: Ledger, use_id: str) -> bool:
    try:
        return not ledger.tills.ticket_use.use(use_id, SHOWN, at=MAY_DAY).replayed
    except (errors.TicketUsed, errors.TicketExhausted):
        return False


def test_a_party_is_admitted_once_whichever_gateway_is_asked(database_url: str) -> None:
    with closing(Ledger(database_url)) as one, closing(Ledger(database_url)) as other:
        populate(one, 1, mode=Mode.FIRST_COME, seed_rule=None)
        take(one, "m0", claim_request("e-m0", party=3))
        asks = [(ledger, f"u{n}") for n in range(TRIES) for ledger in (one, other)]

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda ask: admitted(*ask), asks))

        held: Grant = other.state("grant-m0").held[TICKET]
        uses = [fact.event for fact in one.facts(0, 1_000) if isinstance(fact.event, Used)]
        assert sum(told) == len(uses) == 3
        assert held.uses == tuple(uses)
