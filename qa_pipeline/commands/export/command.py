"""`qa-pipeline export`: one transcript file per call, out of the newest published snapshot.

Calls are read in batches, so a month of calls takes no more memory than a batch of them. Files appear under their
names only when they are complete, and never over another file unless that was asked for.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.commands.taking import note_taken
from qa_pipeline.export.file_names import digest, safe_stem
from qa_pipeline.export.formats import NEED_TIMES, WITH_WORDS, WRITERS
from qa_pipeline.export.rows import exported_calls
from qa_pipeline.export.transcripts import ExportedCall
from qa_pipeline.looks.taken import InIt
from qa_pipeline.published.ad_hoc import Asked, AskSnapshot, asking
from qa_pipeline.published.output import complete_or_absent, visible
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import load_settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.wording.figures import count
from qa_pipeline.wording.missing_labels import why_no_subtitles

BATCH_CALLS = 100
NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calls: ids, or a range of call dates, or a query that gives ids. Just one of the three."""

    calls: Sequence[str] = ()
    days: DayRange | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calls that were chosen: those with a transcript, and the others with the reason why there is none."""

    transcribed: list[str]
    skipped: dict[str, str]
    days: set[dt.date] = field(default_factory=set)


def export_calls_command(choice: Choice, *, format_name: str | None, output: Path, force: bool) -> int:
    """Writes a file for each chosen call into the folder `output`; returns the exit code.

    Raises:
        CommandError: wrong use, a call that is not there, files that would be overwritten, or a folder that cannot
            be written to.
    """
    if format_name not in WRITERS:
        raise CommandError(f"--format of calls is one of {', '.join(WRITERS)}; tables are exported with --table NAME")
    _check_choice(choice)
    settings = load_settings()
    with asking(settings) as ask:
        chosen = _choose(ask, choice, needs_times=format_name in NEED_TIMES)
        for call_id, reason in chosen.skipped.items():
            err.print(f"skipped {visible(call_id)}: {visible(reason)}", markup=False, style="yellow")
        if not chosen.transcribed:
            err.print(f"no call that can be written as {format_name} was chosen; nothing is written", style="red")
            return EXIT_WORK_REMAINS
        paths = _paths(chosen.transcribed, output, format_name)
        if not force:
            refuse_overwriting(list(paths.values()))
        note_taken(settings, "transcripts", output, _in_it(chosen), _said(choice, format_name))
        engines = _write_all(ask, paths, format_name)
    out.print(
        f"wrote {count(len(paths), f'{format_name} file')} to {output}, transcribed by {'; '.join(sorted(engines))}",
        markup=False,
    )
    return EXIT_OK


def _check_choice(choice: Choice) -> None:
    ways = [bool(choice.calls), choice.days is not None, choice.query is not None]
    if sum(ways) != 1:
        raise CommandError("give one of: --call ID, --from DAY (and --to DAY), --query SQL, or --table NAME")


def _choose(ask: AskSnapshot, choice: Choice, *, needs_times: bool) -> Chosen:
    if choice.days is not None:
        values = {"from_date": choice.days.first, "to_date": choice.days.last, "ids": []}
        return _chosen(ask, values, needs_times=needs_times)
    ids = list(dict.fromkeys(choice.calls if choice.query is None else _ids_of(ask, choice.query)))
    chosen = _chosen(ask, {"from_date": None, "to_date": None, "ids": ids}, needs_times=needs_times)
    known = {*chosen.transcribed, *chosen.skipped}
    unknown = [call_id for call_id in ids if call_id not in known]
    if unknown and choice.query is None:
        raise CommandError(f"no call {visible(', '.join(unknown))} in the snapshot; `qa-pipeline sql` shows its calls")
    skipped = chosen.skipped | dict.fromkeys(unknown, "no such call in the snapshot")
    return Chosen(chosen.transcribed, skipped, chosen.days)


def _in_it(chosen: Chosen) -> InIt:
    found = InIt()
    for call_id in chosen.transcribed:
        found.add(call_id)
    for day in chosen.days:
        found.add_day(day.isoformat())
    return found


def _said(choice: Choice, format_name: str) -> str:
    days = f"{choice.days.first} to {choice.days.last}" if choice.days else ""
    return f"{format_name}: {choice.query or days or ', '.join(choice.calls)}"


def _chosen(ask: AskSnapshot, values: dict[str, Any], *, needs_times: bool) -> Chosen:
    transcribed: list[str] = []
    skipped: dict[str, str] = {}
    days: set[dt.date] = set()
    for row in ask(Asked(read_sql("reads/list_calls_to_export.sql"), values)).rows():
        if row["call_date"] is not None:
            days.add(row["call_date"])
        if row["is_transcribed"] and needs_times and row["models_without_times"]:
            skipped[row["call_id"]] = why_no_subtitles(row["models_without_times"])
        elif row["is_transcribed"]:
            transcribed.append(row["call_id"])
        else:
            reason = f" ({row['status_reason']})" if row["status_reason"] else ""
            skipped[row["call_id"]] = f"no transcript, the call is {row['status']}{reason}"
    return Chosen(transcribed, skipped, days)


def _ids_of(ask: AskSnapshot, query: str) -> Iterator[str]:
    answer = ask(Asked(query, {}))
    if "call_id" not in answer.names:
        raise CommandError(f"the query gives {', '.join(answer.names)}; --query needs a column call_id")
    column = answer.names.index("call_id")
    for batch in answer.batches:
        for value in batch.column(column).to_pylist():
            if value is not None:
                yield str(value)


def _paths(call_ids: Sequence[str], output: Path, ending: str) -> dict[str, Path]:
    """A file for each call. Names that some file systems take for equal (`A1`, `a1`) are told apart by a digest."""
    stems = {call_id: safe_stem(call_id) for call_id in call_ids}
    times: dict[str, int] = {}
    for stem in stems.values():
        times[_folded(stem)] = times.get(_folded(stem), 0) + 1
    return {
        call_id: output / f"{stem}{'' if times[_folded(stem)] == 1 else '~' + digest(call_id)}.{ending}"
        for call_id, stem in stems.items()
    }


def _folded(stem: str) -> str:
    return unicodedata.normalize("NFC", stem).casefold()


def refuse_overwriting(paths: Sequence[Path]) -> None:
    """Raises CommandError where a file is there already."""
    there = [path for path in paths if path.exists() or path.is_symlink()]
    if there:
        names = ", ".join(path.name for path in there[:NAMED_AT_MOST]) + (", ..." if len(there) > NAMED_AT_MOST else "")
        raise CommandError(
            f"{len(there):,} of {len(paths):,} files are already in {there[0].parent} ({names}): "
            "--force replaces them, or name another place with --output"
        )


def _write_all(ask: AskSnapshot, paths: dict[str, Path], format_name: str) -> set[str]:
    """Writes the files; returns the engines that made what they hold."""
    engines: set[str] = set()
    call_ids = list(paths)
    _make_folder(next(iter(paths.values())).parent)
    with counting("calls", len(call_ids)) as advance:
        for start in range(0, len(call_ids), BATCH_CALLS):
            for call in _read_calls(ask, call_ids[start : start + BATCH_CALLS], format_name):
                with complete_or_absent(paths[call.call_id]) as path:
                    path.write_text(WRITERS[format_name](call), encoding="utf-8", newline="\n")
                engines.add(call.engine)
                advance(1)
    return engines


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise CommandError(f"--output {folder} cannot be used as a folder: {reason}") from error


def _read_calls(ask: AskSnapshot, call_ids: list[str], format_name: str) -> Iterator[ExportedCall]:
    questions = [read_sql(f"reads/{name}.sql") for name in ("read_calls_to_export", "list_transcripts_to_export")]
    calls, transcripts = (list(ask(Asked(query, {"ids": call_ids})).rows()) for query in questions)
    said = Asked(
        read_sql("reads/list_sentences_to_export.sql"),
        {"ids": call_ids, "with_words": format_name in WITH_WORDS},
    )
    sentences = list(ask(said).rows())
    # an answer is read before the next question: rows come as they are asked for
    recordings = list(ask(Asked(read_sql("reads/list_recordings_to_export.sql"), {"ids": call_ids})).rows())
    return exported_calls(calls, transcripts, sentences, recordings)
