"""Texts of closed lists, from `words.toml`: each constant maps the values of one list to words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from ledger.benefits import Words
from ledger.control.table import TABLE

ReversalReason = Literal[
    "wrong_amount", "wrong_member", "goods_returned", "duplicate", "till_error", "other"
]
"""Reasons of reversals: a closed list, since free text could store a person's name for ever."""

_LISTS: dict[str, dict[str, Words]] = {
    name: {value: Words(zh, en) for value, (zh, en) in words.items()}
    for name, words in msgspec.toml.decode(
        Path(__file__).with_name("words.toml").read_bytes(),
        type=dict[str, dict[str, tuple[str, str]]],
    ).items()
}
_LISTS["acts"] = {act: Words(*row.words) for act, row in TABLE.items()}


def words_of(name: str) -> Mapping[str, Words]:
    """Return the texts of the section `name` of `words.toml`, in its order; KeyError if unknown."""
    return _LISTS[name]


CATEGORIES = words_of("merchant_categories")
INCIDENT_REASONS = words_of("incident_reasons")
LIABILITY_REASONS = words_of("liability_reasons")
MEMBER_REASONS = words_of("member_reasons")
PROPOSAL_REASONS = words_of("proposal_reasons")
RETURN_REASONS = words_of("return_reasons")
REVERSAL_REASONS = words_of("reversal_reasons")
ROLES = words_of("roles")
ROSTER_FIELDS = words_of("roster_fields")
ROSTER_FILES = words_of("roster_files")
ROSTER_HELP = words_of("roster_help")
ROSTER_REASONS = words_of("roster_reasons")
RULES = words_of("rules")
STATEMENT_STATUSES = words_of("statement_statuses")


def category_words(category: str) -> Words:
    """Return the texts of a merchant category; those of an unknown one are its id."""
    return CATEGORIES.get(category) or Words(category, category)
