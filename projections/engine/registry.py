"""Every projection of this folder, and every question that people may ask of one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

import projections
from projections.engine.database import Projection
from projections.engine.question import Question


def _modules() -> Iterable[ModuleType]:
    for found in pkgutil.iter_modules(projections.__path__):
        yield importlib.import_module(f"{projections.__name__}.{found.name}")


def _questions(module: ModuleType) -> Iterable[tuple[str, Question]]:
    for name, value in vars(module).items():
        if isinstance(value, Question) and value.table is module.table:
            yield name, value


_FOUND = [module for module in _modules() if hasattr(module, "project")]

PROJECTIONS: tuple[Projection, ...] = tuple(_FOUND)
"""Every projection: a module with `NAME`, `table` and `project`."""

QUESTIONS: Mapping[str, Question] = {
    question.command or f"show {name.replace('_', '-')}": question
    for module in _FOUND
    for name, question in _questions(module)
}
"""Every question of a projection, by the command people type after `hongka`."""
