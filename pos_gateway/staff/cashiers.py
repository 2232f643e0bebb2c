"""Cashiers: appointed by their merchant's owner, they say with a PIN who stands at a till.

On the log a cashier is an opaque id; their name is sealed at the door and read by their merchant.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ledger.auth.credentials import Credential
from ledger.errors import InputInvalid, StaffUnknown
from ledger.staff import Role
from pos_gateway.auth.password import Passwords, hash_of
from pos_gateway.auth.policies import AtTill
from pos_gateway.auth.shared_rate_limit import Limit
from pos_gateway.services import House
from pos_gateway.staff import appointment
from pos_gateway.web.json_body import check_id

NAME = "cashier"
"""The kind of credential that holds a cashier's name."""

PIN = "pin"
DOOR = "cashier"

ID_BYTES = 5
NAME_LENGTH_MAX = 30
CASHIERS_MAX = 100
PIN_GUESSES = Limit(5, timedelta(minutes=15))
"""PINs tried for one cashier."""

PIN_GUESSES_TILL = Limit(30, timedelta(minutes=15))
"""PINs tried at one till, right ones as well: a cashier's own must not win others more tries."""

_PIN = re.compile(r"[0-9]{4,8}")


class Cashier(NamedTuple):
    """Somebody who works at a merchant's tills; without a name on file, called by their id."""

    staff_id: str
    name: str


def cashiers_of(house: House, merchant_id: str) -> list[Cashier]:
    """Those who work for a merchant, by name.

    Raises:
        VaultUnreadable: a name was changed or moved.
        Busy: not now.

    """
    found = [
        Cashier(one.staff_id, _name(house, one.staff_id) or one.staff_id)
        for one in house.ledger.officers.staff.staff_list()
        if one.merchant_id == merchant_id and Role.CASHIER in one.roles
    ]
    return sorted(found, key=lambda one: (one.name, one.staff_id))


def cashier_names(house: House, merchant_id: str) -> dict[str, str]:
    """The names of those who work for a merchant, by id; errors as of `cashiers_of`."""
    return dict(cashiers_of(house, merchant_id))


def cashier_name(house: House, merchant_id: str, staff_id: str) -> str:
    """What a cashier of this merchant is called; whoever else, by the id that was given.

    Raises:
        VaultUnreadable: the name was changed or moved.
        Busy: not now.

    """
    try:
        check_cashier(house, merchant_id, staff_id)
    except StaffUnknown:
        return staff_id
    return _name(house, staff_id) or staff_id


def add_cashier(
    house: House,
    merchant_id: str,
    name: str,
    pin: str,
    *,
    by: str,
    now: datetime,
    random_bytes: bytes,
) -> str:
    """Appoint a cashier, with a new id from 5 random bytes; the id.

    Raises:
        InputInvalid: the name or the PIN is none, or there are CASHIERS_MAX already.
        MerchantUnknown: no such merchant.
        Busy: not now.
        ValueError: not 5 bytes.

    """
    if len(random_bytes) != ID_BYTES:
        raise ValueError("the id of a cashier takes 5 random bytes")
    called = _checked_name(name)
    hashed = _hashed(pin)
    if len(cashiers_of(house, merchant_id)) >= CASHIERS_MAX:
        raise InputInvalid(field="cashiers", most=CASHIERS_MAX)
    staff_id = f"cashier-{random_bytes.hex()}"
    house.ledger.officers.staff.appoint_staff(
        staff_id, roles=[Role.CASHIER], merchant_id=merchant_id, by=by
    )
    _keep_name(house, staff_id, called, now)
    _pins(house).keep(f"staff-{staff_id}", hashed, now=now)
    return staff_id


def rename_cashier(
    house: House, merchant_id: str, staff_id: str, name: str, *, now: datetime
) -> None:
    """Call a cashier otherwise.

    Raises:
        StaffUnknown: nobody of this id is a cashier of this merchant.
        InputInvalid: this is no name.
        Busy: not now.

    """
    check_cashier(house, merchant_id, staff_id)
    _keep_name(house, staff_id, _checked_name(name), now)


def set_pin(house: House, merchant_id: str, staff_id: str, pin: str, *, now: datetime) -> None:
    """Give a cashier another PIN; wherever they are signed in, they say the new one.

    Raises:
        StaffUnknown: nobody of this id is a cashier of this merchant.
        InputInvalid: this is no PIN.
        Busy: not now.

    """
    check_cashier(house, merchant_id, staff_id)
    _pins(house).keep(f"staff-{staff_id}", _hashed(pin), now=now)
    house.sessions.end_all(f"staff-{staff_id}")
    house.reception.limits.forget(PIN, _counted(merchant_id, staff_id))


def end_cashier(house: House, merchant_id: str, staff_id: str, *, by: str) -> None:
    """Let a cashier go: signed out everywhere, their name and PIN forgotten.

    Raises:
        StaffUnknown: nobody of this id is a cashier of this merchant.
        Busy: not now; letting go again is safe.

    """
    check_cashier(house, merchant_id, staff_id)
    appointment.dismiss(house, staff_id, by=by)


def sign_in_cashier(house: House, till: AtTill, staff_id: str, pin: str, *, now: datetime) -> str:
    """Let a cashier stand at a till of their merchant; the secret for the till's browser.

    Raises:
        SignInRefused: the PIN is wrong, or nobody of this id is a cashier here: one answer to both.
        TooManyRequests: tried too often, for this cashier or at this till.
        InputInvalid: this is no id.
        Busy: not now.

    """
    check_id("staff_id", staff_id)
    limits = house.reception.limits
    limits.check(PIN_GUESSES_TILL, "pin till", f"{till.merchant_id} {till.till_id}", now=now)
    limits.check(PIN_GUESSES, PIN, _counted(till.merchant_id, staff_id), now=now)
    subject = f"staff-{staff_id}"
    try:
        check_cashier(house, till.merchant_id, staff_id)
        known = subject
    except StaffUnknown:
        known = ""
    _pins(house).check(known, pin, now=now)
    limits.forget(PIN, _counted(till.merchant_id, staff_id))
    return house.sessions.begin(DOOR, subject, device=till.till_id, methods=PIN)


def check_cashier(house: House, merchant_id: str, staff_id: str) -> None:
    """Check that somebody is a cashier of a merchant.

    Raises:
        StaffUnknown: they are not, or no longer, or another merchant's.

    """
    person = house.ledger.appointed(staff_id)
    if person.merchant_id != merchant_id or Role.CASHIER not in person.roles:
        raise StaffUnknown


def _checked_name(typed: str) -> str:
    name = " ".join(typed[: 4 * NAME_LENGTH_MAX].split())
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise InputInvalid(field="name", most=NAME_LENGTH_MAX)
    return name


def _hashed(pin: str) -> str:
    """A PIN as it is kept; not one everybody tries first: 0000, 1234, 4321."""
    steps = {int(other) - int(one) for one, other in pairwise(pin)} if _PIN.fullmatch(pin) else {0}
    if steps in ({-1}, {0}, {1}):
        raise InputInvalid(field="pin", least=4, most=8)
    return hash_of(pin)


def _counted(merchant_id: str, staff_id: str) -> str:
    """What guesses are counted for: another merchant's tills cannot lock a cashier out."""
    return f"{merchant_id} {staff_id}"


def _pins(house: House) -> Passwords:
    return Passwords(house.reception.credentials, kind=PIN)


def _name(house: House, staff_id: str) -> str:
    subject = f"staff-{staff_id}"
    found = house.reception.credentials.of(subject, NAME)
    return house.reception.keeping.open(found[0].kept, NAME, subject).decode() if found else ""


def _keep_name(house: House, staff_id: str, name: str, now: datetime) -> None:
    subject = f"staff-{staff_id}"
    kept = house.reception.keeping.close(name.encode(), NAME, subject)
    house.reception.credentials.put(Credential(NAME, subject, "", kept, now))
