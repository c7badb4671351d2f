"""The work both sides of the comparison are given, and the best that any client could make of it."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa_pipeline.dashscope.pacing import take, unused
from qa_pipeline.dashscope.rate_limit import RateLimits
from qa_pipeline.local_service import FaultPlan, ServiceConfig
from qa_pipeline.local_service.faults import FaultSwitches

SAMPLE_RATE = 8000
RECORDING_S = 1.0
SEED = 20250901
"""Of the simulated task times and the sound: every run gets the same."""


@dataclass(frozen=True, slots=True)
class Workload:
    """`channels` to transcribe, and the service they meet: limits, and task times drawn from a range in seconds."""

    channels: int
    submits_per_minute: int
    queries_per_second: int
    task_s: tuple[float, float]

    @property
    def recordings(self) -> int:
        """Stereo files needed for the channels."""
        return (self.channels + 1) // 2

    @property
    def submits_s(self) -> float:
        """Seconds that one submit a channel takes at the full rate."""
        return self.channels * 60.0 / self.submits_per_minute

    def check(self, submit_bursts: Iterable[int]) -> None:
        """Raises ValueError, with a sentence, where the service or the client would not take these figures."""
        self.service()
        for burst in submit_bursts:
            self.earliest_end_s(burst)

    def task_times_s(self) -> list[float]:
        """What the service will draw for its tasks, in the order in which they start."""
        switches = FaultSwitches(self._plan())
        return [switches.task_latency_s() for _ in range(self.channels)]

    def ideal_s(self) -> float:
        """The larger of submits ÷ rate and longest task: a bound that holds for any client, and that none reaches
        whose last task is still running when its last submit has left."""
        return max(self.submits_s, *self.task_times_s())

    def earliest_end_s(self, submit_burst: int) -> float:
        """When the last task ends if each submit leaves as soon as the client's own pace lets it, and nothing but the
        tasks takes time."""
        rate = RateLimits(requests_per_minute=self.submits_per_minute, submit_burst=submit_burst).submit_rate()
        _, slots = take(unused(0.0), rate, 0.0, self.channels)
        return max(slot.opens_at + task_s for slot, task_s in zip(slots, self.task_times_s(), strict=True))

    def service(self) -> ServiceConfig:
        """A service that runs every task at once, so that a task takes what was drawn for it."""
        return ServiceConfig(
            recognizer="benchmark",
            concurrency=self.channels,
            submits_per_minute=self.submits_per_minute,
            queries_per_second=self.queries_per_second,
            faults=self._plan(),
        )

    def _plan(self) -> FaultPlan:
        return FaultPlan(task_latency_s=self.task_s, seed=SEED)


def recording_path(folder: Path, index: int) -> Path:
    """Where the recording with this number lies; channel c is in recording c // 2."""
    return folder / f"bench-{index:05d}.wav"


def write_recordings(folder: Path, count: int) -> None:
    """Stereo WAVs of one second of noise (32 kB), each different: the ledger knows recordings by their bytes."""
    chance = np.random.default_rng(SEED)
    for index in range(count):
        noise = chance.integers(-500, 500, size=(int(RECORDING_S * SAMPLE_RATE), 2), dtype=np.int16)
        with wave.open(str(recording_path(folder, index)), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE)
            out.writeframes(noise.astype("<i2").tobytes())
