"""Cashiers: a merchant's owner appoints them, and they sign in at tills with a PIN.

The log has an opaque id for a cashier; their name is sealed, and only their merchant reads it.
A person who is not a working cashier of the merchant is rejected with StaffUnknown, an invalid name
or PIN with InputInvalid. Most functions raise Busy where the database does not answer in time.
"""

import re
import secrets
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from ledger import staff
from ledger.auth.credentials import Credential
from ledger.errors import InputInvalid, StaffUnknown
from ledger.staff import Role
from ledger.text import sound_text
from pos_gateway.auth.password import Passwords, hash_of
from pos_gateway.auth.policies import TillIdentity
from pos_gateway.auth.rate_limit import Limit
from pos_gateway.errors import Fault, TooManyRequests
from pos_gateway.services import Services
from pos_gateway.staff import appointment
from pos_gateway.web.json_body import check_id

NAME = "cashier"
"""The kind of credential that holds a cashier's name."""

PIN = "pin"
REALM = "cashier"

ID_BYTES = 5
NAME_LENGTH_MAX = 30
CASHIERS_MAX = 100
PIN_GUESSES = Limit(5, timedelta(minutes=15))
"""The PIN attempts allowed for one cashier."""

PIN_GUESSES_TILL = Limit(30, timedelta(minutes=15))
"""The PIN attempts allowed at one till; right ones count too, and do not reset the count."""

_PIN = re.compile(r"[0-9]{4,8}")
_COMMON_PIN = re.compile(
    r"([0-9]{2,4})\1+|(?:([0-9])\2+)+"  # 1212, 123123, 0000, 112233
    r"|(19|20)[0-9]{2}((0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))?"  # 1988, 19880808
    r"|2580|0852|1470|0741|3690|0963|147258|258369|147369|159357|(520|521|1314|9420|7758)+"
)
"""The PINs that many people choose; China's sayings in digits, such as 5201314, among them."""


class Cashier(NamedTuple):
    """A working cashier of a merchant; without a stored name, `name` is the id."""

    staff_id: str
    name: str


def cashiers_of(services: Services, merchant_id: str) -> list[Cashier]:
    """Return the working cashiers of a merchant, sorted by name."""
    found = [
        Cashier(one.staff_id, _name(services, one.staff_id) or one.staff_id)
        for one in services.ledger.officers.staff.staff_list()
        if one.merchant_id == merchant_id and Role.CASHIER in one.roles
    ]
    return sorted(found, key=lambda one: (one.name, one.staff_id))


def cashier_names(services: Services, merchant_id: str) -> dict[str, str]:
    """Return the names of a merchant's working cashiers, by id."""
    return dict(cashiers_of(services, merchant_id))


def cashier_name(services: Services, merchant_id: str, staff_id: str) -> str:
    """Return the name of a merchant's working cashier; for anybody else return `staff_id`."""
    try:
        check_cashier(services, merchant_id, staff_id)
    except StaffUnknown:
        return staff_id
    return _name(services, staff_id) or staff_id


def add_cashier(services: Services, merchant_id: str, name: str, pin: str, *, by: str) -> str:
    """Appoint a cashier, one of CASHIERS_MAX at most, and return their new staff id.

    `name` has at most 30 characters, `pin` 4 to 8 digits that are no run such as 1234.
    """
    called = _checked_name(name)
    hashed = _hashed(pin)
    if len(cashiers_of(services, merchant_id)) >= CASHIERS_MAX:
        raise InputInvalid(field="cashiers", most=CASHIERS_MAX)
    staff_id = f"cashier-{secrets.token_hex(ID_BYTES)}"
    services.ledger.officers.staff.appoint_staff(
        staff_id, roles=[Role.CASHIER], merchant_id=merchant_id, by=by
    )
    _keep_name(services, staff_id, called)
    _pins(services).keep(staff.stream(staff_id), hashed)
    return staff_id


def rename_cashier(services: Services, merchant_id: str, staff_id: str, name: str) -> None:
    """Store another name for a cashier; the log does not contain names."""
    check_cashier(services, merchant_id, staff_id)
    _keep_name(services, staff_id, _checked_name(name))


def set_pin(services: Services, merchant_id: str, staff_id: str, pin: str) -> None:
    """Replace a cashier's PIN (see `add_cashier`), end their sessions, and allow new attempts."""
    check_cashier(services, merchant_id, staff_id)
    _pins(services).keep(staff.stream(staff_id), _hashed(pin))
    services.sessions.end_all(staff.stream(staff_id))
    services.sign_in.security.note("credential_changed", subject=staff.stream(staff_id), about=PIN)
    services.sign_in.limiter.reset(PIN, _counted(merchant_id, staff_id))


def end_cashier(services: Services, merchant_id: str, staff_id: str, *, by: str) -> None:
    """Dismiss a cashier in the log, end their sessions, and remove their name and PIN."""
    check_cashier(services, merchant_id, staff_id)
    appointment.dismiss(services, staff_id, by=by)


def sign_in_cashier(services: Services, till: TillIdentity, staff_id: str, pin: str) -> str:
    """Sign a cashier in at a till of their merchant, and return the session secret for its cookie.

    Raises:
        SignInRefused: the PIN is wrong, or the person is not a cashier of this merchant; the error
            does not tell which.
        TooManyRequests: there were too many attempts for this cashier or at this till.
        InputInvalid: the staff id is malformed.
    """
    check_id("staff_id", staff_id)
    limiter, place = services.sign_in.limiter, f"{till.merchant_id} {till.till_id}"
    subject = staff.stream(staff_id)
    try:
        check_cashier(services, till.merchant_id, staff_id)
        known = subject
    except StaffUnknown:
        known = ""
    told = {"subject": known, "about": f"{REALM} {place}"}
    try:
        limiter.hit(PIN_GUESSES_TILL, "pin till", place)
        limiter.hit(PIN_GUESSES, PIN, _counted(till.merchant_id, staff_id))
        _pins(services).check(known, pin)
    except Fault as error:
        locked = isinstance(error, TooManyRequests)
        services.sign_in.security.note("sign_in", "locked_out" if locked else "failed", **told)
        raise
    limiter.reset(PIN, _counted(till.merchant_id, staff_id))
    services.sign_in.security.note("sign_in", "ok", **told)
    return services.sessions.begin(REALM, subject, device=till.till_id, methods=PIN)


def check_cashier(services: Services, merchant_id: str, staff_id: str) -> None:
    """Raise StaffUnknown unless the person is a working cashier of the merchant."""
    person = services.ledger.appointed(staff_id)
    if person.merchant_id != merchant_id or Role.CASHIER not in person.roles:
        raise StaffUnknown


def _checked_name(typed: str) -> str:
    return sound_text(typed, field="name", most=NAME_LENGTH_MAX, least=1)


def _hashed(pin: str) -> str:
    """Return the hash of a PIN of 4 to 8 digits that is not easily guessed; else InputInvalid."""
    if not _PIN.fullmatch(pin) or _is_common(pin):
        raise InputInvalid(field="pin", least=4, most=8)
    return hash_of(pin)


def _is_common(pin: str) -> bool:
    """Return whether a PIN is a run, a part repeated, a row of keys, a year, a day or a saying."""
    steps = {int(other) - int(one) for one, other in pairwise(pin)}
    return steps in ({-1}, {1}) or bool(_COMMON_PIN.fullmatch(pin))


def _counted(merchant_id: str, staff_id: str) -> str:
    """Return the name of a cashier's counter of attempts.

    It contains the merchant, so that another merchant's tills cannot lock the cashier out.
    """
    return f"{merchant_id} {staff_id}"


def _pins(services: Services) -> Passwords:
    return Passwords(services.sign_in.context, kind=PIN)


def _name(services: Services, staff_id: str) -> str:
    subject = staff.stream(staff_id)
    found = services.sign_in.credentials.of(subject, NAME)
    return services.sign_in.sealing.unseal(found[0].kept, NAME, subject).decode() if found else ""


def _keep_name(services: Services, staff_id: str, name: str) -> None:
    subject = staff.stream(staff_id)
    kept = services.sign_in.sealing.seal(name.encode(), NAME, subject)
    services.sign_in.credentials.put(Credential(NAME, subject, "", kept, services.clock()))
