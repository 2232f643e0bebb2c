"""The table of dual control: the acts that need a second person, and who that may be."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ledger.staff import Role


class Act(StrEnum):
    """An act that a person may start and another must confirm."""

    APPOINT = "staff.appoint"
    CHANGE_ROLES = "staff.roles"
    INVITE = "staff.invite"
    DISMISS = "staff.dismiss"
    CHANGE_ACCOUNT = "account.change"
    ERASE_ACCOUNT = "account.erase"
    CORRECT_MEMBER = "member.contact"
    ERASE_MEMBER = "member.erase"
    PUBLISH_OFFER = "offer.publish"
    CHANGE_OFFER = "offer.change"
    MAKE_GRANT = "grant.make"
    ANNOUNCE_DROP = "drop.announce"
    CHANGE_DROP = "drop.change"
    AMEND_DROP = "drop.amend"
    CANCEL_DROP = "drop.cancel"
    DECIDE_CONTEST = "contest.decide"
    PAY_MERCHANT = "fund.pay"
    CONTRIBUTE = "fund.contribute"
    SET_THRESHOLD = "fund.threshold"
    LIMIT_TILL = "till.limits"
    MAKE_SHEET = "control.sheet"


class Row(NamedTuple):
    """A row of the table: the words for the act, the roles that confirm it, and the condition.

    Each text is in Chinese and English; an empty condition means always.
    """

    words: tuple[str, str]
    confirmed_by: frozenset[Role]
    condition: tuple[str, str] = ("", "")


_REVIEWER = frozenset({Role.REVIEWER})
_MONEY = frozenset({Role.REVIEWER, Role.TREASURER})
_UNION_PAYS = ("由资金出资时", "where a fund pays a share")
_COSTS = ("有供货成本时", "where a place costs the union money")

TABLE: Mapping[Act, Row] = {
    Act.APPOINT: Row(("聘任工会人员", "Appoint staff of the federation"), _REVIEWER),
    Act.CHANGE_ROLES: Row(("变更岗位", "Change roles"), _REVIEWER),
    Act.INVITE: Row(("重新邀请（重设登录）", "Invite again (resets the sign-in)"), _REVIEWER),
    Act.DISMISS: Row(
        ("让工会人员离任", "Dismiss staff of the federation"),
        _MONEY,
        (
            "离任后复核不足两人，或连同出纳不足三人时",
            "where fewer than two reviewers, or three with treasurers, are left",
        ),
    ),
    Act.CHANGE_ACCOUNT: Row(("登记收款或付款账户", "Set a bank account"), _MONEY),
    Act.ERASE_ACCOUNT: Row(("删除收款或付款账户", "Erase a bank account"), _MONEY),
    Act.CORRECT_MEMBER: Row(
        ("更改会员手机号或证件号", "Change a member's phone or identity number"),
        _REVIEWER,
        ("旧手机没有收码确认时", "where no code to the earlier phone confirms it"),
    ),
    Act.ERASE_MEMBER: Row(("删除会员资料", "Erase a member"), _REVIEWER),
    Act.PUBLISH_OFFER: Row(("发布优惠", "Publish an offer"), _MONEY, _UNION_PAYS),
    Act.CHANGE_OFFER: Row(("修改优惠", "Change an offer"), _MONEY, _UNION_PAYS),
    Act.MAKE_GRANT: Row(("发放权益", "Make a grant"), _MONEY, _UNION_PAYS),
    Act.ANNOUNCE_DROP: Row(("公布抢票活动", "Announce a drop"), _MONEY, _COSTS),
    Act.CHANGE_DROP: Row(("修改抢票活动", "Change a drop"), _MONEY, _COSTS),
    Act.AMEND_DROP: Row(("调整进行中的抢票活动", "Amend an open drop"), _MONEY, _COSTS),
    Act.CANCEL_DROP: Row(
        ("取消抢票活动", "Cancel a drop"), _MONEY, ("已有人领票时", "where tickets were taken")
    ),
    Act.DECIDE_CONTEST: Row(
        ("由工会承担争议核销", "Accept a contested redemption"),
        _MONEY,
        ("高于资金的双人审批限额时", "above the fund's threshold"),
    ),
    Act.PAY_MERCHANT: Row(("不经对账单付款", "Pay a merchant without a statement"), _MONEY),
    Act.CONTRIBUTE: Row(("资金入账", "Record a contribution"), _MONEY),
    Act.SET_THRESHOLD: Row(("设定双人审批限额", "Set a fund's threshold"), _MONEY),
    Act.LIMIT_TILL: Row(
        ("提高收银端离线限额", "Raise a till's floor limits"),
        _REVIEWER,
        ("高于通常限额时", "above the usual limits"),
    ),
    Act.MAKE_SHEET: Row(
        ("制作恢复单", "Make a recovery sheet"), _REVIEWER, ("初始设置之后", "after setting up")
    ),
}
"""Every controlled act. Statements have approvals of their own: see `ledger.settlement`."""
