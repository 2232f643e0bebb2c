"""The events of a fund."""

from __future__ import annotations

from ledger.event import Event, stream_namer, topic

CATEGORY = "fund"

stream = stream_namer(CATEGORY)


class _FundEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "fund_id")

    fund_id: str


@topic("fund.opened", "设立资金", "Fund opened")
class Opened(_FundEvent, frozen=True, kw_only=True):
    """A programme opened a fund; its balance is 0 until a contribution."""

    programme: str
    name: str


@topic("fund.contributed", "资金入账", "Money came in")
class Contributed(_FundEvent, frozen=True, kw_only=True):
    """Money came into the fund from `source`, a text such as the name of a union."""

    source: str
    amount_minor: int


@topic("fund.reserved", "记应付商户", "Owed to a merchant")
class Reserved(_FundEvent, frozen=True, kw_only=True):
    """The fund owes a merchant the union's share of a redemption."""

    merchant_id: str
    redemption_id: str
    amount_minor: int


@topic("fund.released", "解除应付", "No longer owed")
class Released(_FundEvent, frozen=True, kw_only=True):
    """A redemption was reversed: the fund no longer owes its share, which is available again."""

    merchant_id: str
    redemption_id: str
    amount_minor: int


@topic("fund.paid_out", "向商户付款", "Merchant paid")
class PaidOut(_FundEvent, frozen=True, kw_only=True):
    """The fund paid a merchant all that was owed, up to and including reservation `through`.

    Of `amount_minor`, `recovered_minor` was withheld for earlier overpayments. An empty
    `statement_id`: it was paid without a statement.
    """

    merchant_id: str
    amount_minor: int
    through: int
    recovered_minor: int = 0
    statement_id: str = ""


@topic("fund.threshold_set", "设定双人审批限额", "Threshold for two officers set")
class ThresholdSet(_FundEvent, frozen=True, kw_only=True):
    """A payment above `amount_minor` needs two officers from now on."""

    amount_minor: int


@topic("fund.settlement_begun", "开始结算", "Settlement begun")
class SettlementBegun(_FundEvent, frozen=True, kw_only=True):
    """A statement opened: it covers all that the fund owes a merchant, to reservation `through`.

    `through` is inclusive. Until the statement is paid or returned, no other can be drawn up.
    """

    merchant_id: str
    statement_id: str
    through: int
    amount_minor: int
    recovered_minor: int


@topic("fund.settlement_ended", "结算退回", "Settlement ended unpaid")
class SettlementEnded(_FundEvent, frozen=True, kw_only=True):
    """An officer returned the open statement unpaid, so the merchant's settlement is free again."""

    merchant_id: str
    statement_id: str


@topic("fund.overpaid", "多付待扣回", "Overpaid, to be kept back")
class Overpaid(_FundEvent, frozen=True, kw_only=True):
    """A merchant was paid too much for a redemption; later payments withhold `amount_minor`."""

    merchant_id: str
    redemption_id: str
    amount_minor: int


FundEvent = (
    Opened
    | Contributed
    | Reserved
    | Released
    | PaidOut
    | ThresholdSet
    | SettlementBegun
    | SettlementEnded
    | Overpaid
)
