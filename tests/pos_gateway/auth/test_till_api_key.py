import hashlib

import pytest

from pos_gateway.auth.api_key import KeyRefused, make_till_key, till_of
from pos_gateway.auth.policies import TillIdentity
from tests.support.app import App


def test_only_the_hash_of_a_key_is_kept(app: App) -> None:
    key, key_hash = make_till_key("bakery", "till-1", bytes(32))

    assert key == "hkt.bakery.till-1." + "A" * 43
    assert key_hash == hashlib.sha256(b"A" * 43).hexdigest()
    stored = b"".join(path.read_bytes() for path in app.services.settings.var.parent.glob("*.db*"))
    assert stored
    assert app.key.rpartition(".")[2].encode() not in stored


def test_a_key_takes_thirty_two_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        make_till_key("bakery", "till-1", bytes(31))


def test_a_key_names_its_till(app: App) -> None:
    till = till_of(f"bearer {app.key}", app.services.ledger)

    assert till == TillIdentity("bakery", "main", "till-1")


def test_a_key_has_one_spelling(app: App) -> None:
    with pytest.raises(KeyRefused):
        till_of(f"Bearer {app.key.upper()}", app.services.ledger)
    with pytest.raises(KeyRefused):
        till_of(f"Bearer {app.key}\n", app.services.ledger)


@pytest.mark.parametrize("made_up", ["hkt.bakery.till-1", "hkt.bakery.till-2", "hkt.nobody.till-1"])
def test_a_stranger_is_not_told_which_tills_there_are(app: App, made_up: str) -> None:
    answer = app.ask("GET", "/redemptions/cake-1", key=f"{made_up}.{'A' * 43}")

    assert (answer.status_code, answer.get_json()["reason"]) == (401, "key_refused")
