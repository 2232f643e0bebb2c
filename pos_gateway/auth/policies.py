"""Authorization: one table from policies to roles."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from ledger.staff import Role


class Policy(StrEnum):
    """The name of a rule for who may call a URL or use a command; each of both has one."""

    PUBLIC = "public"
    TILL = "till"
    MEMBER = "member"
    OWNER = "owner"
    SEE_DESK = "see_desk"
    MAKE_PROPOSALS = "make_proposals"
    CONFIRM_PROPOSALS = "confirm_proposals"
    SEE_MEMBERS = "see_members"
    KEEP_CARDS = "keep_cards"
    SEE_MERCHANTS = "see_merchants"
    KEEP_MERCHANTS = "keep_merchants"
    SEE_OFFERS = "see_offers"
    KEEP_OFFERS = "keep_offers"
    SEE_FUNDS = "see_funds"
    KEEP_FUNDS = "keep_funds"
    SEE_DROPS = "see_drops"
    KEEP_DROPS = "keep_drops"
    SEE_SETTLEMENTS = "see_settlements"
    DRAW_UP_STATEMENTS = "draw_up_statements"
    APPROVE_STATEMENTS = "approve_statements"
    PAY_STATEMENTS = "pay_statements"
    REPORT_INCIDENTS = "report_incidents"
    SEE_FIGURES = "see_figures"
    SEE_LOG = "see_log"
    SEE_STAFF = "see_staff"
    KEEP_STAFF = "keep_staff"
    RUN_JOBS = "run_jobs"


_CLERK, _REVIEWER, _TREASURER = Role.CLERK, Role.REVIEWER, Role.TREASURER
_ANALYST, _AUDITOR, _SERVICE = Role.ANALYST, Role.AUDITOR, Role.SERVICE
_OFFICERS = frozenset({_CLERK, _REVIEWER, _TREASURER})
_FEDERATION = _OFFICERS | {_ANALYST, _AUDITOR}

ROLES: Mapping[Policy, frozenset[Role]] = {
    Policy.OWNER: frozenset({Role.OWNER}),
    Policy.SEE_DESK: _FEDERATION,
    Policy.MAKE_PROPOSALS: _OFFICERS,
    Policy.CONFIRM_PROPOSALS: frozenset({_REVIEWER, _TREASURER}),
    Policy.SEE_MEMBERS: frozenset({_CLERK, _REVIEWER}),
    Policy.KEEP_CARDS: frozenset({_CLERK}),
    Policy.SEE_MERCHANTS: _FEDERATION,
    Policy.KEEP_MERCHANTS: frozenset({_CLERK}),
    Policy.SEE_OFFERS: _FEDERATION,
    Policy.KEEP_OFFERS: frozenset({_REVIEWER}),
    Policy.SEE_FUNDS: _FEDERATION,
    Policy.KEEP_FUNDS: frozenset({_TREASURER}),
    Policy.SEE_DROPS: _FEDERATION | {_SERVICE},
    Policy.KEEP_DROPS: frozenset({_CLERK}),
    Policy.SEE_SETTLEMENTS: _FEDERATION,
    Policy.DRAW_UP_STATEMENTS: frozenset({_CLERK}),
    Policy.APPROVE_STATEMENTS: frozenset({_REVIEWER, _TREASURER}),
    Policy.PAY_STATEMENTS: frozenset({_TREASURER}),
    Policy.REPORT_INCIDENTS: frozenset({_CLERK}),
    Policy.SEE_FIGURES: frozenset({_REVIEWER, _TREASURER, _ANALYST, _AUDITOR}),
    Policy.SEE_LOG: frozenset({_REVIEWER, _AUDITOR}),
    Policy.SEE_STAFF: _OFFICERS | {_AUDITOR},
    Policy.KEEP_STAFF: frozenset({_REVIEWER}),
    Policy.RUN_JOBS: frozenset({_CLERK, _SERVICE}),
}
"""The roles that each staff policy admits: OWNER the owner of a merchant, others the federation's
staff, at the desk and at the terminal. PUBLIC, TILL and MEMBER need no role.
"""

CASHIERS: frozenset[Role] = frozenset({Role.CASHIER, Role.OWNER})
"""The roles that may sign in at a merchant's till by name."""


class MemberIdentity(NamedTuple):
    """A member as caller; `key_id` is that of the API key, None for a caller with a session."""

    member_id: str
    key_id: str | None = None

    @property
    def by(self) -> str:
        """The name of the caller as actor in the log: `member-` and the member id."""
        return f"member-{self.member_id}"


class TillIdentity(NamedTuple):
    """A till as caller; `cashier_id` is empty where no cashier is signed in."""

    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str = ""

    @property
    def place(self) -> dict[str, Any]:
        """The ids of merchant, outlet and till, as keyword arguments for the ledger."""
        return {name: getattr(self, name) for name in ("merchant_id", "outlet_id", "till_id")}

    @property
    def by(self) -> str:
        """The name of the caller as actor in the log: `till-` and the till id."""
        return f"till-{self.till_id}"


class StaffIdentity(NamedTuple):
    """A person of staff as caller; `merchant_id` is empty for the federation's own staff."""

    staff_id: str
    roles: frozenset[str]
    merchant_id: str = ""

    @property
    def by(self) -> str:
        """The name of the caller as actor in the log: `officer-` or `owner-`, and the staff id."""
        return f"officer-{self.staff_id}" if not self.merchant_id else f"owner-{self.staff_id}"

    def may(self, policy: Policy) -> bool:
        """Return whether a staff policy admits one of the person's roles."""
        return not self.roles.isdisjoint(ROLES[Policy(policy)])


Identity = MemberIdentity | TillIdentity | StaffIdentity
