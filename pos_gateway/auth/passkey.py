"""Passkeys (WebAuthn): a key in a phone or computer that opens with a finger, a face or its PIN."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.auth.pending_step import Steps
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.sign_in import PasskeyRefused, TooManyPasskeys

KIND = "passkey"

LASTS = timedelta(minutes=5)
PASSKEYS_MAX = 10
LABEL_LENGTH_MAX = 40
ANSWER_LENGTH_MAX = 20_000
"""The longest answer of a browser that is looked at, in characters."""

_VERIFIED = UserVerificationRequirement.REQUIRED
_NO_ANSWER = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library raises of an answer that is none."""


class _Asked(msgspec.Struct, frozen=True):
    """A question that was asked of a browser: at which door, and of whom where that is known."""

    door: str
    subject: str = ""


class Passkeys:
    """The passkeys of members and staff for one public address."""

    def __init__(
        self, credentials: Credentials, steps: Steps, keeping: Keeping, *, origin: str
    ) -> None:
        self._credentials = credentials
        self._steps = steps
        self._keeping = keeping
        self._origin = origin
        self._host = urlsplit(origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Whether browsers make passkeys for our address: it must have a name."""
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            return bool(self._host)
        return False

    def of(self, subject: str) -> list[Credential]:
        """The passkeys of a subject: `name` is the id, `label` what they call it.

        Raises:
            Busy: not now.

        """
        return self._credentials.of(subject, KIND)

    def remove(self, subject: str, name: str) -> None:
        """Remove a passkey; once removed, does nothing.

        Raises:
            Busy: not now.

        """
        self._credentials.remove(subject, KIND, name)

    def ask_to_make(
        self, door: str, subject: str, shown_name: str, *, now: datetime, random_bytes: bytes
    ) -> dict[str, Any]:
        """What the browser is asked, to make a passkey: options as JSON has them.

        Raises:
            ValueError: not 32 random bytes.
            Busy: not now.

        """
        asked = _Asked(door, subject)
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="hongka 红卡",
            user_id=bytes.fromhex(self._keeping.blind("passkey subject", subject)),
            user_name=shown_name,
            user_display_name=shown_name,
            challenge=self._challenge("passkey-make", asked, now, random_bytes),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.name))
                for one in self.of(subject)
            ],
        )
        return options_to_json_dict(options)

    def keep(self, door: str, subject: str, answer: str, *, label: str, now: datetime) -> None:
        """Keep the passkey that a browser made.

        Raises:
            PasskeyRefused: it is not an answer to our question, or nobody opened it.
            TooManyPasskeys: the subject has PASSKEYS_MAX.
            Busy: not now.

        """
        try:
            made = parse_registration_credential_json(answer[:ANSWER_LENGTH_MAX])
            challenge = self._answered(
                "passkey-make", made.response.client_data_json, _Asked(door, subject), now
            )
            verified = verify_registration_response(
                credential=made,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _NO_ANSWER:
            raise PasskeyRefused from None
        name = bytes_to_base64url(verified.credential_id)
        passkey = Credential(
            KIND,
            subject,
            name,
            verified.credential_public_key,
            now,
            found_by=name,
            counter=verified.sign_count,
            label=label.strip()[:LABEL_LENGTH_MAX],
        )
        if len(self.of(subject)) >= PASSKEYS_MAX:
            raise TooManyPasskeys(most=PASSKEYS_MAX)
        if not self._credentials.put(passkey, most=PASSKEYS_MAX):
            raise PasskeyRefused

    def ask_to_open(
        self, door: str, *, subject: str = "", now: datetime, random_bytes: bytes
    ) -> dict[str, Any]:
        """What the browser is asked, to open a passkey: anybody's, or one of a subject.

        Raises:
            ValueError: not 32 random bytes.
            Busy: not now.

        """
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=self._challenge("passkey-open", _Asked(door, subject), now, random_bytes),
            allow_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.name))
                for one in (self.of(subject) if subject else [])
            ],
            user_verification=_VERIFIED,
        )
        return options_to_json_dict(options)

    def subject_of(self, door: str, answer: str, *, subject: str = "", now: datetime) -> str:
        """Whose passkey a browser opened, at this door.

        Raises:
            PasskeyRefused: it is unknown, removed or copied, or no answer to our question.
            Busy: not now.

        """
        try:
            opened = parse_authentication_credential_json(answer[:ANSWER_LENGTH_MAX])
            challenge = self._answered(
                "passkey-open", opened.response.client_data_json, _Asked(door, subject), now
            )
            passkey = self._credentials.find(KIND, bytes_to_base64url(opened.raw_id))
            if passkey is None or subject not in {"", passkey.subject}:
                raise PasskeyRefused
            verified = verify_authentication_response(
                credential=opened,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.kept,
                credential_current_sign_count=passkey.counter,
                require_user_verification=True,
            )
        except _NO_ANSWER:
            raise PasskeyRefused from None
        if not self._credentials.use(passkey, counter=verified.new_sign_count, at=now):
            raise PasskeyRefused
        return passkey.subject

    def _challenge(self, purpose: str, asked: _Asked, now: datetime, random_bytes: bytes) -> bytes:
        self._steps.begin(purpose, asked, now=now, lasts=LASTS, random_bytes=random_bytes)
        return random_bytes

    def _answered(self, purpose: str, said: bytes, wanted: _Asked, now: datetime) -> bytes:
        """The challenge that is answered, which then can be answered no more."""
        challenge = parse_client_data_json(said).challenge
        asked = self._steps.take(purpose, bytes_to_base64url(challenge), _Asked, now=now)
        if asked != wanted:
            raise PasskeyRefused
        return challenge
