"""By what a call is told to be read already: a hash of all that its rows are made of."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import qa_pipeline
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import ANSWERED, READING_FAULTS
from qa_pipeline.reading.days import CallToRead
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql

ROOMS = ("reading", "transcription", "privacy", "search", "voices", "conversation")
"""Whose code decides what the rows of an answer are: by its phrases `conversation` tells which voice is the agent's."""


def reading_key(settings: Settings, each: CallToRead, *more: object) -> str:
    """By all that reading a call looks at, the same on every machine, and `more`. Who was last at a row of the ledger,
    and whether it was read, is not."""
    asked = [(asked.channel, asked.source, asked.row and _facts(asked.row)) for asked in each.asked]
    earlier = [_facts(row) for row in each.earlier]
    parts = (
        _code(), settings.emotion_roles, settings.redaction.version, settings.metrics.version, each.call, asked,
        each.unsent, each.silent, earlier, each.told, *more,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """Changes with the code that reads answers, and with the select that puts transcripts together."""
    files = (file for room in ROOMS for file in sorted(Path(qa_pipeline.__path__[0], room).rglob("*.py")))
    texts = [*(file.read_bytes() for file in files), read_sql("marts/transcripts.sql").encode()]
    return hashlib.sha256(b"\n".join(texts)).hexdigest()[:16]


def _facts(row: LedgerRow) -> tuple[object, ...]:
    if row.state in ANSWERED:
        code = None if row.code in READING_FAULTS else row.code
        rest: tuple[object, ...] = ("answered", code, row.raw_path, row.raw_sha256, row.planned_at)
    else:
        sent = (row.planned_at, row.sending_at, row.submitted_at)
        rest = (row.state.value, row.code, row.message, *sent)
    parameters = sorted(row.parameters.items(), key=lambda item: item[0])
    return (row.unit_id, row.submission_id, row.channel_id, row.model, row.made_by, row.engine_kind, parameters, *rest)
