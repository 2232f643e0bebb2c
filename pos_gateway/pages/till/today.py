"""A till's day: redemptions and ticket uses, and one redemption with its reversal."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, get_args

from flask import Response, request

from ledger.errors import HongkaError, InputInvalid, RedemptionNotYours
from ledger.services.redemptions import Redemption
from pos_gateway.api.ticket_use_list import used
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.i18n.reversal_reasons import WORDS, ReversalReason
from pos_gateway.pages.till.render import show
from pos_gateway.services import Services
from pos_gateway.web.page_route import see
from pos_gateway.web.templating import said
from pos_gateway.web.views import FORM, Views, page, pages_of
from projections.late import LateRow, late_redemptions
from projections.redemptions import RedemptionRow, redemptions

SHOWN_MAX = 200
"""The most lines of one page; the sums cover the whole day as the projection knows it."""


class Entry(NamedTuple):
    """A line of the list: a redemption of today, or the reversal today of an earlier one.

    `undone` says that it is reversed; `late` is its late report, None without one.
    """

    line: RedemptionRow
    at: datetime
    titles: tuple[str, ...]
    undone: bool
    late: LateRow | None

    @property
    def off_minor(self) -> int:
        """The discount in minor units: merchant share and union share."""
        return self.line.merchant_share_minor + self.line.union_share_minor


class TodayPages(Views[Services]):
    """The pages of a till's day."""

    @page("till-today", "/till/today", Policy.TILL)
    def listed(self, asking: TillIdentity) -> Response:
        """Show today's redemptions of this till, or of the merchant's tills with `?of=merchant`."""
        day = self._services.ledger.day(self._services.clock())
        whole = request.args.get("of") == "merchant"
        which: dict[str, Any] = {
            "merchant_id": asking.merchant_id,
            "till_id": None if whole else asking.till_id,
            "first_day": day,
            "last_day": day,
        }
        with self._services.views.reading() as connection:
            lines = redemptions(connection, **which)
            late = late_redemptions(connection, **which)
        return show(
            self._services,
            "today",
            asking,
            entries=self._entries(lines, late)[:SHOWN_MAX],
            more=max(0, len(lines) - SHOWN_MAX),
            sums=_sums(lines),
            tickets=used(self._services, **which),
            whole=whole,
            day=day,
        )

    @page("till-redemption", "/till/redemptions/<redemption_id>", Policy.TILL, FORM)
    def redemption(self, redemption_id: str, asking: TillIdentity) -> Response:
        """Show one redemption of the merchant; a form reverses it on the day it was made."""
        found = self._found(redemption_id, asking)
        if request.method == "GET":
            return self._shown(found, asking)
        try:
            reason = request.form.get("reason", "")
            if reason not in get_args(ReversalReason):
                raise InputInvalid(field="reason")
            self._services.ledger.tills.redemptions.reverse(
                redemption_id,
                merchant_id=asking.merchant_id,
                reason=reason,
                by=asking.by,
                cashier_id=asking.cashier_id,
            )
        except HongkaError as error:
            return self._shown(found, asking, error)
        return see(f"/till/redemptions/{redemption_id}")

    def _found(self, redemption_id: str, asking: TillIdentity) -> Redemption:
        """Return a redemption of this merchant.

        Raises:
            RedemptionUnknown: no such redemption is on record.
            RedemptionNotYours: another merchant made it.
        """
        found = self._services.ledger.tills.redemptions.find(redemption_id)
        if found.made.merchant_id != asking.merchant_id:
            raise RedemptionNotYours
        return found

    def _shown(
        self, found: Redemption, asking: TillIdentity, error: HongkaError | None = None
    ) -> Response:
        made = found.made
        choices = {line.choice_id for line in made.lines}
        titles = self._services.ledger.choice_titles(made.member_id, choices)
        today = self._services.ledger.day(self._services.clock())
        return show(
            self._services,
            "redemption",
            asking,
            error=error,
            found=found,
            titles=[titles[line.choice_id] for line in made.lines],
            is_today=made.day == today,
            reasons=[(reason, said(words)) for reason, words in WORDS.items()],
            reason_words=WORDS,
        )

    def _entries(self, lines: list[RedemptionRow], late: list[LateRow]) -> list[Entry]:
        undone = {one.redemption_id for one in lines if one.redemptions < 0}
        made = {one.redemption_id for one in lines if one.redemptions > 0}
        came_late = {one.redemption_id: one for one in late}
        # Only titles of offers: the list does not name a member's own grant.
        choices = {choice for one in lines for choice in one.choices.split()}
        titles = self._services.ledger.offer_titles(choices)
        return [
            Entry(
                line=one,
                at=datetime.fromisoformat(one.at),
                titles=tuple(filter(None, (titles[choice] for choice in one.choices.split()))),
                undone=one.redemption_id in undone,
                late=came_late.get(one.redemption_id),
            )
            for one in lines
            if one.redemptions > 0 or one.redemption_id not in made
        ]


def _sums(lines: list[RedemptionRow]) -> dict[str, int]:
    return {
        "redemptions": sum(one.redemptions for one in lines),
        "price_minor": sum(one.price_minor for one in lines),
        "off_minor": sum(one.merchant_share_minor + one.union_share_minor for one in lines),
        "union_share_minor": sum(one.union_share_minor for one in lines),
        "member_share_minor": sum(one.member_share_minor for one in lines),
    }


pages = pages_of(TodayPages)
