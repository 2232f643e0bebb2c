"""The chart of a rehearsal: sales over time, waits, refusals, and tickets by kind of member."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullFormatter

from ledger.drops.events import Claimed
from pos_gateway.i18n.messages import has_words, message
from pos_gateway.printing.card_image import runs
from pos_gateway.printing.sheet_pdf import cut_down
from pos_gateway.rehearsal.crowd import PERCENT, UNANSWERED, Attempt
from pos_gateway.rehearsal.outcome import Outcome, percentile, seconds_after
from pos_gateway.rehearsal.run import Rehearsed

SLOTS_SHOWN = 6
REASONS_SHOWN = 8
GREEN, BLUE, RED, GREY = "#2e7d32", "#1565c0", "#b3261e", "#9e9e9e"
WEIGHT = 400
WAYS = {"honest": "只点一次", "impatient": "连点十次", "bot": "程序不停"}


def draw(rehearsed: Rehearsed, title: str, path: Path) -> None:
    """Draw the chart with its title, in both languages, and write it to `path` as a PNG.

    It shows ids and reasons, and no names.
    """
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = drawn(rehearsed, title)
        with TemporaryDirectory() as folder:
            _give_font(figure, Path(folder) / "chinese.ttf")
            figure.savefig(path, format="png")


def drawn(rehearsed: Rehearsed, title: str) -> Figure:
    """Return the chart as a figure whose Chinese texts have no font yet."""
    figure = Figure(figsize=(11, 7.2), dpi=100, layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(2, 2)
    _left(panels[0, 0], rehearsed)
    _waits(panels[0, 1], rehearsed.attempts)
    _refusals(panels[1, 0], rehearsed.outcome)
    _shares(panels[1, 1], rehearsed.outcome)
    return figure


def _give_font(figure: Figure, path: Path) -> None:
    """Write a font of all Chinese characters used to `path`, and set it for text beyond ASCII."""
    shown = [one for one in figure.findobj(Text) if isinstance(one, Text)]
    texts = [one for one in shown if not one.get_text().isascii()]
    characters = set("".join(one.get_text() for one in texts)) - {"\n"}
    family, _ = runs("title", "".join(characters))[0]
    path.write_bytes(cut_down(family, WEIGHT, characters, "Rehearsal").getvalue())
    for one in texts:
        one.set_fontproperties(FontProperties(fname=str(path), size=one.get_fontsize()))


def _left(panel: Axes, rehearsed: Rehearsed) -> None:
    """Draw the places left of each slot, claim by claim."""
    panel.set_title("各场次余票  Places left, by session")
    steps = {name: ([0.0], [one.capacity]) for name, one in rehearsed.outcome.slots.items()}
    for fact in rehearsed.facts:
        if isinstance(fact.event, Claimed):
            seconds, left = steps[fact.event.slot]
            seconds.append(seconds_after(rehearsed.plan.opens_at, fact.at))
            left.append(left[-1] - fact.event.places)
    largest = sorted(steps.items(), key=lambda one: -one[1][1][0])
    for name, (seconds, left) in largest[:SLOTS_SHOWN]:
        panel.step(seconds, left, where="post", label=_ascii(name))
    panel.set_xlabel(
        "开抢后秒数（账本时钟）  seconds after the opening, by the clock of the ledger"
    )
    panel.set_xlim(left=0)
    panel.set_ylim(bottom=0)
    panel.legend(frameon=False)


def _waits(panel: Axes, attempts: Sequence[Attempt]) -> None:
    """Draw the median and 99th percentile of the wait, by second of the press."""
    panel.set_title("从点下到答复，秒  Wait from the press to the answer, in seconds")
    for kind, zh, colour in (("accepted", "抢到", GREEN), ("refused", "未抢到", BLUE)):
        by_second: dict[int, list[float]] = {}
        for one in attempts:
            if one.decided and one.kind == kind:
                by_second.setdefault(max(0, int(one.pressed)), []).append(one.waited)
        seconds = sorted(by_second)
        for part, style, name in ((0.5, "-", "中位 median"), (0.99, ":", "99 / 100")):
            took = [percentile(sorted(by_second[one]), part) or 0 for one in seconds]
            label = f"{zh} {kind}, {name}"
            panel.plot(seconds, took, style, color=colour, marker=".", label=label)
    panel.set_yscale("log")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter("{x:g}")
    panel.yaxis.set_minor_formatter(NullFormatter())
    panel.set_xlabel("开抢后秒数（点下时）  seconds after the opening, when pressed")
    panel.legend(frameon=False)


def _refusals(panel: Axes, outcome: Outcome) -> None:
    panel.set_title("没有抢到的原因  Answers without a ticket, by status and reason")
    shown = list(outcome.refusals.items())[:REASONS_SHOWN][::-1]
    bars = panel.barh(range(len(shown)), [count for _, count in shown], color=BLUE)
    panel.set_yticks(range(len(shown)), [_reason(name) for name, _ in shown])
    panel.bar_label(bars, fmt="{:,.0f}", padding=3)
    panel.margins(x=0.15)
    panel.xaxis.set_major_formatter("{x:,.0f}")


def _shares(panel: Axes, outcome: Outcome) -> None:
    panel.set_title("谁抢到了，按怎么点  Who got tickets, by how they press")
    names = list(outcome.ways)
    members = sum(one.members for one in outcome.ways.values()) or 1
    tickets = sum(one.tickets for one in outcome.ways.values()) or 1
    of_members = [one.members * PERCENT / members for one in outcome.ways.values()]
    of_tickets = [one.tickets * PERCENT / tickets for one in outcome.ways.values()]
    places = range(len(names))
    for shift, values, colour, word in (
        (-0.2, of_members, GREY, "占会员 of the members"),
        (0.2, of_tickets, RED, "占票 of the tickets"),
    ):
        bars = panel.bar([one + shift for one in places], values, 0.38, color=colour, label=word)
        panel.bar_label(bars, fmt="{:.1f} %", padding=2)
    panel.set_xticks(list(places), [f"{WAYS[name]}\n{name}" for name in names])
    panel.set_ylabel("%")
    panel.margins(y=0.15)
    panel.legend(frameon=False)


def _reason(name: str) -> str:
    """Return the label of a refusal `name`: status and reason, translated where possible."""
    status, _, reason = name.partition(" ")
    if has_words(reason):
        return f"{message(reason, 'zh').title}\n{name}"
    return f"没有答复\n{_ascii(name)}" if status == str(UNANSWERED) else _ascii(name)


def _ascii(words: str) -> str:
    """Return the words with `?` for each character beyond ASCII, which a font may lack."""
    return words.encode("ascii", "replace").decode()
