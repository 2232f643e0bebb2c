"""Staff onboarding and dismissal: roles in the log, sign-in in the credential tables.

The functions raise the refusals of the ledger's verbs, HandleTaken where another person has the
sign-in name, and Busy where the database does not answer in time: a repeat is safe.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ledger import staff
from ledger.control.proposal import Proposed, known
from ledger.event import Event
from ledger.members import card, device
from ledger.services.controlled import OFFICER
from ledger.staff import Role
from pos_gateway.auth.login_names import checked_handle, checked_phone
from pos_gateway.auth.password import hash_of
from pos_gateway.codes import Device, InvalidCode, Session, read
from pos_gateway.errors import HandleTaken
from pos_gateway.services import Services


def appoint(services: Services, staff_id: str, *, roles: Sequence[str], by: str) -> str | Proposed:
    """Appoint a person of the federation in the log, and return the code of their invitation.

    `by` is the actor for the log; nobody appoints themselves. Where a second person must confirm
    it, return the Proposed event: whoever proposed it then calls `hand_out`. The person signs in by
    `staff_id` after using the invitation. A repeat with the same roles is a new invitation: see
    `invite`.
    """
    _check_handle(services, staff_id)
    event = services.ledger.officers.staff.appoint_staff(staff_id, roles=roles, by=by)
    if event is None:
        return invite(services, staff_id, by=by)
    return event if isinstance(event, Proposed) else _invitation(services, staff_id)


def invite(services: Services, staff_id: str, *, by: str) -> str | Proposed:
    """Return a new invitation code for appointed staff, or the Proposed event; see `appoint`."""
    event = services.ledger.officers.staff.invite_staff(staff_id, by=by)
    return event if isinstance(event, Proposed) else _invitation(services, staff_id)


def hand_out(services: Services, proposal_id: str, *, by: str) -> str:
    """Return, once, the invitation code of a confirmed appointment or invitation.

    Only the officer who proposed it gets the code, else NotYourProposal. ProposalOver if it was
    handed out before, or is not confirmed.
    """
    proposals = services.ledger.officers.proposals
    staff_id: str = known(proposals.proposal(proposal_id)).particulars.get("staff_id", "")
    if staff_id:
        _check_handle(services, staff_id)
    proposals.hand_out(proposal_id, by=by)
    return _invitation(services, staff_id)


def recover(services: Services, staff_id: str, *, secret: bytes, by: str) -> str:
    """Appoint a second reviewer by the secret of the recovery sheet; return their invitation."""
    _check_handle(services, staff_id)
    services.ledger.officers.proposals.use_sheet(staff_id, secret=secret, by=by)
    return _invitation(services, staff_id)


def appoint_owner(
    services: Services, staff_id: str, *, merchant_id: str, phone: str, by: str
) -> None:
    """Appoint an owner of a merchant in the log, and let them sign in by this phone."""
    names, subject = services.sign_in.names, staff.stream(staff_id)
    _check_free(names.by_phone(checked_phone(phone)), subject)
    services.ledger.officers.staff.appoint_staff(
        staff_id, roles=["owner"], merchant_id=merchant_id, by=by
    )
    names.give_phone(subject, phone)


def appoint_service(services: Services, service_id: str, *, by: str) -> str | Proposed:
    """Appoint a service for unattended jobs, and return its new key; an earlier key is dead.

    Where a second person must confirm the appointment, return the Proposed event; the key comes
    when this is called again.
    """
    subject, key = staff.stream(service_id), secrets.token_urlsafe()
    event = services.ledger.officers.staff.appoint_staff(service_id, roles=[Role.SERVICE], by=by)
    if isinstance(event, Proposed):
        return event
    services.sign_in.service_keys.keep(subject, hash_of(key))
    services.sessions.end_all(subject)
    return key


def dismiss(services: Services, staff_id: str, *, by: str) -> None:
    """Dismiss a person in the log, end their sessions, and remove all their credentials."""
    services.ledger.officers.staff.dismiss_staff(staff_id, by=by)
    services.sessions.end_all(staff.stream(staff_id))
    services.sign_in.forget(staff.stream(staff_id))


def tie(services: Services, staff_id: str, text: str) -> Event | None:
    """Tie an officer to the member whose phone shows the code `text`; None if tied already.

    Only a live code proves it: a phone that is signed in as the member shows it for a minute, while
    whoever saw a printed number has it for years. One that a till took ties nobody
    (CodeAlreadyUsed), and none ties two (RequestReused). InvalidCode says what is wrong with
    others; a card that is not live is refused.
    """
    code, ledger = read(text.lstrip(), services.keys, now=services.clock()), services.ledger
    if not isinstance(code, Session | Device):
        raise InvalidCode(problem="not_live")
    held = ledger.card(code.card_id)
    card.check_live(held, ledger.day(ledger.time()))
    device.check_device(held, code.device if isinstance(code, Device) else None)
    return ledger.officers.staff.tie_staff(
        staff_id,
        member_id=held.member_id,
        code_id=code.jti,
        by=f"{OFFICER}{staff_id}",
        request_id=f"tie/{code.jti}",
    )


def _invitation(services: Services, staff_id: str) -> str:
    """Give an appointed person their sign-in name, and return a new code; earlier ones end."""
    services.ledger.appointed(staff_id)
    subject = staff.stream(staff_id)
    services.sign_in.names.give_handle(subject, staff_id)
    return services.sign_in.invitations.make(subject, staff_id)


def _check_handle(services: Services, staff_id: str) -> None:
    """Check the form of a sign-in name, and that nobody else has it."""
    holder = services.sign_in.names.by_handle(checked_handle(staff_id))
    _check_free(holder, staff.stream(staff_id))


def _check_free(holder: str | None, subject: str) -> None:
    """Check that a sign-in name is the subject's own or free; `holder` has it, None if free."""
    if holder not in {None, subject}:
        raise HandleTaken
