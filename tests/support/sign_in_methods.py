"""Sign-in methods with an adjustable clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.auth.sessions import SessionStore
from ledger.vault import VaultKeys
from pos_gateway.auth.known_browsers import Asker
from pos_gateway.auth.sign_in_methods import SignInMethods
from pos_gateway.settings import Settings

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WANG_PHONE = "13800138000"
ZHAO = "staff-zhao"
ADDRESS = "192.0.2.7"
PASSWORD = "three carp under a stone bridge"  # noqa: S105 - a made-up one


class SignInSetup:
    """The sign-in methods and their time."""

    def __init__(self, folder: Path, url: str, **set_up: Any) -> None:
        self.now = NOW
        settings = Settings.read({"HONGKA_VAR": f"{folder}/var"})
        settings.var.mkdir()
        chosen = {"vault_url": url, "origin": "https://card.example.org"} | set_up
        self.settings = msgspec.structs.replace(settings, **chosen)
        self.session_store = SessionStore.open(url)
        self.keys = VaultKeys.make(folder / "keys" / "vault.kek")
        self.methods = SignInMethods.open(
            self.settings, self.session_store, self.keys, lambda: self.now
        )

    def send(
        self,
        phone: str = WANG_PHONE,
        *,
        address: str = ADDRESS,
        browser: str = "b",
        known: bool = False,
    ) -> str:
        """Send a one-time code to a phone, for a browser. Return the code."""
        return self.methods.codes.issue("card", phone, Asker(address, browser), known=known)

    def close(self) -> None:
        self.methods.close()
        self.session_store.close()


@pytest.fixture
def sign_in(tmp_path: Path) -> Iterator[SignInSetup]:
    made = SignInSetup(tmp_path, f"sqlite:///{tmp_path}/vault.db")
    yield made
    made.close()


@pytest.fixture
def sign_in_any_db(database_url: str, tmp_path: Path) -> Iterator[SignInSetup]:
    """Return sign-in methods on each database in turn."""
    made = SignInSetup(tmp_path, database_url)
    yield made
    made.close()


def is_refused(kind: type[Exception], act: Callable[..., Any], *named: Any, **more: Any) -> bool:
    """Assert that a call raises this error. Return True."""
    with pytest.raises(kind):
        act(*named, **more)
    return True
