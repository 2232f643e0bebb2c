"""The vault stores personal data and finds it without decrypting it."""

import threading
from pathlib import Path

import pytest

from ledger.errors import Busy, InputInvalid, MemberUnknown, PersonAlreadyKnown
from ledger.store import vault_rows as rows
from ledger.store.side_tables import Side
from ledger.vault import Person, Vault, VaultKeys
from tests.support.given_when_then import refusing
from tests.support.vault_fixture import CANARY, LI, WANG


def test_what_was_put_comes_back(vault: Vault) -> None:
    vault.put("m-1", WANG)

    assert vault.get("m-1") == WANG
    assert vault.get("m-2") is None


def test_what_is_put_takes_the_place_of_what_was_there(vault: Vault) -> None:
    vault.put("m-1", WANG)

    moved = Person("王小明", None, WANG.identity_number)
    vault.put("m-1", moved)
    vault.put("m-1", moved)

    assert vault.get("m-1") == moved
    assert vault.find(phone=WANG.phone) == []
    assert vault.find(identity_number=WANG.identity_number) == ["m-1"]


def test_a_member_is_found_however_the_number_is_written(vault: Vault) -> None:
    vault.put("m-1", CANARY)

    assert vault.find(identity_number=" 110101 19491001 123x") == ["m-1"]
    assert vault.find(identity_number="１１０１０１１９４９１００１１２３Ｘ") == ["m-1"]
    assert vault.find(phone="+86 139-1234-5678") == ["m-1"]
    assert vault.find(identity_number=CANARY.identity_number, phone=CANARY.phone) == ["m-1"]


def test_only_an_exact_number_finds(vault: Vault) -> None:
    vault.put("m-1", WANG)

    assert vault.find(identity_number="11022819900307001") == []
    assert vault.find(phone="1380013800") == []
    assert vault.find(phone=WANG.identity_number) == []
    assert vault.find(identity_number=WANG.identity_number, phone=LI.phone) == []
    assert vault.find() == []


def test_a_phone_may_be_shared(vault: Vault) -> None:
    vault.put("m-2", Person("李红梅", WANG.phone, LI.identity_number))
    vault.put("m-1", WANG)

    assert vault.find(phone=WANG.phone) == ["m-1", "m-2"]


def test_an_identity_number_belongs_to_one_member(vault: Vault) -> None:
    vault.put("m-1", WANG)

    with refusing(PersonAlreadyKnown(member_id="m-2", known_as="m-1")):
        vault.put("m-2", Person("王大明", None, "110228 199003070017"))
    assert vault.get("m-2") is None


def test_an_identity_number_belongs_to_one_member_within_a_batch(vault: Vault) -> None:
    with pytest.raises(PersonAlreadyKnown):
        vault.put_many([("m-1", WANG), ("m-2", WANG)])

    assert vault.get("m-1") is None


def test_the_database_refuses_a_shared_identity_number_by_itself(
    vault: Vault, vault_rows: Side
) -> None:
    vault.put("m-1", WANG)
    with vault_rows.reading() as view:
        member = rows.member_rows(view, ["m-1"])["m-1"]

    with pytest.raises(PersonAlreadyKnown), vault_rows.writing() as writing:
        rows.add_members(writing, [member._replace(member_id="m-2")])


def test_members_without_an_identity_number_are_many(vault: Vault) -> None:
    vault.put_many([("m-1", Person("王小明", None, None)), ("m-2", Person("李红梅", None, None))])

    assert vault.get("m-2") == Person("李红梅", None, None)


@pytest.mark.parametrize(
    ("member_id", "person"),
    [("", WANG), ("m-1", Person("", None, None)), ("m-1", Person("王" * 201, None, None))],
)
def test_what_is_empty_or_too_long_is_refused(vault: Vault, member_id: str, person: Person) -> None:
    with pytest.raises(InputInvalid):
        vault.put(member_id, person)


def test_ten_thousand_members_are_put_and_found_in_bulk(vault: Vault) -> None:
    people = {
        f"m-{number}": Person(f"会员{number}", f"138{number:08}", f"1101011990{number:08}")
        for number in range(10_000)
    }

    vault.put_many(people.items())
    numbers = [person.identity_number or "" for person in people.values()]
    found = vault.find_many([*numbers, "110101199999999999", ""])

    assert found == dict(zip(numbers, people, strict=True))
    assert vault.get("m-9999") == people["m-9999"]


def test_two_writers_at_once_give_a_new_member_one_key(vault: Vault) -> None:
    writers = [threading.Thread(target=vault.put, args=("m-1", WANG)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert vault.get("m-1") == WANG


def test_a_locked_vault_says_busy(database_url: str, vault: Vault, vault_rows: Side) -> None:
    impatient = Side(database_url, rows.PART, lock_wait_seconds=0.1)

    with vault_rows.writing(), pytest.raises(Busy), impatient.writing():
        pytest.fail("two writers at once")

    impatient.close()
    vault.put("m-1", WANG)


def test_a_failed_change_leaves_nothing(vault: Vault, vault_rows: Side) -> None:
    vault.put("m-1", WANG)

    def fail_halfway() -> None:
        with vault_rows.writing() as writing:
            rows.replace_values(writing, ["m-1"], "person", [])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert vault.get("m-1") == WANG


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://", "mysql://localhost/hongka"])
def test_a_vault_needs_a_lasting_database(url: str, vault_keys: VaultKeys) -> None:
    with pytest.raises(ValueError, match=r"memory|knows"):
        Vault(url, vault_keys)


def test_an_import_id_is_stable_and_tells_nobody_who(vault: Vault, tmp_path: Path) -> None:
    number = CANARY.identity_number or ""
    other = Vault(f"sqlite:///{tmp_path / 'other'}", VaultKeys.make(tmp_path / "other.kek"))

    first = vault.import_id(number)

    assert first == vault.import_id(number.lower() + " ")
    assert len(bytes.fromhex(first)) == 32
    assert first != other.import_id(number)
    blind = vault._blind("identity_number", number)
    assert blind is not None
    assert first != blind.hex()
    other.close()


def test_a_kept_change_is_found_by_nobody_until_it_is_taken_over(vault: Vault) -> None:
    vault.put("m-1", WANG)
    vault.keep_change("m-1", "proposal-1", {"phone": LI.phone, "name": "王晓明"})
    before = vault.get("m-1"), vault.find(phone=LI.phone)

    replaced = vault.take_over("m-1", "proposal-1")

    assert before == (WANG, [])
    assert replaced == WANG
    assert vault.get("m-1") == Person("王晓明", LI.phone, WANG.identity_number)
    assert vault.find(phone=LI.phone) == ["m-1"]
    assert vault.change("m-1", "proposal-1") == {}
    assert vault.take_over("m-1", "proposal-1") is None
    with pytest.raises(MemberUnknown):
        vault.keep_change("m-2", "proposal-1", {"phone": None})


def test_an_erased_member_leaves_no_row(vault: Vault, vault_rows: Side) -> None:
    vault.put("m-1", WANG)
    vault.put("m-2", LI)
    vault.keep_change("m-1", "proposal-1", {"phone": None})

    vault.erase("m-1")
    vault.scrub()

    assert vault.held(["m-1", "m-2"]) == ["m-2"]
    with vault_rows.reading() as view:
        assert rows.value_rows(view, "m-1", "person") == []
        assert rows.value_rows(view, "m-1", "proposal-1") == []
    assert vault.get("m-2") == LI
