"""A drop: limited benefits released at an instant, claimed, drawn or allotted."""

from __future__ import annotations

from ledger.drop.events import CATEGORY as CATEGORY
from ledger.drop.state import INITIAL as INITIAL
from ledger.drop.state import Drop as Drop
from ledger.drop.state import Slot as Slot
from ledger.drop.state import Status as Status
from ledger.drop.state import evolve as evolve
