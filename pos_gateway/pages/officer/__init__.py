"""The officers' pages, over the services of officers and the projections."""

import time
from typing import Any

from flask import Response

from ledger.benefits import Words
from ledger.errors import Busy, HongkaError
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.services import Services
from pos_gateway.web.page_route import PROPOSALS, render, see
from pos_gateway.web.templating import said
from pos_gateway.web.views import Views

TABLES_SECONDS_MAX = 2.0
"""The longest wait for the projections to show a change."""

AREAS = (
    ("/desk/", "list", Words("今日", "Today"), Policy.SEE_DESK),
    (PROPOSALS, "agree", Words("复核", "Proposals"), Policy.SEE_DESK),
    ("/desk/members", "people", Words("会员", "Members"), Policy.SEE_MEMBERS),
    ("/desk/merchants", "shop", Words("商户", "Merchants"), Policy.SEE_MERCHANTS),
    ("/desk/offers", "card", Words("优惠", "Offers"), Policy.SEE_OFFERS),
    ("/desk/drops", "drop", Words("抢票", "Drops"), Policy.SEE_DROPS),
    ("/desk/funds", "money", Words("资金", "Funds"), Policy.SEE_FUNDS),
    ("/desk/statements", "check", Words("结算", "Settlement"), Policy.SEE_SETTLEMENTS),
    ("/desk/figures", "bars", Words("统计", "Figures"), Policy.SEE_FIGURES),
    ("/desk/staff", "settings", Words("人员", "Staff"), Policy.SEE_STAFF),
    ("/desk/log", "history", Words("记录", "Record"), Policy.SEE_LOG),
)


class OfficerViews(Views[Services]):
    """Views of the officers' pages."""

    def _see_after(self, path: str) -> Response:
        """Wait until the projections are up to date, TABLES_SECONDS_MAX at most; then redirect."""
        head = self._services.ledger.head()
        give_up = time.monotonic() + TABLES_SECONDS_MAX
        while self._services.views.lag(head) > 0 and time.monotonic() < give_up:
            time.sleep(0.02)
        return see(path)

    def _show(
        self,
        template: str,
        asking: StaffIdentity,
        status: int | None = None,
        *,
        error: HongkaError | None = None,
        **shown: Any,
    ) -> Response:
        """Render `desk/<template>` with the values in `shown`, and an `error` if any.

        The status is 503 where the error is Busy, else `status`, else 409 with an error, else 200.
        """
        areas = [(path, icon, said(words)) for path, icon, words, who in AREAS if asking.may(who)]
        status = 503 if isinstance(error, Busy) else status or (409 if error else 200)
        return render(f"desk/{template}", status, error=error, areas=areas, **shown)
