"""The staff of the demonstration: officers with a second factor, and owners of shops."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
import pyotp

from ledger import funds, staff
from ledger.merchants import merchant
from ledger.staff import Role
from ledger.vault import BankAccount
from pos_gateway.auth.password import check_strength
from pos_gateway.auth.totp import new_secret
from pos_gateway.demonstration import market
from pos_gateway.errors import PasswordWeak
from pos_gateway.payments.bank_accounts import bank_accounts, keep_bank_account
from pos_gateway.services import Services

TERMINAL = "terminal-demonstration"

OFFICES: dict[str, tuple[Role, ...]] = {
    "zhao": (Role.CLERK,),
    "qian": (Role.REVIEWER,),
    "sun": (Role.TREASURER,),
    "li": (Role.ANALYST,),
    "zhou": (Role.AUDITOR,),
    "wu": (Role.CLERK, Role.REVIEWER),
}
CLERK, REVIEWER, TREASURER = "officer-zhao", "officer-qian", "officer-sun"
SECOND = "officer-wu"
"""The second reviewer, who confirms what the others propose."""

CODE_LASTS = timedelta(seconds=30)

_PASSWORD_BYTES = 7
_SECRET_BYTES = 20


class Officer(msgspec.Struct, frozen=True):
    """An officer of the demonstration, with password and the TOTP secret of the second factor.

    Its repr shows neither.
    """

    staff_id: str
    password: str
    app_secret: str

    def __repr__(self) -> str:
        return f"Officer({self.staff_id!r}, …)"

    def code(self, now: datetime) -> str:
        """Return the six digits that the officer's authenticator app shows at `now`."""
        return pyotp.TOTP(self.app_secret).at(now)


class Owner(msgspec.Struct, frozen=True):
    """The owner of a demonstration shop, who signs in with codes sent to `phone`."""

    staff_id: str
    merchant_id: str
    phone: str


def new_officers() -> tuple[Officer, ...]:
    """Return the officers of OFFICES, with new passwords and second factors; record nothing."""
    return tuple(
        Officer(staff_id, _password(staff_id), new_secret(secrets.token_bytes(_SECRET_BYTES)))
        for staff_id in OFFICES
    )


def owners() -> list[Owner]:
    """Return one owner for each shop; their phone numbers do not exist."""
    return [
        Owner(f"{shop.merchant_id}-owner", shop.merchant_id, f"188{place:08}")
        for place, shop in enumerate(market.SHOPS, 1)
    ]


def take_on(services: Services, officers: tuple[Officer, ...]) -> None:
    """Let the appointed officers sign in, appoint shop owners, and store the bank accounts.

    A repeat, such as after Busy, changes nothing, and nobody who was dismissed comes back.
    """
    sign_in, people = services.sign_in, services.ledger.officers.staff
    for owner in owners():
        office = {owner.staff_id: [Role.OWNER]}
        people.appoint_first(office, merchant_id=owner.merchant_id, by=TERMINAL)
    working = {one.staff_id for one in people.staff_list() if one.roles}
    for one in officers:
        subject = staff.stream(one.staff_id)
        if one.staff_id in working:
            sign_in.names.give_handle(subject, one.staff_id)
        if one.staff_id in working and not sign_in.apps.has(subject):
            people.note_credentials(one.staff_id, what="password+totp")
            sign_in.passwords.set(subject, one.password, handle=one.staff_id)
            # Uses the previous code: each code works once, and the current one is for the visitor.
            before = one.code(services.clock() - CODE_LASTS)
            sign_in.apps.enrol(subject, one.app_secret, before)
    for owner in owners():
        if owner.staff_id in working:
            sign_in.names.give_phone(staff.stream(owner.staff_id), owner.phone)
    _store_accounts(services)


def _store_accounts(services: Services) -> None:
    """Store the bank accounts that are missing: SECOND proposes them, and TREASURER confirms."""
    holders = {funds.stream(market.FUND): "密云区总工会"}
    holders |= {merchant.stream(shop.merchant_id): shop.name for shop in market.SHOPS}
    stored = bank_accounts(services, holders)
    for place, (payee, holder) in enumerate(holders.items()):
        if payee not in stored:
            account = BankAccount(
                holder=holder, number=f"62220000{place:08}", bank_name="北京农商银行密云支行"
            )
            proposed = keep_bank_account(services, payee, account, by=SECOND)
            services.ledger.officers.proposals.agreed(proposed, by=TREASURER)


def _password(staff_id: str) -> str:
    """Return a random password that passes the check for weak ones."""
    while True:
        password = secrets.token_hex(_PASSWORD_BYTES)
        with suppress(PasswordWeak):
            check_strength(password, handle=staff_id)
            return password
