"""No query of the projections that has a limit is called as if it gave everything."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import projections
from projections.engine import pages as engine_pages
from projections.engine import totals as engine_totals
from projections.engine.question import Question

ROOT = Path(__file__).parents[2]

PART = {
    ("api/history.py", "history"): "answers with next_before",
    ("api/history.py", "savings"): "a thousand months",
    ("pages/merchant/redemptions.py", "late_redemptions"): "the report of one redemption",
    ("pages/merchant/tills.py", "redemptions"): "the last one",
    ("pages/officer/dashboard.py", "statements"): "a link leads to the others",
    ("pages/officer/figure_subjects.py", "query"): "figures say that rows are missing",
    ("pages/officer/figure_subjects.py", "drops"): "figures say that rows are missing",
}
"""Calls in the gateway of a query with a limit that show no more than it gives, and why."""


def limited() -> Iterator[tuple[str, str]]:
    """Yield the module and name of every query of the projections that has a limit."""
    generic = {engine_pages.latest, engine_pages.by_key, engine_totals.totals}
    for found in pkgutil.iter_modules(projections.__path__, "projections."):
        for name, one in vars(importlib.import_module(found.name)).items():
            summed = isinstance(one, partial) and one.func in generic
            if isinstance(one, Question) or summed or _is_limited(one, found.name):
                yield found.name, name


def _is_limited(query: Any, module: str) -> bool:
    if not inspect.isfunction(query) or query.__module__ != module:
        return False
    signature = inspect.signature(query)
    return "rows_max" in signature.parameters or signature.return_annotation == "list[Total]"


def test_no_query_with_a_limit_is_called_as_if_it_gave_everything() -> None:
    queries = set(limited())
    called = set()
    for path in sorted((ROOT / "pos_gateway").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            one.asname or one.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for one in node.names
            if (node.module, one.name) in queries
        }
        one_row = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and _unpacks_one(node.targets[0])
        }
        one_row |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node not in one_row:
                name = getattr(node.func, "id", "")
                if name in names:
                    called.add((str(path.relative_to(ROOT / "pos_gateway")), name))

    assert len(queries) > 20
    assert called <= set(PART), (
        "take the rows through `Lists`, `every` or `rows`, or sum them by SQL; or say in PART of"
        f" this file how the page tells that there are more: {sorted(called - set(PART))}"
    )


def _unpacks_one(target: ast.expr) -> bool:
    return isinstance(target, ast.Tuple) and len(target.elts) == 1
