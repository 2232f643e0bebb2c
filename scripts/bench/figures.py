"""Measured figures: samples of each round, shown as a table and one line of JSON."""

from __future__ import annotations

import gc
import os
import platform
from statistics import median
from typing import Any

import msgspec
import pysqlite3
from rich.console import Console
from rich.table import Table

FIGURES_SHOWN = 3
COLOURS = {None: "", True: "green", False: "red"}


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
        self._figures: dict[str, Figure] = {}
        self._left_out: list[str] = []
        self.machine: dict[str, Any] = {
            "cores": os.cpu_count(),
            "load_at_start": _load(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "sqlite": pysqlite3.sqlite_version,
            "gc": f"{gc.get_threshold()}",
        }

    def add(self, name: str, sample: float, unit: str, **bound: float | None) -> None:
        """Add a sample to the figure of this name; the first one sets its unit and its bound.

        `bound` is `least=` or `most=`, or nothing.
        """
        new = Figure(name=name, unit=unit, **bound, samples=[])
        self._figures.setdefault(name, new).samples.append(sample)

    def leave_out(self, reason: str) -> None:
        """Say, loudly and in the results, that something is not measured, and the reason."""
        self._left_out.append(reason)

    def show(self) -> None:
        """Print the table, red where a bound is missed, and then one line of JSON."""
        self.machine["load_at_end"] = _load()
        table = Table(title=f"{self._bench}: {self.machine}", title_justify="left")
        for heading in ("figure", "median", "lowest", "highest", "unit", "rounds", "to reach"):
            table.add_column(heading, justify="left" if heading == "figure" else "right")
        for figure in self._figures.values():
            table.add_row(*_cells(figure), style=COLOURS[figure.reached])
        console = Console(width=140)
        console.print(table)
        for reason in self._left_out:
            console.print(reason, style="bold red")
        print(msgspec.json.encode(self._line()).decode())

    def _line(self) -> dict[str, Any]:
        return {
            "bench": self._bench,
            "machine": self.machine,
            "left_out": self._left_out,
            "figures": [
                {
                    "name": figure.name,
                    "unit": figure.unit,
                    **{name: round(value, 3) for name, value in figure.shown.items()},
                    "rounds": len(figure.samples),
                    "least": figure.least,
                    "most": figure.most,
                    "reached": figure.reached,
                }
                for figure in self._figures.values()
            ],
        }


def percentile(samples: list[float], part: float) -> float:
    """Return the sample at a part (0 … 1) of the samples once sorted; 0 without samples."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else 0.0


def _cells(figure: Figure) -> list[str]:
    wanted = ""
    if figure.least is not None:
        wanted = f"at least {figure.least:g}"
    elif figure.most is not None:
        wanted = f"at most {figure.most:g}"
    shown = map(number_text, figure.shown.values())
    return [figure.name, *shown, figure.unit, str(len(figure.samples)), wanted]


def number_text(number: float) -> str:
    """Return a number from 1000 on as a whole number, else with three significant digits."""
    return f"{number:,.0f}" if len(str(int(number))) > FIGURES_SHOWN else f"{number:.3g}"


def _load() -> list[float]:
    return [round(one, 2) for one in os.getloadavg()]
