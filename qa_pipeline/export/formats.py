"""The formats in which a call's transcript can be taken along."""

from __future__ import annotations

from collections.abc import Callable

from qa_pipeline.export.filetrans_json import to_filetrans_json
from qa_pipeline.export.plain_text import to_plain_text
from qa_pipeline.export.srt import to_srt
from qa_pipeline.export.transcripts import ExportedCall
from qa_pipeline.export.vcon import to_vcon
from qa_pipeline.export.webvtt import to_webvtt

WRITERS: dict[str, Callable[[ExportedCall], str]] = {
    "srt": to_srt,
    "vtt": to_webvtt,
    "txt": to_plain_text,
    "json": to_filetrans_json,
    "vcon": to_vcon,
}
"""Format, which is also the file's ending → what writes it."""

WITH_WORDS = ("json", "vcon")
NEED_TIMES = ("srt", "vtt")
