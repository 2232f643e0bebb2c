"""Order the tests of the gate, and leave to the night those whose neighbours suffice by day."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDS = (TESTS / "projections", TESTS / "pos_gateway")
"""The SQL below these is the same on both databases, and tested on both in its own folder."""

ENGINE = TESTS / "projections/engine"


def arrange(items: list[pytest.Item]) -> None:
    """Let browser tests begin, then files that take long: short files fill the end of the run."""
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in browser, item.path not in slow))


def leave_postgres_to_the_night(items: list[pytest.Item]) -> None:
    """Keep one test on PostgreSQL of each module that folds; mark the others `night`."""
    kept: set[Path] = set()
    for item in items:
        if _on_postgres(item) and _folds(item.path):
            if item.path in kept:
                item.add_marker(pytest.mark.night)
            kept.add(item.path)


def leave_english_to_the_night(items: list[pytest.Item]) -> None:
    """Mark `night` each browser test of an English page that is also run with the Chinese page."""
    for item in items:
        called = getattr(item, "callspec", None)
        in_english = called is not None and called.params.get("language") == "en"
        if in_english and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.night)


def _on_postgres(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and called.params.get("database_url") == "postgres"


def _folds(path: Path) -> bool:
    return any(path.is_relative_to(one) for one in FOLDS) and not path.is_relative_to(ENGINE)
