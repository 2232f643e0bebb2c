"""Progress of a long command on stderr; silent without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


class Bar:
    """A progress bar on stderr, only at a terminal; `total` None: of unknown length."""

    def __init__(self, label: str, *, total: int | None = None) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(label, total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def advance(self, steps: float = 1) -> None:
        """Move the bar forward by `steps`."""
        self._progress.advance(self._task, steps)

    def reach(self, step: float, *, total: float | None = None) -> None:
        """Move the bar to `step`, and change its total unless None."""
        self._progress.update(self._task, completed=step, total=total)


@contextmanager
def step_bars(
    *columns: ProgressColumn, console: Console, shown: bool = True
) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows progress: it takes a step's name, the amount done, and the total.

    Each name gets a bar of its own; `shown` False shows none.
    """
    with Progress(*columns, console=console, disable=not shown) as progress:
        tasks: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield told
