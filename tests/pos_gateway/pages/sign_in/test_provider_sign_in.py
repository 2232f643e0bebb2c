"""Staff sign in through an OpenID Connect provider from another project."""

import json
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from pos_gateway.auth.oidc import Oidc, Provider
from tests.support.app import App
from tests.support.form_client import FormClient, sign_in_officer

STARTS_SECONDS = 20
CLAIMS = {"sub": "f-0042", "preferred_username": "Chen"}
TOKEN_SECONDS = 120


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Start a provider in a process of its own. Return its issuer URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    program += ["--user-claims", json.dumps(CLAIMS), "--token-max-age", str(TOKEN_SECONDS)]
    with subprocess.Popen(
        [*program, "--require-nonce", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        yield _discovered(f"http://127.0.0.1:{port}")
        process.terminate()


def _discovered(address: str) -> str:
    give_up = time.monotonic() + STARTS_SECONDS
    while True:
        try:
            found = requests.get(f"{address}/.well-known/openid-configuration", timeout=1)
            return str(found.json()["issuer"])
        except requests.RequestException:
            assert time.monotonic() < give_up
            time.sleep(0.05)


@pytest.fixture
def app_with_provider(app: App, issuer: str) -> App:
    """Return an app whose federation has that provider."""
    through(app, Provider(issuer, "hongka", "a secret of the tests"))
    return app


def through(app: App, provider: Provider) -> Oidc:
    sign_in = app.services.sign_in
    origin = app.services.settings.origin
    sign_in.outside = Oidc(sign_in.context, sign_in.steps, provider, origin=origin)
    return sign_in.outside


def sent(visitor: FormClient, path: str = "/desk/sign-in/outside") -> str:
    """Return the provider's URL with its parameters."""
    answer = visitor.see(path, environ_overrides={"HTTP_SEC_FETCH_SITE": "same-origin"})
    assert answer.status_code == 303
    return answer.headers["Location"]


def vouched(url: str, subject: str = CLAIMS["sub"]) -> str:
    """Sign in at the provider. Return the path that it redirects to."""
    answer = requests.post(url, data={"sub": subject}, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def whole_way(visitor: FormClient, path: str = "/desk/sign-in/outside") -> TestResponse:
    return visitor.see(vouched(sent(visitor, path)))


def linked(app_with_provider: App) -> None:
    """Link the officer Chen to the provider's account."""
    visitor, _, _ = sign_in_officer(app_with_provider)
    assert whole_way(visitor, "/desk/account/outside").headers["Location"] == "/desk/account"


def is_refused(answer: TestResponse, visitor: FormClient) -> bool:
    assert answer.headers["Location"] == "/desk/sign-in?outside=refused"
    return not visitor.is_in("desk")


def test_who_linked_themselves_signs_in_through_the_provider(app_with_provider: App) -> None:
    linked(app_with_provider)
    visitor = FormClient(app_with_provider)
    assert "/desk/sign-in/outside" in visitor.see("/desk/sign-in").text

    answer = whole_way(visitor)

    assert answer.headers["Location"] == "/desk/"
    assert visitor.is_in("desk")
    ways = {one.methods for one in app_with_provider.services.sessions.listed("staff-chen")}
    assert ways == {"password+totp", "outside"}


def test_the_provider_is_asked_by_code_with_state_nonce_and_pkce(app_with_provider: App) -> None:
    asked = parse_qs(urlsplit(sent(FormClient(app_with_provider))).query)

    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) == 43 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == ["http://localhost:8000/desk/sign-in/outside/back"]


def test_the_verifier_is_that_of_the_challenge(app_with_provider: App) -> None:
    sign_in, origin = app_with_provider.services.sign_in, app_with_provider.services.settings.origin
    assert sign_in.outside is not None
    random_bytes = bytes(range(32))
    context = sign_in.context._replace(random=lambda _length: random_bytes)
    outside = Oidc(context, sign_in.steps, sign_in.outside._provider, origin=origin)

    url = outside.begin(browser="b")

    verifier = urlsafe_b64encode(random_bytes).rstrip(b"=")
    challenge = urlsafe_b64encode(sha256(verifier).digest()).rstrip(b"=").decode()
    assert parse_qs(urlsplit(url).query)["code_challenge"] == [challenge]


def test_who_has_an_officers_name_at_the_provider_is_not_that_officer(
    app_with_provider: App,
) -> None:
    sign_in_officer(app_with_provider)
    visitor = FormClient(app_with_provider)

    assert is_refused(whole_way(visitor), visitor)
    assert "did not sign you in" in visitor.see("/desk/sign-in?outside=refused").text


def test_an_answer_serves_once_and_in_the_browser_that_asked(app_with_provider: App) -> None:
    linked(app_with_provider)
    asked, thief = FormClient(app_with_provider), FormClient(app_with_provider)
    sent(thief)
    back = vouched(sent(asked))

    assert is_refused(thief.see(back), thief)
    assert is_refused(asked.see(back), asked)


def test_the_code_of_another_question_is_refused(app_with_provider: App) -> None:
    linked(app_with_provider)
    visitor, attacker = FormClient(app_with_provider), FormClient(app_with_provider)
    attackers_code = parse_qs(urlsplit(vouched(sent(attacker))).query)["code"][0]
    state = parse_qs(urlsplit(sent(visitor)).query)["state"][0]

    answer = visitor.see(f"/desk/sign-in/outside/back?state={state}&code={attackers_code}")

    assert is_refused(answer, visitor)


@pytest.mark.parametrize("changed", [{"client_id": "another"}, {"issuer": "https://evil.example"}])
def test_what_was_made_for_others_or_by_others_is_refused(
    app_with_provider: App, changed: dict[str, str]
) -> None:
    linked(app_with_provider)
    outside = app_with_provider.services.sign_in.outside
    assert outside is not None
    visitor = FormClient(app_with_provider)
    back = vouched(sent(visitor))

    outside._provider = msgspec.structs.replace(outside._provider, **changed)

    assert is_refused(visitor.see(back), visitor)


def test_what_another_key_signed_is_refused(app_with_provider: App) -> None:
    linked(app_with_provider)
    outside = app_with_provider.services.sign_in.outside
    assert outside is not None
    visitor = FormClient(app_with_provider)
    back = vouched(sent(visitor))
    metadata, keys = outside._discovered["provider"]

    key = RSAKey.generate_key(2048, {"kid": keys.keys[0].kid, "alg": "RS256"})
    outside._discovered["provider"] = metadata, KeySet([key])

    assert is_refused(visitor.see(back), visitor)


def test_what_the_provider_said_long_ago_is_refused(app_with_provider: App) -> None:
    linked(app_with_provider)
    visitor = FormClient(app_with_provider)
    back = vouched(sent(visitor))

    app_with_provider.now += timedelta(seconds=TOKEN_SECONDS + 90)

    assert is_refused(visitor.see(back), visitor)


def test_an_identity_is_linked_to_one_person(app_with_provider: App) -> None:
    linked(app_with_provider)
    other, _, _ = sign_in_officer(app_with_provider, "qian")

    answer = whole_way(other, "/desk/account/outside")

    assert answer.headers["Location"] == "/desk/sign-in?outside=refused"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_page_of_others_links_nobody(app_with_provider: App, site: str) -> None:
    visitor, _, _ = sign_in_officer(app_with_provider)

    browser_says = {"HTTP_SEC_FETCH_SITE": site}
    answer = visitor.see("/desk/account/outside", environ_overrides=browser_says)

    assert answer.status_code == 403


def test_a_stolen_cookie_links_nobody(app_with_provider: App) -> None:
    # Given a session that began a link and was ended meanwhile, and one of eleven minutes ago
    ended, _, _ = sign_in_officer(app_with_provider)
    back = vouched(sent(ended, "/desk/account/outside"))
    old, _, _ = sign_in_officer(app_with_provider)
    app_with_provider.now += timedelta(minutes=11)

    same_origin = {"HTTP_SEC_FETCH_SITE": "same-origin"}
    stale = old.see("/desk/account/outside", environ_overrides=same_origin)
    app_with_provider.now -= timedelta(minutes=5)

    assert "Sign in again first" in stale.text
    assert "/desk/sign-in?next=/desk/account" in old.see("/desk/account").text
    assert is_refused(ended.see(back), ended)


def test_who_is_dismissed_is_refused(app_with_provider: App) -> None:
    linked(app_with_provider)
    app_with_provider.services.ledger.officers.staff.dismiss_staff("chen")
    visitor = FormClient(app_with_provider)

    assert is_refused(whole_way(visitor), visitor)


def test_a_provider_out_of_reach_is_told(app: App) -> None:
    through(app, Provider("http://127.0.0.1:9", "hongka", "secret"))

    assert app.client.get("/desk/sign-in/outside").status_code == 403
    assert app.client.get("/desk/sign-in").status_code == 200
