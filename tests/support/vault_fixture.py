"""A vault, and made-up people to put into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import vault_rows as rows
from ledger.store.side_tables import Side
from ledger.vault import Person, Vault, VaultKeys
from pos_gateway.settings import Settings

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


def stored(settings: Settings, member_id: str) -> set[bytes]:
    """Return what the vault stores of a member: sealed values, the wrapped key, blind indexes."""
    side = Side(settings.vault_url, rows.PART)
    with side.reading() as view:
        (member,) = rows.member_rows(view, [member_id]).values()
        values = rows.value_rows(view, member_id, "person")
    side.close()
    blinds = {one for one in (member.identity_blind, member.phone_blind) if one}
    return {member.wrapped_key, *blinds, *(one.sealed for one in values)}
