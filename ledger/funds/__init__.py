"""Funds: money of a programme that is contributed, reserved for redemptions, and paid out."""

from __future__ import annotations

from ledger.funds.events import CATEGORY as CATEGORY
from ledger.funds.events import Contributed as Contributed
from ledger.funds.events import Opened as Opened
from ledger.funds.events import Overpaid as Overpaid
from ledger.funds.events import PaidOut as PaidOut
from ledger.funds.events import Released as Released
from ledger.funds.events import Reserved as Reserved
from ledger.funds.events import SettlementBegun as SettlementBegun
from ledger.funds.events import SettlementEnded as SettlementEnded
from ledger.funds.events import ThresholdSet as ThresholdSet
from ledger.funds.events import stream as stream
from ledger.funds.paying import overpay as overpay
from ledger.funds.paying import pay_out as pay_out
from ledger.funds.reserving import check_known as check_known
from ledger.funds.reserving import contribute as contribute
from ledger.funds.reserving import open_fund as open_fund
from ledger.funds.reserving import release as release
from ledger.funds.reserving import reserve as reserve
from ledger.funds.reserving import set_threshold as set_threshold
from ledger.funds.state import INITIAL as INITIAL
from ledger.funds.state import TWO_OFFICERS_ABOVE_MINOR as TWO_OFFICERS_ABOVE_MINOR
from ledger.funds.state import Fund as Fund
from ledger.funds.state import Settlement as Settlement
from ledger.funds.state import evolve as evolve
