"""Sign-in through a federation's own provider (OpenID Connect), by the code flow with PKCE."""

import hashlib
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ledger.auth.credentials import Credential
from pos_gateway.auth.sign_in_context import PendingSteps, SignInContext, SignInMethod
from pos_gateway.codes import base64url
from pos_gateway.errors import SignInRefused

KIND = "outside"

LASTS = timedelta(minutes=10)
TIMEOUT_SECONDS = 5
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
DISCOVERED_SECONDS = 600
"""The time for which the provider's metadata and keys are cached, in seconds."""

ANEW_SECONDS = 60
"""The least time between two fetches for keys that are unknown, in seconds."""

SUBJECT_LENGTH_MAX = 200

_TROUBLE = (requests.RequestException, JoseError, KeyError, ValueError, TypeError)
"""The errors of a provider that is out of reach, or answers what it should not."""


class Provider(msgspec.Struct, frozen=True):
    """The identity provider of a federation, and the registration of this gateway there.

    Only people who linked themselves before can sign in: a name at the provider proves nothing,
    since whoever administers the provider gives names.
    """

    issuer: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Provider({self.issuer!r}, …)"


class _Begun(msgspec.Struct, frozen=True):
    """The state of one sign-in while the browser is at the provider."""

    nonce: str
    verifier: str
    browser: str
    linking: str = ""
    """The signed-in subject to link, or an empty text."""


class ExternalIdentity(msgspec.Struct, frozen=True):
    """A person whom the provider confirmed.

    `found_by` is the blinded id at the provider; `linking` is the signed-in subject who asked to be
    linked, else empty.
    """

    found_by: str
    linking: str


class Oidc(SignInMethod):
    """Sign-in through one OpenID Connect provider, with the links of its identities to subjects.

    Its methods raise SignInRefused where the provider is out of reach, its metadata is wrong, the
    sign-in was begun elsewhere or too long ago, or another link stands against a new one.
    """

    def __init__(
        self, context: SignInContext, steps: PendingSteps, provider: Provider, *, origin: str
    ) -> None:
        super().__init__(context)
        self._provider = provider
        self._steps = steps
        self._back = f"{origin}/desk/sign-in/outside/back"
        self._discovered: TTLCache[str, tuple[dict[str, Any], KeySet]] = TTLCache(
            1, DISCOVERED_SECONDS
        )
        self._anew: TTLCache[str, bool] = TTLCache(1, ANEW_SECONDS)
        self._lock = threading.Lock()

    def begin(self, *, browser: str, linking: str = "") -> str:
        """Start a sign-in, good for ten minutes; return the provider's URL for the browser.

        `browser` is the secret in a cookie of this browser; `linking` is the subject to link, if
        any.
        """
        nonce, verifier = base64url(self._random(32)), base64url(self._random(32))
        metadata, _ = self._metadata()
        begun = _Begun(nonce, verifier, _hash(browser), linking)
        state = self._steps.begin("outside", begun, lasts=LASTS)
        with self._session() as session:
            url, _ = session.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def identity(self, *, state: str, code: str, browser: str) -> ExternalIdentity:
        """Return the identity that the provider confirms, by `state` and `code` of its redirect.

        `browser` is the same secret as in `begin`; a `state` works once.
        """
        begun = self._steps.take("outside", state, _Begun)
        if begun is None or begun.browser != _hash(browser):
            raise SignInRefused
        claims = self._claims(code, begun)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LENGTH_MAX:
            raise SignInRefused
        found_by = self._sealing.blind("outside", self._provider.issuer, subject)
        return ExternalIdentity(found_by, begun.linking)

    def subject_of(self, identity: ExternalIdentity) -> str | None:
        """Return the subject linked to an identity; None if nobody is."""
        found = self._credentials.find(KIND, identity.found_by)
        return None if found is None else found.subject

    def is_linked(self, subject: str) -> bool:
        """Return whether an identity of the provider is linked to the subject."""
        return bool(self._credentials.of(subject, KIND))

    def link(self, subject: str, identity: ExternalIdentity) -> None:
        """Link an identity to a subject for sign-in; SignInRefused if either has another link."""
        name = identity.found_by
        linked = Credential(KIND, subject, name, b"", self._now(), found_by=name)
        if not self._credentials.put(linked):
            raise SignInRefused

    def _claims(self, code: str, begun: _Begun) -> CodeIDToken:
        metadata, keys = self._metadata()
        try:
            with self._session() as session:
                answer = session.fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=begun.verifier,
                    timeout=TIMEOUT_SECONDS,
                )
            try:
                read = jwt.decode(answer["id_token"], keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                _, keys = self._metadata(anew=True)
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
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY_SECONDS)
        except (AuthlibBaseError, *_TROUBLE):
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

    def _metadata(self, *, anew: bool = False) -> tuple[dict[str, Any], KeySet]:
        """Return the provider's metadata and signing keys, cached for DISCOVERED_SECONDS.

        They are fetched `anew` for a key that is unknown, at most once in ANEW_SECONDS.
        """
        with self._lock:
            if anew and "anew" not in self._anew:
                self._anew["anew"] = True
                self._discovered.clear()
            if found := self._discovered.get("provider"):
                return found
            try:
                well_known = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = _fetched(well_known)
                if metadata["issuer"] != self._provider.issuer:
                    raise SignInRefused
                for named in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _check_as_safe(metadata[named], self._provider.issuer)
                keys = KeySet.import_key_set(_fetched(metadata["jwks_uri"]))  # type: ignore[arg-type]
            except _TROUBLE:
                raise SignInRefused from None
            self._discovered["provider"] = metadata, keys
            return metadata, keys


def _fetched(url: str) -> dict[str, Any]:
    answer = requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _check_as_safe(url: str, issuer: str) -> None:
    if urlsplit(issuer).scheme == "https" and urlsplit(url).scheme != "https":
        raise ValueError("the provider sends us to a place that is not secured")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
