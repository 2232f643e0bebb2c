"""What a test run must not let pass unseen, said just above the last line of pytest."""

from __future__ import annotations

import os

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat the checks that failed before pytest began, and the programs that are missing."""
    for line in os.environ.get("LAST_WORDS", "").splitlines():
        terminalreporter.write_line(line, red=True, bold=True)
