"""Passkeys (WebAuthn): a key in a phone or computer that opens with a finger, a face or its PIN."""

import ipaddress
from collections.abc import Callable
from datetime import timedelta
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

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import PendingSteps, SignInContext, SignInMethod
from pos_gateway.errors import PasskeyRefused, TooManyPasskeys

KIND = "passkey"

LASTS = timedelta(minutes=5)
PASSKEYS_MAX = 10
LABEL_LENGTH_MAX = 40
ANSWER_LENGTH_MAX = 20_000
"""The longest answer of a browser that is parsed, in characters."""

_VERIFIED = UserVerificationRequirement.REQUIRED
_NO_ANSWER = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""The errors of the library about malformed answers."""


class _Asked(msgspec.Struct, frozen=True):
    """The realm of a challenge, and its subject; empty where anybody may sign in."""

    realm: str
    subject: str = ""


class Passkeys(SignInMethod):
    """The passkeys of members and staff, for the public address of this gateway.

    A browser's answer is rejected with PasskeyRefused where it matches no open challenge, nobody
    confirmed it at the device, or the passkey is unknown, removed or copied.
    """

    def __init__(self, context: SignInContext, steps: PendingSteps, *, origin: str) -> None:
        super().__init__(context)
        self._steps = steps
        self._origin = origin
        self._host = urlsplit(origin).hostname or ""

    @property
    def possible(self) -> bool:
        """True if browsers can make passkeys here: the public address must have a host name."""
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            return bool(self._host)
        return False

    def of(self, subject: str) -> list[Credential]:
        """Return a subject's passkeys: `name` is the credential id, `label` the subject's text."""
        return self._credentials.of(subject, KIND)

    def remove(self, subject: str, name: str) -> None:
        """Remove a subject's passkey by credential id; an unknown id changes nothing."""
        self._credentials.remove(subject, KIND, name)

    def ask_to_make(self, realm: str, subject: str, shown_name: str) -> dict[str, Any]:
        """Return WebAuthn options for a browser to make a passkey within five minutes.

        `shown_name` is the name that the browser shows for the passkey.
        """
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="hongka 红卡",
            user_id=bytes.fromhex(self._sealing.blind("passkey subject", subject)),
            user_name=shown_name,
            user_display_name=shown_name,
            challenge=self._challenge("passkey-make", _Asked(realm, subject)),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.name))
                for one in self.of(subject)
            ],
        )
        return options_to_json_dict(options)

    def keep(
        self, realm: str, subject: str, answer: str, *, label: str, note: Callable[[], object]
    ) -> None:
        """Verify a browser's `answer` to `ask_to_make`, and store the passkey under `label`.

        Raises TooManyPasskeys where the subject has ten. A label is cut at 40 characters. `note` is
        called before the passkey is stored, but not for a wrong answer.
        """
        try:
            made = parse_registration_credential_json(answer[:ANSWER_LENGTH_MAX])
            challenge = self._answered(
                "passkey-make", made.response.client_data_json, _Asked(realm, subject)
            )
            verified = verify_registration_response(credential=made, **self._expected(challenge))
        except _NO_ANSWER:
            raise PasskeyRefused from None
        name = bytes_to_base64url(verified.credential_id)
        passkey = Credential(
            KIND,
            subject,
            name,
            verified.credential_public_key,
            self._now(),
            found_by=name,
            counter=verified.sign_count,
            label=label.strip()[:LABEL_LENGTH_MAX],
        )
        if len(self.of(subject)) >= PASSKEYS_MAX:
            raise TooManyPasskeys(most=PASSKEYS_MAX)
        note()
        if not self._credentials.put(passkey, most=PASSKEYS_MAX):
            raise PasskeyRefused

    def ask_to_open(self, realm: str) -> dict[str, Any]:
        """Return WebAuthn options for a browser to sign in by any passkey within five minutes."""
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=self._challenge("passkey-open", _Asked(realm)),
            user_verification=_VERIFIED,
        )
        return options_to_json_dict(options)

    def subject_of(self, realm: str, answer: str) -> str:
        """Verify a browser's `answer` to `ask_to_open`, and return the subject of the passkey."""
        try:
            opened = parse_authentication_credential_json(answer[:ANSWER_LENGTH_MAX])
            challenge = self._answered(
                "passkey-open", opened.response.client_data_json, _Asked(realm)
            )
            passkey = self._credentials.find(KIND, bytes_to_base64url(opened.raw_id))
            if passkey is None:
                raise PasskeyRefused
            verified = verify_authentication_response(
                credential=opened,
                credential_public_key=passkey.kept,
                credential_current_sign_count=passkey.counter,
                **self._expected(challenge),
            )
        except _NO_ANSWER:
            raise PasskeyRefused from None
        if not self._credentials.use(passkey, counter=verified.new_sign_count, at=self._now()):
            raise PasskeyRefused
        return passkey.subject

    def _expected(self, challenge: bytes) -> dict[str, Any]:
        return {
            "expected_challenge": challenge,
            "expected_rp_id": self._host,
            "expected_origin": self._origin,
            "require_user_verification": True,
        }

    def _challenge(self, purpose: str, asked: _Asked) -> bytes:
        return base64url_to_bytes(self._steps.begin(purpose, asked, lasts=LASTS))

    def _answered(self, purpose: str, said: bytes, wanted: _Asked) -> bytes:
        """Return the challenge in the client data `said`, and use it up."""
        challenge = parse_client_data_json(said).challenge
        if self._steps.take(purpose, bytes_to_base64url(challenge), _Asked) != wanted:
            raise PasskeyRefused
        return challenge
