"""The options of `qa-pipeline transcribe`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

TranscriptFormat = Literal["table", "txt", "json"]


def transcribe(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL...",
            help="A recording, or its http(s) or oss address. Several at once for the fun-asr models.",
            show_default=False,
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Model (`qa-pipeline models` lists them), or auto.", show_default="setting model"
        ),
    ] = None,
    channel: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Channel, from 0; may be given several times.",
            show_default="all of a file, 0 of a URL",
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="The language, if it is known and the only one.")
    ] = None,
    itn: Annotated[bool, typer.Option("--itn", help="Write numbers as digits (Chinese and English).")] = False,
    words: Annotated[bool, typer.Option("--words", help="Ask for word times too (in --format json).")] = False,
    context: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Names and terms that may occur, as text or Markdown.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The prompt of Qwen-Omni.", show_default="to transcribe word for word"),
    ] = None,
    vocabulary_id: Annotated[
        str | None, typer.Option(metavar="ID", help="A vocabulary made at the service (fun-asr, qwen-audio).")
    ] = None,
    hot_words: Annotated[
        str | None,
        typer.Option(metavar="JSON", help='Words to hear, with weights 1 to 5 or 50 (qwen-audio): {"Bailian": 4}.'),
    ] = None,
    special_word_filter: Annotated[
        str | None, typer.Option(metavar="JSON", help="Words not to be written out (fun-asr).")
    ] = None,
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Separate the speakers of a mono recording (fun-asr, qwen-audio).")
    ] = False,
    speakers: Annotated[
        int | None, typer.Option(metavar="N", help="How many speakers there are, with --diarize.")
    ] = None,
    format_name: Annotated[
        TranscriptFormat,
        typer.Option("--format", help="How to print it; json is what the service answered, verbatim."),
    ] = "table",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before paying.")] = False,
) -> None:
    """Transcribe a recording and print it. Nothing is kept in the ledger or the tables."""
    from qa_pipeline.commands.transcribe.command import transcribe_command
    from qa_pipeline.commands.transcribe.request import Options

    options = Options(
        channels=tuple(channel or ()),
        language=language,
        itn=itn,
        words=words,
        prompt=prompt,
        vocabulary_id=vocabulary_id,
        special_word_filter=special_word_filter,
        hot_words=hot_words,
        diarize=diarize,
        speakers=speakers,
    )
    raise typer.Exit(
        transcribe_command(
            sources, model_name=model, options=options, context=context, format_name=format_name, yes=yes
        )
    )
