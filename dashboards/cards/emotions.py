"""Cards of the page Emotions & languages: how feelings went through the calls, and where languages were switched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboards.board.axes import axis_of_means
from dashboards.board.figures import Bar, Bars, Card, Cell, Column, Place, Point, Table, Tick, Trend
from dashboards.cards.rows import (
    agent_address,
    call_address,
    calls_address,
    mean_of,
    metric_address,
    metric_help,
    rows_of,
)
from dashboards.changes import change_of_mean, wilson
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange, Span
from dashboards.palette import EMOTIONS, emotion_mark, language_name
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.figures import share, signed
from qa_pipeline.wording.languages import t, tn

MILD = 0.5
"""Valence from which on a quarter counts as positive, and below whose opposite as negative."""

UNKNOWN_KEY = "unknown"
QUARTERS = (1, 2, 3, 4)


def quarters_card(felt: pd.DataFrame, dates: DateRange) -> Card:
    """Customers' mean valence by quarter of their calls. `felt`: rows of how_feelings_went_by_quarter."""
    found = {row["quarter"]: mean_of(row | {"unit": None}) for row in rows_of(felt) if row["dimension"] == "all"}
    if not found:
        return Card(t("From quarter to quarter of a call"), notes=(t("No customer's speech is labelled."),))
    ends = [end for mean in found.values() for end in (mean.mean, mean.ci_low, mean.ci_high) if end is not None]
    axis = axis_of_means(ends, -5, 5)
    points = []
    for quarter, mean in sorted(found.items()):
        span = mean.interval("customer_valence")
        text = " ".join(filter(None, (mean.shown("customer_valence"), span, tn("{n} call", "{n} calls", mean.n))))
        low = high = None
        if span and mean.ci_low is not None and mean.ci_high is not None:
            low, high = max(-5.0, mean.ci_low), min(5.0, mean.ci_high)
        points.append(Point(quarter - 1, mean.mean, low, high, text, calls_address(_quarter(dates, quarter))))
    body = Trend(
        tuple(Place(t("Quarter {number}", number=quarter), t("Q{number}", number=quarter)) for quarter in QUARTERS),
        tuple(points),
        axis.low,
        axis.high,
        tuple(
            Tick(tick, f"{tick:+.2f}".replace("-", "−") if axis.high - axis.low < 1 else signed(tick))
            for tick in axis.ticks
        ),
        nothing=t("no labelled speech"),
    )
    notes = () if axis.starts_at_zero else (t("The axis does not show zero."),)
    return Card(
        t("From quarter to quarter of a call"),
        body,
        notes=(t("Means of the customer's mood, −5 to 5, with their 95% intervals."), *notes),
        href=metric_address("customer_valence"),
        help=metric_help("customer_valence"),
    )


def quarters_table(title: str, rows: Sequence[Mapping[str, Any]], dates: DateRange, minimum: int, field: str) -> Card:
    """Customers' valence by quarter, one line per queue or agent. `rows` have key, name (may be missing), quarter and
    a mean; `field` is the one of `CallFilter` that narrows to a key."""
    groups: dict[str, dict[int, Mean]] = {}
    names: dict[str, str] = {}
    for row in rows:
        groups.setdefault(row["key"], {})[row["quarter"]] = mean_of({**row, "unit": None})
        names[row["key"]] = f"{row['name']} ({row['key']})" if row.get("name") else row["key"]
    if not groups:
        return Card(title, notes=(t("No customer's speech is labelled."),))
    lines = []
    for key, means in groups.items():
        chosen = {} if key == UNKNOWN_KEY else {field: (key,)}
        cells = [Cell(names[key] if chosen else t("not known"), _group_address(field, key, dates) if chosen else "")]
        for quarter in QUARTERS:
            mean = means.get(quarter)
            if mean is None:
                cells.append(Cell(UNKNOWN, tone="quiet"))
                continue
            href = calls_address(_quarter(dates, quarter, **chosen)) if chosen else ""
            is_few = mean.n < minimum
            note = tn("{n} call", "{n} calls", mean.n) if is_few else mean.interval("customer_valence")
            cells.append(Cell(signed(mean.mean), href, note, "quiet" if is_few else ""))
        first, last = means.get(1), means.get(4)
        change = change_of_mean("customer_valence", last, first) if first and last else UNKNOWN
        cells.append(Cell(change.partition(" (")[0]))
        lines.append(tuple(cells))
    columns = (
        Column(title),
        *(Column(t("Quarter {number}", number=quarter), is_number=True) for quarter in QUARTERS),
        Column(t("First to last quarter")),
    )
    return Card(title, Table(columns, tuple(lines)))


def _group_address(field: str, key: str, dates: DateRange) -> str:
    if field == "agents":
        return agent_address(key, dates)
    return calls_address(CallFilter(dates, queues=(key,)))


def _quarter(dates: DateRange, quarter: int, **chosen: tuple[str, ...]) -> CallFilter:
    return CallFilter(dates, metrics=((f"customer_valence_q{quarter}", Span(low=-5.0)),), **chosen)  # type: ignore[arg-type]


def _mood(name: str) -> Span:
    edge = math.nextafter(MILD, 0)
    return {"negative": Span(high=-MILD), "neutral": Span(-edge, edge), "positive": Span(low=MILD)}[name]


def began_and_ended_card(
    calls: pd.DataFrame, dates: DateRange, queues: tuple[str, ...], **people: tuple[str, ...]
) -> Card:
    """How customers felt in the first quarter against the last. `calls`: rows of how_calls_began_and_ended, of some
    queues, and of `teams` and `supervisors` where given."""
    found = {(row["began"], row["ended"]): row["calls"] for row in rows_of(calls)}
    total = sum(found.values())
    if not total:
        return Card(t("How calls began and ended"), notes=(t("No customer's speech is labelled."),))
    names = {"negative": t("negative"), "neutral": t("neutral"), "positive": t("positive")}
    lines = []
    for began, name in names.items():
        whole = sum(found.get((began, ended), 0) for ended in names)
        cells = [Cell(t("began {mood}", mood=name))]
        for ended in names:
            number = found.get((began, ended), 0)
            metrics = (("customer_valence_q1", _mood(began)), ("customer_valence_q4", _mood(ended)))
            chosen = CallFilter(dates, queues=queues, metrics=metrics, **people)  # type: ignore[arg-type]
            href = calls_address(chosen) if number else ""
            cells.append(Cell(f"{number:,}", href, share(number, whole) if number else "", shade=number / total))
        lines.append(tuple(cells))
    columns = (
        Column(t("Customer's mood")),
        *(Column(t("ended {mood}", mood=name), is_number=True) for name in names.values()),
    )
    note = t(
        "By the mood in the first and the last quarter of {n} calls with labelled speech in both; negative is "
        "−{mild} and below, positive {mild} and above. Percentages are of calls that began alike.",
        n=f"{total:,}",
        mild=MILD,
    )
    return Card(t("How calls began and ended"), Table(columns, tuple(lines)), notes=(note,))


def transitions_card(steps: pd.DataFrame, dates: DateRange, queues: tuple[str, ...], **people: tuple[str, ...]) -> Card:
    """Which emotion of a customer followed on which. `steps`: rows of which_emotions_followed, of some queues, and of
    `teams` and `supervisors` where given."""
    title = t("From one sentence to the next")
    found = {(row["emotion"], row["following"]): row["times"] for row in rows_of(steps)}
    if not found:
        return Card(title, notes=(t("No customer's speech is labelled."),))
    felt = [emotion for emotion in EMOTIONS if emotion and any(emotion in pair for pair in found)]
    lines = []
    for emotion in felt:
        whole = sum(found.get((emotion, following), 0) for following in felt)
        cells = [Cell(emotion_mark(emotion).label)]
        for following in felt:
            times = found.get((emotion, following))
            if times is None:
                cells.append(Cell("0", tone="quiet"))
                continue
            part = times / whole
            step = (f"{emotion}-{following}",)
            href = calls_address(CallFilter(dates, queues=queues, steps=step, **people))  # type: ignore[arg-type]
            cells.append(Cell(share(times, whole), href, f"{times:,}", shade=part))
        lines.append(tuple(cells))
    columns = (
        Column(t("Customer's sentence")),
        *(Column(f"→ {emotion_mark(each).label}", is_number=True) for each in felt),
    )
    note = t(
        "Each line: what the customer's next labelled sentence was, as a share and how often. A cell opens the calls "
        "in which that happened."
    )
    return Card(title, Table(columns, tuple(lines)), notes=(note,))


def switches_card(switches: pd.DataFrame, dates: DateRange) -> Card:
    """In how many calls somebody switched the language. `switches`: rows of how_often_languages_were_switched."""
    lines = []
    for row in rows_of(switches):
        is_all, is_known = row["dimension"] == "all", row["key"] != UNKNOWN_KEY
        if not row["calls"]:
            continue
        queues = () if is_all else (row["key"],)
        cells = [
            Cell(t("all queues") if is_all else row["key"] if is_known else t("not known")),
            Cell(f"{row['calls']:,}"),
        ]
        for name, column in (
            ("switched", "code_switches"),
            ("by_agent", "agent_code_switches"),
            ("by_customer", "customer_code_switches"),
        ):
            number = row[name]
            chosen = CallFilter(dates, queues=queues, metrics=((column, Span(low=1)),))
            low, high = wilson(number, row["calls"]) or (0.0, 0.0)
            note = f"{number / row['calls']:.1%} ({low:.1%} – {high:.1%})" if name == "switched" else ""
            cells.append(Cell(f"{number:,}", calls_address(chosen) if number and is_known else "", note))
        lines.append(tuple(cells))
    names = (t("Queue"), t("Calls"), t("Calls with a switch"), t("by the agent"), t("by the customer"))
    columns = tuple(Column(name, is_number=at > 0) for at, name in enumerate(names))
    title = t("Where languages are switched")
    return Card(title, Table(columns, tuple(lines))) if lines else Card(title, notes=(t("No language is known."),))


def most_switches_card(calls: pd.DataFrame) -> Card:
    """The calls with the most switches; each opens at its first. `calls`: rows of which_calls_switched_most."""
    lines = []
    for row in rows_of(calls):
        at_s = None if row["moment_ms"] is None else row["moment_ms"] / 1000
        lines.append(
            (
                Cell(row["call_id"], call_address(row["call_id"])),
                Cell(str(row["call_date"])),
                Cell(f"{row['code_switches']:,}"),
                Cell(t(", ").join(language_name(code) for code in row["languages"])),
                Cell(UNKNOWN if at_s is None else f"▶ {clock(at_s)}", call_address(row["call_id"], at_s)),
            )
        )
    names = (t("Call"), t("Day"), t("Switches"), t("Languages"), t("First switch"))
    columns = tuple(Column(name, is_number=at in (2, 4)) for at, name in enumerate(names))
    title = t("Calls with the most switches")
    return (
        Card(title, Table(columns, tuple(lines))) if lines else Card(title, notes=(t("Nobody switched the language."),))
    )


def labelled_by_card(sources: pd.DataFrame) -> Card:
    """Who says in which language a sentence is. `sources`: rows of who_labelled_languages."""
    rows = rows_of(sources)
    total = sum(row["sentences"] for row in rows)
    names = {
        "engine": t("the engine, by its sound"),
        "text": t("its text"),
        "metadata": t("the recording's metadata"),
        None: t("nobody"),
    }
    bars = tuple(
        Bar(names.get(row["source"], str(row["source"])), row["sentences"] / total, share(row["sentences"], total))
        for row in rows
    )
    title = t("Who says which language a sentence is in")
    if not bars:
        return Card(title, notes=(t("No sentence in these dates."),))
    return Card(title, Bars(bars), notes=(t("Shares of sentences."),))
