"""Every projection of this folder, and every question that people may ask of one."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType

import projections
from projections.engine.database import Projection
from projections.engine.question import Question

_PARTS = ("NAME", "table", "project")


def _found() -> Iterable[ModuleType]:
    """Yield the modules of `projections` that are projections; the others hold queries alone.

    A module with only some of _PARTS raises TypeError.
    """
    for found in pkgutil.iter_modules(projections.__path__):
        module = importlib.import_module(f"{projections.__name__}.{found.name}")
        missing = [part for part in _PARTS if not hasattr(module, part)]
        if 0 < len(missing) < len(_PARTS):
            raise TypeError(f"projections/{found.name}.py: define {' and '.join(missing)}")
        if not missing:
            yield module


_FOUND = tuple(_found())

PROJECTIONS: tuple[Projection, ...] = _FOUND
"""Every projection: a module with `NAME`, `table` and `project`."""

QUESTIONS: Mapping[str, Question] = {
    question.command or f"show {name.replace('_', '-')}": question
    for module in _FOUND
    for name, question in vars(module).items()
    if isinstance(question, Question) and question.table is module.table
}
"""Every question of a projection, by the command typed after `hongka`, such as `show usage`."""
