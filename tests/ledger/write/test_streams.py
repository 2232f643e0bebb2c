"""The stream registry: modules are registered by location, and a changed one voids snapshots."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.write.streams import (
    CATEGORIES,
    PROGRAM,
    category_of,
    program_hash,
    read_sources,
    stream_modules,
)

LEDGER = Path(__file__).parents[3] / "ledger"
SOURCES = read_sources(LEDGER)
VOUCHER = '''"""Vouchers."""

from ledger.event import Event, topic

CATEGORY = "voucher"
INITIAL = 0


@topic("voucher.printed", "印制优惠券", "Voucher printed")
class Printed(Event, frozen=True, kw_only=True):
    """A voucher was printed."""

    @property
    def stream(self) -> str:
        return "voucher-v1"


def evolve(state: int, _event: Printed) -> int:
    return state + 1
'''
TRY = """
import sys
from ledger.write.streams import CATEGORIES, PROGRAM
print(PROGRAM, *sorted(CATEGORIES))
"""


def registered(tree: Path) -> tuple[str, set[str]]:
    """Return the program hash and the categories of a tree, from a separate process."""
    said = subprocess.run(
        [sys.executable, "-c", TRY],
        env={"PYTHONPATH": str(tree)},
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    program, *categories = said.stdout.split()
    return program, set(categories)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the ledger for a test to plant a module in."""
    shutil.copytree(LEDGER, tmp_path / "ledger", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("place", ["members/voucher.py", "vouchers/__init__.py", "vouchers.py"])
def test_a_planted_stream_module_is_registered_and_voids_snapshots(tree: Path, place: str) -> None:
    planted = tree / "ledger" / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(VOUCHER, encoding="utf-8")

    program, categories = registered(tree)

    assert categories == {*CATEGORIES, "voucher"}
    assert program != PROGRAM


def test_a_copy_of_the_tree_reads_our_snapshots(tree: Path) -> None:
    assert registered(tree) == (PROGRAM, set(CATEGORIES))


def test_a_category_declared_twice_or_never_folded_is_an_error(tree: Path) -> None:
    planted = tree / "ledger" / "members" / "voucher.py"
    for text, problem in (
        (VOUCHER.replace('"voucher"', '"card"', 1), "declared twice"),
        (VOUCHER.replace("def evolve", "def fold"), "no module has CATEGORY, INITIAL and evolve"),
    ):
        planted.write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError, match=problem):
            registered(tree)


@pytest.mark.parametrize(
    ("module", "voids"),
    [
        ("redemptions.pricing", True),
        ("redemptions.recent_usage", True),
        ("members.card_events", True),
        ("benefits.terms", True),
        ("benefits.kinds.goods", True),
        ("money", True),
        ("staff", True),
        ("services.base", False),
        ("store.log", False),
        ("write.writer", False),
    ],
)
def test_a_changed_module_voids_snapshots_where_states_rest_on_it(
    module: str, *, voids: bool
) -> None:
    changed = SOURCES | {module: SOURCES[module] + "\n"}

    assert (program_hash(changed) != PROGRAM) is voids


def test_the_modules_of_a_stream_package_are_all_found() -> None:
    found = {name.partition(".")[0] for name in stream_modules(SOURCES)}

    assert found == {
        *("drops", "funds", "members", "merchants", "offers", "redemptions", "settlement"),
        "staff",
    }


@pytest.mark.parametrize(
    "line",
    [
        "from ledger import planted",
        "from ledger import errors, planted as seen",
        "from ledger import (\n    errors,\n    planted,\n)",
        "from ledger.planted.deep import one",
        "if one:\n    from ledger.planted import one",
    ],
)
def test_a_package_that_a_stream_imports_is_hashed(line: str) -> None:
    sources = {"members.card": f'CATEGORY = "card"\n{line}\n', "planted.deep": "", "planted": ""}

    assert program_hash(sources) != program_hash(sources | {"planted.deep": "one = 1"})


def test_the_category_is_the_first_word_of_a_stream() -> None:
    assert category_of("bank_account-b-1") == "bank_account"
