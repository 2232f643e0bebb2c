"""A fund: money of a programme, contributed, set aside for what was redeemed, and paid out."""

from __future__ import annotations

from ledger.fund.events import CATEGORY as CATEGORY
from ledger.fund.events import Contributed as Contributed
from ledger.fund.events import Opened as Opened
from ledger.fund.events import Overpaid as Overpaid
from ledger.fund.events import PaidOut as PaidOut
from ledger.fund.events import Released as Released
from ledger.fund.events import Reserved as Reserved
from ledger.fund.events import SettlementBegun as SettlementBegun
from ledger.fund.events import SettlementEnded as SettlementEnded
from ledger.fund.events import ThresholdSet as ThresholdSet
from ledger.fund.running import check_known as check_known
from ledger.fund.running import contribute as contribute
from ledger.fund.running import open_fund as open_fund
from ledger.fund.running import release as release
from ledger.fund.running import reserve as reserve
from ledger.fund.running import set_threshold as set_threshold
from ledger.fund.settling import overpay as overpay
from ledger.fund.settling import pay_out as pay_out
from ledger.fund.state import INITIAL as INITIAL
from ledger.fund.state import TWO_OFFICERS_ABOVE_MINOR as TWO_OFFICERS_ABOVE_MINOR
from ledger.fund.state import Fund as Fund
from ledger.fund.state import Settlement as Settlement
from ledger.fund.state import evolve as evolve
