"""The security log, for reviewers and auditors, and each officer's own part of it."""

from typing import Any

from flask import Response, request

from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.web.listing import Lists
from pos_gateway.web.views import page

FILTER_CHARACTERS_MAX = 80


class SecurityPages(OfficerViews):
    """The pages of the security log."""

    @page("desk-sign-ins", "/desk/sign-ins", Policy.SEE_DESK)
    @page("desk-security", "/desk/security", Policy.SEE_LOG)
    def events(self, asking: StaffIdentity) -> Response:
        """Show security events, the latest first, by `event`, `outcome` and `subject` of the URL.

        At `/desk/sign-ins` these are the caller's own.
        """
        mine = request.path == "/desk/sign-ins"
        wanted: dict[str, Any] = {
            name: request.args.get(name, "")[:FILTER_CHARACTERS_MAX]
            for name in ("event", "outcome", "subject")
        }
        if mine:
            wanted["subject"] = f"staff-{asking.staff_id}"
        events = Lists().numbered(
            "before", self._services.sign_in.security.events, field="number", **wanted
        )
        return self._show("security.html", asking, mine=mine, events=events, **wanted)
