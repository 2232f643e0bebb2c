"""A provider's token is accepted if it is signed, recent, meant for us, and answers our request."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from pos_gateway.auth.oidc import ExternalIdentity, Oidc, Provider
from pos_gateway.errors import SignInRefused
from tests.support.sign_in_methods import NOW, SignInSetup, is_refused, sign_in

__all__ = ["sign_in"]

SECRET = "a secret of the tests, long enough for HS256"  # noqa: S105 - a made-up one
NOW_SECONDS = int(NOW.timestamp())
Claims = dict[str, Any]


class Liar(HTTPServer):
    """A provider whose answers are chosen by the test."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Said)
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.id_token = ""
        self.asked: list[str] = []

    def says(self) -> dict[str, Any]:
        """Return the content at each of its URLs."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": KeySet([self.key]).as_dict(),
            "/token": {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token},
        }


class _Said(BaseHTTPRequestHandler):
    server: Liar

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = json.dumps(self.server.says()[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def liar() -> Iterator[Liar]:
    server = Liar()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def identity(
    sign_in: SignInSetup,
    liar: Liar,
    change: Claims,
    sign: Callable[[Liar, Claims], str] | None = None,
) -> ExternalIdentity:
    """Return the identity in a token with changed claims; None removes a claim."""
    return told(provided(sign_in, liar), liar, change, sign)


def provided(sign_in: SignInSetup, liar: Liar) -> Oidc:
    """Return a sign-in through the provider, which nobody has used yet."""
    methods, provider = sign_in.methods, Provider(liar.issuer, "hongka", SECRET)
    return Oidc(methods.context, methods.steps, provider, origin="https://card.example.org")


def told(
    outside: Oidc, liar: Liar, change: Claims, sign: Callable[[Liar, Claims], str] | None = None
) -> ExternalIdentity:
    """Sign in once."""
    url = outside.begin(browser="b")
    asked = parse_qs(urlsplit(url).query)
    claims = {
        "iss": liar.issuer,
        "aud": "hongka",
        "sub": "f-0042",
        "nonce": asked["nonce"][0],
        "iat": NOW_SECONDS,
        "exp": NOW_SECONDS + 300,
    }
    claims = {name: value for name, value in (claims | change).items() if value is not None}
    liar.id_token = (sign or _signed)(liar, claims)
    return outside.identity(state=asked["state"][0], code="c", browser="b")


def _signed(liar: Liar, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": liar.key.kid}, claims, liar.key)


def _by_the_secret(liar: Liar, claims: Claims) -> str:
    del liar
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(SECRET))


def _by_nobody(liar: Liar, claims: Claims) -> str:
    body = _signed(liar, claims).split(".")[1]
    return f"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{body}."


def _by_another(liar: Liar, claims: Claims) -> str:
    del liar
    other = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, other)


def test_an_honest_word_is_believed(sign_in: SignInSetup, liar: Liar) -> None:
    found = identity(sign_in, liar, {})

    assert found == identity(sign_in, liar, {"extra": "x"})
    assert found != identity(sign_in, liar, {"sub": "f-0043"})


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": "another", "azp": "hongka"},
        {"aud": None},
        {"aud": ["hongka", "another"], "azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW_SECONDS - 61},
        {"exp": None},
        {"iat": NOW_SECONDS + 3_600},
        {"sub": None},
        {"sub": ""},
        {"sub": "f" * 201},
        {"sub": 42},
    ],
)
def test_a_word_that_is_wrong_in_one_claim_is_not_believed(
    sign_in: SignInSetup, liar: Liar, change: Claims
) -> None:
    assert is_refused(SignInRefused, identity, sign_in, liar, change)


@pytest.mark.parametrize("sign", [_by_the_secret, _by_nobody, _by_another])
def test_a_word_that_is_not_signed_by_the_provider_is_not_believed(
    sign_in: SignInSetup, liar: Liar, sign: Callable[[Liar, Claims], str]
) -> None:
    assert is_refused(SignInRefused, identity, sign_in, liar, {}, sign)


def test_a_new_key_that_is_published_is_fetched_once_a_minute(
    sign_in: SignInSetup, liar: Liar
) -> None:
    outside = provided(sign_in, liar)
    known = told(outside, liar, {})

    liar.key = RSAKey.generate_key(2048, {"kid": "k2", "alg": "RS256"})
    assert told(outside, liar, {}) == known
    asked = liar.asked.count("/keys")
    liar.key = RSAKey.generate_key(2048, {"kid": "k3", "alg": "RS256"})
    for _ in range(3):
        assert is_refused(SignInRefused, told, outside, liar, {})
    assert (asked, liar.asked.count("/keys")) == (2, 2)
    outside._anew.clear()  # a minute later
    assert told(outside, liar, {}) == known


@pytest.mark.parametrize("word", ["", "no token", "a.b.c", "1.2"])
def test_what_is_no_word_at_all_is_not_believed(
    sign_in: SignInSetup, liar: Liar, word: str
) -> None:
    assert is_refused(SignInRefused, identity, sign_in, liar, {}, lambda _liar, _claims: word)


def test_a_provider_that_names_another_is_not_asked(sign_in: SignInSetup, liar: Liar) -> None:
    liar.issuer = f"http://localhost:{liar.server_port}"
    honest = liar.says

    def lying() -> dict[str, Any]:
        metadata = honest()["/.well-known/openid-configuration"] | {"issuer": "https://a.example"}
        return honest() | {"/.well-known/openid-configuration": metadata}

    assert identity(sign_in, liar, {})
    liar.says = lying  # type: ignore[method-assign]  # it changes its mind
    assert is_refused(SignInRefused, identity, sign_in, liar, {})
