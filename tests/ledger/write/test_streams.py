"""The stream registry: modules are found by location; a changed one voids what rests on it."""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.write.streams import CATEGORIES, category_of, program_hash, read_sources, stream_modules

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
import json
from ledger.write.streams import CATEGORIES
print(json.dumps({name: one.program for name, one in CATEGORIES.items()}))
"""
PROGRAMS = {name: one.program for name, one in CATEGORIES.items()}


def registered(tree: Path) -> dict[str, str]:
    """Return the categories of a tree with their hashes, from a separate process."""
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
    programs: dict[str, str] = json.loads(said.stdout)
    return programs


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the ledger for a test to plant a module in."""
    shutil.copytree(LEDGER, tmp_path / "ledger", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("place", ["members/voucher.py", "vouchers/__init__.py", "vouchers.py"])
def test_a_planted_stream_module_is_registered_and_voids_nothing(tree: Path, place: str) -> None:
    planted = tree / "ledger" / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(VOUCHER, encoding="utf-8")

    programs = registered(tree)

    assert programs.pop("voucher")
    assert programs == PROGRAMS


def test_a_copy_of_the_tree_reads_our_snapshots(tree: Path) -> None:
    assert registered(tree) == PROGRAMS


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
    ("module", "voided", "spared"),
    [
        ("event", "fund offer drop redemption card staff", ""),
        ("funds.state", "fund redemption", "offer drop card member till"),
        ("redemptions.recent_usage", "redemption", "fund offer drop card member"),
        ("redemptions.refusal", "refusal", "fund offer drop card member redemption"),
        ("members.card", "card redemption", "fund offer drop member till"),
        ("benefits.kinds.goods", "offer grant redemption", "fund drop card member till"),
        ("money", "merchant offer fund", "drop card till"),
        ("errors.base", "", "fund offer drop card member redemption"),
        ("services.base", "", "fund offer drop card member redemption"),
        ("store.log", "", "fund offer drop card member redemption"),
    ],
)
def test_a_changed_module_voids_snapshots_where_states_rest_on_it_alone(
    module: str, voided: str, spared: str
) -> None:
    changed = SOURCES | {module: SOURCES[module] + "\n"}
    folding = {one.CATEGORY: name for name, one in folding_modules().items()}

    void = {name for name, one in folding.items() if program_hash(changed, one) != PROGRAMS[name]}

    assert void >= set(voided.split())
    assert not void & set(spared.split())


def folding_modules() -> dict[str, Any]:
    """Return the modules that fold a category, by name."""
    modules = {
        name: importlib.import_module(f"ledger.{name}".removesuffix(".__init__"))
        for name in stream_modules(SOURCES)
    }
    return {
        name: module
        for name, module in modules.items()
        if hasattr(module, "CATEGORY") and hasattr(module, "evolve") and hasattr(module, "INITIAL")
    }


def test_the_modules_of_a_stream_package_are_all_found() -> None:
    found = {name.partition(".")[0] for name in stream_modules(SOURCES)}

    assert found == {
        *("drops", "funds", "members", "merchants", "offers", "redemptions", "settlement"),
        *("clock", "control", "request_ids", "staff"),
    }


@pytest.mark.parametrize(
    "line",
    [
        "from ledger.planted import deep",
        "from ledger.planted import other, deep as seen",
        "from ledger.planted import (\n    other,\n    deep,\n)",
        "from ledger.planted.deep import one",
        "if one:\n    from ledger.planted.deep import one",
        "from ledger import between",
        "from ledger import listing",
        "from ledger.listing.other import one",
    ],
)
def test_a_module_that_a_stream_imports_is_hashed(line: str) -> None:
    sources = {
        "members.card": f'CATEGORY = "card"\n{line}\n',
        "planted.deep": "",
        "planted.other": "",
        "between": "from ledger.planted.deep import one",
        "listing.__init__": "import_module(...)",
        "listing.other": "from ledger.planted import deep",
    }

    before = program_hash(sources, "members.card")

    assert program_hash(sources | {"planted.deep": "one = 1"}, "members.card") != before
    assert program_hash(sources | {"planted.unseen": "one = 1"}, "members.card") == before


def test_the_category_is_the_first_word_of_a_stream() -> None:
    assert category_of("bank_account-b-1") == "bank_account"
