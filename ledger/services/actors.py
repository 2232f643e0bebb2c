"""The services of the ledger, grouped by the actor who calls them: tills, members."""

from __future__ import annotations

from ledger.services.base import Context
from ledger.services.claims import ClaimService
from ledger.services.late_redemptions import LateRedemptionService
from ledger.services.member_benefits import MemberBenefitService
from ledger.services.member_cards import MemberCardService
from ledger.services.offline_till import OfflineTillService
from ledger.services.redemptions import RedemptionService
from ledger.services.ticket_use import TicketUseService


class Tills:
    """The services that tills call; one instance per ledger, as `ledger.tills`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.redemptions = RedemptionService(context)
        self.ticket_use = TicketUseService(context)
        self.late_redemptions = LateRedemptionService(context)
        self.offline = OfflineTillService(context)


class Members:
    """The services that members call; one instance per ledger, as `ledger.members`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.claims = ClaimService(context)
        self.cards = MemberCardService(context)
        self.benefits = MemberBenefitService(context)
