"""Taking people on and letting them go: their roles on the log, their way in at the door."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from pos_gateway.auth import invitation
from pos_gateway.auth.login_names import checked_handle, checked_phone
from pos_gateway.errors.sign_in import HandleTaken
from pos_gateway.services import House


def appoint(house: House, staff_id: str, *, roles: Sequence[str], by: str) -> str:
    """Appoint somebody of the federation, who signs in by their id; the invitation to hand over.

    Raises:
        HandleTaken: somebody else signs in by this id.
        Refusal: the id is taken, or nobody appoints themselves.
        InputInvalid: the id or the roles are none.
        Busy: not now; appointing again is safe, with another invitation.

    """
    names, subject = house.reception.names, f"staff-{staff_id}"
    _check_free(names.by_handle(checked_handle(staff_id)), subject)
    house.ledger.officers.staff.appoint_staff(staff_id, roles=roles, by=by)
    names.give_handle(subject, staff_id, now=house.clock())
    return invite(house, staff_id)


def invite(house: House, staff_id: str) -> str:
    """A new invitation for somebody of the federation; one made before does no longer.

    Raises:
        StaffUnknown: they do not work here.
        Busy: not now.

    """
    house.ledger.appointed(staff_id)
    return house.reception.invitations.make(
        f"staff-{staff_id}",
        staff_id,
        now=house.clock(),
        random_bytes=secrets.token_bytes(invitation.CHARACTERS),
    )


def appoint_owner(house: House, staff_id: str, *, merchant_id: str, phone: str, by: str) -> None:
    """Appoint the owner of a merchant, who signs in by phone.

    Raises:
        HandleTaken: somebody else signs in by this phone.
        Refusal: the id is taken, or the merchant is unknown.
        InputInvalid: this is no phone number.
        Busy: not now; appointing again is safe.

    """
    names, subject = house.reception.names, f"staff-{staff_id}"
    _check_free(names.by_phone(checked_phone(phone)), subject)
    house.ledger.officers.staff.appoint_staff(
        staff_id, roles=["owner"], merchant_id=merchant_id, by=by
    )
    names.give_phone(subject, phone, now=house.clock())


def dismiss(house: House, staff_id: str, *, by: str) -> None:
    """Let somebody go: signed out everywhere, with no way in left.

    Raises:
        StaffUnknown: no such person.
        OwnRoles: nobody dismisses themselves.
        Busy: not now; dismissing again is safe.

    """
    house.ledger.officers.staff.dismiss_staff(staff_id, by=by)
    house.sessions.end_all(f"staff-{staff_id}")
    house.reception.forget(f"staff-{staff_id}")


def _check_free(holder: str | None, subject: str) -> None:
    """Check that a way in is nobody else's, before the log says that somebody works here."""
    if holder not in {None, subject}:
        raise HandleTaken
