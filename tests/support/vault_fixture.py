"""A vault, and made-up people to put into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import vault_rows as rows
from ledger.store.side_tables import Side
from ledger.vault import Person, Vault, VaultKeys

WANG = Person("王小明", "13800138000", "110228199003070017")
LI = Person("李红梅", "13900139000", "110101198512123346")
CANARY = Person("欧阳丹顶鹤CANARY", "13912345678", "11010119491001123X")


@pytest.fixture
def vault_keys(tmp_path: Path) -> VaultKeys:
    return VaultKeys.make(tmp_path / "keys" / "vault.kek")


@pytest.fixture
def vault(database_url: str, vault_keys: VaultKeys) -> Iterator[Vault]:
    vault = Vault(database_url, vault_keys)
    yield vault
    vault.close()


@pytest.fixture
def vault_rows(database_url: str) -> Iterator[Side]:
    side = Side(database_url, rows.PART)
    yield side
    side.close()
