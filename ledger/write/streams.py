"""The stream registry: the categories of streams, and how the streams of each are folded.

A module with CATEGORY, INITIAL and `evolve` declares a category. It is found by being there: the
registry walks every top-level package (or module) of `ledger` in which a file assigns CATEGORY.
Two declarations are optional. `read_with(state)` yields the streams that are usually read together
with a state. KEPT_WHEN_EMPTY says that a stream may belong to somebody though nothing is recorded
in it yet.
"""

import hashlib
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).parents[1]
_DECLARES = re.compile(r"^CATEGORY = ", re.MULTILINE)
_IMPORTS = re.compile(
    rf"^\s*from {_ROOT.name}((?:\.\w+)*) import (?:\(([^)]*)\)|(.*))", re.MULTILINE
)
_LISTS_ITSELF = "import_module"

_NO_STATE = "errors"
"""The package on which no state rests, since `evolve` never refuses; a release often adds to it."""


class Category(NamedTuple):
    """The functions by which the streams of a category are folded and read.

    `initial` is the state without events. `evolve(state, event)` returns the next state, and
    `read_with(state)` the streams usually read with one. States without events are cached only if
    `kept_when_empty`. `program` is the hash of the modules that give its states their shape and
    meaning: snapshots with another hash are ignored.
    """

    initial: Any
    evolve: Callable[[Any, Any], Any]
    read_with: Callable[[Any], Iterable[str]]
    kept_when_empty: bool
    program: str


def stream_modules(sources: Mapping[str, str]) -> list[str]:
    """Return the modules of all packages that declare a category; see `read_sources`."""
    declaring = {_package(name) for name, text in sources.items() if _DECLARES.search(text)}
    return [name for name in sources if _package(name) in declaring]


def program_hash(sources: Mapping[str, str], module: str) -> str:
    """Return a hash (16 hex digits) of a module and all of the ledger that it imports.

    Modules imported through another count as well, and so do all modules of a package that imports
    them by listing its folder. `sources` is the result of `read_sources`, which names the modules.
    """
    reached: set[str] = set()
    found = {module}
    while found:
        reached |= found
        found = {one for name in found for one in _imported(sources, name)} - reached
    hashed = [(name, sources[name]) for name in sorted(reached)]
    return hashlib.sha256(repr(hashed).encode()).hexdigest()[:16]


def read_sources(root: Path) -> dict[str, str]:
    """Return the source text of every module below a folder, by its dotted name from there."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*.py"))
    }


def category_of(stream: str) -> str:
    """Return the category of a stream: `card` for `card-7`, the part before the first hyphen."""
    return stream.partition("-")[0]


def _package(name: str) -> str:
    return name.partition(".")[0]


def _imported(sources: Mapping[str, str], module: str) -> Iterator[str]:
    """Yield the modules that a module imports; a package is named by its `__init__`."""
    text = sources[module]
    if _LISTS_ITSELF in text:
        yield from (name for name in sources if _package(name) == _package(module))
    for base, several, names in _IMPORTS.findall(text):
        for name in ("", *re.findall(r"\w+", several or names)):
            path = f"{base}.{name}".strip(".")
            if _package(path) != _NO_STATE:
                yield from (one for one in (path, f"{path}.__init__") if one in sources)


def _nothing(_state: Any) -> Iterable[str]:
    return ()


def _registered(sources: Mapping[str, str]) -> dict[str, Category]:
    modules = {
        name: importlib.import_module(f"{_ROOT.name}.{name}".removesuffix(".__init__"))
        for name in stream_modules(sources)
    }
    found: dict[str, Category] = {}
    for name, module in modules.items():
        if not all(hasattr(module, one) for one in ("CATEGORY", "INITIAL", "evolve")):
            continue
        if module.CATEGORY in found:
            raise ValueError(f"the category {module.CATEGORY!r} is declared twice")
        found[module.CATEGORY] = Category(
            module.INITIAL,
            module.evolve,
            getattr(module, "read_with", _nothing),
            getattr(module, "KEPT_WHEN_EMPTY", False),
            program_hash(sources, name),
        )
    declared = {module.CATEGORY for module in modules.values() if hasattr(module, "CATEGORY")}
    if unfolded := declared - found.keys():
        raise ValueError(f"no module has CATEGORY, INITIAL and evolve for {sorted(unfolded)}")
    return found


CATEGORIES: Mapping[str, Category] = _registered(read_sources(_ROOT))
