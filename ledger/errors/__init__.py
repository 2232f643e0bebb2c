"""The errors of the ledger, as a tree.

HongkaError
├── Refusal        a rule refused; safe to show at the till
├── Denied         the caller is not allowed
├── Unacceptable   the request itself is invalid; send another
└── Busy           not now; asking again is safe

A class is a rule. Its `reason` is the class name in snake case and is stable: it stands in answers,
in stored facts and in statistics. The words for people live in the gateway. `replayed` marks an
answer given again from the record.
"""

from ledger.errors.base import *  # noqa: F403 - one name space for the whole tree
from ledger.errors.base import Particular as Particular
from ledger.errors.control import *  # noqa: F403 - likewise
from ledger.errors.drops import *  # noqa: F403 - likewise
from ledger.errors.purchases import *  # noqa: F403 - likewise
from ledger.errors.settlement import *  # noqa: F403 - likewise
