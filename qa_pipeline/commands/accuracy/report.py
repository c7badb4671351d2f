"""What `qa-pipeline accuracy` prints: figures, comparison, worst sentences, and what had no counterpart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_pipeline.accuracy.comparison import FEWEST_CALLS, Difference
from qa_pipeline.accuracy.errors import Counts, Piece, SentenceErrors
from qa_pipeline.accuracy.figures import NOT_GIVEN, Bands, Figures, total, worst
from qa_pipeline.accuracy.pairing import MeasuredChannel, Pairing
from qa_pipeline.accuracy.transcripts import ChannelText
from qa_pipeline.export.transcripts import clock
from qa_pipeline.published.output import visible
from qa_pipeline.terminal import err, out
from qa_pipeline.wording.figures import count

NAMED_AT_MOST = 10
WIDE = 110
"""Columns of a terminal that hold a comparison with its sizes; a narrower one is shown without them."""
SHOWN_AT_MOST = 500
"""Characters of a sentence: of a reference that covers a part of its call, one sentence takes all the rest."""
_PLAIN_WIDTH = 10_000
"""A file or program has no width: nothing is folded there."""


def show_figures(found: Figures) -> None:
    """Error rates of all, of languages, roles and models."""
    rows = [
        [str(group), measure, f"{len(calls):,}", *_counts(total(calls)), _percent(total(calls).rate)]
        for (group, measure), calls in found.items()
    ]
    _print_table(["of", "in", "calls", "reference", "sub", "del", "ins", "error rate"], rows)
    out.print("sub, del, ins: units that were replaced, left out, and added by the transcript", style="dim")
    if any(measure == "words" for _, measure in found):
        out.print("words: without zh, yue, ja and th, which have no blanks between words", style="dim")
    made_by = list(dict.fromkeys(group.name for group, _ in found if group.kind == "model"))
    if len(made_by) > 1:
        names = visible("; ".join(made_by))
        out.print(
            f"all, language and role are of {len(made_by)} engines together: {names}", style="yellow", markup=False
        )
    if {group.name for group, _ in found if group.kind == "language"} == {NOT_GIVEN}:
        err.print("the references name no language; --language CODE says it", style="dim")


def show_bands(found: Bands) -> None:
    """How often words are wrong by how sure the engine was of them, the surest first; nothing without confidence."""
    if not found:
        return
    out.print()
    rows = [
        [f"model {engine}", str(band), f"{judged.heard:,}", f"{judged.wrong:,}", _percent(judged.rate)]
        for (engine, band), judged in found.items()
    ]
    _print_table(["of", "confidence", "heard", "wrong", "error rate"], rows)
    out.print("heard: words of the transcript; wrong: those that were replaced or added", style="dim")


def show_comparison(differences: Sequence[Difference], compared: str, current: str) -> None:
    """Both rates, the difference in percentage points, its interval, and what it says. First what the two sets are."""
    out.print(f"compared: {visible(compared)}", markup=False)
    out.print(f"current:  {visible(current)}\n", markup=False)
    sized = not out.is_terminal or out.width >= WIDE
    rows = [
        [
            str(item.group),
            item.measure,
            *([f"{item.calls:,}", f"{item.current.reference:,}"] if sized else []),
            _percent(item.compared.rate),
            _percent(item.current.rate),
            _points(item.change),
            f"{_points(item.low)} … {_points(item.high)}" if item.low is not None else "–",
            item.verdict,
        ]
        for item in differences
    ]
    sizes = ["calls", "reference"] if sized else []
    _print_table(["of", "in", *sizes, "compared", "current", "change", "95% interval", "verdict"], rows)
    out.print(
        "change: percentage points, below zero is fewer errors than in the set compared with; interval: paired "
        f"bootstrap over calls, from {FEWEST_CALLS} calls on",
        style="dim",
    )


def show_worst(
    channels: Sequence[MeasuredChannel], number: int, before: Sequence[MeasuredChannel] | None = None
) -> None:
    """The sentences with the most errors × error rate: what was said, what was heard, and what was heard before."""
    chosen = worst(channels, number)
    if not chosen:
        if number:
            out.print("\nno sentence has an error in its words or characters")
        return
    earlier = _earlier(channels, before or ())
    out.print(f"\nworst {len(chosen):,} sentences", style="bold")
    for channel, sentence in chosen:
        out.print(Text(_heading(channel, sentence), style="cyan"))
        out.print(_line("said", sentence.said))
        if before is not None:
            out.print(_line("compared", earlier[id(sentence)].heard))
        out.print(_line("heard" if before is None else "current", sentence.heard))


def _earlier(now: Sequence[MeasuredChannel], before: Sequence[MeasuredChannel]) -> dict[int, SentenceErrors]:
    """The other set's errors of the same sentence of the reference."""
    return {
        id(sentence): other
        for channel, counterpart in zip(now, before, strict=False)
        for sentence, other in zip(channel.sentences, counterpart.sentences, strict=True)
    }


def say_unreadable(unreadable: Mapping[Path, str]) -> None:
    """Names files that could not be read, on standard error."""
    for path, reason in unreadable.items():
        err.print(f"{visible(str(path))}: {visible(reason)}", markup=False, style="red")


def say_alone(pairing: Pairing, *, left_out: int) -> None:
    """Names what has no counterpart, on standard error: no transcript, or no reference."""
    if left_out:
        err.print(f"left out as the options say: references of {count(left_out, 'channel')}", style="dim")
    for texts, lacks in (
        (pairing.references_alone, "no transcript of"),
        (pairing.transcripts_alone, "no reference of"),
    ):
        if texts:
            err.print(f"{lacks} {_named(texts)}", markup=False, style="yellow")


def say_masked(in_references: int, in_transcripts: int) -> None:
    """Says what is not compared, on standard error: both sides have a placeholder there."""
    if in_references or in_transcripts:
        err.print(
            f"{count(in_references, 'place')} in the references and {in_transcripts:,} in the transcripts "
            f"{'is' if in_references == 1 else 'are'} masked: each counts as one word",
            style="dim",
        )


def _named(texts: Sequence[ChannelText]) -> str:
    more = len(texts) - NAMED_AT_MOST
    named = ", ".join(visible(text.name) for text in texts[:NAMED_AT_MOST])
    return f"{count(len(texts), 'channel')}: {named}" + (f" and {more:,} more" if more > 0 else "")


def _heading(channel: MeasuredChannel, sentence: SentenceErrors) -> str:
    counts, unit = sentence.main, "character" if sentence.words is None else "word"
    begin = sentence.utterance.begin_ms
    where = [
        visible(channel.call_id),
        channel.role or f"channel {channel.channel_id}",
        clock(begin) if begin is not None else "",
        sentence.utterance.language or "",
        f"{count(counts.edits, 'error')} in {count(counts.reference, unit)}",
    ]
    return "  ".join(part for part in where if part)


def _line(name: str, pieces: Sequence[Piece]) -> Text:
    """What differs is red on a terminal and stands in brackets anywhere else."""
    line = Text(f"  {name:<9}")
    left = SHOWN_AT_MOST
    for piece in pieces:
        text = visible(piece.text if len(piece.text) <= left else f"{piece.text[:left]} …")
        left -= len(piece.text)
        if piece.differs:
            line.append(text if out.is_terminal else f"[{text}]", style="bold red")
        else:
            line.append(text)
        if left < 0:
            break
    return line if pieces else line.append("–", style="dim")


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, heading in enumerate(headings):
        is_figure = 2 <= number < len(headings) - (not headings[-1])
        table.add_column(
            heading, justify="right" if is_figure else "left", overflow="fold", no_wrap=not out.is_terminal
        )
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    if out.is_terminal:
        out.print(table)
    else:
        Console(file=out.file, width=_PLAIN_WIDTH, highlight=False).print(table)


def _counts(counts: Counts) -> list[str]:
    return [f"{counts.reference:,}", f"{counts.substituted:,}", f"{counts.deleted:,}", f"{counts.inserted:,}"]


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.2%}"


def _points(change: float | None) -> str:
    return "–" if change is None else f"{change * 100:+.2f}"
