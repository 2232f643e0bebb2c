"""The vault: members' personal data, kept apart from the log and encrypted with a key a member."""

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from ledger.errors import HongkaError, InputInvalid, MemberUnknown, PersonAlreadyKnown
from ledger.store import vault_rows as rows
from ledger.store.vault_rows import MemberRow, ValueRow, View
from ledger.vault.bank_accounts import BankAccount as BankAccount
from ledger.vault.bank_accounts import BankAccounts
from ledger.vault.keys import KEY_BYTES, Seal, joined
from ledger.vault.keys import KeysRefused as KeysRefused
from ledger.vault.keys import VaultKeys as VaultKeys
from ledger.vault.keys import VaultUnreadable as VaultUnreadable
from ledger.vault.person import Person as Person
from ledger.vault.person import check_person
from ledger.vault.person import masked_name as masked_name
from ledger.vault.person import normal_identity_number as normal_identity_number
from ledger.vault.person import normal_phone as normal_phone

ROWS_PER_TURN = 1_000
"""The most rows of one transaction or query, so that other writers wait briefly."""

FOUND_MAX = 100
"""The most members that a search by phone returns."""

T = TypeVar("T")

_RECORD = "person"
_NORMAL = {"identity_number": normal_identity_number, "phone": normal_phone}


class Vault:
    """Encrypted personal data and bank accounts; safe to share between threads.

    Its methods raise Busy where the database does not answer (calling again is safe), and
    VaultUnreadable for a value that can't be decrypted.
    """

    def __init__(self, url: str, keys: VaultKeys) -> None:
        """Open the vault at a database URL, and make missing tables.

        Keys that do not hold all that the rows need raise KeysRefused.
        """
        self._side = keys.opened(url, rows.PART)
        self._keys = keys
        try:
            self.bank_accounts = BankAccounts(url, keys)
        except HongkaError:
            self._side.close()
            raise

    def close(self) -> None:
        """Close every connection to the database."""
        self.bank_accounts.close()
        self._side.close()

    def put(self, member_id: str, person: Person) -> None:
        """Store a member's personal data in place of earlier data; raises as `put_many` does."""
        self.put_many([(member_id, person)])

    def put_many(self, people: Iterable[tuple[str, Person]]) -> None:
        """Store the personal data of many members by id, `ROWS_PER_TURN` in a transaction.

        Earlier data of these members is replaced. When it raises, earlier transactions stay;
        calling again with all members is safe.

        Raises:
            PersonAlreadyKnown: an identity number belongs to another member.
            InputInvalid: a value is empty or too long.
        """
        for turn in _turns(people):
            for member_id, person in turn:
                if not member_id:
                    raise InputInvalid(field="member_id")
                check_person(person)
            with self._side.writing() as view:
                self._store(view, dict(turn))

    def get(self, member_id: str) -> Person | None:
        """Return a member's personal data, or None where the vault holds none."""
        with self._side.reading() as view:
            return self._person(view, member_id)

    def keep_change(self, member_id: str, record: str, change: Mapping[str, str | None]) -> None:
        """Store new values of fields (None: no value) under another `record`, not yet in force.

        A member whom the vault does not hold raises MemberUnknown.
        """
        with self._side.writing() as view:
            member = rows.member_rows(view, [member_id]).get(member_id)
            if member is None:
                raise MemberUnknown
            texts = {field: text or "" for field, text in change.items()}
            values = [*self._sealed(member, record, texts)]
            rows.replace_values(view, [member_id], record, values)

    def change(self, member_id: str, record: str) -> dict[str, str | None]:
        """Return the values kept under a `record`, not in force; empty if there are none."""
        with self._side.reading() as view:
            return self._change(view, member_id, record)

    def take_over(self, member_id: str, record: str) -> Person | None:
        """Put a kept change in force, and return the earlier data; None if nothing was kept.

        Raises as `put_many` does, and then changes nothing.
        """
        with self._side.writing() as view:
            before, change = self._person(view, member_id), self._change(view, member_id, record)
            if before is None or not change:
                return None
            person = msgspec.structs.replace(before, **change)
            check_person(person)
            self._store(view, {member_id: person})
            rows.replace_values(view, [member_id], record, [])
        return before

    def drop_change(self, member_id: str, record: str) -> None:
        """Delete a kept change that is not to be in force; do nothing if there is none."""
        with self._side.writing() as view:
            rows.replace_values(view, [member_id], record, [])

    def held(self, member_ids: Iterable[str]) -> list[str]:
        """Return those of these members whom the vault holds."""
        found: list[str] = []
        for turn in _turns(member_ids):
            with self._side.reading() as view:
                found += rows.member_rows(view, turn)
        return found

    def erase(self, member_id: str) -> None:
        """Delete a member's data and key for good; then `scrub` removes traces of them."""
        with self._side.writing() as view:
            rows.erase_member(view, member_id)

    def scrub(self) -> None:
        """Remove the traces of all that was deleted from the files: see `Side.scrub`; or Busy."""
        self._side.scrub()

    def find(self, *, identity_number: str | None = None, phone: str | None = None) -> list[str]:
        """Return at most FOUND_MAX ids of members with this identity number and this phone.

        A missing one (None) is not compared; without both, the list is empty.
        """
        identity_blind = self._blind("identity_number", identity_number)
        phone_blind = self._blind("phone", phone)
        with self._side.reading() as view:
            if identity_blind is None:
                return rows.holders_by_phone(view, phone_blind, FOUND_MAX) if phone_blind else []
            found = list(rows.holders_by_identity(view, [identity_blind]).values())
            if phone is None:
                return found
            members = rows.member_rows(view, found)
        return [one for one in found if members[one].phone_blind == phone_blind]

    def find_many(self, identity_numbers: Sequence[str]) -> dict[str, str]:
        """Return member ids by identity number as given; unknown and empty numbers are left out."""
        found: dict[str, str] = {}
        for turn in _turns(identity_numbers):
            blinds = {number: self._blind("identity_number", number) for number in turn}
            with self._side.reading() as view:
                holders = rows.holders_by_identity(view, {*filter(None, blinds.values())})
            found |= {
                number: holders[blind] for number, blind in blinds.items() if blind in holders
            }
        return found

    def import_id(self, identity_number: str) -> str:
        """Return a request id (64 hex) for importing a person: a keyed hash of the identity number.

        It is the same for each form of a number, and without the vault's key nobody can find the
        number from it.
        """
        return self._keyed("import", normal_identity_number(identity_number)).hex()

    masked_name = staticmethod(masked_name)

    def _store(self, view: View, people: Mapping[str, Person]) -> None:
        known = rows.member_rows(view, people.keys())
        members: list[MemberRow] = []
        values: list[ValueRow] = []
        for member_id, person in people.items():
            member = self._member(member_id, person, known.get(member_id))
            members.append(member)
            values.extend(self._sealed(member, _RECORD, msgspec.structs.asdict(person)))
        blinds = [one.identity_blind for one in members if one.identity_blind]
        _check_identities(members, rows.holders_by_identity(view, blinds))
        rows.point_members(view, [one for one in members if one.member_id in known])
        rows.add_members(view, [one for one in members if one.member_id not in known])
        rows.replace_values(view, known, _RECORD, values)

    def _person(self, view: View, member_id: str) -> Person | None:
        member = rows.member_rows(view, [member_id]).get(member_id)
        if member is None:
            return None
        opened = self._opened(view, member, _RECORD)
        if "name" not in opened:
            raise VaultUnreadable(member_id=member_id, problem="value_missing")
        return Person(opened["name"], opened.get("phone"), opened.get("identity_number"))

    def _change(self, view: View, member_id: str, record: str) -> dict[str, str | None]:
        member = rows.member_rows(view, [member_id]).get(member_id)
        opened = self._opened(view, member, record) if member else {}
        return {field: text or None for field, text in opened.items()}

    def _opened(self, view: View, member: MemberRow, record: str) -> dict[str, str]:
        seal = self._member_seal(member)
        return {
            value.field: seal.open(value.sealed, *_place(value, member.key_id)).decode()
            for value in rows.value_rows(view, member.member_id, record)
        }

    def _member(self, member_id: str, person: Person, known: MemberRow | None) -> MemberRow:
        """Return the member's row with new blind indexes; a `known` row keeps its data key."""
        identity_blind = self._blind("identity_number", person.identity_number)
        phone_blind = self._blind("phone", person.phone)
        if known is not None:
            return known._replace(identity_blind=identity_blind, phone_blind=phone_blind)
        row = MemberRow(
            member_id,
            f"key-{os.urandom(8).hex()}",
            self._keys.current,
            b"",
            identity_blind,
            phone_blind,
        )
        key = os.urandom(KEY_BYTES)
        wrapped_key = self._keys.seal(row.kek_id).close(key, *_place_of_key(row))
        return row._replace(wrapped_key=wrapped_key)

    def _sealed(
        self, member: MemberRow, record: str, texts: Mapping[str, str | None]
    ) -> Iterator[ValueRow]:
        seal = self._member_seal(member)
        for field, text in texts.items():
            if text is not None:
                row = ValueRow(member.member_id, record, field, b"")
                place = _place(row, member.key_id)
                yield row._replace(sealed=seal.close(text.encode(), *place))

    def _member_seal(self, member: MemberRow) -> Seal:
        key = self._keys.seal(member.kek_id).open(member.wrapped_key, *_place_of_key(member))
        return Seal(key)

    def _blind(self, field: str, text: str | None) -> bytes | None:
        normal = _NORMAL[field](text) if text else ""
        return self._keyed(field, normal) if normal else None

    def _keyed(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._keys.blind_index_key, joined(purpose, text), "sha256")


def _check_identities(members: Sequence[MemberRow], holders: dict[bytes, str]) -> None:
    """Raise PersonAlreadyKnown if two members, or a member and a known holder, share a number."""
    for member in members:
        if member.identity_blind:
            holder = holders.setdefault(member.identity_blind, member.member_id)
            if holder != member.member_id:
                raise PersonAlreadyKnown(member_id=member.member_id, known_as=holder)


def _place(value: ValueRow, key_id: str) -> tuple[str, ...]:
    return ("hongka vault value 1", value.member_id, value.field, value.record, key_id)


def _place_of_key(member: MemberRow) -> tuple[str, ...]:
    return ("hongka vault key 1", member.member_id, member.key_id, member.kek_id)


def _turns(rows: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(rows)
    while turn := list(islice(remaining, ROWS_PER_TURN)):
        yield turn
