"""Prompts for personal data, because a shell's history keeps command lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from ledger.vault import Person
from pos_gateway.roster.checks import Faulty, checked_identity_number, checked_name, checked_phone

T = TypeVar("T")


def asked_person() -> Person:
    """Prompt for name, identity number and phone, and repeat each until it is valid."""
    return Person(
        name=_asked("Name 姓名", checked_name),
        identity_number=asked_identity_number(),
        phone=_asked("Mobile phone 手机号 (may be empty)", checked_phone, default=""),
    )


def asked_identity_number() -> str:
    """Prompt for an identity number until it is valid; return it normalised."""
    return _asked("Identity number 身份证号", checked_identity_number)


def asked_phone() -> str:
    """Prompt for a mobile phone number until it is valid; return it normalised."""
    return _asked("Mobile phone 手机号", checked_phone) or ""


def _asked(label: str, check: Callable[[str], T], default: str | None = None) -> T:
    def checked(text: str) -> T:
        try:
            return check(text)
        except Faulty as faulty:
            # The value is not echoed, since a log may record the screen.
            raise click.BadParameter(faulty.reason.replace("_", " ")) from None

    # Prompts go to stderr, since stdout is for results.
    answer: T = click.prompt(
        label, default=default, show_default=False, value_proc=checked, err=True
    )
    return answer
