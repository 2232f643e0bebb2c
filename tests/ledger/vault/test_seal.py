"""A sealed value opens in its own place only, and is readable in no file."""

import base64
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pysqlite3
import pytest

from ledger.store import vault_rows as rows
from ledger.store.side_tables import Side
from ledger.store.vault_rows import MemberRow, ValueRow
from ledger.vault import Person, Vault, VaultKeys, VaultUnreadable, _place, _place_of_key
from tests.support.vault_fixture import CANARY, LI, WANG


def change(url: str, statement: str) -> None:
    """Change rows directly in the database."""
    if url.startswith("sqlite"):
        connection = pysqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        with psycopg.connect(url, options="-c search_path=vault") as database:
            database.execute(statement.encode())


SWAPPED_MEMBERS = """
UPDATE vault_value SET sealed = (SELECT sealed FROM vault_value AS other
WHERE other.member_id = 'm-2' AND other.field = 'name') WHERE member_id = 'm-1' AND field = 'name'
"""
SWAPPED_FIELDS = """
UPDATE vault_value SET sealed = (SELECT sealed FROM vault_value AS other
WHERE other.member_id = 'm-1' AND other.field = 'phone') WHERE member_id = 'm-1' AND field = 'name'
"""
SWAPPED_KEYS = """
UPDATE vault_member SET wrapped_key = (SELECT wrapped_key FROM vault_member AS other
WHERE other.member_id = 'm-2') WHERE member_id = 'm-1'
"""
WHOLE_MEMBER = """
UPDATE vault_member SET key_id = (SELECT key_id FROM vault_member AS other
WHERE other.member_id = 'm-2'), wrapped_key = (SELECT wrapped_key FROM vault_member AS other
WHERE other.member_id = 'm-2') WHERE member_id = 'm-1'
"""
RENAMED_KEY = "UPDATE vault_member SET key_id = 'key-other' WHERE member_id = 'm-1'"
UNKNOWN_KEK = "UPDATE vault_member SET kek_id = 'kek-other' WHERE member_id = 'm-1'"
LOST_NAME = "DELETE FROM vault_value WHERE member_id = 'm-1' AND field = 'name'"
NOTHING = "UPDATE vault_value SET sealed = sealed"


@pytest.mark.parametrize(
    "statement",
    [
        SWAPPED_MEMBERS,
        SWAPPED_FIELDS,
        SWAPPED_KEYS,
        WHOLE_MEMBER,
        RENAMED_KEY,
        UNKNOWN_KEK,
        LOST_NAME,
    ],
)
def test_what_was_moved_or_changed_does_not_open(
    database_url: str, vault: Vault, statement: str
) -> None:
    vault.put_many([("m-1", WANG), ("m-2", LI)])

    change(database_url, statement)

    with pytest.raises(VaultUnreadable):
        vault.get("m-1")
    assert vault.get("m-2") == LI


def test_what_was_left_alone_opens(database_url: str, vault: Vault) -> None:
    vault.put("m-1", WANG)

    change(database_url, NOTHING)

    assert vault.get("m-1") == WANG


@pytest.mark.parametrize(
    ("elsewhere", "key_id"),
    [
        ({"member_id": "m-2"}, None),
        ({"record": "account"}, None),
        ({"field": "phone"}, None),
        ({}, "key-other"),
    ],
)
def test_a_value_opens_in_its_own_place_alone(
    vault: Vault, vault_rows: Side, elsewhere: dict[str, str], key_id: str | None
) -> None:
    vault.put("m-1", WANG)
    with vault_rows.reading() as view:
        member = rows.member_rows(view, ["m-1"])["m-1"]
    here = ValueRow("m-1", "person", "name", b"")
    place = _place(here._replace(**elsewhere), key_id or member.key_id)

    def keep(sealed: bytes) -> None:
        with vault_rows.writing() as writing:
            rows.replace_values(writing, ["m-1"], "person", [here._replace(sealed=sealed)])

    seal = vault._member_seal(member)
    keep(seal.close("王小明".encode(), *_place(here, member.key_id)))
    assert vault.get("m-1") == Person("王小明", None, None)
    keep(seal.close("王小明".encode(), *place))
    with pytest.raises(VaultUnreadable):
        vault.get("m-1")


@pytest.mark.parametrize("part", ["member_id", "key_id", "kek_id"])
def test_a_wrapped_key_opens_in_its_own_place_alone(
    vault: Vault, vault_rows: Side, part: str
) -> None:
    vault.put("m-1", WANG)
    with vault_rows.reading() as view:
        member = rows.member_rows(view, ["m-1"])["m-1"]
    seal = vault._keys.seal(member.kek_id)

    def wrapped_for(place: MemberRow) -> MemberRow:
        wrapped_key = seal.close(b"k" * 32, *_place_of_key(place))
        return member._replace(wrapped_key=wrapped_key)

    vault._member_seal(wrapped_for(member))
    with pytest.raises(VaultUnreadable):
        vault._member_seal(wrapped_for(member._replace(**{part: "other"})))


def test_the_key_of_a_member_stays_so_that_other_records_stay_readable(
    vault: Vault, vault_rows: Side
) -> None:
    vault.put("m-1", WANG)
    with vault_rows.reading() as view:
        before = rows.member_rows(view, ["m-1"])["m-1"]
    vault.put("m-1", LI)

    with vault_rows.reading() as view:
        after = rows.member_rows(view, ["m-1"])["m-1"]

    assert after[:4] == before[:4]
    assert after.identity_blind != before.identity_blind


def test_no_nonce_and_no_key_comes_twice(vault: Vault, vault_rows: Side) -> None:
    vault.put_many([("m-1", WANG), ("m-2", Person(WANG.name, WANG.phone, None))])

    with vault_rows.reading() as view:
        values = [value for one in ("m-1", "m-2") for value in rows.value_rows(view, one, "person")]
        members = rows.member_rows(view, ["m-1", "m-2"])

    assert len({value.sealed[:12] for value in values}) == len(values) == 5
    assert len({member.wrapped_key for member in members.values()}) == 2


def traces(people: list[Person]) -> Iterator[bytes]:
    """Return the texts that would reveal each person in a file."""
    for person in people:
        for text in (person.name, person.phone, person.identity_number):
            for raw in ((text or "").encode(), (text or "").encode("utf-16-le")):
                yield raw
                yield raw.hex().encode()
                yield raw.hex().upper().encode()
                # Three alignments, without the characters that depend on neighbouring bytes.
                for shift in range(3):
                    yield base64.b64encode(b"\0" * shift + raw)[4:-4]


def found_traces(folder: Path, people: list[Person]) -> list[str]:
    written = [path for path in folder.rglob("*") if path.is_file()]
    sought = list(traces(people))
    return [path.name for path in written for trace in sought if trace in path.read_bytes()]


def test_no_name_and_no_number_stands_in_any_file(tmp_path: Path) -> None:
    people = [
        Person(f"丹顶鹤CANARY{number}", f"139{number:08}", f"1101011949{number:08}")
        for number in range(50)
    ]
    keys = VaultKeys.make(tmp_path / "vault.kek")
    vault = Vault(f"sqlite:///{tmp_path / 'vault.sqlite'}", keys)

    vault.put_many((f"m-{number}", person) for number, person in enumerate(people))
    vault.find_many([person.identity_number or "" for person in people])

    assert {path.name for path in tmp_path.iterdir()} >= {"vault.sqlite", "vault.sqlite-wal"}
    assert found_traces(tmp_path, people) == []
    vault.close()


@pytest.mark.control
@pytest.mark.parametrize("form", [bytes, bytes.hex, base64.b64encode])
def test_the_search_for_traces_finds_one(tmp_path: Path, form: object) -> None:
    assert callable(form)
    leaked = form(b"name=" + CANARY.name.encode() + b";")
    side = Side(f"sqlite:///{tmp_path / 'vault.sqlite'}", rows.PART)
    side.create()
    with side.writing() as writing:
        rows.add_members(writing, [MemberRow("m-1", "key", "kek", b"", None, None)])
        sealed = leaked.encode() if isinstance(leaked, str) else leaked
        rows.replace_values(writing, [], "person", [ValueRow("m-1", "person", "name", sealed)])

    assert found_traces(tmp_path, [CANARY]) != []
    side.close()
