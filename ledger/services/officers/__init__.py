"""The services that officers call.

Every verb takes `by`, the acting officer (`officer-…`). Most take `request_id` too: the same
request again is answered from the record. `at` replaces the clock where the past is replayed. Most
return the first event, or None where nothing had to be recorded.
"""

from __future__ import annotations

from ledger.services.base import Context
from ledger.services.officers.cards import CardService
from ledger.services.officers.draws import DrawService
from ledger.services.officers.drops import DropService
from ledger.services.officers.enrolments import EnrolmentService
from ledger.services.officers.families import FamilyService
from ledger.services.officers.merchants import MerchantService
from ledger.services.officers.offers import OfferService
from ledger.services.officers.previews import PreviewService
from ledger.services.officers.staff import StaffService
from ledger.services.officers.statements import StatementService


class Officers:
    """The services that officers call; one instance per ledger, as `ledger.officers`."""

    def __init__(self, context: Context) -> None:
        """Make each service once, on the shared parts of one ledger."""
        self.cards = CardService(context)
        self.draws = DrawService(context)
        self.drops = DropService(context)
        self.enrolments = EnrolmentService(context)
        self.families = FamilyService(context)
        self.merchants = MerchantService(context)
        self.offers = OfferService(context)
        self.previews = PreviewService(context)
        self.staff = StaffService(context)
        self.statements = StatementService(context)
