"""Funds: their balance, the amounts owed, and contributions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

from flask import Response

from ledger import funds
from ledger.errors import HongkaError
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import form_parsing, see_after, show
from pos_gateway.payments.bank_accounts import keep_bank_account
from pos_gateway.services import Services
from pos_gateway.web.listing import CARD_ROWS, Lists
from pos_gateway.web.page_route import chosen, submit
from pos_gateway.web.views import POST, Views, page, pages_of
from projections.payables import is_owed, payables


class FundPages(Views[Services]):
    """The officers' pages of funds; a refused form shows its error on the page."""

    @page("desk-funds", "/desk/funds", Policy.SEE_FUNDS)
    def listed(self, asking: StaffIdentity, error: HongkaError | None = None) -> Response:
        """Show every fund with its balance, the merchants that it owes, and a form's `error`."""
        lists = Lists()
        with self._services.views.reading() as connection:
            owed = lists.keyed("owed", payables, 2, connection=connection, where=[is_owed()])
        return show(
            "funds.html",
            asking,
            error=error,
            funds=lists.part("funds", self._services.ledger.funds(), most=CARD_ROWS),
            owed=owed,
            request_id=secrets.token_hex(8),
            names=self._services.ledger.merchant_names({one.merchant_id for one in owed.rows}),
            may_keep=asking.may(Policy.KEEP_FUNDS),
        )

    @page("desk-funds-change", "/desk/funds", Policy.KEEP_FUNDS, POST)
    def change(self, asking: StaffIdentity) -> Response:
        """Open a fund, record a contribution, or set a fund's bank account or approval threshold.

        The form field `deed` tells which. One form, sent again, records its contribution once.
        """
        officers = self._services.ledger.officers
        deeds: dict[str, Callable[[str, str], object]] = {
            "open": lambda fund_id, by: officers.offers.open_fund(
                fund_id,
                programme=form_parsing.identifier("programme"),
                name=form_parsing.text("name"),
                by=by,
            ),
            "contribute": lambda fund_id, by: officers.offers.contribute(
                fund_id,
                source=form_parsing.text("source"),
                amount_minor=form_parsing.minor("yuan"),
                by=by,
                request_id=f"desk/{asking.staff_id}/{form_parsing.own_id('request')}",
            ),
            "account": self._account,
            "threshold": lambda fund_id, by: officers.statements.set_threshold(
                fund_id, amount_minor=form_parsing.minor("yuan"), by=by
            ),
        }
        return submit(
            lambda: chosen(deeds)(form_parsing.identifier("fund_id"), asking.by),
            lambda error: self.listed(asking, error),
            "/desk/funds",
            partial(see_after, self._services),
        )

    def _account(self, fund_id: str, by: str) -> None:
        """Store the fund's bank account in the vault; the log records only that it changed."""
        account = form_parsing.bank_account()
        keep_bank_account(self._services, funds.stream(fund_id), account, by=by)


pages = pages_of(FundPages)
