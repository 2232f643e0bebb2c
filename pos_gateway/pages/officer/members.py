"""Members and their cards: find, register, and change a card."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from flask import Response, request

from ledger.errors import HongkaError, MemberUnknown
from ledger.event import Event
from ledger.members.card import Card
from ledger.members.member import Member
from ledger.vault import Person, normal_identity_number
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.codes import CARD_BYTES
from pos_gateway.i18n.words import MEMBER_REASONS, ROSTER_REASONS
from pos_gateway.members.correction import check_code, close_card, correct, send_code
from pos_gateway.members.reading import read_person
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.pages.officer.form_parsing import one_of
from pos_gateway.pages.sign_in.session_cookie import address
from pos_gateway.roster import checks
from pos_gateway.roster.importer import keep_person
from pos_gateway.web.json_body import read_day
from pos_gateway.web.listing import Listed, Lists
from pos_gateway.web.page_route import expected, see, submit
from pos_gateway.web.templating import said
from pos_gateway.web.views import FORM, POST, page
from projections.redemptions import RedemptionRow, redemptions

LINES_MAX = 20
"""The most purchases of a card on one page."""

_IDENTITY_LENGTH = 18


class Found(NamedTuple):
    """A member with their card and personal data; `person` is None if the vault has none."""

    member: Member
    card: Card
    person: Person | None


class MemberPages(OfficerViews):
    """The officers' pages of members; a refused form shows its error on the page."""

    @page("desk-members", "/desk/members", Policy.SEE_MEMBERS, FORM)
    def search(self, asking: StaffIdentity) -> Response:
        """Show the search form, and the members found by phone, identity number, member or card id.

        Only exact matches are found. The form uses POST, so that no personal data is in a URL.
        """
        sought = request.form.get("sought", "").strip()
        found = Listed([self._found(one, asking) for one in self._sought(sought)] if sought else [])
        return self._show("members.html", asking, sought=sought, found=found)

    @page("desk-member", "/desk/members/<member_id>", Policy.SEE_MEMBERS)
    def member(
        self, member_id: str, asking: StaffIdentity, error: HongkaError | None = None
    ) -> Response:
        """Show one member, with card, purchases and a form's `error`; or raise MemberUnknown."""
        found = self._found(member_id, asking)
        if not found.member.member_id:
            raise MemberUnknown
        lines: Listed[RedemptionRow] = Listed([])
        if card_id := found.member.card_id:
            with self._services.views.reading() as connection:
                lines = Lists(f"/desk/members/{member_id}").numbered(
                    "before", redemptions, most=LINES_MAX, connection=connection, card_id=card_id
                )
        return self._show(
            "member.html",
            asking,
            error=error,
            found=found,
            lines=lines,
            names=self._services.ledger.merchant_names({line.merchant_id for line in lines.rows}),
            request_id=secrets.token_hex(8),
        )

    @page("desk-member-card", "/desk/members/<member_id>/card", Policy.KEEP_CARDS, POST)
    def change_card(self, member_id: str, asking: StaffIdentity) -> Response:
        """Issue, block, unblock, replace or close a member's card: the field `deed` says which.

        A form for a card that was replaced since changes nothing.
        """
        held = self._services.ledger.member(member_id)
        cards, by = self._services.ledger.officers.cards, asking.by
        here = f"/desk/members/{member_id}"
        if request.form.get("card", held.card_id) != held.card_id:
            return see(here)  # sent twice: that card was replaced before
        deeds: dict[str, Callable[[], object]] = {
            "issue": lambda: cards.issue_card(
                _new_card(), member_id=member_id, last_day=_last_day(), by=by
            ),
            "block": lambda: cards.block_card(held.card_id, by=by),
            "unblock": lambda: cards.unblock_card(held.card_id, by=by),
            "replace": lambda: cards.replace_card(held.card_id, new_card_id=_new_card(), by=by),
            "close": lambda: close_card(self._services, held.card_id, by=by),
        }
        return submit(deeds, lambda error: self.member(member_id, asking, error), here)

    @page("desk-member-erase", "/desk/members/<member_id>/erasure", Policy.KEEP_CARDS, POST)
    def erase(self, member_id: str, asking: StaffIdentity) -> Response:
        """Propose to erase a member, for the form's `reason`; a second person confirms it."""
        erase = self._services.ledger.officers.corrections.erase_member
        return submit(
            lambda: erase(member_id, reason=one_of("reason", MEMBER_REASONS), by=asking.by),
            lambda error: self.member(member_id, asking, error),
            f"/desk/members/{member_id}",
        )

    @page("desk-member-correct", "/desk/members/<member_id>/correction", Policy.KEEP_CARDS, FORM)
    def correct(self, member_id: str, asking: StaffIdentity) -> Response:
        """Show the form of a member's data; sent, correct what differs, by the field `deed`.

        `send` sends a code to the member's phone; with it, `save` needs no second person.
        """
        found = self._found(member_id, asking)
        if found.person is None:
            raise MemberUnknown
        present = _typed(found.person, found.member)
        typed = {name: request.form.get(name, present[name]) for name in _FIELDS}
        show = partial(self._show, "member_new.html", asking, typed=typed, of=member_id, wrong={})
        if request.method == "GET":
            return show()
        values, wrong = self._checked({one: it for one, it in typed.items() if it != present[one]})
        if wrong:
            return show(status=422, wrong=wrong)

        def save() -> Event | None:
            code = request.form.get("code", "").strip()
            reason = one_of("reason", MEMBER_REASONS)
            if code:
                check_code(self._services, member_id, code)
            proven = bool(code)
            return correct(
                self._services, member_id, values, reason=reason, proven=proven, by=asking.by
            )

        try:
            if request.form.get("deed") == "send":
                send_code(self._services, member_id, address=address())
                return show(sent=True)
            return submit({"save": save}, None, f"/desk/members/{member_id}")
        except HongkaError as error:
            return show(error=expected(error), sent="code" in request.form)

    @page("desk-member-new", "/desk/members/new", Policy.KEEP_CARDS, FORM)
    def new(self, asking: StaffIdentity) -> Response:
        """Show the form of a new member; sent, register the person and issue a card.

        A person who is a member already keeps their record and their card.
        """
        if request.method == "GET":
            return self._show("member_new.html", asking, typed={}, wrong={})
        typed = {name: request.form.get(name, "") for name in _FIELDS}
        values, wrong = self._checked(typed)
        if wrong:
            return self._show("member_new.html", asking, status=422, typed=typed, wrong=wrong)
        person = Person(values["name"], values["phone"], values["identity_number"])
        member_id = keep_person(self._services.vault, person)
        cards, known = self._services.ledger.officers.cards, self._services.ledger.member(member_id)
        names = ("branch", "employer", "groups")

        def take_on() -> None:
            if not known.member_id:
                particulars = {name: values[name] for name in names}
                cards.register_member(member_id, **particulars, by=asking.by)
            if not known.card_id:
                cards.issue_card(_new_card(), member_id=member_id, by=asking.by)

        return submit(
            take_on,
            lambda error: self._show("member_new.html", asking, error=error, typed=typed, wrong={}),
            f"/desk/members/{member_id}",
        )

    def _checked(self, typed: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the valid values of a form, and the problems of the others, both by field."""
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        today = self._services.ledger.day(self._services.clock())
        number = {"identity_number": partial(checks.checked_identity_number, today=today)}
        checked = _FIELDS | number
        for name, text in typed.items():
            try:
                values[name] = checked[name](text)
            except checks.Faulty as faulty:
                wrong[name] = said(ROSTER_REASONS[faulty.reason])
        return values, wrong

    def _sought(self, sought: str) -> list[str]:
        vault, ledger = self._services.vault, self._services.ledger
        with suppress(checks.Faulty):
            return vault.find(phone=checks.checked_phone(sought))
        number = normal_identity_number(sought)
        if len(number) == _IDENTITY_LENGTH and number[:-1].isdecimal():
            return vault.find(identity_number=number)
        card = ledger.card(sought)
        known = ledger.member(card.member_id or sought)
        return [known.member_id] if known.member_id else []

    def _found(self, member_id: str, asking: StaffIdentity) -> Found:
        member, card = self._services.ledger.find_holders([member_id])[member_id]
        where = request.endpoint or ""
        person = read_person(self._services, member_id, by=asking.by, where=where)
        return Found(member, card, person)


_FIELDS: dict[str, Callable[[str], Any]] = {
    "name": checks.checked_name,
    "phone": checks.checked_phone,
    "identity_number": normal_identity_number,
    "branch": checks.checked_text,
    "employer": checks.checked_employer,
    "groups": checks.checked_groups,
}


def _typed(person: Person, member: Member) -> dict[str, str]:
    """Return the present values of the form."""
    placed = {"branch": member.branch, "employer": member.employer}
    held = {"name": person.name, "identity_number": person.identity_number or ""}
    return held | placed | {"phone": person.phone or "", "groups": "、".join(member.groups)}


def _new_card() -> str:
    return secrets.token_hex(CARD_BYTES)


def _last_day() -> date | None:
    return read_day("last_day", request.form.get("last_day", ""))
