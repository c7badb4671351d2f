"""From a transcript in the landing zone to a row of the ledger: found, claimed, taken in once, never sent."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.dispatch.importing import apart_from_imports, count_unreadable, take_in
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.dispatch.report import DispatchReport
from qa_pipeline.dispatch.run import dispatch
from qa_pipeline.landing import imports as import_files
from qa_pipeline.landing.discovery import changed_days, discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import IMPORT_UNREADABLE, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.reading.channels import channels_of
from qa_pipeline.reading.rows import read_answers
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.imports.parameters import ImportParameters
from tests.dispatch.trial import write_recording

DAY = dt.date(2025, 9, 1)
DAYS = DayRange(DAY, DAY)
LONG_AGO_S = 1_700_000_000
AGENT_SAYS = "WEBVTT\n\n00:00.100 --> 00:00.500\n<v Agent>Hi.\n"
BOTH_SAY = AGENT_SAYS + "\n00:00.600 --> 00:00.900\n<v Customer>Yes?\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    nobody = {"DASHSCOPE_HTTP_BASE_URL": "http://127.0.0.1:9/api/v1"}
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", project_root=tmp_path, **nobody)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger(open_operations(settings.operations_database_url))
    yield opened
    opened.engine.dispose()


def put(settings: Settings, name: str, content: str | bytes, *, changed_s: float = LONG_AGO_S) -> Path:
    path = Path(settings.recordings) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (changed_s, changed_s))
    return path


def imports(settings: Settings, ledger: Ledger) -> list[tuple[int, str, str | None]]:
    [call] = discover_calls(settings, ledger).calls
    return [(item.channel_id, item.engine, item.problem) for item in call.imports]


def run(settings: Settings, ledger: Ledger) -> DispatchReport:
    """What a run of the day does, up to the raw store; there is no service, so whatever must be sent fails the run."""
    plan = Planner(settings).plan(discover_calls(settings, ledger).usable(DAYS))
    return asyncio.run(dispatch(plan.wanted, settings, ledger, RawStore(settings.raw_dir)))


def taken_in(wanted: list[WorkItem], ledger: Ledger, store: RawStore) -> list[LedgerRow]:
    return asyncio.run(take_in(wanted, ledger, store))


def rows(ledger: Ledger) -> list[LedgerRow]:
    return sorted(ledger.in_states(UnitState), key=lambda unit: (unit.channel_id, unit.planned_at, unit.attempt))


def texts(settings: Settings, ledger: Ledger) -> dict[int, str]:
    """What the tables would say of the day's channels."""
    [call] = discover_calls(settings, ledger).usable(DAYS)
    wanted = Planner(settings).plan([call]).wanted
    channels = channels_of([call], wanted, ledger.forecast(wanted, "local"))
    answers = read_answers(channels, RawStore(settings.raw_dir), emotion_roles="both")
    return {row["channel_id"]: row["text"] for row in answers.channel_texts}


@pytest.fixture(autouse=True)
def recording(settings: Settings) -> Path:
    path = Path(settings.recordings) / "2025-09-01" / "c1.wav"
    write_recording(path, 300)
    path.with_name("c1.transcript.json").unlink()
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    return path


# -- which channels a transcript speaks for -----------------------------------------------------------------------


def test_a_transcript_claims_the_channels_it_speaks_for(settings: Settings, ledger: Ledger) -> None:
    assert imports(settings, ledger) == []
    put(settings, "2025-09-01/c1.vtt", AGENT_SAYS)
    assert imports(settings, ledger) == [(0, "import webvtt", None)]
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    assert imports(settings, ledger) == [(0, "import webvtt", None), (1, "import webvtt", None)]


def test_of_two_transcripts_of_a_channel_the_more_exact_one_counts(settings: Settings, ledger: Ledger) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    document = {"transcripts": [{"channel_id": 0, "text": "", "sentences": []}], "properties": {}}
    put(settings, "2025-09-01/c1.transcript.json", json.dumps(document))
    assert imports(settings, ledger) == [(0, "import fun-asr", None), (1, "import webvtt", None)]
    put(settings, "2025-09-01/c1.channel-0.vtt", "WEBVTT")
    assert imports(settings, ledger) == [(0, "import webvtt", None), (1, "import webvtt", None)]


def test_one_that_cannot_be_read_claims_its_channels_all_the_same(settings: Settings, ledger: Ledger) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    put(settings, "2025-09-01/c1.channel-1.vtt", "no subtitles")
    found = imports(settings, ledger)
    assert found[0] == (0, "import webvtt", None)
    assert found[1][:2] == (1, "import")
    assert "2025-09-01/c1.channel-1.vtt can't be taken in: it is not one of the transcripts" in (found[1][2] or "")
    put(settings, "2025-09-01/c1.vcon", "{")
    assert [problem is None for _, _, problem in imports(settings, ledger)] == [False, False]


def test_a_link_out_of_the_zone_is_not_read(settings: Settings, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "secret.vtt").write_text(BOTH_SAY)
    os.utime(tmp_path / "secret.vtt", (LONG_AGO_S, LONG_AGO_S))
    (Path(settings.recordings) / "2025-09-01" / "c1.vtt").symlink_to(tmp_path / "secret.vtt")
    [agent, _] = imports(settings, ledger)
    assert "a link out of the landing zone; copy the file into the zone" in (agent[2] or "")


def test_a_transcript_of_another_longer_recording_is_refused(settings: Settings, ledger: Ledger) -> None:
    put(settings, "2025-09-01/c1.vtt", AGENT_SAYS.replace("00:00.500", "59:00.000"))
    [agent, _] = imports(settings, ledger)
    assert "sentence 0 of channel 0 ends at 3540000 ms, the recording at" in (agent[2] or "")


def test_the_calls_metadata_says_who_speaks(settings: Settings, ledger: Ledger) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY.replace("Agent", "Lucía").replace("Customer", "Bob"))
    problem = imports(settings, ledger)[0][2] or ""
    assert "spoken by somebody whose name has 5 characters, who is neither the agent nor the customer" in problem
    assert "Lucía" not in problem
    put(settings, "2025-09-01/c1.json", json.dumps({"agent_name": "Lucía", "agent_channel": 1}))
    assert imports(settings, ledger) == [(0, "import webvtt", None), (1, "import webvtt", None)]
    run(settings, ledger)
    assert texts(settings, ledger) == {0: "Yes?", 1: "Hi."}


def test_a_transcript_is_read_once_however_often_one_looks(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    read = import_files.read_transcript
    monkeypatch.setattr(import_files, "read_transcript", lambda path: opened.append(path.name) or read(path))
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    first, second = imports(settings, ledger), imports(settings, ledger)
    assert (first, opened) == (second, ["c1.vtt"])
    put(settings, "2025-09-01/c1.json", json.dumps({"agent_channel": 1}))
    imports(settings, ledger)
    assert len(opened) == 2, "another agent_channel reads it otherwise"
    put(settings, "2025-09-01/c1.vtt", "spoilt", changed_s=LONG_AGO_S + 1)
    imports(settings, ledger)
    imports(settings, ledger)
    assert len(opened) == 4, "what can't be used is looked at each time"


def test_a_quarantined_recording_has_no_imports(settings: Settings, ledger: Ledger, recording: Path) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    recording.write_bytes(b"no sound")
    os.utime(recording, (LONG_AGO_S, LONG_AGO_S))
    [call] = discover_calls(settings, ledger).calls
    assert (call.status, call.imports) == ("quarantined", ())


def test_a_transcript_that_came_changed_or_went_asks_for_its_day_again(settings: Settings) -> None:
    known = changed_days(settings, {}).fingerprints
    path = put(settings, "2025-09-01/c1.vtt", AGENT_SAYS)
    for change in (
        lambda: None,
        lambda: put(settings, "2025-09-01/c1.vtt", BOTH_SAY, changed_s=LONG_AGO_S - 5),
        lambda: put(settings, "2025-09-01/c1.channel-1.vtt", "WEBVTT"),
        path.unlink,
    ):
        change()
        found = changed_days(settings, known)
        assert set(found.changed) == {"2025-09-01"}
        known = found.fingerprints
    assert changed_days(settings, known).changed == {}


# -- taking in ----------------------------------------------------------------------------------------------------


def test_an_import_is_answered_at_no_cost_with_no_service_and_its_file_is_kept(
    settings: Settings, ledger: Ledger
) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    report = run(settings, ledger)
    assert (report.wanted, report.imported, report.sent, report.skipped_as_paid, report.remaining) == (2, 2, 0, 0, 0)
    agent, customer = rows(ledger)
    assert (agent.state, agent.model, agent.engine_kind, agent.engine) == (
        UnitState.FETCHED, "imported", "import", "import webvtt",
    )  # fmt: skip
    assert (agent.billed_s, agent.cost_usd, agent.task_id, agent.sending_at, agent.attempt) == (0, 0, None, None, 1)
    assert agent.raw_path == customer.raw_path
    assert (agent.raw_path or "").endswith(".vtt")
    assert (settings.raw_dir / (agent.raw_path or "")).read_bytes() == BOTH_SAY.encode()
    assert texts(settings, ledger) == {0: "Hi.", 1: "Yes?"}

    again = run(settings, ledger)
    assert (again.imported, again.skipped_as_paid, len(rows(ledger))) == (2, 0, 2)


def test_an_import_counts_whatever_the_engine_is_and_whatever_model_is_asked(
    settings: Settings, ledger: Ledger
) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    run(settings, ledger)
    other = settings.model_copy(update={"model": "fun-asr"})
    wanted = Planner(other).plan(discover_calls(other, ledger).usable(DAYS)).wanted
    for kind in ("dashscope", "local"):
        assert [unit.engine for unit in ledger.forecast(wanted, kind) if unit] == ["import webvtt"] * 2


def test_a_transcript_that_cannot_be_read_fails_its_channels_once_and_heals_when_it_is_corrected(
    settings: Settings, ledger: Ledger
) -> None:
    put(settings, "2025-09-01/c1.vtt", "spoilt")
    report = run(settings, ledger)
    assert report.failed_by_code == {IMPORT_UNREADABLE: 2}
    run(settings, ledger)
    assert [(unit.state, unit.code, unit.billed_s) for unit in rows(ledger)] == [
        (UnitState.FAILED, IMPORT_UNREADABLE, 0.0)
    ] * 2
    assert "remove it to have the service transcribe the channel" in (rows(ledger)[0].message or "")
    assert texts(settings, ledger) == {}
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    report = run(settings, ledger)
    assert (report.failed, report.imported) == (0, 2)
    assert texts(settings, ledger) == {0: "Hi.", 1: "Yes?"}


def test_the_same_file_heals_too_where_only_reading_it_had_failed(settings: Settings, ledger: Ledger) -> None:
    path = put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    wanted = Planner(settings).plan(discover_calls(settings, ledger).usable(DAYS)).wanted
    path.rename(path.with_suffix(".away"))
    store = RawStore(settings.raw_dir)
    failed = taken_in(wanted, ledger, store)
    assert [(unit.state, unit.attempt) for unit in failed] == [(UnitState.FAILED, 1)] * 2
    assert "it can't be read (No such file or directory)" in (failed[0].message or "")
    path.with_suffix(".away").rename(path)
    healed = taken_in(wanted, ledger, store)
    assert [(unit.state, unit.attempt) for unit in healed] == [(UnitState.FETCHED, 2)] * 2


def test_a_file_that_changed_since_the_landing_zone_was_read_is_not_taken_for_the_one_that_was_meant(
    settings: Settings, ledger: Ledger
) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    wanted = Planner(settings).plan(discover_calls(settings, ledger).usable(DAYS)).wanted
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY.replace("Hi.", "Ho."), changed_s=LONG_AGO_S + 1)
    failed = taken_in(wanted, ledger, RawStore(settings.raw_dir))
    assert {unit.code for unit in failed} == {IMPORT_UNREADABLE}
    assert failed[0].message == "2025-09-01/c1.vtt was changed while the day was being run; run the day again"
    run(settings, ledger)
    assert texts(settings, ledger) == {0: "Ho.", 1: "Yes?"}


def test_a_replaced_transcript_is_another_import_and_the_first_one_comes_back_without_being_stored_twice(
    settings: Settings, ledger: Ledger
) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    run(settings, ledger)
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY.replace("Hi.", "Corrected."))
    run(settings, ledger)
    assert texts(settings, ledger) == {0: "Corrected.", 1: "Yes?"}
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY, changed_s=LONG_AGO_S + 9)
    run(settings, ledger)
    assert texts(settings, ledger) == {0: "Hi.", 1: "Yes?"}
    assert len(rows(ledger)) == 4


def test_a_renamed_transcript_is_the_same_import(settings: Settings, ledger: Ledger) -> None:
    document = {"transcripts": [{"channel_id": item, "text": "", "sentences": []} for item in (0, 1)]}
    path = put(settings, "2025-09-01/c1.transcript.json", json.dumps(document))
    run(settings, ledger)
    path.rename(path.with_name("c1.vcon"))
    run(settings, ledger)
    assert len(rows(ledger)) == 2


def test_two_runs_at_once_take_a_transcript_in_once(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "2025-09-01/c1.vtt", BOTH_SAY)
    wanted = Planner(settings).plan(discover_calls(settings, ledger).usable(DAYS)).wanted
    store = RawStore(settings.raw_dir)
    of_recordings, raced = ledger.of_recordings, []

    def slower(recording_ids: Any) -> list[LedgerRow]:
        """Another run is faster between this one's look at the ledger and its writing."""
        found = of_recordings(recording_ids)
        if not raced:
            raced.append(True)
            taken_in(wanted, ledger, store)  # in a thread of its own: this one has no event loop
        return found

    monkeypatch.setattr(ledger, "of_recordings", slower)
    taken = taken_in(wanted, ledger, store)
    assert [unit.state for unit in taken] == [UnitState.FETCHED] * 2
    assert len(rows(ledger)) == 2


def test_what_is_asked_of_a_service_is_told_apart_from_imports(settings: Settings, ledger: Ledger) -> None:
    put(settings, "2025-09-01/c1.channel-0.vtt", "spoilt")
    wanted = Planner(settings).plan(discover_calls(settings, ledger).usable(DAYS)).wanted
    asked, taken = apart_from_imports(wanted)
    assert [(unit.channel_id, unit.model) for unit in asked] == [(1, settings.model)]
    assert [(unit.channel_id, unit.model) for unit in taken] == [(0, "imported")]
    assert (count_unreadable(taken), count_unreadable([])) == (1, 0)
    assert isinstance(taken[0].parameters, ImportParameters)
