"""Retention: what names somebody beside the vault and the log, and the time after which it goes."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from ledger.control import proposal
from pos_gateway.auth.security_log import KEPT_FOR
from pos_gateway.auth.sessions import REALMS
from pos_gateway.pages.officer.roster_import import SECONDS_MAX
from pos_gateway.services import Services

MESSAGES_LAST = timedelta(days=2)


class Kept(NamedTuple):
    """A row of the table: what is kept where, for how long at most, and why.

    `lasts` None: it is never written. `sweep` deletes what is older; None: whoever keeps it does.
    """

    what: str
    where: str
    lasts: timedelta | None
    why: str
    sweep: Callable[[Services], object] | None = None

    @property
    def words(self) -> str:
        """The longest time, in words."""
        if self.lasts is None:
            return "not kept"
        days, minutes = self.lasts.days, self.lasts.seconds // 60
        return f"{days} days" if days else f"{minutes} minutes"


RETENTION = (
    Kept(
        "Sign-ins under way, codes",
        "vault database, `door_pending`, blinded",
        timedelta(minutes=30),
        "a step of signing in",
        lambda services: services.sign_in.context.pending.sweep(now=services.clock()),
    ),
    Kept(
        "Sessions, counted attempts",
        "vault database, `door_session`, `door_try`",
        max(one.lasts for one in REALMS.values()),
        "to stay signed in; an idle one goes earlier",
        lambda services: services.sessions.sweep(),
    ),
    Kept(
        "Messages to phones",
        "`var/outbox`, without a message gateway",
        MESSAGES_LAST,
        "to hand out codes in a demonstration",
        lambda services: services.sign_in.outbox.forget(before=services.clock() - MESSAGES_LAST),
    ),
    Kept(
        "Uploaded rosters",
        "`var/rosters`, sealed",
        timedelta(seconds=SECONDS_MAX),
        "between preview and import",
    ),
    Kept(
        "Changes of contact and accounts to be confirmed",
        "vault database, sealed",
        proposal.LASTS,
        "until a second person decides",
    ),
    Kept(
        "Security log: sign-ins, reads of members' data",
        "vault database, `door_event`, addresses blinded",
        KEPT_FOR,
        "to find misuse; the law asks for six months",
    ),
    Kept("Prints, exports, bank files", "the browser of whoever asked", None, ""),
    Kept("Access log", "nowhere, unless an operator turns one on", None, ""),
)
"""All of it; the vault itself is kept until a member is erased, and the log for good."""


def sweep(services: Services) -> None:
    """Delete what is older than its time."""
    for one in RETENTION:
        if one.sweep is not None:
            one.sweep(services)
