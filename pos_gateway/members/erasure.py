"""Erase members: the log and a list beside its heads keep the ids, and no restore undoes it."""

import logging
from contextlib import suppress
from datetime import timedelta

from ledger.errors import Busy, MemberUnknown
from ledger.members import member
from ledger.services.controlled import SYSTEM
from pos_gateway.published_heads import erased_listed, list_erased
from pos_gateway.services import Services

ROSTERS = "rosters"
"""The folder of uploaded rosters, under `var`."""

_SCRUB, _MARK_LASTS = ("scrub", "vault"), timedelta(days=3_650)

_log = logging.getLogger(__name__)


def apply_erasures(services: Services) -> None:
    """Erase from the vault, and from all else, whoever it still holds of those ever erased.

    A database may be restored from before an erasure, so that the ids come from the log and from
    the list beside the heads, and each is then in both. Raises Busy where a database does not
    answer; calling again is safe.
    """
    path, known = services.settings.erased, services.ledger.erased_members()
    listed = erased_listed(path)
    for member_id in sorted({*listed} - {*known}):
        with suppress(MemberUnknown):  # the log is older than the member
            services.ledger.officers.corrections.erase_member(
                member_id, reason="restored", by=SYSTEM
            )
    for member_id in services.vault.held({*known, *listed}):
        _forget(services, member_id)
    if missing := sorted({*known} - {*listed}):
        try:
            list_erased(path, missing)
        except OSError as error:  # the log knows them; the next hour tries again
            _log.error("erased members could not be listed beside the heads: %s", error)
    pending, now = services.sign_in.context.pending, services.clock()
    if pending.look(*_SCRUB, now=now) is not None:
        try:
            services.vault.scrub()
        except Busy:  # somebody reads; the next hour tries again
            _log.warning("traces of erased members are still in the files of the vault")
        else:
            pending.take(*_SCRUB, now=now)


def _forget(services: Services, member_id: str) -> None:
    """Erase a member from the vault, after all that leads to them or may name them."""
    subject, sign_in, now = member.stream(member_id), services.sign_in, services.clock()
    sign_in.context.pending.put(*_SCRUB, b"", now=now, lasts=_MARK_LASTS)
    services.sessions.end_all(subject)
    sign_in.forget(subject)
    sign_in.security.note("sessions_ended", subject=subject, about="erased")
    # Whose codes and messages these are is not known: earlier phones too. They are asked for again.
    for purpose in ("one-time", "choosing"):
        sign_in.context.pending.forget(purpose)
    sign_in.outbox.forget(before=now + _MARK_LASTS)
    for path in (services.settings.var / ROSTERS).glob("*"):
        path.unlink(missing_ok=True)  # any may name them; it is uploaded again
    services.vault.erase(member_id)
