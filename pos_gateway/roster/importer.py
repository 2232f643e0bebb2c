"""Import a roster: register every member and issue every card once, however often it runs.

The vault is written before the ledger. After an interruption between the two, the next run finds
the person in the vault under the same member id, and continues from there.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

from ledger.application import Ledger
from ledger.errors import (
    CardExpired,
    Denied,
    PersonAlreadyKnown,
    Refusal,
    RequestReused,
    Unacceptable,
)
from ledger.members.card import Card, Status
from ledger.members.member import Member
from ledger.services.base import Asking
from ledger.vault import Person, Vault
from pos_gateway.codes import CARD_BYTES
from pos_gateway.i18n.messages import message
from pos_gateway.i18n.words import ROSTER_FIELDS
from pos_gateway.roster import Row
from pos_gateway.roster.differences import LAST_DAY, Difference, differences

PAGE_ROWS = 1_000
"""The number of rows looked up or stored in the vault at once."""

IN_FLIGHT = 64
"""The number of rows that wait for the ledger together, and so share a commit."""


class Outcome(StrEnum):
    """The outcome of a row: its card is issued now, or was before, or the row is refused."""

    ISSUED = "issued"
    ALREADY_ISSUED = "already_issued"
    REFUSED = "refused"


class Line(NamedTuple):
    """A line of the report: the outcome of a row.

    `reason` is "" if there is none; `words` is its Chinese text. `card_id` is "" where no card was
    issued (refused, or a dry run). `differences` have personal data, the other fields have none.
    """

    row: int
    outcome: Outcome
    reason: str = ""
    card_id: str = ""
    words: str = ""
    differences: tuple[Difference, ...] = ()


REPORTED = Line._fields[:-1]
"""The fields of a line that a report lists."""

Correct = Callable[[str, Mapping[str, Any]], object]
"""A verb that changes fields of a member, by their id; a Refusal refuses the row."""


class Known(NamedTuple):
    """A member id of the vault, and the ledger's states of member and card; initial if unknown."""

    member_id: str
    member: Member
    card: Card


def import_roster(
    ledger: Ledger,
    vault: Vault,
    rows: Iterable[Row],
    *,
    by: str,
    at: datetime | None = None,
    dry_run: bool = False,
    correct: Correct | None = None,
    renew: bool = False,
) -> Iterator[Line]:
    """Register the person of each good row, issue their card, and yield a line for every row.

    Rows are imported as the lines are iterated. A member who has a card keeps it, and all that the
    roster says otherwise is told; `correct` takes it over, except for a card's last day: `renew`
    puts a new card in its place. `dry_run` yields the lines but writes nothing. `by` is the
    officer, `at` the time of the events; None: now.

    Raises:
        Busy: the ledger can't answer now; running it again continues from where it stopped.
    """
    taking = _Import(ledger, vault, by, at, dry_run, correct, renew)
    remaining = iter(rows)
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="import") as threads:
        while page := list(islice(remaining, PAGE_ROWS)):
            people = [row.person for row in page if not row.problems]
            members = _member_ids(vault, people, dry_run=dry_run)
            states = ledger.find_holders(members.values())
            known = {one: Known(one, *found) for one, found in states.items()}
            ids = [members.get(row.person.identity_number or "", "") for row in page]
            yield from threads.map(taking.take, page, map(known.get, ids))


def keep_person(vault: Vault, person: Person) -> str:
    """Return the member id of a person with an identity number; a new one is stored first."""
    return _member_ids(vault, [person], dry_run=False)[person.identity_number or ""]


def _member_ids(vault: Vault, people: Sequence[Person], *, dry_run: bool) -> dict[str, str]:
    """Return the member id by identity number; people new to the vault are stored first.

    `dry_run` stores nobody and leaves new people out; so are people without the number.
    """
    by_number = {one.identity_number: one for one in people if one.identity_number}
    while True:
        known = vault.find_many(list(by_number))
        new = {number: secrets.token_hex(16) for number in by_number if number not in known}
        if dry_run or not new:
            return known
        try:
            vault.put_many((member_id, by_number[number]) for number, member_id in new.items())
        except PersonAlreadyKnown:
            continue  # Another import stored them first: look them up again.
        return known | new


class _Import(NamedTuple):
    """One import: its ledger and vault, the officer `by`, and the time `at` (None: now)."""

    ledger: Ledger
    vault: Vault
    by: str
    at: datetime | None
    dry_run: bool
    correct: Correct | None
    renew: bool

    def take(self, row: Row, known: Known | None) -> Line:
        """Return a row's line; register the person and issue the card if good and not done yet.

        `known` is None for a bad row, or for a person new to the vault in a dry run.
        """
        if row.problems:
            words = "；".join(problem.words for problem in row.problems)
            return Line(row.number, Outcome.REFUSED, _problems(row), words=words)
        has_card = known is not None and bool(known.member.card_id)
        if known is None or (self.dry_run and not has_card):
            return Line(row.number, Outcome.ISSUED)
        try:
            if has_card:
                return self._already(row, known)
            import_id = self.vault.import_id(row.person.identity_number or "")
            card_id = self._issue(row, known, import_id)
        except (Refusal, Denied, Unacceptable) as refusal:
            words = message(refusal.reason, "zh").title
            return Line(row.number, Outcome.REFUSED, refusal.reason, words=words)
        return Line(row.number, Outcome.ISSUED, card_id=card_id)

    def _already(self, row: Row, known: Known) -> Line:
        """Return the line of a member who has a card; take over what differs, if asked to."""
        found = differences(row, known.member, known.card, self.vault.get(known.member_id))
        reason, words = _told(known, found)
        line = Line(row.number, Outcome.ALREADY_ISSUED, reason, known.card.card_id, words, found)
        if self.dry_run:
            return line
        changes = {one.field: one.new for one in found if one.field != LAST_DAY}
        phone = {one: changes[one] for one in ("phone",) if one in changes}
        for some in ({one: it for one, it in changes.items() if one not in phone}, phone):
            if self.correct and some:  # a phone alone may need a second person
                self.correct(known.member_id, some)
        if not self.renew or len(changes) == len(found):
            return line
        return line._replace(outcome=Outcome.ISSUED, card_id=self._renew(row, known))

    def _issue(self, row: Row, known: Known, import_id: str) -> str:
        """Register the member if new, issue a card, and return its id.

        The id is derived from the identity number, so a repeated import issues the same card; from
        the new member id too, where the number was that of a member who was erased.
        """
        card_id = _card_id(import_id)
        try:
            if not known.member.member_id:
                self._register(row, known.member_id, import_id)
        except RequestReused:
            erased = self.ledger.card(card_id).member_id in self.ledger.erased_members()
            if not erased or known.member_id in import_id:
                raise
            return self._issue(row, known, f"{import_id}-{known.member_id}")
        self.ledger.officers.cards.issue_card(
            card_id,
            member_id=known.member_id,
            last_day=row.last_day,
            **self._asking(f"import/{import_id}/card"),
        )
        return card_id

    def _renew(self, row: Row, known: Known) -> str:
        """Issue a card with the roster's last day in place of the present one; return its id."""
        cards, asking, last_day = self.ledger.officers.cards, self._asking(None), row.last_day
        import_id, old = self.vault.import_id(row.person.identity_number or ""), known.card.card_id
        card_id = _card_id(f"{import_id} {old}")
        try:
            cards.replace_card(old, new_card_id=card_id, last_day=last_day, **asking)
        except CardExpired:
            cards.issue_card(card_id, member_id=known.member_id, last_day=last_day, **asking)
        return card_id

    def _register(self, row: Row, member_id: str, import_id: str) -> None:
        self.ledger.officers.cards.register_member(
            member_id,
            branch=row.branch,
            employer=row.employer,
            groups=row.groups,
            **self._asking(f"import/{import_id}/member"),
        )

    def _asking(self, request_id: str | None) -> Asking:
        return Asking(by=self.by, request_id=request_id, at=self.at)


def _card_id(derived_from: str) -> str:
    return hashlib.sha256(f"hongka card {derived_from}".encode()).hexdigest()[: 2 * CARD_BYTES]


def _told(known: Known, found: Sequence[Difference]) -> tuple[str, str]:
    """Return the reason and the words of a member who has a card; fields are named, not values."""
    told = {}
    if known.card.status is not Status.LIVE:
        reason = f"card_{known.card.status}"
        told[reason] = message(reason, "zh").title
    fields = [one.field for one in found]
    if "branch" in fields:
        told["in_another_branch"] = "登记在另一基层工会"
        fields.remove("branch")
    if fields:
        names = "、".join(ROSTER_FIELDS[one].zh for one in fields)
        told[f"differs: {', '.join(fields)}"] = f"与登记不同：{names}"
    return "; ".join(told), "；".join(told.values())


def _problems(row: Row) -> str:
    return "; ".join(
        f"{problem.field}: {problem.reason}"
        + (f" (as in row {problem.first_row})" if problem.first_row else "")
        for problem in row.problems
    )
