"""Staff: list, appoint, change roles, dismiss."""

from collections.abc import Callable

from flask import Response, request

from ledger.errors import HongkaError
from ledger.staff import OFFICES
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import ROLES
from pos_gateway.pages.officer import OfficerViews, form_parsing
from pos_gateway.staff import appointment
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.page_route import submit
from pos_gateway.web.templating import options
from pos_gateway.web.views import FORM, POST, page


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
        """Give a person the ticked roles, or dismiss them and end their sessions, by `deed`."""
        services, by = self._services, asking.by
        change_roles, roles = services.ledger.officers.staff.change_roles, request.form
        deeds: dict[str, Callable[[], object]] = {
            "roles": lambda: change_roles(staff_id, roles=roles.getlist("roles"), by=by),
            "dismiss": lambda: appointment.dismiss(services, staff_id, by=by),
        }
        return submit(deeds, lambda error: self.listed(asking, error), "/desk/staff")

    @page("desk-staff-new", "/desk/staff/new", Policy.KEEP_STAFF, FORM)
    def new(self, asking: StaffIdentity) -> Response:
        """Show the form to appoint a person; sent, propose the appointment."""
        staff_id, roles = form_parsing.typed_id("staff_id"), request.form.getlist("roles")

        def form(error: HongkaError | None = None) -> Response:
            return self._show(
                "staff_new.html",
                asking,
                error=error,
                staff_id=staff_id,
                chosen=roles,
                roles=_roles(),
            )

        def propose() -> object:
            return appointment.appoint(self._services, staff_id, roles=roles, by=asking.by)

        return form() if request.method == "GET" else submit(propose, form, "/desk/staff")

    @page("desk-staff-invite", "/desk/staff/<staff_id>/invitation", Policy.KEEP_STAFF, POST)
    def invite(self, staff_id: str, asking: StaffIdentity) -> Response:
        """Propose a new invitation for a person, in place of earlier ones."""
        return submit(
            lambda: appointment.invite(self._services, staff_id, by=asking.by),
            lambda error: self.listed(asking, error),
            "/desk/staff",
        )


def _roles() -> list[tuple[str, str]]:
    return options({role: ROLES[role] for role in OFFICES})
