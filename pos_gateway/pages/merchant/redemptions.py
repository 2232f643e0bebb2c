"""A merchant's start page with its sums, and the redemptions of its tills by day, line and one."""

from typing import Any

from flask import Response, request

from ledger.errors import RedemptionUnknown
from pos_gateway.api.ticket_uses import used
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.merchant import MerchantViews
from pos_gateway.pages.till.today import entries_of
from pos_gateway.staff.cashiers import cashier_names
from pos_gateway.web.json_body import read_day
from pos_gateway.web.listing import Lists
from pos_gateway.web.page_route import see
from pos_gateway.web.views import POST, page
from projections.engine.pages import held
from projections.figures import late_totals
from projections.late import late_redemptions
from projections.payables import owed_totals
from projections.purchases import purchases
from projections.redemptions import redemptions
from projections.statements import is_open, statements


class RedemptionPages(MerchantViews):
    """The pages of the redemptions of all tills, for a merchant's owner."""

    @page("shop-redemptions", "/shop/redemptions", Policy.OWNER)
    @page("shop-redemptions-day", "/shop/redemptions/on/<on>", Policy.OWNER)
    def listed(self, asking: StaffIdentity, on: str = "") -> Response:
        """Show redemptions, the latest first; of the ISO day `on`, "": all."""
        day = read_day("day", on)
        lists = Lists()
        which: dict[str, Any] = {"merchant_id": asking.merchant_id}
        which |= {"first_day": day, "last_day": day}
        with self._services.views.reading() as connection:
            lines = lists.numbered("before", redemptions, connection=connection, **which)
            entries = entries_of(connection, lines, asking.merchant_id)
        return self._show(
            "redemptions.html",
            asking,
            day=day,
            today=self._services.ledger.day(self._services.clock()),
            entries=entries,
            tickets=used(self._services, lists, **which) if day else None,
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
                redemption_id=redemption_id,
            )
        return self._show(
            "redemption.html",
            asking,
            found=found,
            late=next(iter(late), None),
            titles=[titles[one] for one in choices],
            names=cashier_names(self._services, asking.merchant_id),
        )


class DashboardPage(MerchantViews):
    """The start page of the merchant portal."""

    @page("shop-today", "/shop/", Policy.OWNER)
    def today(self, asking: StaffIdentity) -> Response:
        """Show sums of today and this month, open statements, debts, and contested redemptions."""
        day = self._services.ledger.day(self._services.clock())
        first, lists = day.replace(day=1), Lists()
        ours: dict[str, Any] = {"merchant_id": asking.merchant_id}
        with self._services.views.reading() as connection:
            spans = [
                purchases(connection, first_day=since, last_day=day, **ours)[0]
                for since in (day, first)
            ]
            outlets = purchases.rows(
                held(connection), ["outlet_id"], first_day=first, last_day=day, **ours
            )
            in_outlets = lists.part("outlets", [*outlets])
            (owed,) = owed_totals(connection, **ours)
            # One a fund at most.
            waiting = statements.rows(held(connection), where=[is_open()], **ours)
            under_way = lists.part("waiting", [*waiting])
            (borne,) = late_totals(
                connection, outcome="contested", borne_by="merchant", first_day=first, **ours
            )
        return self._show(
            "today.html",
            asking,
            day=day,
            today=spans[0],
            month=spans[1],
            outlets=in_outlets,
            owed=owed,
            waiting=under_way,
            tickets=used(self._services, lists, first_day=day, last_day=day, **ours),
            borne=borne["contested"],
        )
