"""The member's pages: the card and its benefits, tickets, drops, history and settings."""

from typing import Any

from flask import Response

from pos_gateway.auth.policies import MemberIdentity
from pos_gateway.services import Services
from pos_gateway.web.assets import asset
from pos_gateway.web.page_route import render
from pos_gateway.web.views import Views


class MemberViews(Views[Services]):
    """Views of the member's pages."""

    def _show(
        self,
        template: str,
        member: MemberIdentity,
        *,
        status: int | None = None,
        more: Any = None,
        **named: Any,
    ) -> Response:
        """Render `card/<template>.html` for a member, with the values in `named`.

        The page's scripts get the member's id, the time zone, and the values in `more` (a mapping,
        None for none). `status` None is that of an `error` among `named`, else 200.
        """
        page = {
            "name": template,
            "member": member.member_id,
            "zone": str(self._services.settings.zone),
            "worker": asset("sw-card.js"),
            **(more or {}),
        }
        return render(f"card/{template}.html", status, page=page, **named)
