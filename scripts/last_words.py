"""Repeat important messages of a test run just above the last line of pytest."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Repeat the checks that failed before pytest started, and the missing programs."""
    yield  # pytest prints its own summary first
    for line in os.environ.get("LAST_WORDS", "").splitlines():
        terminalreporter.write_line(line, red=True, bold=True)
