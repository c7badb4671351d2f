"""The metrics of one call as lines: a column each for the agent, the customer and the call, reasons as footnotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from rich.text import Text

from qa_pipeline.commands.call.layout import GAP, INDENT, grid, heading, line, plain
from qa_pipeline.conversation.catalogue import CATALOGUE, PAGE, MetricEntry
from qa_pipeline.conversation.emotions import QUARTERS, SCALE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.terminal import out
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.figures import figure
from qa_pipeline.wording.thresholds import changed_thresholds

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
COURSE = tuple(f"customer_valence_q{number}" for number in range(1, QUARTERS + 1))
SHOWN_ELSEWHERE = frozenset(
    {*COURSE, "agent_talk_speed_unit", "customer_talk_speed_unit", "talk_speed_unit", "agent_channel_evidence"}
)
"""Columns that are shown beside another or below the table."""
SWAP_ADVICE = (
    "if the roles are swapped, correct agent_channel (sidecar, calls.csv or setting) and run the day again at no cost"
)

CALL = "call"
SIDES = ("agent", "customer", CALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page of definitions: metric → side → value. Without lines, `mark` leads to the reason."""

    title: str
    mark: str
    lines: dict[str, dict[str, Text]]


class Footnotes:
    """Reasons and evidence by number, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, reason: str) -> str:
        """The number of a remark as a small figure."""
        return str(self._numbers.setdefault(reason, len(self._numbers) + 1)).translate(SUPERSCRIPTS)

    def show(self) -> None:
        """Prints them."""
        grid([[Text(str(number).translate(SUPERSCRIPTS)), plain(reason)] for reason, number in self._numbers.items()])


def print_metrics(metrics: Row, unknown: Mapping[str, str]) -> None:
    """Prints a row of `call_metrics`. `unknown`: column → why it is None."""
    heading("Metrics", f"defined in {PAGE}; version {metrics['definition_version']}")
    metrics = dict.fromkeys(CATALOGUE) | metrics  # a snapshot of an earlier version may lack some
    notes = Footnotes()
    sections = [
        _section(title, list(entries), metrics, unknown, notes)
        for title, entries in groupby(CATALOGUE.values(), key=lambda entry: entry.section)
        if title != "Thresholds and versions"
    ]
    _print_sections(sections)
    _print_course(metrics, unknown, notes)
    notes.show()
    thresholds = changed_thresholds(metrics["thresholds"])
    grid([[plain(thresholds.capitalize(), "yellow" if thresholds.startswith("changed") else "dim")]])


def _section(
    title: str, entries: list[MetricEntry], metrics: Row, unknown: Mapping[str, str], notes: Footnotes
) -> Section:
    """The title with a line per metric; no lines where all are missing for the same reason."""
    shown = [entry for entry in entries if entry.column not in SHOWN_ELSEWHERE]
    reasons = {unknown.get(entry.column) if metrics[entry.column] is None else None for entry in shown}
    [reason] = reasons if len(reasons) == 1 else [None]
    if reason is not None:
        return Section(title, UNKNOWN + notes.mark(reason), {})
    lines: dict[str, dict[str, Text]] = {}
    for entry in shown:
        name = entry.column.removeprefix(f"{entry.side}_")
        lines.setdefault(name, {})[entry.side or CALL] = _cell(entry, metrics, unknown, notes)
    return Section(title, "", lines)


def _cell(entry: MetricEntry, metrics: Row, unknown: Mapping[str, str], notes: Footnotes) -> Text:
    if metrics[entry.column] is None:
        reason = unknown.get(entry.column)
        return Text(UNKNOWN + (notes.mark(reason) if reason else ""))
    if entry.column != "agent_channel_suspect":
        return plain(_figure(entry, metrics))
    is_suspect, evidence = metrics[entry.column], metrics["agent_channel_evidence"] or ""
    remark = f"{evidence}; {SWAP_ADVICE}" if is_suspect else evidence
    return Text(_figure(entry, metrics) + (notes.mark(remark) if remark else ""), "yellow" if is_suspect else "")


def _figure(entry: MetricEntry, metrics: Row) -> str:
    return figure(entry.column, metrics[entry.column], metrics.get(f"{entry.column}_unit"))


def _print_sections(sections: Sequence[Section]) -> None:
    """In columns where the terminal is wide enough, else the sides one after the other."""
    cells = [line for section in sections for line in section.lines.items()]
    names = max(cell_len(name) for name, _ in cells)
    widths = {side: max([len(side), *(cell_len(of[side].plain) for _, of in cells if side in of)]) for side in SIDES}
    fits = not out.is_terminal or names + sum(widths.values()) + GAP * len(SIDES) + 2 * INDENT <= out.width
    if fits:
        heads = (f"{side:>{width}}" for side, width in widths.items())
        line(Text(" " * (2 * INDENT + names + GAP) + (" " * GAP).join(heads), "dim"))
    for section in sections:
        line(Text(f"{' ' * INDENT}{section.title}", "bold").append(f"  {section.mark}".rstrip(), "not bold"))
        if not fits:
            grid([[Text(f"  {name}"), _side_by_side(of)] for name, of in section.lines.items()])
            continue
        for name, of in section.lines.items():
            text = Text(f"{' ' * 2 * INDENT}{name:<{names}}")
            for side, width in widths.items():
                cell = of.get(side, Text())
                text.append(" " * (GAP + width - cell_len(cell.plain))).append_text(cell)
            text.rstrip()
            line(text)


def _side_by_side(of: Mapping[str, Text]) -> Text:
    return Text(", ").join(
        Text(f"{side} " if side != CALL else "", "dim").append_text(cell) for side, cell in of.items()
    )


def _print_course(metrics: Row, unknown: Mapping[str, str], notes: Footnotes) -> None:
    """The customer's sentiment, a line per quarter: left of the middle is negative, right of it positive."""
    if metrics["customer_valence"] is None:
        return
    unrecorded_s = metrics["unrecorded_s"] or 0
    quarter_s = (metrics["duration_s"] - unrecorded_s) / QUARTERS
    rows = []
    for index, column in enumerate(COURSE):
        value = metrics[column]
        when = f"{clock(round(index * quarter_s))} to {clock(round((index + 1) * quarter_s))}"
        known = value is not None
        valence = figure(column, value) if known else UNKNOWN + notes.mark(unknown[column])
        rows.append([Text(f"  {when}"), Text(valence), Text(_bar(value) if known else "")])
    of_what = " of what was recorded" if unrecorded_s else ""
    line(Text(f"  Customer sentiment by quarter{of_what}, from −{SCALE:g} to +{SCALE:g}", "bold"))
    grid(rows, right=frozenset({0, 1}))


def _bar(valence: float) -> str:
    """A cell per point; a valence that is not quite 0 has at least one."""
    cells = max(1, round(abs(valence))) if valence else 0
    below, above = ("█" * cells, "") if valence < 0 else ("", "█" * cells)
    return f"{below:>{int(SCALE)}}│{above}"
