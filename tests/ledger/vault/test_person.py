"""A person is compared in one spelling and printed nowhere."""

from io import StringIO

import pytest
from rich.console import Console

from ledger.vault import Person, Vault, VaultKeys, masked_name, normal_identity_number, normal_phone
from tests.support.vault_fixture import CANARY


def test_nothing_personal_is_printed(vault_keys: VaultKeys) -> None:
    console = Console(file=StringIO(), width=1_000)
    console.print(CANARY, vault_keys)
    assert isinstance(console.file, StringIO)
    printed = f"{CANARY} {[CANARY]} {vault_keys} {[vault_keys]} {console.file.getvalue()}"

    assert not any((text or "?") in printed for text in (CANARY.name, CANARY.phone))
    assert repr(vault_keys.blind_index_key) not in printed
    assert repr(vault_keys.key_encryption_keys[vault_keys.current]) not in printed


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧**明"),
        ("Maria Silva", "M**a"),
        ("王", "王*"),
    ],
)
def test_a_masked_name_shows_its_ends(name: str, masked: str) -> None:
    assert masked_name(Person(name, None, None)) == masked
    assert Vault.masked_name(Person(name, None, None)) == masked


def test_numbers_are_compared_in_one_spelling() -> None:
    assert normal_identity_number("１１０１０１ 19491001-123ｘ") == "11010119491001123X"
    assert normal_phone("0086 138 0013 8000") == "13800138000"
    assert normal_phone("+86-138-0013-8000") == "13800138000"
    assert normal_phone("010-6904 1234") == "01069041234"
