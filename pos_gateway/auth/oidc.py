"""Signing in through a federation's own provider (OpenID Connect), by the code flow with PKCE."""

from __future__ import annotations

import hashlib
import threading
import time
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ledger.auth.credentials import Credential, Credentials
from pos_gateway.auth.pending_step import Steps
from pos_gateway.auth.sealing import Keeping
from pos_gateway.errors.sign_in import SignInRefused

KIND = "outside"

LASTS = timedelta(minutes=10)
TIMEOUT_SECONDS = 5
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
DISCOVERED_SECONDS = 600
"""How long what the provider says of itself, and its keys, is believed without asking."""

CLAIM_LENGTH_MAX = 200


class Provider(msgspec.Struct, frozen=True):
    """The provider, and who we are to it.

    `claim` of the identity names the handle by which a person signs in here; without one, only
    those who linked themselves are let in.
    """

    issuer: str
    client_id: str
    client_secret: str
    claim: str = ""

    def __repr__(self) -> str:
        return f"Provider({self.issuer!r}, …)"


class _Begun(msgspec.Struct, frozen=True):
    """What is kept until the browser comes back."""

    nonce: str
    verifier: str
    browser: str
    linking: str = ""
    """Who is signed in and wants to link themselves."""


class Identity(msgspec.Struct, frozen=True):
    """Whom the provider vouches for."""

    found_by: str
    handle: str
    linking: str


class Oidc:
    """The way through one provider."""

    def __init__(
        self,
        provider: Provider,
        credentials: Credentials,
        steps: Steps,
        keeping: Keeping,
        *,
        origin: str,
    ) -> None:
        self._provider = provider
        self._credentials = credentials
        self._steps = steps
        self._keeping = keeping
        self._back = f"{origin}/desk/sign-in/outside/back"
        self._lock = threading.Lock()
        self._discovered: tuple[float, dict[str, Any], KeySet] | None = None

    def begin(self, *, browser: str, now: datetime, random_bytes: bytes, linking: str = "") -> str:
        """Where to send the browser; `browser` is a secret that its cookie holds.

        96 random bytes make state, nonce and verifier.

        Raises:
            SignInRefused: the provider is out of reach, or not what it should be.
            ValueError: not 96 bytes.
            Busy: not now.

        """
        nonce, verifier = _text(random_bytes[32:64]), _text(random_bytes[64:96])
        if len(verifier) < 43:  # noqa: PLR2004 - what RFC 7636 asks of a verifier
            raise ValueError("96 random bytes")
        metadata, _ = self._metadata()
        begun = _Begun(nonce, verifier, _hash(browser), linking)
        state = self._steps.begin(
            "outside", begun, now=now, lasts=LASTS, random_bytes=random_bytes[:32]
        )
        with self._session() as session:
            url, _ = session.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        return str(url)

    def identity(self, *, state: str, code: str, browser: str, now: datetime) -> Identity:
        """Whom the provider vouches for, when the browser came back.

        Raises:
            SignInRefused: this browser was not sent, or the provider does not vouch.
            Busy: not now.

        """
        begun = self._steps.take("outside", state, _Begun, now=now)
        if begun is None or begun.browser != _hash(browser):
            raise SignInRefused
        claims = self._claims(code, begun, now)
        subject = _claim(claims, "sub")
        if not subject:
            raise SignInRefused
        found_by = self._keeping.blind("outside", self._provider.issuer, subject)
        handle = _claim(claims, self._provider.claim) if self._provider.claim else ""
        return Identity(found_by, handle, begun.linking)

    def subject_of(self, identity: Identity) -> str | None:
        """Who here is linked to an identity; None where nobody is.

        Raises:
            Busy: not now.

        """
        found = self._credentials.find(KIND, identity.found_by)
        return None if found is None else found.subject

    def is_linked(self, subject: str) -> bool:
        """Whether a subject is linked to an identity.

        Raises:
            Busy: not now.

        """
        return bool(self._credentials.of(subject, KIND))

    def link(self, subject: str, identity: Identity, *, now: datetime) -> None:
        """Link an identity to a subject, for good.

        Raises:
            SignInRefused: one of them is linked to another.
            Busy: not now.

        """
        name = identity.found_by
        linked = Credential(KIND, subject, name, b"", now, found_by=name)
        if not self._credentials.put(linked):
            raise SignInRefused

    def _claims(self, code: str, begun: _Begun, now: datetime) -> CodeIDToken:
        metadata, keys = self._metadata()
        try:
            with self._session() as session:
                answer = session.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=begun.verifier,
                    timeout=TIMEOUT_SECONDS,
                )
            read = jwt.decode(answer["id_token"], keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": self._provider.issuer},
                    "aud": {"essential": True, "value": self._provider.client_id},
                },
                {"nonce": begun.nonce, "client_id": self._provider.client_id},
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except (
            AuthlibBaseError,
            JoseError,
            KeyError,
            ValueError,
            TypeError,
            requests.RequestException,
        ):
            raise SignInRefused from None
        return claims

    def _session(self) -> Any:
        return OAuth2Session(
            client_id=self._provider.client_id,
            client_secret=self._provider.client_secret,
            scope="openid profile",
            redirect_uri=self._back,
            code_challenge_method="S256",
        )

    def _metadata(self) -> tuple[dict[str, Any], KeySet]:
        """What the provider says of itself, and the keys it signs with."""
        with self._lock:
            if self._discovered and time.monotonic() - self._discovered[0] < DISCOVERED_SECONDS:
                return self._discovered[1:]
            try:
                well_known = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = _fetched(well_known)
                if metadata["issuer"] != self._provider.issuer:
                    raise SignInRefused
                for named in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _check_as_safe(metadata[named], self._provider.issuer)
                keys = KeySet.import_key_set(_fetched(metadata["jwks_uri"]))  # type: ignore[arg-type]
            except (requests.RequestException, JoseError, KeyError, ValueError, TypeError):
                raise SignInRefused from None
            self._discovered = (time.monotonic(), metadata, keys)
            return metadata, keys


def _fetched(url: str) -> dict[str, Any]:
    answer = requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _check_as_safe(url: str, issuer: str) -> None:
    if urlsplit(issuer).scheme == "https" and urlsplit(url).scheme != "https":
        raise ValueError("the provider sends us to a place that is not secured")


def _claim(claims: CodeIDToken, name: str) -> str:
    found = claims.get(name)
    return found if isinstance(found, str) and len(found) <= CLAIM_LENGTH_MAX else ""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _text(random_bytes: bytes) -> str:
    return urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
