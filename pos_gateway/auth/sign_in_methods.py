"""All sign-in methods of a gateway, over the tables of sessions and credentials."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Self

from ledger.auth.credentials import Credentials, Pending
from ledger.auth.sessions import SessionStore
from ledger.store import credential_rows
from ledger.store.side_tables import Side
from ledger.vault import VaultKeys
from pos_gateway.auth.invitation import Invitations
from pos_gateway.auth.known_browsers import KnownBrowsers
from pos_gateway.auth.login_names import LoginNames
from pos_gateway.auth.one_time_code import OneTimeCodes
from pos_gateway.auth.pairing import Pairings
from pos_gateway.auth.password import Passwords
from pos_gateway.auth.rate_limit import SharedRateLimiter
from pos_gateway.auth.recovery import RecoveryCodes
from pos_gateway.auth.sealing import Sealing
from pos_gateway.auth.security_log import SecurityLog
from pos_gateway.auth.sign_in_context import PendingSteps, SignInContext
from pos_gateway.auth.sms import BackgroundSender, Outbox, Webhook
from pos_gateway.auth.totp import TotpApps
from pos_gateway.settings import Settings

if TYPE_CHECKING:
    from pos_gateway.auth.passkey import Passkeys

KINDS = (
    *("browser", "cashier", "handle", "invitation", "outside", "passkey"),
    *("password", "phone", "pin", "recovery", "service", "totp"),
)
"""Every kind of credential; all are removed with their subject."""


class SignInMethods:
    """All sign-in methods of a gateway, made by `open`; `outside` is None without a provider."""

    def __init__(self, settings: Settings, context: SignInContext, side: Side) -> None:
        self._side, self._origin = side, settings.origin
        self.context = context
        self.outbox = Outbox(settings.var / "outbox", context.clock)
        self.sender = BackgroundSender(
            self.outbox if settings.sender == "outbox" else Webhook(settings.sender)
        )
        self.credentials, self.sealing = context.credentials, context.sealing
        self.limiter, self.security = context.limiter, context.security
        self.steps = PendingSteps(context)
        self.browsers = KnownBrowsers(context)
        self.names = LoginNames(context)
        self.codes = OneTimeCodes(context)
        self.passwords = Passwords(context)
        self.service_keys = Passwords(context, kind="service")
        self.apps = TotpApps(context)
        self.recovery = RecoveryCodes(context)
        self.invitations = Invitations(context)
        self.pairings = Pairings(context)
        self.outside = None
        if settings.oidc_issuer:
            # A tenth of a second to load, for a method that few gateways offer.
            from pos_gateway.auth.oidc import Oidc, Provider  # noqa: PLC0415 - see above

            provider = Provider(
                settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
            )
            self.outside = Oidc(context, self.steps, provider, origin=settings.origin)

    @classmethod
    def open(
        cls, settings: Settings, store: SessionStore, keys: VaultKeys, clock: Callable[[], datetime]
    ) -> Self:
        """Open the credential tables at the vault's URL, or create them, and build the methods."""
        side = Side(settings.vault_url, credential_rows.PART)
        side.create()
        sealing = Sealing(keys)
        limiter = SharedRateLimiter(store, sealing, clock)
        security = SecurityLog.open(settings.vault_url, sealing, clock)
        both = Credentials(side), Pending(side)
        context = SignInContext(*both, sealing, limiter, security, clock, secrets.token_bytes)
        return cls(settings, context, side)

    @cached_property
    def passkeys(self) -> Passkeys:
        """The passkeys, loaded at first use: no command of `hongka` needs their library."""
        from pos_gateway.auth.passkey import Passkeys  # noqa: PLC0415 - see above

        return Passkeys(self.context, self.steps, origin=self._origin)

    def close(self) -> None:
        """Send the waiting messages, then close the database."""
        self.sender.close()
        self.security.close()
        self._side.close()

    def forget(self, subject: str, *, but: str = "") -> None:
        """Remove every credential of a subject, except the kind `but`; the caller ends sessions."""
        for kind in KINDS:
            if kind != but:
                self.credentials.remove(subject, kind)
