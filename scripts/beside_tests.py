"""A plugin of pytest: run the static checks beside the tests, and report them above its last line.

The exit status is 1 where a check fails, though every test passes.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = (("ruff", "format", "--check"), ("ruff", "check"), ("lint-imports",), ("mypy",))


class Result(NamedTuple):
    """The outcome of one check: its command, seconds, exit status (0: passed) and output."""

    name: str
    seconds: float
    status: int
    output: str


class StaticChecks:
    """The checks, run one after the other in a thread that starts at once."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._thread = threading.Thread(target=self._run)
        self._begun = time.monotonic()
        self._thread.start()

    def _run(self) -> None:
        for command in CHECKS:
            begun = time.monotonic()
            program = Path(sys.executable).parent / command[0]
            ended = subprocess.run(
                [program, *command[1:]],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            seconds = time.monotonic() - begun
            self.results.append(Result(" ".join(command), seconds, ended.returncode, ended.stdout))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for the checks; one that fails makes the run fail."""
        self._tested_seconds = time.monotonic() - self._begun
        self._thread.join()
        if session.exitstatus == pytest.ExitCode.OK and any(one.status for one in self.results):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> object:
        """Print the output of failed checks, the time of each part, and the lines of LEFT_OUT."""
        result = yield
        failed = [one for one in self.results if one.status]
        for one in failed:
            terminalreporter.write_sep("=", one.name)
            terminalreporter.write(one.output)
        terminalreporter.write_sep("=", "parts")
        for one in self.results:
            terminalreporter.write_line(f"{one.seconds:7.1f} s  {one.name}")
        terminalreporter.write_line(f"{self._tested_seconds:7.1f} s  pytest, beside them")
        for line in os.environ.get("LEFT_OUT", "").splitlines():
            terminalreporter.write_line(line, red=True, bold=True)
        for one in failed:
            terminalreporter.write_line(f"FAILED: {one.name}", red=True, bold=True)
        return result


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the checks with the run, though not with each of its workers."""
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(StaticChecks(), "static-checks")
