"""How transcripts are printed: standard output has them and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import typer
from rich.table import Table
from rich.text import Text

from qa_pipeline.published.output import visible
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.transcription.documents import read_document
from qa_pipeline.transcription.engines import engine_in_tables
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, Sentence
from qa_pipeline.wording.clocks import UNKNOWN, place
from qa_pipeline.wording.figures import count

TranscriptFormat = Literal["table", "txt", "json"]

_COLUMNS: tuple[tuple[str, Callable[[Sentence], str | None]], ...] = (
    ("begin", lambda sentence: None if sentence.begin_ms is None else place(sentence.begin_ms, 3)),
    ("end", lambda sentence: None if sentence.end_ms is None else place(sentence.end_ms, 3)),
    ("speaker", lambda sentence: None if sentence.speaker_id is None else str(sentence.speaker_id)),
    ("language", lambda sentence: sentence.language),
    ("emotion", lambda sentence: sentence.emotion),
)
"""The columns beside the text; a column that a model fills for no sentence is left out."""


def print_document(document: bytes, engine: str, format_name: TranscriptFormat, *, channel_id: int = 0) -> None:
    """Prints what the service answered, verbatim for `json`. `channel_id`: of an answer that names none.

    Raises:
        CommandError: it can't be read.
    """
    if format_name == "json":
        typer.echo(document.decode("utf-8", "replace"))
        return
    try:
        transcripts = read_document(document, channel_id=channel_id).transcripts
    except BadResult as error:
        raise CommandError(f"the result of {engine} can't be read: {error}", EXIT_WORK_REMAINS) from error
    for transcript in transcripts:
        if not transcript.sentences:
            err.print(f"channel {transcript.channel_id}: no speech was found", markup=False)
        if format_name == "txt":
            typer.echo(visible(transcript.text))
        elif transcript.sentences:
            _print_table(transcript)


def makers_of(document: bytes, asked: str, *, channel_id: int = 0) -> list[str]:
    """Who made the transcripts of an answer; who was asked, where it doesn't say."""
    try:
        transcripts = read_document(document, channel_id=channel_id).transcripts
    except BadResult:
        return [asked]
    return [engine_in_tables(transcript.engine) or asked for transcript in transcripts]


def _print_table(transcript: ChannelTranscript) -> None:
    title = f"Channel {transcript.channel_id}: {count(len(transcript.sentences), 'sentence')}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    columns = [(name, value) for name, value in _COLUMNS if any(map(value, transcript.sentences))]
    for name, _ in columns:
        table.add_column(name, overflow="fold", no_wrap=name in ("begin", "end"))
    table.add_column("text", overflow="fold")
    for sentence in transcript.sentences:
        table.add_row(*(value(sentence) or UNKNOWN for _, value in columns), Text(visible(sentence.text)))
    out.print(table)
