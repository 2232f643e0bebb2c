"""What officers ask of the ledger: one method a verb.

Every method takes `by`, who acts (`officer-…`), and may take `request_id`: the same again is
answered from the record. `at` stands in for the clock where the past is replayed. Each returns the
first fact, or None where nothing had to be recorded, and raises a `Refusal`, `TermsInvalid`,
`RequestReused` or `Busy`.
"""

from __future__ import annotations

from ledger.services.officers.cards import CardDesk
from ledger.services.officers.draws import DrawDesk
from ledger.services.officers.drops import DropDesk
from ledger.services.officers.families import FamilyDesk
from ledger.services.officers.merchants import MerchantDesk
from ledger.services.officers.offers import OfferDesk
from ledger.services.officers.previews import PreviewDesk
from ledger.services.officers.staff import StaffDesk
from ledger.services.officers.statements import StatementDesk


class Office(
    CardDesk,
    DrawDesk,
    DropDesk,
    FamilyDesk,
    MerchantDesk,
    OfferDesk,
    PreviewDesk,
    StaffDesk,
    StatementDesk,
):
    """All the verbs of officers."""
