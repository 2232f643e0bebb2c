"""Who works with the ledger: listed, appointed, given other roles, dismissed."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.access import AtDesk, Policy
from pos_gateway.house import House
from pos_gateway.office.shown import show
from pos_gateway.page_words import said
from pos_gateway.paging import Page, see, told
from pos_gateway.role_words import ROLE_WORDS

_OFFICES = tuple(role for role in Role if role not in OF_MERCHANTS)


class StaffPages:
    """The pages of staff, over a house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def listed(self, asking: AtDesk, error: HongkaError | None = None) -> Response:
        """Everybody of the federation who works or worked here."""
        people = [one for one in self._house.ledger.staff_list() if not one.merchant_id]
        return show(
            "staff.html",
            asking,
            status=409 if error else 200,
            people=sorted(people, key=lambda one: (not one.roles, one.staff_id)),
            roles=[(role, said(ROLE_WORDS[role])) for role in _OFFICES],
            words=ROLE_WORDS,
            may_keep=asking.may(Policy.KEEP_STAFF),
            problem=told(error) if error else None,
        )

    def change(self, staff_id: str, asking: AtDesk) -> Response:
        """Give a person other roles; without any they are dismissed, and signed out."""
        roles, ledger = request.form.getlist("roles"), self._house.ledger
        try:
            if roles:
                ledger.change_roles(staff_id, roles=roles, by=asking.by)
            else:
                ledger.dismiss_staff(staff_id, by=asking.by)
                self._house.sessions.end_all(f"staff-{staff_id}")
        except HongkaError as error:
            return self.listed(asking, error)
        return see("/desk/staff")


def pages(house: House) -> list[Page]:
    """The pages of staff."""
    desk = StaffPages(house)
    return [
        Page(name="desk-staff", path="/desk/staff", policy=Policy.SEE_STAFF, view=desk.listed),
        Page(
            name="desk-staff-change",
            path="/desk/staff/<staff_id>",
            policy=Policy.KEEP_STAFF,
            view=desk.change,
            methods=("POST",),
        ),
    ]
