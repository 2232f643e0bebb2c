"""The end of a proposal outside the log: in the vault, and for those who were dismissed."""

from ledger.control.proposal import Status
from ledger.control.table import Act
from pos_gateway.members.correction import kept_for, take_over
from pos_gateway.members.erasure import apply_erasures
from pos_gateway.payments.bank_accounts import forget_unused
from pos_gateway.services import Services
from pos_gateway.staff.appointment import end_dismissed


def finish_decided(services: Services, proposal_id: str) -> None:
    """Bring the vault in line with a proposal; one that still waits is left alone."""
    state = services.ledger.officers.proposals.proposal(proposal_id)
    if state.proposed is None or state.status is Status.PROPOSED:
        return
    named, confirmed = state.proposed.particulars, state.status is Status.CONFIRMED
    match state.proposed.act:
        case Act.CORRECT_MEMBER if confirmed:
            take_over(services, named["member_id"], kept_for(proposal_id))
        case Act.CORRECT_MEMBER:
            services.vault.drop_change(named["member_id"], kept_for(proposal_id))
        case Act.ERASE_MEMBER if confirmed:
            apply_erasures(services)
        case Act.DISMISS:
            end_dismissed(services, proposal_id)
        case _:
            forget_unused(services, proposal_id)
