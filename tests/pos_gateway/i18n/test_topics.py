"""Every topic has its words, and no word is without a topic."""

from __future__ import annotations

import ledger.application  # noqa: F401 - registers every topic
from ledger.event import topics
from pos_gateway.i18n.topics import TOPIC_WORDS


def test_every_topic_can_be_read_by_an_officer() -> None:
    released = {name for name, kind in topics().items() if kind.__module__.startswith("ledger.")}

    assert set(TOPIC_WORDS) == released
