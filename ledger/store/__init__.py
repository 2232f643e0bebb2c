"""The event log on SQLite or PostgreSQL: the only package of the ledger with SQL."""

from ledger.store.failures import Conflict as Conflict
from ledger.store.failures import Damaged as Damaged
from ledger.store.failures import DiskFailed as DiskFailed
from ledger.store.failures import FateUnknown as FateUnknown
from ledger.store.failures import StoreFailure as StoreFailure
from ledger.store.failures import Unavailable as Unavailable
from ledger.store.failures import Unfit as Unfit
from ledger.store.failures import UpgradeDue as UpgradeDue
from ledger.store.failures import UpgradeFailed as UpgradeFailed
from ledger.store.failures import WrongVersion as WrongVersion
from ledger.store.log import Log as Log
from ledger.store.log_view import Tx as Tx
from ledger.store.log_view import View as View
from ledger.store.rows import Draft as Draft
from ledger.store.rows import Head as Head
from ledger.store.rows import Loaded as Loaded
from ledger.store.rows import Stored as Stored
from ledger.store.rows import at_text as at_text
from ledger.store.rows import at_time as at_time
from ledger.store.rows import is_name as is_name
from ledger.store.rows import leaf as leaf
