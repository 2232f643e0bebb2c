import re
from pathlib import Path

import pytest

from ledger.postings import ACCOUNTS
from pos_gateway.settings import Settings

COLUMNS_MAX = 100
BUILT = {"pos_gateway/static"}
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
    links = re.findall(r"(?:\]\(|^\[\w+\]: )(?!https?:)([^)#\n]+)", README, re.MULTILINE)
    assert links
    broken = [link for link in links if not (ROOT / link).exists()]
    assert not broken, f"README.md links to files that do not exist: {broken}"


@pytest.mark.parametrize("command", ["scripts/run", "scripts/test", "scripts/bench/all"])
def test_the_commands_of_the_readme_can_be_run(command: str) -> None:
    assert command in README
    assert (ROOT / command).stat().st_mode & 0o111


def test_the_map_names_every_package_and_no_other() -> None:
    named = re.findall(r"^\| `([a-z_]+/[a-z0-9_]+(?:\.py|/))` \|", README, re.MULTILINE)

    packages, modules = set(), set()
    for top in ("ledger", "projections", "pos_gateway", "tests", "scripts"):
        found = (one for one in (ROOT / top).iterdir() if one.name[0].isalpha())
        packages |= {f"{top}/{one.name}" for one in found if one.is_dir()} - BUILT
    for top in ("ledger", "pos_gateway"):
        modules |= {f"{top}/{one.name}" for one in (ROOT / top).glob("[a-z]*.py")}
    there = {f"{one}/" for one in packages} | modules
    assert set(named) == there, (
        "make the tables of `The map` in README.md name these, or no longer name them:"
        f" {sorted(set(named) ^ there)}"
    )
    assert len(named) == len(set(named))


def test_the_readme_is_wrapped() -> None:
    long = [
        f"README.md:{number}"
        for number, line in enumerate(README.splitlines(), start=1)
        if len(line) > COLUMNS_MAX and not line.startswith(("|", "["))
    ]
    assert not long, f"wrap these lines at {COLUMNS_MAX} columns: {long}"
