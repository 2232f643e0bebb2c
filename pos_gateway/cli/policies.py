"""The policy of each command: that of the page of the desk which does or shows the same."""

from pos_gateway.auth.policies import Policy

_TABLE: dict[Policy | None, tuple[str, ...]] = {
    # They serve the machine, whose owner has all files and keys, or show nothing of a ledger.
    None: (
        *("demo", "follow", "keys rotate show", "rebuild", "rehearse", "replay completejourney"),
        *("clock confirm show", "recovery-sheet use", "verify"),
        *(
            "scenarios",
            "serve",
            "sign-in",
            "sign-out",
            "upgrade",
            "verify",
            "verify-draw",
            "whoami",
        ),
        *("drops example", "offers kinds rules"),
    ),
    Policy.SEE_DESK: ("proposals list show", "staff tie"),
    Policy.MAKE_PROPOSALS: ("proposals withdraw", "staff invitation"),
    Policy.CONFIRM_PROPOSALS: ("proposals confirm refuse", "recovery-sheet half"),
    Policy.SEE_MEMBERS: ("members find keys", "show card", "tickets list"),
    Policy.KEEP_CARDS: (
        "cards block close code import issue print replace sample unblock",
        "members correct erase household key move proxy register",
        "tickets claim code hand-over leave release wait",
    ),
    Policy.SEE_MERCHANTS: ("show merchant tills",),
    Policy.KEEP_MERCHANTS: (
        "merchants change-outlet outlet resume sign suspend",
        "staff owner",
        "tills limit pair revoke",
    ),
    Policy.SEE_OFFERS: ("show offers",),
    Policy.KEEP_OFFERS: ("grants make withdraw", "offers change end publish resume suspend"),
    Policy.SEE_FUNDS: ("show balances payables",),
    Policy.KEEP_FUNDS: ("funds contribute open threshold",),
    Policy.SEE_DROPS: ("drops list publish show", "show drops"),
    Policy.KEEP_DROPS: ("drops allot amend announce cancel change close seed",),
    Policy.RUN_JOBS: ("cards expire", "drops draw freeze open"),
    Policy.SEE_SETTLEMENTS: ("incidents list", "statements bank-account list show"),
    Policy.DRAW_UP_STATEMENTS: ("statements draw-up",),
    Policy.APPROVE_STATEMENTS: ("redemptions decide", "statements approve return"),
    Policy.PAY_STATEMENTS: ("funds pay", "statements bank-file pay"),
    Policy.REPORT_INCIDENTS: ("incidents report", "redemptions reverse"),
    Policy.SEE_FIGURES: ("redemptions show", "show drop"),
    Policy.SEE_LOG: ("show log security",),
    Policy.SEE_STAFF: ("staff list",),
    Policy.KEEP_STAFF: ("recovery-sheet make", "staff appoint dismiss invite roles service"),
}

POLICIES: dict[str, Policy | None] = {
    f"{group} {name}".strip(): policy
    for policy, lines in _TABLE.items()
    for group, *names in map(str.split, lines)
    for name in names or [""]
}
"""The policies by the words of a command; None: it needs no sign-in."""


def policy_of(words: str) -> Policy | None:
    """Return the policy of a command, such as `cards issue`; KeyError if it is not in POLICIES.

    A question of `show` that is not there has SEE_FIGURES.
    """
    return POLICIES.get(words, Policy.SEE_FIGURES) if words[:5] == "show " else POLICIES[words]
