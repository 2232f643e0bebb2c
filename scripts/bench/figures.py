"""Measured figures: samples of each round, shown as a table and one line of JSON."""

import csv
import gc
import os
import platform
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import msgspec
import pysqlite3
from rich.console import Console
from rich.table import Table

FIGURES_SHOWN = 3
COLOURS = {None: "", True: "green", False: "red"}


class Row(NamedTuple):
    """A figure of figures.csv; with a `beside` its ratio to that figure is shown as well.

    `start` and `figure` make its name; the ratio is made of every start that has both figures.
    `least` and `most` (None: no bound) are those of the ratio, else of the figure, at this start.
    `what` and `words` name figure and `beside` in the table of the README ("": not in it).
    """

    what: str
    start: str
    figure: str
    beside: str
    words: str
    least: float | None
    most: float | None

    @property
    def bounded(self) -> str:
        """The name, after the start, of the ratio if there is one, else of the figure."""
        return f"{self.figure} to {self.beside}" if self.beside else self.figure


with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as _file:
    ROWS = [
        msgspec.convert([*texts, least or None, most or None], Row, strict=False)
        for *texts, least, most in list(csv.reader(_file))[1:]
    ]


class Figure(msgspec.Struct, kw_only=True):
    """A figure with one sample a round; its median must reach `least`, or not exceed `most`."""

    name: str
    unit: str
    least: float | None = None
    most: float | None = None
    samples: list[float] = []

    @property
    def shown(self) -> dict[str, float]:
        """The median, the lowest and the highest sample, in this order."""
        samples = self.samples
        return {"median": median(samples), "lowest": min(samples), "highest": max(samples)}

    @property
    def reached(self) -> bool | None:
        """Whether the median is within its bound (inclusive); None without a bound."""
        middle = median(self.samples)
        if self.least is not None:
            return middle >= self.least
        return None if self.most is None else middle <= self.most


class Figures:
    """All figures of one bench, and the machine they were measured on."""

    def __init__(self, bench: str) -> None:
        self._bench = bench
        self._figures: dict[tuple[str, str], Figure] = {}
        self._left_out: list[str] = []
        self.machine: dict[str, Any] = {
            "cores": os.cpu_count(),
            "load_at_start": _load(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "sqlite": pysqlite3.sqlite_version,
            "gc": f"{gc.get_threshold()}",
        }

    def add(self, start: str, name: str, sample: float, unit: str) -> None:
        """Add a sample to the figure that `start` and `name` make; the first one sets its unit."""
        new = Figure(name=start + name, unit=unit)
        self._figures.setdefault((start, name), new).samples.append(sample)

    def leave_out(self, reason: str) -> None:
        """Say, loudly and in the results, that something is not measured, and the reason."""
        self._left_out.append(reason)

    def show(self) -> None:
        """Print the table, red where a bound is missed, and then one line of JSON."""
        self.machine["load_at_end"] = _load()
        for row in ROWS:
            self._compare(row)
        table = Table(title=f"{self._bench}: {self.machine}", title_justify="left")
        for heading in ("figure", "median", "lowest", "highest", "unit", "rounds", "to reach"):
            table.add_column(heading, justify="left" if heading == "figure" else "right")
        lines = []
        for one in self._figures.values():
            texts = map(number_text, one.shown.values())
            rounds, bounds = len(one.samples), (("at least", one.least), ("at most", one.most))
            wanted = ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
            row_texts = (one.name, *texts, one.unit, str(rounds), wanted)
            table.add_row(*row_texts, style=COLOURS[one.reached])
            shown = {name: round(value, 3) for name, value in one.shown.items()}
            line = msgspec.structs.asdict(one) | shown | {"rounds": rounds, "reached": one.reached}
            del line["samples"]
            lines.append(line)
        console = Console(width=140)
        console.print(table)
        for reason in self._left_out:
            console.print(reason, style="bold red")
        told = {"bench": self._bench, "machine": self.machine, "left_out": self._left_out}
        print(msgspec.json.encode(told | {"figures": lines}).decode())

    def _compare(self, row: Row) -> None:
        """Add the ratios of a row to the figures, one for each start, and set its bounds."""
        for start in dict.fromkeys(start for start, _name in self._figures):
            own, other = (self._figures.get((start, one)) for one in (row.figure, row.beside))
            if own and other and (start, row.bounded) not in self._figures:
                for sample, beside in zip(own.samples, other.samples, strict=False):
                    self.add(start, row.bounded, sample / beside, "×")
        if figure := self._figures.get((row.start, row.bounded)):
            figure.least, figure.most = row.least, row.most


def percentile(samples: list[float], part: float) -> float:
    """Return the sample at a part (0 … 1) of the samples once sorted; 0 without samples."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else 0.0


def number_text(number: float) -> str:
    """Return a number from 1000 on as a whole number, else with three significant digits."""
    return f"{number:,.0f}" if len(str(round(number))) > FIGURES_SHOWN else f"{number:.3g}"


def _load() -> list[float]:
    return [round(one, 2) for one in os.getloadavg()]
