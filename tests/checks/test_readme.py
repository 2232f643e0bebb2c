from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.postings import ACCOUNTS
from pos_gateway.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_knows_every_account() -> None:
    missing = [name for name in ACCOUNTS if f"`{name}:" not in README]
    assert not missing, f"name these accounts of ledger/postings.py in README.md: {missing}"


def test_the_readme_knows_every_setting() -> None:
    settings = Settings.read({}).environment
    assert settings
    missing = [name for name in settings if f"`{name}`" not in README]
    assert not missing, f"add a line for these to the table of settings in README.md: {missing}"


def test_the_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    broken = [link for link in links if not (ROOT / link).exists()]
    assert not broken, f"README.md links to files that do not exist: {broken}"


@pytest.mark.parametrize("command", ["scripts/run", "scripts/test", "scripts/bench/ledger"])
def test_the_commands_of_the_readme_can_be_run(command: str) -> None:
    assert command in README
    assert (ROOT / command).stat().st_mode & 0o111
