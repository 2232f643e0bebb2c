"""Staff onboarding and dismissal: roles in the log, sign-in in the credential tables."""

from __future__ import annotations

from collections.abc import Sequence

from ledger import staff
from pos_gateway.auth.login_names import checked_handle, checked_phone
from pos_gateway.errors.sign_in import HandleTaken
from pos_gateway.services import Services


def appoint(services: Services, staff_id: str, *, roles: Sequence[str], by: str) -> str:
    """Appoint a person of the federation, and return the invitation to hand over.

    Raises:
        HandleTaken: another person signs in by this id.
        Refusal: the id is taken, or an officer appoints themselves.
        InputInvalid: the id or the roles are invalid.
        Busy: the database does not answer; calling again is safe, with another invitation.

    """
    names, subject = services.sign_in.names, staff.stream(staff_id)
    _check_free(names.by_handle(checked_handle(staff_id)), subject)
    services.ledger.officers.staff.appoint_staff(staff_id, roles=roles, by=by)
    names.give_handle(subject, staff_id)
    return invite(services, staff_id)


def invite(services: Services, staff_id: str) -> str:
    """Return a new invitation for a person of the federation; an earlier one stops working.

    Raises:
        StaffUnknown: the person does not work here.
        Busy: the database does not answer in time.

    """
    services.ledger.appointed(staff_id)
    return services.sign_in.invitations.make(staff.stream(staff_id), staff_id)


def appoint_owner(
    services: Services, staff_id: str, *, merchant_id: str, phone: str, by: str
) -> None:
    """Appoint the owner of a merchant, who signs in by phone.

    Raises:
        HandleTaken: another person signs in by this phone.
        Refusal: the id is taken, or the merchant is unknown.
        InputInvalid: this is not a phone number.
        Busy: the database does not answer; calling again is safe.

    """
    names, subject = services.sign_in.names, staff.stream(staff_id)
    _check_free(names.by_phone(checked_phone(phone)), subject)
    services.ledger.officers.staff.appoint_staff(
        staff_id, roles=["owner"], merchant_id=merchant_id, by=by
    )
    names.give_phone(subject, phone)


def dismiss(services: Services, staff_id: str, *, by: str) -> None:
    """Dismiss a person: end their sessions, and remove their credentials.

    Raises:
        StaffUnknown: the person is unknown.
        OwnRoles: officers cannot dismiss themselves.
        Busy: the database does not answer; calling again is safe.

    """
    services.ledger.officers.staff.dismiss_staff(staff_id, by=by)
    services.sessions.end_all(staff.stream(staff_id))
    services.sign_in.forget(staff.stream(staff_id))


def _check_free(holder: str | None, subject: str) -> None:
    """Check that nobody else has a sign-in name, before the log has the appointment."""
    if holder not in {None, subject}:
        raise HandleTaken
