"""What was said in one call, from its raw JSON: the answer that was published, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.raw_texts import NothingRaw, RawTexts, read_raw_texts
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.settings import load_settings
from qa_pipeline.transcription.parameters import TranscriptionParameters
from tests import scenario
from tests.dashboards.masking import CALL, RAW, document, masked_home
from tests.ledger.building import PAID, bring
from tests.own_settings import forget_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scenario.publish_snapshot(tmp_path / "first")
    made = masked_home(tmp_path / "first", tmp_path)
    forget_settings(monkeypatch, made, home=made)
    return made


def read(call_id: str = CALL) -> RawTexts:
    settings = load_settings()
    with open_newest(settings.snapshot_path, settings.timezone) as snapshot:
        return read_raw_texts(settings, snapshot, call_id)


def test_each_sentence_is_known_by_its_channel_and_number(home: Path) -> None:
    found = read()
    said = scenario.CALLS[1].said
    for channel_id, role in enumerate(("agent", "customer")):
        texts = [each.text for each in said if each.role == role]
        assert [found.sentences[channel_id, number]["text"] for number in range(len(texts))] == texts
    assert len(found.sentences) == len(said)
    assert (found.sentences[1, 0]["text"], found.sentences[1, 2]["text"]) == RAW
    assert found.unreadable == ()


def test_the_answer_that_was_published_counts_and_not_a_later_one_of_another_engine(home: Path) -> None:
    ledger = Ledger(open_operations(f"sqlite:///{home / 'operations.sqlite'}"))
    [known] = [row for row in ledger.in_states([UnitState.FETCHED]) if row.channel_id == 1]
    item = WorkItem(
        known.recording_id, 1, scenario.MODEL, TranscriptionParameters(), CALL, "2025-09-01", known.source_uri, 30
    )
    [later] = ledger.plan([item], PAID, together=False)
    assert later.unit_id != known.unit_id
    stored = RawStore(home / "raw").put(
        later.model, later.call_date, later.submission_id, document(1, ["Something else."])
    )
    bring(ledger, later, UnitState.FETCHED, raw_path=stored.path, raw_sha256=stored.sha256)
    ledger.engine.dispose()
    assert read().sentences[1, 0]["text"] == RAW[0]


def test_what_is_missing_of_one_channel_leaves_the_other(home: Path) -> None:
    [of_customer] = [path for path in (home / "raw").rglob("*.json") if "parcel" in path.read_text(encoding="utf-8")]
    of_customer.unlink()
    found = read()
    assert {channel_id for channel_id, _ in found.sentences} == {0}
    [reason] = found.unreadable
    assert "cannot be read" in reason


def test_a_document_that_was_changed_is_not_shown(home: Path) -> None:
    for path in (home / "raw").rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"parcel", b"pencil").replace(b"depot", b"de pot"))
    with pytest.raises(NothingRaw, match="was changed after it was stored"):
        read()


def test_a_call_that_the_ledger_does_not_know_has_nothing(home: Path) -> None:
    with pytest.raises(NothingRaw, match="no answer to call c0101 is in the ledger"):
        read("c0101")
    with pytest.raises(NothingRaw, match="there is no call nowhere"):
        read("nowhere")
