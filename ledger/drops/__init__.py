"""Drops: limited benefits released at a set instant and claimed, drawn or allotted."""

from ledger.drops.events import CATEGORY as CATEGORY
from ledger.drops.events import stream as stream
from ledger.drops.state import INITIAL as INITIAL
from ledger.drops.state import Drop as Drop
from ledger.drops.state import Slot as Slot
from ledger.drops.state import Status as Status
from ledger.drops.state import evolve as evolve
