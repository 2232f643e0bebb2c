"""Lapses: a timer records that nobody confirmed a proposal in time."""

import logging
from collections.abc import Callable

from ledger.control.proposal import Status
from pos_gateway.payments.bank_accounts import forget_unused
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.proposals import proposals

EVERY_SECONDS = 3_600


def record_on(services: Services, wait: Callable[[float], bool]) -> None:
    """Record lapses now and every hour, until `wait(seconds)`, a sleep, returns true."""
    while True:
        try:
            record_lapses(services)
        except Exception:  # the next hour may do better
            logging.getLogger(__name__).exception("lapsed proposals were not recorded")
        if wait(EVERY_SECONDS):
            return


def record_lapses(services: Services) -> None:
    """Record each lapse that is due, and erase the bank accounts that it leaves unused."""
    asked = {"status": Status.PROPOSED.value}
    for one in every(proposals, services.views.reading, proposals.following, **asked):
        if services.ledger.officers.proposals.lapse(one.proposal_id):
            forget_unused(services, one.proposal_id)
