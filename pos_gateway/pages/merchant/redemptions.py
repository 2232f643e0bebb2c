"""Redemptions of a merchant's tills: by day, by line, and one with its reversal."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from ledger.errors import RedemptionUnknown
from pos_gateway.api.ticket_use_list import used
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.i18n.words import LIABILITY_REASONS, REVERSAL_REASONS
from pos_gateway.pages.merchant import show
from pos_gateway.pages.till.today import Entry
from pos_gateway.services import Services
from pos_gateway.staff.cashiers import cashier_names
from pos_gateway.web.json_body import read_day
from pos_gateway.web.page_route import asked_number, first_of, see
from pos_gateway.web.views import POST, Views, page, pages_of
from projections.late import late_redemptions
from projections.redemptions import redemptions, undone_among

ROWS_MAX = 50
LATE_MAX = 500
"""The most late reports that are searched to mark the redemptions of one page."""


class RedemptionPages(Views[Services]):
    """The pages of the redemptions of all tills, for a merchant's owner."""

    @page("shop-redemptions", "/shop/redemptions", Policy.OWNER)
    @page("shop-redemptions-day", "/shop/redemptions/on/<on>", Policy.OWNER)
    def listed(self, asking: StaffIdentity, on: str = "") -> Response:
        """Show redemptions, ROWS_MAX a page, the latest first; of the ISO day `on`, "": all."""
        day = read_day("day", on)
        before = asked_number("before")
        which: dict[str, Any] = {"merchant_id": asking.merchant_id}
        which |= {"first_day": day, "last_day": day}
        with self._services.views.reading() as connection:
            lines = redemptions(connection, **which, before=before, rows_max=ROWS_MAX + 1)
            late = late_redemptions(
                connection, merchant_id=asking.merchant_id, before=before, rows_max=LATE_MAX
            )
            shown, last = first_of(lines, ROWS_MAX)
            undone = undone_among(connection, shown, merchant_id=asking.merchant_id)
        came_late = {one.redemption_id: one for one in late}
        return show(
            self._services,
            "redemptions.html",
            asking,
            day=day,
            today=self._services.ledger.day(self._services.clock()),
            entries=[
                Entry(
                    line=one,
                    undone=one.redemptions > 0 and one.redemption_id in undone,
                    late=came_late.get(one.redemption_id),
                )
                for one in shown
            ],
            tickets=used(self._services, **which) if day and before is None else None,
            older=last.position if last else None,
            names=cashier_names(self._services, asking.merchant_id),
        )

    @page("shop-redemptions-choose", "/shop/redemptions/chosen", Policy.OWNER, POST)
    def choose(self, asking: StaffIdentity) -> Response:  # noqa: ARG002 - every page is told who asks
        """Redirect to the redemptions of the typed day; if blank, to those of all days."""
        day = read_day("day", request.form.get("day", ""))
        return see(f"/shop/redemptions/on/{day}" if day else "/shop/redemptions")

    @page("shop-redemption", "/shop/redemptions/<redemption_id>", Policy.OWNER)
    def one(self, redemption_id: str, asking: StaffIdentity) -> Response:
        """Show one redemption, with its reversal and late report; RedemptionUnknown for others'."""
        found = self._services.ledger.tills.redemptions.find(redemption_id)
        if found.made.merchant_id != asking.merchant_id:
            raise RedemptionUnknown
        made = found.made
        choices = [line.choice_id for line in made.lines]
        titles = self._services.ledger.choice_titles(made.member_id, choices)
        with self._services.views.reading() as connection:
            late = late_redemptions(
                connection,
                merchant_id=asking.merchant_id,
                till_id=made.till_id,
                first_day=made.day,
                last_day=made.day,
            )
        return show(
            self._services,
            "redemption.html",
            asking,
            found=found,
            late=next((one for one in late if one.redemption_id == redemption_id), None),
            because=LIABILITY_REASONS,
            titles=[titles[one] for one in choices],
            names=cashier_names(self._services, asking.merchant_id),
            reason_words=REVERSAL_REASONS,
        )


pages = pages_of(RedemptionPages)
