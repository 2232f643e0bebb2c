"""Only their owner may read the keys of the vault."""

from pathlib import Path

import pytest

from ledger.store import vault_rows as rows
from ledger.store.side_tables import Side
from ledger.vault import KeysRefused, Vault, VaultKeys
from tests.support.vault_fixture import LI, WANG


def test_a_new_key_encryption_key_wraps_new_members_and_the_old_one_still_opens(
    database_url: str, vault: Vault, vault_rows: Side, vault_keys: VaultKeys
) -> None:
    vault.put("m-1", WANG)
    both = VaultKeys(
        "kek-new",
        {**vault_keys.key_encryption_keys, "kek-new": b"n" * 32},
        vault_keys.blind_index_key,
    )

    rotated = Vault(database_url, both)
    rotated.put("m-2", LI)

    assert (rotated.get("m-1"), rotated.get("m-2")) == (WANG, LI)
    with vault_rows.reading() as view:
        assert rows.kek_ids(view, rows.PART) == {vault_keys.current, "kek-new"}
    rotated.close()


def test_a_vault_does_not_open_with_the_keys_of_another(
    tmp_path: Path, database_url: str, vault: Vault
) -> None:
    vault.put("m-1", WANG)

    with pytest.raises(KeysRefused, match="other_keys"):
        Vault(database_url, VaultKeys.make(tmp_path / "other.kek"))


def test_keys_are_read_as_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vault.kek"

    made = VaultKeys.make(path)

    assert VaultKeys.read(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len({made.blind_index_key, *made.key_encryption_keys.values()}) == 2


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_keys_that_others_may_touch_are_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "vault.kek"
    VaultKeys.make(path)
    path.chmod(mode)

    with pytest.raises(KeysRefused, match="readable_by_others"):
        VaultKeys.read(path)


def test_keys_are_never_made_over_others(tmp_path: Path) -> None:
    path = tmp_path / "vault.kek"
    made = VaultKeys.make(path)

    with pytest.raises(KeysRefused, match="already_there"):
        VaultKeys.make(path)

    assert VaultKeys.read(path) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"current":"k","key_encryption_keys":{},"blind_index_key":""}',
        '{"current":"k","key_encryption_keys":{"k":"AAAA"},"blind_index_key":"AAAA"}',
    ],
)
def test_damaged_keys_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.kek"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(KeysRefused, match="damaged"):
        VaultKeys.read(path)


def test_missing_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysRefused, match="missing"):
        VaultKeys.read(tmp_path / "vault.kek")
