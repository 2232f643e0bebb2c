"""Staff onboarding and dismissal: roles in the log, sign-in in the credential tables.

The functions raise the refusals of the ledger's verbs, HandleTaken where another person has the
sign-in name, and Busy where the database does not answer in time: a repeat is safe.
"""

import secrets
from collections.abc import Sequence

from ledger import staff
from ledger.control import founding, proposal
from ledger.control.proposal import Proposed, known
from ledger.control.table import Act
from ledger.event import Event
from ledger.members import card, device
from ledger.services.controlled import OFFICER, PROPOSAL_ID_BYTES
from ledger.staff import Role
from pos_gateway.auth.login_names import checked_handle, checked_phone
from pos_gateway.auth.password import hash_of
from pos_gateway.codes import Device, InvalidCode, read
from pos_gateway.errors import HandleTaken
from pos_gateway.services import Services

SHEET_BYTES = 16
SERVICE_KEY = "service"


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
    """Return, once, the invitation or service key of a confirmed proposal, or half of a sheet.

    The refusals are those of `proposal.hand_out`. After Busy the log has no hand-out, since the
    invitation is stored first: a repeat stores and returns the same code.
    """
    proposals, ledger = services.ledger.officers.proposals, services.ledger
    state = proposals.proposal(proposal_id)
    proposal.hand_out(state, by=by, at=ledger.time())
    staff_id: str = known(state).particulars.get("staff_id", "")
    if staff_id:
        _check_handle(services, staff_id)
    if staff_id and Role.SERVICE in services.ledger.appointed(staff_id).roles:
        code = _new_key(services, staff_id, by=by)
    else:
        code = _invitation(services, staff_id, proposal_id) if staff_id else ""
    proposals.hand_out(proposal_id, by=by)
    return code or _second_half(services, proposal_id).hex()


def make_sheet(services: Services, *, by: str) -> tuple[Event | None, str, list[str]]:
    """Make a recovery sheet; return its event, its hash, and the halves to show to the caller.

    These are both while setting up. Later it is the first; who confirms gets the second one by
    `hand_out`.
    """
    proposal_id = secrets.token_hex(PROPOSAL_ID_BYTES)
    secret, make = secrets.token_bytes(SHEET_BYTES), services.ledger.officers.proposals.make_sheet
    second, first = founding.halves(secret, _second_half(services, proposal_id))
    mark = founding.sheet_hash(secret)
    event = make(mark, by=by, as_proposal=proposal_id)
    return event, mark, [first] if isinstance(event, Proposed) else [first, second]


def recover(services: Services, staff_id: str, *, secret: bytes, by: str) -> str:
    """Appoint a second reviewer by the secret of the recovery sheet; return their invitation."""
    _check_handle(services, staff_id)
    services.ledger.officers.proposals.use_sheet(staff_id, secret=secret, by=by)
    return _invitation(services, staff_id)


def appoint_owner(
    services: Services, staff_id: str, *, merchant_id: str, phone: str, by: str
) -> None:
    """Appoint an owner of a merchant in the log, and let them sign in by this phone.

    Another phone of an appointed owner is a fact too. All sessions of the owner end.
    """
    names, subject = services.sign_in.names, staff.stream(staff_id)
    holder, people = names.by_phone(checked_phone(phone)), services.ledger.officers.staff
    _check_free(holder, subject)
    event = people.appoint_staff(staff_id, roles=["owner"], merchant_id=merchant_id, by=by)
    if event is None and holder is None:
        people.note_credentials(staff_id, what="phone", by=by)
    names.give_phone(subject, phone)
    services.sessions.end_all(subject)


def appoint_service(services: Services, service_id: str, *, by: str) -> str | Proposed:
    """Appoint a service for unattended jobs, and return its new key; an earlier key is dead.

    Where a second person must confirm the appointment, return the Proposed event; the first key
    comes when this is called again. A second person confirms each later one too: see `hand_out`.
    """
    people, subject = services.ledger.officers.staff, staff.stream(service_id)
    event = people.appoint_staff(service_id, roles=[Role.SERVICE], by=by)
    if event is None and services.sign_in.credentials.of(subject, SERVICE_KEY):
        event = people.invite_staff(service_id, by=by)
    return event if isinstance(event, Proposed) else _new_key(services, service_id, by=by)


def _new_key(services: Services, service_id: str, *, by: str) -> str:
    subject, key = staff.stream(service_id), secrets.token_urlsafe()
    services.ledger.officers.staff.note_credentials(service_id, what="key", by=by)
    services.sign_in.service_keys.keep(subject, hash_of(key))
    services.sign_in.security.note("credential_changed", subject=subject, about="service key")
    services.sessions.end_all(subject)
    return key


def dismiss(services: Services, staff_id: str, *, by: str) -> Event | None:
    """Dismiss a person in the log, end their sessions, and remove all their credentials.

    Return the event. Where it is Proposed, both stay until `end_dismissed` after a confirmation.
    """
    event = services.ledger.officers.staff.dismiss_staff(staff_id, by=by)
    if not isinstance(event, Proposed):
        _end(services, staff_id)
    return event


def end_dismissed(services: Services, proposal_id: str) -> None:
    """End sessions and credentials of the person whom a confirmed proposal dismissed, if any."""
    proposals = services.ledger.officers.proposals
    proposed = known(proposals.proposal(proposal_id))
    if proposed.act == Act.DISMISS and not proposals.concerned(proposed).roles:
        _end(services, proposed.particulars["staff_id"])


def _end(services: Services, staff_id: str) -> None:
    services.sessions.end_all(staff.stream(staff_id))
    services.sign_in.forget(staff.stream(staff_id))
    services.sign_in.security.note("sessions_ended", subject=staff.stream(staff_id), about="left")


def tie(services: Services, staff_id: str, text: str) -> Event | None:
    """Tie an officer to the member whose phone shows the code `text`; None if tied already.

    Only a code that the member's phone signed proves it: whoever saw a printed number has it for
    years, and a code of the gateway is made for clerks too. One that a till took ties nobody
    (CodeAlreadyUsed), and none ties two (RequestReused). InvalidCode says what is wrong with
    others; a card that is not live is refused.
    """
    code, ledger = read(text.lstrip(), services.keys, now=services.clock()), services.ledger
    if not isinstance(code, Device):
        raise InvalidCode(problem="not_live")
    held = ledger.card(code.card_id)
    card.check_live(held, ledger.day(ledger.time()))
    device.check_device(held, code.device)
    return ledger.officers.staff.tie_staff(
        staff_id,
        member_id=held.member_id,
        code_id=code.jti,
        by=f"{OFFICER}{staff_id}",
        request_id=f"tie/{code.jti}",
    )


def _invitation(services: Services, staff_id: str, proposal_id: str = "") -> str:
    """Give an appointed person their sign-in name, and return a new code; earlier ones end.

    That of a proposal is always the same code.
    """
    services.ledger.appointed(staff_id)
    subject = staff.stream(staff_id)
    services.sign_in.names.give_handle(subject, staff_id)
    services.sign_in.security.note("invitation_made", subject=subject)
    return services.sign_in.invitations.make(subject, staff_id, proposal_id)


def _second_half(services: Services, proposal_id: str) -> bytes:
    """Return the half of a sheet that its second reviewer gets: known to these keys alone."""
    return bytes.fromhex(services.sign_in.sealing.blind("sheet", proposal_id))[:SHEET_BYTES]


def _check_handle(services: Services, staff_id: str) -> None:
    """Check the form of a sign-in name, and that nobody else has it."""
    holder = services.sign_in.names.by_handle(checked_handle(staff_id))
    _check_free(holder, staff.stream(staff_id))


def _check_free(holder: str | None, subject: str) -> None:
    """Check that a sign-in name is the subject's own or free; `holder` has it, None if free."""
    if holder not in {None, subject}:
        raise HandleTaken
