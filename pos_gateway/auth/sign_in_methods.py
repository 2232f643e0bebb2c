"""The reception: every way of signing in, over the tables of the door."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Self

from ledger.auth.credentials import Credentials
from ledger.auth.pending import Pending
from ledger.auth.sessions import Door
from ledger.store import credential_rows
from ledger.store.side_tables import Side
from ledger.vault import VaultKeys
from pos_gateway.auth.invitation import Invitations
from pos_gateway.auth.login_names import Names
from pos_gateway.auth.oidc import Oidc, Provider
from pos_gateway.auth.one_time_code import OneTimeCodes
from pos_gateway.auth.pairing import Pairings
from pos_gateway.auth.passkey import Passkeys
from pos_gateway.auth.password import Passwords
from pos_gateway.auth.pending_step import Steps
from pos_gateway.auth.recovery import RecoveryCodes
from pos_gateway.auth.sealing import Keeping
from pos_gateway.auth.shared_rate_limit import Limits
from pos_gateway.auth.sms import Aside, Outbox, Webhook
from pos_gateway.auth.totp import TotpApps
from pos_gateway.settings import Settings

KINDS = (
    *("cashier", "handle", "invitation", "outside", "passkey"),
    *("password", "phone", "pin", "recovery", "totp"),
)
"""Every kind of credential: what is forgotten of somebody who leaves."""


class Reception:
    """Every way of signing in; safe to share between threads. Made by `open`."""

    def __init__(
        self, settings: Settings, door: Door, keys: VaultKeys, side: Side, outbox: Outbox
    ) -> None:
        self._side = side
        self.outbox = outbox
        sender = outbox if settings.sender == "outbox" else Webhook(settings.sender)
        self.sender = Aside(sender)
        self.keeping = Keeping(keys, secrets.token_bytes)
        self.credentials = Credentials(side)
        self.limits = Limits(door, self.keeping)
        pending = Pending(side)
        self.steps = Steps(pending, self.keeping)
        self.names = Names(self.credentials, self.keeping)
        self.codes = OneTimeCodes(pending, self.keeping, self.limits)
        self.passwords = Passwords(self.credentials)
        self.apps = TotpApps(self.credentials, self.keeping)
        self.recovery = RecoveryCodes(self.credentials, self.keeping)
        self.invitations = Invitations(self.credentials, self.keeping)
        self.pairings = Pairings(pending, self.keeping, self.limits)
        parts = (self.credentials, self.steps, self.keeping)
        self.passkeys = Passkeys(*parts, origin=settings.origin)
        self.outside = None
        if settings.oidc_issuer:
            provider = Provider(
                settings.oidc_issuer,
                settings.oidc_client_id,
                settings.oidc_client_secret,
                settings.oidc_claim,
            )
            self.outside = Oidc(provider, *parts, origin=settings.origin)

    @classmethod
    def open(
        cls, settings: Settings, door: Door, keys: VaultKeys, clock: Callable[[], datetime]
    ) -> Self:
        """Open it beside the door, with its tables made if they are missing.

        Raises:
            ValueError: the URL names no SQLite file and no PostgreSQL database.
            Busy: the database did not answer in time.

        """
        side = Side(settings.vault_url, credential_rows.PART)
        side.create()
        return cls(settings, door, keys, side, Outbox(settings.var / "outbox", clock))

    def close(self) -> None:
        """Send what waits, and let the database go."""
        self.sender.close()
        self._side.close()

    def forget(self, subject: str) -> None:
        """Forget every way in that a subject has; the sessions are ended elsewhere.

        Raises:
            Busy: not now; forgetting again is safe.

        """
        for kind in KINDS:
            self.credentials.remove(subject, kind)
