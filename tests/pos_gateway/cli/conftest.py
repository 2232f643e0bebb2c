"""A command line on an empty ledger, for the tests that do not set up their own."""

from pathlib import Path

import pytest

from tests.support.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "var")
