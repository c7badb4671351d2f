"""A published scenario in which something is masked, with the raw JSON from which it was masked.

Call c0102 (µ-law): the customer's "parcel" is a card by the times of words, and "third time" a telephone number in a
sentence whose words have no times. Call c0302 (PCM): the agent's name, on a channel that bleeds into the other one.
"""

from __future__ import annotations

import json
from pathlib import Path

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import Billing, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.transcription.parameters import TranscriptionParameters
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.ledger.building import bring

CALL, BLEEDING, SECONDS = "c0102", "c0302", 30
CARD_MS, PHONE_MS, NAME_MS = (4625, 5750), (20_000, 24_000), (1000, 3000)
"""What is silent of each, without the margin."""

RAW = ("My parcel is late.", "This is the third time.")
MASKED = ("My [card] is late.", "This is the [phone].")

_COLUMNS = (
    "call_id, redaction_id, channel_id, role, call_date, kind, policy, sentence_id, begin_char, end_char, begin_ms, "
    "end_ms, detector"
)
_ROWS = (
    "('c0102', 1, 0, 'agent', '2025-09-01', 'name', 'keep', 0, 0, 4, 500, 1000, 'known')",
    "('c0102', 2, 1, 'customer', '2025-09-01', 'card', 'mask', 0, 3, 9, 4625, 5750, 'shape')",
    "('c0102', 3, 1, 'customer', '2025-09-01', 'phone', 'mask', 2, 12, 19, 21000, 22000, 'spoken')",
    "('c0302', 1, 0, 'agent', '2025-09-03', 'name', 'mask', 0, 15, 21, 2000, 2500, 'known')",
)
IN_NO_SENTENCE = (
    f"insert into redactions ({_COLUMNS}) values ('c0102', 4, 1, 'customer', '2025-09-01', 'card', 'mask', null, null, "
    "null, null, null, 'shape')"
)
"""A place that is only in the text of the customer's channel."""
STATEMENTS = (
    "delete from redactions",
    *(f"insert into redactions ({_COLUMNS}) values {row}" for row in _ROWS),
    f"update calls set duration_s = {SECONDS} where call_id in ('c0102', 'c0302')",
    f"update sentences set text = '{MASKED[0]}', words = list_transform(words, lambda word: struct_update(word, "
    '"text" := if(word."text" = \'parcel\', \'[card]\', word."text"))) '
    "where call_id = 'c0102' and channel_id = 1 and sentence_id = 0",
    f"update sentences set text = '{MASKED[1]}' where call_id = 'c0102' and channel_id = 1 and sentence_id = 2",
    "update sentences set text = 'Hello, this is [name].' where call_id = 'c0302' and channel_id = 0",
)


def masked_home(published: Path, folder: Path, *more: str) -> Path:
    """A copy of a published home in which these are masked, changed further by `more`, with what was said in its raw
    JSON."""
    home = rewrite(published, folder, *STATEMENTS, *more)
    keep_raw_json(home)
    return home


def keep_raw_json(home: Path) -> None:
    """Answers for both channels of the call in the ledger, and their documents."""
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        [(recording_id, uri)] = snapshot.tuples(
            "select recording_id, source_uri from calls where call_id = $call", {"call": CALL}
        )
    ledger = Ledger(open_operations(f"sqlite:///{home / 'operations.sqlite'}"))
    billing = Billing("local", scenario.LOCAL, "local", "nobody")
    for channel_id, role in enumerate(("agent", "customer")):
        said = [each for each in scenario.CALLS[1].said if each.role == role]
        item = WorkItem(
            recording_id, channel_id, scenario.MODEL, TranscriptionParameters(), CALL, "2025-09-01", uri, SECONDS
        )
        [unit] = ledger.plan([item], billing, together=False)
        stored = RawStore(home / "raw").put(
            unit.model, unit.call_date, unit.submission_id, document(channel_id, [each.text for each in said])
        )
        bring(ledger, unit, UnitState.FETCHED, raw_path=stored.path, raw_sha256=stored.sha256)
    ledger.engine.dispose()


def document(channel_id: int, texts: list[str]) -> bytes:
    """A result of the service, a second a sentence."""
    sentences = [
        {"sentence_id": number, "begin_time": number * 1000, "end_time": number * 1000 + 900, "text": text}
        for number, text in enumerate(texts)
    ]
    transcript = {"channel_id": channel_id, "text": " ".join(texts), "sentences": sentences}
    return json.dumps({"file_url": "x", "transcripts": [transcript]}).encode()
