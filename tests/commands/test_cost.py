"""`qa-pipeline cost` beside the overview: the same seconds, cents, channels and calls for the same days."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dashboards.cards.overview import cost_tile
from dashboards.filters import DateRange
from dashboards.queries import ask
from qa_pipeline.dispatch.forecast import PAID_BESIDES, Outlook
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.snapshot import Row, open_newest
from qa_pipeline.reading.rows import task_rows
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import load_pipeline_settings
from qa_pipeline.transcription.models import QWEN3_FILETRANS
from qa_pipeline.warehouse.database import apply_schema
from tests import scenario
from tests.commands.conftest import Typed
from tests.dispatch.trial import write_recording
from tests.ledger.building import LOCAL, PAID, bring
from tests.pipeline.harness import LONG_AGO

DAY, NEXT_DAY = dt.date(2025, 9, 1), dt.date(2025, 9, 2)
DAYS = DayRange(DAY, NEXT_DAY)
BILLED_S = 2.0
PRICE = QWEN3_FILETRANS.price("beijing")


@pytest.fixture
def ledger(home: Path, tmp_path: Path) -> Ledger:
    """Of a landing zone with a call on each of two days, one on the day after, and a recording without a date."""
    home.mkdir()
    zone = tmp_path / "recordings"
    for number, place in enumerate(("2025-09-01/first", "2025-09-02/second", "2025-09-03/later", "undated")):
        os.utime(write_recording(zone / f"{place}.wav", 300 + 40 * number), (LONG_AGO, LONG_AGO))
        (zone / f"{place}.transcript.json").unlink()
    return Ledger(open_operations(load_pipeline_settings().operations_database_url))


def answer(ledger: Ledger, call_id: str, *, free: bool = False, model: str | None = None, again: bool = False) -> None:
    """Both channels of a call are sent and billed."""
    settings = load_pipeline_settings()
    billing = LOCAL if free else PAID
    wanted = [item for item in Outlook(settings, ledger).plan(DAYS)[0].wanted if item.call_id == call_id]
    wanted = [replace(item, model=model or item.model) for item in wanted]
    assert len(wanted) == 2
    rows = ledger.plan(wanted, billing, together=False)
    if again:
        rows = ledger.plan_again([row.unit_id for row in rows], billing, answered=True)
    for row in rows:
        bring(ledger, row, UnitState.SUBMITTED)
        for state in (UnitState.SUCCEEDED, UnitState.FETCHED, UnitState.PARSED):
            ledger.move(row.submission_id, state)
        with ledger.engine.begin() as connection:
            ledger.set_billed(connection, row.submission_id, BILLED_S, 0.0 if free else PRICE)


def fail(ledger: Ledger, call_id: str) -> None:
    """Both channels of a call are sent and fail."""
    wanted = [
        item for item in Outlook(load_pipeline_settings(), ledger).plan(DAYS)[0].wanted if item.call_id == call_id
    ]
    for row in ledger.plan(wanted, PAID, together=False):
        bring(ledger, row, UnitState.FAILED)


def overview(ledger: Ledger, home: Path) -> tuple[Row, str, str, int]:
    """What the page says of the days: its totals, the tile's figure and note, and the channels of all engines."""
    calls = [call for call in discover_calls(load_pipeline_settings(), ledger).calls if call.call_id]
    (home / "published").mkdir(exist_ok=True)
    with duckdb.connect(str(home / "published" / "qa-1.duckdb")) as connection:
        apply_schema(connection)
        for call in calls:
            status = "ok" if call.call_date else "quarantined"
            names = ("call_id", "recording_id", "call_date", "source_uri", "duration_s")
            made = {"status": status, "loaded_at": dt.datetime.now(dt.UTC)}
            scenario.insert(connection, "calls", {name: getattr(call, name) for name in names} | made)
        for row in task_rows(ledger.of_recordings([call.recording_id for call in calls if call.recording_id])):
            scenario.insert(connection, "transcription_tasks", row)
    (home / "qa.duckdb").symlink_to(home / "published" / "qa-1.duckdb")
    dates = DateRange(DAYS.first, DAYS.last)
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        (totals,) = ask(snapshot, "count_calls_and_cost", dates)
        tile = cost_tile(totals)
        channels = sum(row["channels"] for row in ask(snapshot, "which_engines_worked", dates))
    return totals, tile.value, tile.note, channels


def printed(typed: Typed) -> dict[str, tuple[int, float, float]]:
    """The lines of the command: channels, seconds and US dollars by standing."""
    done = typed("cost", "--from", DAY.isoformat(), "--to", NEXT_DAY.isoformat())
    assert done.code == 0, done.err
    found = {}
    for line in done.out.splitlines():
        name, *numbers = (part for part in line.split("  ") if part.strip())
        if len(numbers) == 3 and numbers[0].strip().isdigit():
            found[name.strip()] = (int(numbers[0]), float(numbers[1].replace(",", "")), float(numbers[2]))
    return found


@pytest.fixture
def paying(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger of somebody who uses the paid service."""
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("QA_REGION", "beijing")
    return ledger


def agree(ledger: Ledger, home: Path, typed: Typed) -> tuple[str, str]:
    """Compares the two; returns the tile's figure and note."""
    totals, value, note, channels = overview(ledger, home)
    lines = printed(typed)
    paid = [lines[name] for name in ("paid for already", PAID_BESIDES) if name in lines]
    assert sum(line[1] for line in paid) == totals["billed_s"] + totals["free_s"]
    assert sum(line[2] for line in paid) == pytest.approx(totals["cost_usd"], abs=0.00005 * len(paid))
    failed = lines["failed for good (see retry)"][0]
    assert channels - failed <= sum(line[0] for line in paid)
    assert totals["calls"] == 2, "neither the later day's nor the one without a date"
    return value, note


def test_nothing_sent_is_nothing_on_both(ledger: Ledger, home: Path, typed: Typed) -> None:
    assert agree(ledger, home, typed) == ("–", "nothing was sent")


def test_offline_calls_are_free_on_both(ledger: Ledger, home: Path, typed: Typed) -> None:
    answer(ledger, "first", free=True)
    answer(ledger, "second", free=True)
    assert agree(ledger, home, typed) == ("free", "8.0 s transcribed free of charge")
    assert printed(typed)["paid for already"] == (4, 8.0, 0.0)


def test_paid_and_failed_calls_cost_the_same_on_both(paying: Ledger, home: Path, typed: Typed) -> None:
    answer(paying, "first")
    fail(paying, "second")
    value, note = agree(paying, home, typed)
    assert (value, note) == (f"US$ {4 * PRICE:.4f}", "4.0 s billed")


def test_what_was_free_before_is_no_price_and_not_forgotten(paying: Ledger, home: Path, typed: Typed) -> None:
    answer(paying, "first", free=True)
    answer(paying, "second")
    value, note = agree(paying, home, typed)
    assert (value, note) == (f"US$ {4 * PRICE:.4f}", "4.0 s billed, 4.0 s transcribed free of charge")
    assert printed(typed)[PAID_BESIDES][:2] == (2, 4.0)


def test_what_was_asked_twice_is_paid_twice_on_both(paying: Ledger, home: Path, typed: Typed) -> None:
    answer(paying, "first")
    answer(paying, "first", again=True)
    answer(paying, "second")
    answer(paying, "second", model="fun-asr")
    value, note = agree(paying, home, typed)
    assert note == "16.0 s billed"
    assert value == f"US$ {16 * PRICE:.4f}"
    assert printed(typed)[PAID_BESIDES][:2] == (4, 8.0)
