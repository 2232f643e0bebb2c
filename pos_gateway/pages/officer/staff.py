"""Staff: list, appoint, change roles, dismiss."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError, OwnRoles
from ledger.staff import OF_MERCHANTS, Role
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import ROLES
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.staff import appointment
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.page_route import submit
from pos_gateway.web.templating import options
from pos_gateway.web.views import FORM, POST, page

_OFFICES = tuple(role for role in Role if role not in OF_MERCHANTS)


class StaffPages(OfficerViews):
    """The pages of the federation's staff."""

    @page("desk-staff", "/desk/staff", Policy.SEE_STAFF)
    def listed(self, asking: StaffIdentity, error: HongkaError | None = None) -> Response:
        """Show the staff of the federation, former staff last, and the `error` of a sent form."""
        people = [
            one for one in self._services.ledger.officers.staff.staff_list() if not one.merchant_id
        ]
        return self._show(
            "staff.html",
            asking,
            error=error,
            people=Lists("/desk/staff").part(
                "from",
                sorted(people, key=lambda one: (not one.roles, one.staff_id)),
                most=CARD_ROWS,
            ),
            roles=_roles(),
        )

    @page("desk-staff-change", "/desk/staff/<staff_id>", Policy.KEEP_STAFF, POST)
    def change(self, staff_id: str, asking: StaffIdentity) -> Response:
        """Give a person the ticked roles; without any, dismiss them and end their sessions."""
        roles, services, by = request.form.getlist("roles"), self._services, asking.by
        return submit(
            lambda: (
                services.ledger.officers.staff.change_roles(staff_id, roles=roles, by=by)
                if roles
                else appointment.dismiss(services, staff_id, by=by)
            ),
            lambda error: self.listed(asking, error),
            "/desk/staff",
        )

    @page("desk-staff-new", "/desk/staff/new", Policy.KEEP_STAFF, FORM)
    def new(self, asking: StaffIdentity) -> Response:
        """Show the form to appoint a person; sent, appoint them and show their invitation once."""
        invitation, error = "", None
        staff_id = request.form.get("staff_id", "").strip().lower()
        if request.method == "POST":
            roles = request.form.getlist("roles")
            try:
                invitation = appointment.appoint(
                    self._services, staff_id, roles=roles, by=asking.by
                )
            except HongkaError as found:
                error = found
        return self._show(
            "staff_new.html",
            asking,
            error=error,
            staff_id=staff_id,
            invitation=invitation,
            chosen=request.form.getlist("roles"),
            roles=_roles(),
        )

    @page("desk-staff-invite", "/desk/staff/<staff_id>/invitation", Policy.KEEP_STAFF, POST)
    def invite(self, staff_id: str, asking: StaffIdentity) -> Response:
        """Show a new invitation for a person, in place of earlier ones; OwnRoles for the caller."""
        if staff_id == asking.staff_id:
            raise OwnRoles
        invitation = appointment.invite(self._services, staff_id)
        return self._show("staff_new.html", asking, staff_id=staff_id, invitation=invitation)


def _roles() -> list[tuple[str, str]]:
    return options({role: ROLES[role] for role in _OFFICES})
