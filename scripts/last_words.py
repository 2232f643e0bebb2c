"""What a test run must not let pass unseen, said just above the last line of pytest."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Repeat the checks that failed before pytest began, and the programs that are missing."""
    yield  # first everything pytest has to say
    for line in os.environ.get("LAST_WORDS", "").splitlines():
        terminalreporter.write_line(line, red=True, bold=True)
