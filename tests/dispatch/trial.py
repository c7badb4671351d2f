"""A dispatcher against a real local service with its fault switches: what every trial of the money rules needs."""

from __future__ import annotations

import asyncio
import json
import math
import wave
from array import array
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.dashscope import retry
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.poller import PollSchedule, TaskPoller
from qa_pipeline.dashscope.rate_limit import RateLimits
from qa_pipeline.dashscope.regions import endpoint_for
from qa_pipeline.dashscope.retry import RetryPolicy
from qa_pipeline.dashscope.tasks import SubmitRequest
from qa_pipeline.dispatch import results
from qa_pipeline.dispatch.audio_source import AudioSource, UploadSource
from qa_pipeline.dispatch.dispatcher import Dispatcher
from qa_pipeline.dispatch.report import DispatchReport
from qa_pipeline.dispatch.run_parts import DispatchOptions, RunParts
from qa_pipeline.landing.recording_files import RecordingFiles
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import Billing, LedgerRow, WorkItem
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.transcription.models import QWEN3_FILETRANS
from qa_pipeline.transcription.parameters import TranscriptionParameters

PAID = Billing("dashscope", "dashscope beijing", "beijing", "this-account")
"""The local service stands in for the paid one, so that prices and money rules are those of real money."""

LOCAL = Billing("local", "local reference", "local", "local-account")
MODEL = QWEN3_FILETRANS.id
SECONDS = 1.2
BILLED_S = 2
"""What a channel of SECONDS is billed: part seconds count whole."""


def write_recording(path: Path, pitch: int) -> Path:
    """A stereo WAV of SECONDS that no other pitch sounds like, with its reference transcript beside it."""
    frames, samples = round(SECONDS * 8000), array("h")
    for index in range(frames):
        samples.extend(round(8000 * math.sin(2 * math.pi * tone * index / 8000)) for tone in (pitch, pitch + 50))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    said = {"sentence_id": 0, "begin_time": 0, "end_time": 900, "text": f"{path.stem}。", "language": "zh"}
    channels = [{"channel_id": number, "text": said["text"], "sentences": [said]} for number in (0, 1)]
    document = {"file_url": path.name, "transcripts": channels}
    path.with_name(f"{path.stem}.transcript.json").write_text(json.dumps(document), encoding="utf-8")
    return path


@dataclass
class Trial:
    """One ledger, one raw store and one service, whose own count says what was billed."""

    base_url: str
    folder: Path
    ledger: Ledger
    identities: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Notes who the recordings are before a test takes one away or writes into it."""
        for path in (self.folder / "landing").glob("*.wav"):
            self.identities[path.stem] = recording_id(path)

    @property
    def raw_store(self) -> RawStore:
        return RawStore(self.folder / "raw")

    def calls(self, *names: str) -> list[WorkItem]:
        """Both channels of the recordings of these names (see `RECORDINGS`)."""
        return [self.channel(name, number) for name in names for number in (0, 1)]

    def channel(self, name: str, channel_id: int) -> WorkItem:
        path = self.folder / "landing" / f"{name}.wav"
        return WorkItem(
            recording_id=self.identities[name],
            channel_id=channel_id,
            model=MODEL,
            parameters=TranscriptionParameters(),
            call_id=name,
            call_date="2025-09-01",
            source_uri=path.as_uri(),
            audio_s=SECONDS,
        )

    def client(self, *, key: str = "sk-trial", retry: RetryPolicy | None = None) -> DashScopeClient:
        limits = RateLimits(requests_per_minute=60_000, queries_per_second=1000, submit_burst=50)
        return DashScopeClient(endpoint_for(self.base_url), key, limits=limits, retry=retry or RetryPolicy(4, 5.0))

    async def dispatch(
        self,
        wanted: list[WorkItem],
        *,
        billing: Billing = PAID,
        key: str = "sk-trial",
        source: AudioSource | None = None,
        recordings: RecordingFiles | None = None,
        returned: Collection[str] = (),
        **options: Any,
    ) -> DispatchReport:
        """One run of the dispatcher, as an asset starts it."""
        values = {"together": False, "uploads_at_once": 4, "task_timeout_s": 30.0, "reconcile_grace_s": 0.0, **options}
        schedule = PollSchedule(first_s=0.01, interval_s=0.02, max_interval_s=0.1)
        async with (
            self.client(key=key) as client,
            TaskPoller(client, schedule=schedule, queries_per_second=1000, unknown_patience_s=0.2) as poller,
        ):
            recordings = recordings or RecordingFiles(self.folder / "landing")
            parts = RunParts(
                client=client,
                poller=poller,
                ledger=self.ledger,
                raw_store=self.raw_store,
                recordings=recordings,
                source=source or UploadSource(client, recordings),
                billing=billing,
                options=DispatchOptions(**values),
                cuts=self.folder / "cuts",
                run_id="a-run",
            )
            return await Dispatcher(parts).run(wanted, returned=returned)

    def run(self, wanted: list[WorkItem], **options: Any) -> DispatchReport:
        """`dispatch` for tests that do nothing meanwhile."""
        return asyncio.run(self.dispatch(wanted, **options))

    def units(self, wanted: list[WorkItem], kind: str = "dashscope") -> list[LedgerRow]:
        """The rows in force."""
        return [unit for unit in self.ledger.forecast(wanted, kind) if unit is not None]

    def states(self, wanted: list[WorkItem]) -> list[str]:
        return [unit.state.value for unit in self.units(wanted)]

    def fault(self, *rules: dict[str, Any], **plan: Any) -> None:
        """Replaces the service's faults."""
        reply = httpx.post(f"{self._root}/_local/faults", json={"rules": list(rules), **plan}, trust_env=False)
        assert reply.status_code == 200, reply.text

    def struck(self) -> list[int]:
        """How often each fault has struck."""
        return list(self._get("/_local/faults")["struck"])

    def tasks(self) -> list[dict[str, Any]]:
        """Every task the service was given."""
        return list(self._get("/_local/tasks")["tasks"])

    def billed(self) -> float:
        """Seconds billed, by the service's own count; fails where any channel was billed twice."""
        usage = self._get("/_local/usage")
        twice = [charge for charge in usage["by_channel"] if charge["count"] != 1]
        assert twice == [], "the service billed a channel twice"
        return float(usage["billed_seconds"])

    @property
    def _root(self) -> str:
        return self.base_url.removesuffix("/api/v1")

    def _get(self, path: str) -> dict[str, Any]:
        return dict(httpx.get(f"{self._root}{path}", trust_env=False).raise_for_status().json())


def lose_answer(
    trial: Trial, item: WorkItem, *, billing: Billing = PAID, source: AudioSource | None = None
) -> LedgerRow:
    """Sends one channel and is killed before the answer is read: a task exists, the row stays `sending`."""
    unit = trial.ledger.plan([item], billing, together=False)[0]

    async def send() -> None:
        async with trial.client() as client:
            way = source or UploadSource(client, RecordingFiles(trial.folder / "landing"))
            file_url = await way.url_for(unit.source_uri, unit.submission_id, MODEL)
            claim = {"worker_id": "killed", "sending_at": trial.ledger.clock(), "file_url": file_url}
            trial.ledger.move(unit.submission_id, UnitState.SENDING, **claim)
            parameters = {"channel_id": [unit.channel_id], **unit.parameters}
            await client.submit(SubmitRequest(unit.model, file_url, parameters))

    asyncio.run(send())
    return trial.ledger.get([unit.unit_id])[0]


def shorten_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait milliseconds; how long they really wait is shown in tests/dashscope/test_retry.py."""
    monkeypatch.setattr(retry, "FIRST_DELAY_S", 0.002)
    monkeypatch.setattr(retry, "FIRST_THROTTLE_DELAY_S", 0.002)
    monkeypatch.setattr(retry, "RETRY_AFTER_SPREAD_S", 0.0)
    monkeypatch.setattr(results, "ASKED_AGAIN_AFTER_S", (0.002, 0.004))
