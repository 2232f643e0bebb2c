"""Hash the passwords of tests cheaply: one of production takes 46 MiB and 50 ms."""

import pytest
from argon2 import PasswordHasher

from pos_gateway.auth import password

PRODUCTION = password.HASHER


def use_cheap_hashes() -> None:
    """Let this process hash with the least that Argon2id takes."""
    password.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def production_hasher(monkeypatch: pytest.MonkeyPatch) -> PasswordHasher:
    """Return the hasher of production, which the test hashes with."""
    monkeypatch.setattr(password, "HASHER", PRODUCTION)
    return PRODUCTION
