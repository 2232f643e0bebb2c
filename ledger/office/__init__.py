"""What officers ask of the ledger: one method a verb.

Every method takes `by`, who acts (`officer-…`), and may take `request_id`: the same again is
answered from the record. `at` stands in for the clock where the past is replayed. Each returns the
first fact, or None where nothing had to be recorded, and raises a `Refusal`, `TermsInvalid`,
`RequestReused` or `Busy`.
"""

from __future__ import annotations

from ledger.office.cards import CardDesk
from ledger.office.draws import DrawDesk
from ledger.office.drops import DropDesk
from ledger.office.families import FamilyDesk
from ledger.office.merchants import MerchantDesk
from ledger.office.offers import OfferDesk
from ledger.office.previews import PreviewDesk
from ledger.office.staff import StaffDesk
from ledger.office.statements import StatementDesk


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
