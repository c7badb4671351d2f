"""What is reported of the wire, as a declaration each, and how a run under it is judged.

To add a shape, write one `Shape(…)` into one of the tables `shapes_*.py`; `test_shapes.py` plays all of them. Six
channels are wanted: both of `bank`, `hotel` and `shop`. A shape is played twice: once with its strikes, and once more
with none, as the next run finds the world. After both nothing may be billed twice or thrown away.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qa_pipeline.dispatch.report import DispatchReport
from qa_pipeline.dispatch.run import dispatch
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.models import find_model
from qa_pipeline.transcription.parameters import TranscriptionParameters
from tests.dispatch.trial import MODEL, Trial
from tests.wire.service import BASE_URL, CountingService, Strike

NAMES = ("bank", "hotel", "shop")
FETCHED = "fetched"
HOLDING = {UnitState.FETCHED, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.SENDING, UnitState.UNKNOWN}
"""States in which something that was billed is kept, or still asked for."""


@dataclass(frozen=True)
class Shape:
    """One reported shape, and what a user finds after it.

    `ends` and `then` are states after the first and the second run by recording (`bank`) or channel (`bank/0`); what
    is not named is fetched. `stops` and `says` are regular expressions: why the first run sent nothing more (None: it
    did not stop), and what the ledger says of each channel that `ends` names. `submits` is how many submits, or calls
    of a model that answers at once, arrive in both runs (None: not looked at). `before` is told the service before the
    first run.
    """

    name: str
    strikes: tuple[Strike, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    then: Mapping[str, str] = field(default_factory=dict)
    stops: str | None = None
    says: str | None = None
    submits: int | None = 6
    model: str = MODEL
    clock_offset_s: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[CountingService], object] = lambda service: None

    @property
    def desk_settings(self) -> dict[str, Any]:
        """Its settings. Recordings are uploaded only where that is struck: half of all requests are for it."""
        uploads = any(strike.on in ("policy", "upload") for strike in self.strikes)
        return {"audio_urls": "upload" if uploads else "http", "model": self.model, **self.settings}


@dataclass
class Desk:
    """One ledger and one raw store, with the settings of a user of the paid service."""

    trial: Trial
    settings: Settings
    names: tuple[str, ...] = NAMES
    model: str = MODEL

    @property
    def wanted(self) -> list[WorkItem]:
        model = find_model(self.model)
        asked = {"model": model.id, "parameters": TranscriptionParameters().for_model(model)}
        return [replace(item, apart=not model.is_task_based, **asked) for item in self.trial.calls(*self.names)]

    @property
    def rows(self) -> dict[str, LedgerRow]:
        """The rows in force by `recording/channel`."""
        return {f"{row.call_id}/{row.channel_id}": row for row in self.trial.units(self.wanted)}

    def run(self) -> DispatchReport:
        """One run of the product's dispatch, as an asset starts it."""
        return asyncio.run(
            dispatch(self.wanted, self.settings, self.trial.ledger, RawStore(self.settings.home / "raw"))
        )


def desk(folder: Path, ledger: Ledger, *, names: tuple[str, ...] = NAMES, model: str = MODEL, **settings: Any) -> Desk:
    """A desk over the recordings of these names in `folder`/landing."""
    values = {
        "home": folder,
        "recordings": folder / "landing",
        "DASHSCOPE_API_KEY": "sk-wire",
        "DASHSCOPE_HTTP_BASE_URL": BASE_URL,
        "audio_base_url": "https://recordings.example",
        "model": model,
        "requests_per_minute": 60_000.0,
        "submit_burst": 100,
        "queries_per_second": 1000.0,
        "poll_interval_s": 0.01,
        "reconcile_grace_s": 0.05,
        "task_timeout_s": 5.0,
    }
    return Desk(Trial(BASE_URL, folder, ledger), Settings(**(values | settings)), names, model)


def play(shape: Shape, service: CountingService, at: Desk) -> None:
    """Plays a shape and judges it."""
    service.strikes, service.clock_offset_s = list(shape.strikes), shape.clock_offset_s
    shape.before(service)
    report = at.run()
    _judge(shape, shape.ends, at, service)
    if shape.stops is None:
        assert report.stopped_by is None
    else:
        assert re.search(shape.stops, str(report.stopped_by)), report.stopped_by
    for channel, row in at.rows.items():
        if shape.says and _state(shape.ends, channel) != FETCHED:
            assert re.search(shape.says, f"{row.code}: {row.message}"), f"{row.code}: {row.message}"
    service.strikes = []
    at.run()
    _judge(shape, shape.then, at, service)
    assert shape.submits in (None, service.count("submit") + service.count("generation"))


def _judge(shape: Shape, expected: Mapping[str, str], at: Desk, service: CountingService) -> None:
    rows = at.rows
    assert {channel: row.state.value for channel, row in rows.items()} == {
        channel: _state(expected, channel) for channel in rows
    }, {channel: (row.code, row.message) for channel, row in rows.items() if row.message}
    assert service.bills.twice == {}, "billed twice"
    for name, channel in service.bills.by_channel:
        row = rows.get(f"{name}/{channel}")
        assert row is None or row.state in HOLDING, f"{name}/{channel} was billed, and is {row.state}"


def _state(states: Mapping[str, str], channel: str) -> str:
    return states.get(channel) or states.get(channel.partition("/")[0]) or states.get("*", FETCHED)
