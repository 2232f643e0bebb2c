"""`python -m pos_gateway.cli` is the command `hongka`."""

from __future__ import annotations

import subprocess
import sys


def test_the_module_runs_as_the_command() -> None:
    # When somebody runs the package
    command = [sys.executable, "-m", "pos_gateway.cli", "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    # Then it is the command, by its name
    assert shown.stdout.startswith("Usage: hongka ")
    assert "upgrade" in shown.stdout
