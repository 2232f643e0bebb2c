"""Signing keys of codes: rotate them, and show their public halves."""

import os
from datetime import UTC, datetime

from pos_gateway.cli.asking import example, group
from pos_gateway.cli.tables import FORMAT, show_rows
from pos_gateway.codes.keys import Key, KeyRing
from pos_gateway.services import process_time
from pos_gateway.settings import Settings

_COLUMNS = ("kid", "state", "not_before", "not_after", "x")


keys = group("keys")


@keys.command(epilog=example("hongka keys rotate"))
@FORMAT
def rotate(*, form: str) -> None:
    """Make the next signing key if it is due, and delete those that are done. Run it daily.

    A new key is public for a day before it signs, and signs for 90 days.
    """
    directory = Settings.read(os.environ).keys
    _show(KeyRing.rotate(directory, process_time()), form)


@keys.command(epilog=example("hongka keys show --format json"))
@FORMAT
def show(*, form: str) -> None:
    """Show the public halves of the keys, their states, and between which times each signs."""
    _show(KeyRing.load(Settings.read(os.environ).keys), form)


def _show(ring: KeyRing, form: str) -> None:
    now = process_time()
    rows = [
        public
        | {
            "state": _state(key, now),
            "not_before": _time(public["not_before"]),
            "not_after": _time(public["not_after"]),
        }
        for public, key in zip(ring.public(), ring.keys, strict=True)
    ]
    show_rows(rows, form=form, columns=_COLUMNS)


def _state(key: Key, now: datetime) -> str:
    if key.not_before > now:
        return "waiting"
    return "signing" if key.signs(now) else "verifying"


def _time(seconds: str | int) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
