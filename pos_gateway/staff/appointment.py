"""Staff onboarding and dismissal: roles in the log, sign-in in the credential tables.

The functions raise the refusals of the ledger's verbs, HandleTaken where another person has the
sign-in name, and Busy where the database does not answer in time: a repeat is safe.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger import staff
from pos_gateway.auth.login_names import checked_handle, checked_phone
from pos_gateway.errors import HandleTaken
from pos_gateway.services import Services


def appoint(services: Services, staff_id: str, *, roles: Sequence[str], by: str) -> str:
    """Appoint a person of the federation in the log, and return the code of their invitation.

    `by` is the actor for the log (`officer-…`); nobody appoints themselves. The person signs in by
    `staff_id` after using the invitation. A repeat with the same roles makes a new invitation.
    """
    names, subject = services.sign_in.names, staff.stream(staff_id)
    _check_free(names.by_handle(checked_handle(staff_id)), subject)
    services.ledger.officers.staff.appoint_staff(staff_id, roles=roles, by=by)
    names.give_handle(subject, staff_id)
    return invite(services, staff_id)


def invite(services: Services, staff_id: str) -> str:
    """Return a new invitation code for appointed staff, or raise StaffUnknown; older ones end."""
    services.ledger.appointed(staff_id)
    return services.sign_in.invitations.make(staff.stream(staff_id), staff_id)


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


def dismiss(services: Services, staff_id: str, *, by: str) -> None:
    """Dismiss a person in the log, end their sessions, and remove all their credentials."""
    services.ledger.officers.staff.dismiss_staff(staff_id, by=by)
    services.sessions.end_all(staff.stream(staff_id))
    services.sign_in.forget(staff.stream(staff_id))


def _check_free(holder: str | None, subject: str) -> None:
    """Check that a sign-in name is the subject's own or free; `holder` has it, None if free."""
    if holder not in {None, subject}:
        raise HandleTaken
