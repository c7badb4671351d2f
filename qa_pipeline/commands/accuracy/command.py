"""`qa-pipeline accuracy`: how far transcripts are from references, and whether a glossary or a model did them good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_pipeline.accuracy.comparison import compare
from qa_pipeline.accuracy.figures import bands, figures
from qa_pipeline.accuracy.pairing import MeasuredChannel, Pair, Pairing, measured, pair
from qa_pipeline.accuracy.transcripts import ChannelText
from qa_pipeline.commands.accuracy.masked import masked, places_in
from qa_pipeline.commands.accuracy.report import (
    say_alone,
    say_masked,
    say_unreadable,
    show_bands,
    show_comparison,
    show_figures,
    show_worst,
)
from qa_pipeline.commands.accuracy.rows import write_csv
from qa_pipeline.commands.accuracy.sources import (
    CallFacts,
    Selection,
    Texts,
    open_transcripts,
    read_calls,
    read_folder,
    read_snapshot,
    with_call_ids,
    with_roles,
)
from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.published.snapshot import NothingPublished
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.wording.figures import count


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be compared, as the command line says it.

    `references` is a folder; `hypotheses` and `compare` are a snapshot's file or a folder of documents. `language` is
    that of references that name none. `worst` is how many sentences are listed.
    """

    references: Path
    selection: Selection
    hypotheses: Path | None = None
    compare: Path | None = None
    language: str | None = None
    csv: Path | None = None
    worst: int = 10


def accuracy_command(task: Task) -> int:
    """Compares, prints the figures and the worst sentences, and returns the exit code.

    0: compared. 1: nothing to compare, or a file could not be read.

    Raises:
        CommandError: wrong use, nothing is published, or the output cannot be written.
    """
    settings = load_settings()
    _check(task, settings)
    references = read_folder(task.references, "the references")
    say_unreadable(references.unreadable)
    if not references.channels:
        raise CommandError(
            f"there is no reference in {task.references}: put <call_id>.txt, .vtt or .json there (`qa-pipeline export` "
            "writes files to correct)",
            EXIT_WORK_REMAINS,
        )
    calls = _calls(task, settings)
    named = with_call_ids(references.channels, calls)
    chosen = [text for text in named if not task.selection.needs_calls or text.call_id in calls]
    wanted = masked(chosen, calls, settings.redaction)
    current = _transcripts(task.hypotheses, task.selection.model, wanted, settings, calls)
    pairing = pair(wanted, current.channels)
    pairing = replace(pairing, transcripts_alone=_asked_for(pairing.transcripts_alone, task, calls))
    say_masked(places_in(wanted), places_in([item.transcript for item in pairing.pairs]))
    say_alone(pairing, left_out=len(references.channels) - len(wanted))
    if not pairing.pairs:
        err.print("no transcript has a reference: nothing was compared", style="red")
        return EXIT_WORK_REMAINS
    is_whole = not (references.unreadable or current.unreadable)
    if task.compare is None:
        _report(task, _measure(pairing.pairs, task, calls))
        return EXIT_OK if is_whole else EXIT_WORK_REMAINS
    compared = _transcripts(task.compare, None, wanted, settings, calls)
    is_whole = is_whole and not compared.unreadable
    return _compare(task, pairing, pair(wanted, compared.channels), calls, is_whole=is_whole)


def _check(task: Task, settings: Settings) -> None:
    if task.language is not None and task.language not in LANGUAGE_CODES:
        raise CommandError(f"--language {task.language} is not one of {', '.join(LANGUAGE_CODES)}")
    for option, place in (("--hypotheses", task.hypotheses), ("--compare", task.compare)):
        if place is not None and not place.exists():
            raise CommandError(f"{option} {place} is neither a folder of transcripts nor a snapshot's file")
    databases = [settings.snapshot_path, settings.warehouse_path, task.hypotheses, task.compare]
    if task.csv is not None and task.csv.resolve() in [path.resolve() for path in databases if path]:
        raise CommandError(f"--csv {task.csv} is a database that is read; name another file")


def _calls(task: Task, settings: Settings) -> dict[str, CallFacts]:
    """What is known of calls: by the snapshot that is measured, else by the newest that is published."""
    is_file = task.hypotheses is not None and task.hypotheses.is_file()
    try:
        with open_transcripts(task.hypotheses if is_file else None, settings) as snapshot:
            return read_calls(snapshot, task.selection)
    except NothingPublished as error:
        if task.selection.needs_calls:
            raise CommandError(
                "--from, --to and --queue need to know of calls, and nothing is published yet "
                f"({settings.snapshot_path} is missing); leave them out, or run the days first",
                EXIT_WORK_REMAINS,
            ) from error
        return {}


def _transcripts(
    place: Path | None,
    model: str | None,
    references: Iterable[ChannelText],
    settings: Settings,
    calls: dict[str, CallFacts],
) -> Texts:
    """The transcripts of a folder, or those of the references' calls and of the selected calls in a snapshot."""
    if place is not None and place.is_dir():
        texts = read_folder(place, "the transcripts")
        say_unreadable(texts.unreadable)
        known = with_roles(with_call_ids(texts.channels, calls), calls)
        chosen = [text for text in known if model is None or text.model == model]
        return Texts(masked(chosen, calls, settings.redaction), texts.unreadable)
    with_text = sorted({text.call_id for text in references})
    try:
        with open_transcripts(place, settings) as snapshot:
            return Texts(masked(read_snapshot(snapshot, with_text, sorted(calls), model), calls, settings.redaction))
    except NothingPublished as error:
        raise CommandError(
            f"nothing is published yet ({settings.snapshot_path} is missing): run the days first, or name a folder of "
            "transcripts with --hypotheses",
            EXIT_WORK_REMAINS,
        ) from error


def _asked_for(alone: Sequence[ChannelText], task: Task, calls: Mapping[str, CallFacts]) -> list[ChannelText]:
    """Transcripts without a reference that the selection asks for."""
    return [text for text in alone if not task.selection.needs_calls or text.call_id in calls]


def _measure(pairs: Sequence[Pair], task: Task, calls: Mapping[str, CallFacts]) -> list[MeasuredChannel]:
    with counting("channels", len(pairs)) as advance:
        channels = []
        for item in pairs:
            facts = calls.get(item.reference.call_id)
            channels.append(measured(item, (facts.language if facts else None) or task.language))
            advance(1)
    return channels


def _report(task: Task, channels: list[MeasuredChannel]) -> None:
    show_figures(figures(channels))
    show_bands(bands(channels))
    show_worst(channels, task.worst)
    if task.csv is not None:
        write_csv(task.csv, {"current": channels})


def _compare(task: Task, current: Pairing, compared: Pairing, calls: Mapping[str, CallFacts], *, is_whole: bool) -> int:
    """Both sets on the references that have a transcript in both."""
    before = {id(item.reference): item for item in compared.pairs}
    both = [(item, before[id(item.reference)]) for item in current.pairs if id(item.reference) in before]
    only_one = len(current.pairs) + len(compared.pairs) - 2 * len(both)
    if only_one:
        err.print(f"{count(only_one, 'channel')} transcribed in one of the two sets only: left out", style="yellow")
    if not both:
        err.print(f"no channel with a reference is in both sets; {task.compare} was compared with", style="red")
        return EXIT_WORK_REMAINS
    now = _measure([item for item, _ in both], task, calls)
    then = [
        replace(channel, role=current_one.role)  # one set may not know the role
        for channel, current_one in zip(_measure([item for _, item in both], task, calls), now, strict=True)
    ]
    show_comparison(
        compare(figures(then), figures(now)), _described(task.compare, then), _described(task.hypotheses, now)
    )
    show_worst(now, task.worst, before=then)
    if task.csv is not None:
        write_csv(task.csv, {"compared": then, "current": now})
    return EXIT_OK if is_whole else EXIT_WORK_REMAINS


def _described(place: Path | None, channels: Iterable[MeasuredChannel]) -> str:
    """Where a set is from, and what made it."""
    makers = "; ".join(sorted({channel.made_by for channel in channels}))
    return f"{place or 'the newest snapshot'}, made by {makers}"
