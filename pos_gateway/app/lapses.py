"""The hourly timer: it records lapsed proposals, and deletes what is not kept any longer."""

import logging
from collections.abc import Callable

from ledger.control.proposal import Status
from pos_gateway.app.retention import sweep
from pos_gateway.members.decided import finish_decided
from pos_gateway.members.erasure import apply_erasures
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.proposals import proposals

EVERY_SECONDS = 3_600


def record_on(services: Services, wait: Callable[[float], bool]) -> None:
    """Do so now and every hour, until `wait(seconds)`, a sleep, returns true."""
    while True:
        for task in (record_lapses, apply_erasures, sweep):
            try:
                task(services)
            except Exception:  # the next hour may do better
                logging.getLogger(__name__).exception("%s failed", task.__name__)
        if wait(EVERY_SECONDS):
            return


def record_lapses(services: Services) -> None:
    """Record each lapse that is due, and erase what it leaves unused in the vault."""
    asked = {"status": Status.PROPOSED.value}
    for one in every(proposals, services.views.reading, proposals.following, **asked):
        if services.ledger.officers.proposals.lapse(one.proposal_id):
            finish_decided(services, one.proposal_id)
