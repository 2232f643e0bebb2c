"""Each bank account is sealed under its own key, and erased with it."""

from pathlib import Path

import msgspec
import pytest

from ledger.errors import InputInvalid
from ledger.vault import BankAccount, KeysRefused, Vault, VaultKeys, VaultUnreadable
from tests.ledger.vault.test_seal import change

ROSE = BankAccount(
    holder="玫瑰美发店",
    number="6222020200112233445",
    bank_name="工商银行密云支行",
    bank_code="102100001234",
)
MILL = BankAccount(holder="磨坊", number="0200-3344-55", bank_name="农业银行密云支行")


def test_what_was_put_comes_back(vault: Vault) -> None:
    vault.bank_accounts.put("merchant-rose", ROSE)
    vault.bank_accounts.put("merchant-mill", MILL)

    assert vault.bank_accounts.get("merchant-rose") == ROSE
    assert vault.bank_accounts.get("merchant-nobody") is None
    asked = ["merchant-rose", "merchant-mill", "merchant-nobody"]
    assert vault.bank_accounts.get_many(asked) == {"merchant-rose": ROSE, "merchant-mill": MILL}


def test_an_account_takes_the_place_of_the_one_before(vault: Vault) -> None:
    vault.bank_accounts.put("merchant-rose", ROSE)

    vault.bank_accounts.put("merchant-rose", MILL)

    assert vault.bank_accounts.get("merchant-rose") == MILL


def test_what_was_erased_is_gone(vault: Vault) -> None:
    vault.bank_accounts.put("merchant-rose", ROSE)
    vault.bank_accounts.put("merchant-mill", MILL)

    vault.bank_accounts.erase("merchant-rose")
    vault.bank_accounts.erase("merchant-rose")

    assert vault.bank_accounts.get("merchant-rose") is None
    assert vault.bank_accounts.get("merchant-mill") == MILL


SWAPPED = """
UPDATE vault_bank_account SET {0} = (SELECT {0} FROM vault_bank_account AS other
WHERE other.owner = 'merchant-mill') WHERE owner = 'merchant-rose'
"""


@pytest.mark.parametrize(
    "statement",
    [
        SWAPPED.format("sealed"),
        SWAPPED.format("wrapped_key"),
        SWAPPED.format("key_id"),
        "UPDATE vault_bank_account SET kek_id = 'kek-other' WHERE owner = 'merchant-rose'",
        "UPDATE vault_bank_account SET owner = 'merchant-thief' WHERE owner = 'merchant-rose'",
    ],
)
def test_an_account_that_was_moved_or_changed_does_not_open(
    database_url: str, vault: Vault, statement: str
) -> None:
    vault.bank_accounts.put("merchant-rose", ROSE)
    vault.bank_accounts.put("merchant-mill", MILL)

    change(database_url, statement)

    with pytest.raises(VaultUnreadable):
        vault.bank_accounts.get_many(["merchant-rose", "merchant-thief"])


def test_it_takes_its_own_keys(database_url: str, vault: Vault, tmp_path: Path) -> None:
    vault.bank_accounts.put("merchant-rose", ROSE)
    others = VaultKeys.make(tmp_path / "other.kek")

    with pytest.raises(KeysRefused):
        Vault(database_url, others)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holder", ""),
        ("holder", "玫" * 141),
        ("holder", "玫瑰\n美发店"),
        ("holder", "  "),
        ("holder", "=玫瑰"),
        ("bank_name", "@工商银行"),
        ("number", "622"),
        ("number", "6" * 35),
        ("number", "62220202 00112233"),
        ("bank_name", ""),
        ("bank_code", "10210000123"),
        ("bank_code", "1021000012345"),
    ],
)
def test_what_no_bank_would_take_is_not_kept(vault: Vault, field: str, value: str) -> None:
    wrong = msgspec.structs.replace(ROSE, **{field: value})

    with pytest.raises(InputInvalid) as refused:
        vault.bank_accounts.put("merchant-rose", wrong)

    assert refused.value.particulars["field"] == field
    assert vault.bank_accounts.get("merchant-rose") is None


@pytest.mark.parametrize(
    "change_to", [{"holder": "玫" * 140}, {"number": "6" * 34}, {"number": "6222"}]
)
def test_the_longest_and_the_shortest_are_kept(vault: Vault, change_to: dict[str, str]) -> None:
    account = msgspec.structs.replace(ROSE, **change_to)

    vault.bank_accounts.put("merchant-rose", account)

    assert vault.bank_accounts.get("merchant-rose") == account


def test_an_account_shows_nothing_of_itself() -> None:
    assert "6222" not in f"{ROSE!r} {ROSE}"
    assert "玫瑰" not in f"{ROSE!r} {ROSE}"


def test_no_file_of_the_vault_tells_of_an_account(tmp_path: Path, vault_keys: VaultKeys) -> None:
    vault = Vault(f"sqlite:///{tmp_path}/vault.db", vault_keys)
    vault.bank_accounts.put("merchant-rose", ROSE)

    written = b"".join(path.read_bytes() for path in tmp_path.glob("vault.db*"))
    vault.close()

    assert b"merchant-rose" in written
    for told in (ROSE.holder, ROSE.number, ROSE.bank_name, ROSE.bank_code):
        assert told.encode() not in written
