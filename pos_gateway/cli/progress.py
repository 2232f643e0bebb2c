"""Progress of a long command on stderr; silent without a terminal."""

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import TaskID


class Bar:
    """A progress bar on stderr, shown only at a terminal; `total` None: of unknown length.

    Without a label it shows nothing until `step` adds a bar for each named step; `advance` and
    `reach` need a label.
    """

    def __init__(self, label: str = "", *, total: int | None = None) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=bool(label),
        )
        self._label = label
        self._tasks: dict[str, TaskID] = {}
        if label:
            self._tasks[label] = self._progress.add_task(label, total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def advance(self, steps: float = 1) -> None:
        """Move the bar forward by `steps`."""
        self._progress.advance(self._tasks[self._label], steps)

    def reach(self, step: float, *, total: float | None = None) -> None:
        """Move the bar to `step`, and change its total; None keeps the total."""
        self._progress.update(self._tasks[self._label], completed=step, total=total)

    def step(self, name: str, done: int, total: int) -> None:
        """Move the bar of a named step to `done` of `total`; add the bar if it is new."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name)
        self._progress.update(self._tasks[name], completed=done, total=total)
