"""The demonstration's start page, with the people to sign in as, and its messages to phones."""

from flask import Response

from pos_gateway.auth.policies import Policy
from pos_gateway.demonstration import staffing
from pos_gateway.demonstration.market import SHOPS, roster
from pos_gateway.demonstration.plan import read_plan
from pos_gateway.errors import PathUnknown
from pos_gateway.services import Services
from pos_gateway.web.page_route import render
from pos_gateway.web.views import Views, page

MEMBERS_SHOWN = 4
MESSAGES_SHOWN = 20


class DemonstrationPages(Views[Services]):
    """The pages of a demonstration; elsewhere their URLs are unknown (404)."""

    @page("demonstration", "/demonstration", Policy.PUBLIC)
    def who(self) -> Response:
        """Show some people of the demonstration, and the way each signs in; else PathUnknown."""
        plan = read_plan(self._services.settings.var / "demonstration.json")
        if not self._services.settings.demonstration or plan is None:
            raise PathUnknown
        now = self._services.clock()
        rows = list(roster(last_day=now.date()))[:MEMBERS_SHOWN]
        shops = {shop.merchant_id: shop.name for shop in SHOPS}
        return render(
            "demonstration.html",
            members=[row.person for row in rows],
            officers=[
                (one, staffing.OFFICES[one.staff_id], one.code(now)) for one in plan.officers
            ],
            owners=[(one, shops[one.merchant_id]) for one in staffing.owners()],
            printed=plan.printed_code,
        )

    @page("outbox", "/outbox", Policy.PUBLIC)
    def outbox(self) -> Response:
        """Show everybody the latest messages to phones, the newest first; PathUnknown elsewhere."""
        if not self._services.settings.demonstration:
            raise PathUnknown
        messages = self._services.sign_in.outbox.messages()[:MESSAGES_SHOWN]
        return render("sign_in/outbox.html", messages=messages)
