"""What it takes to recognize a recording, whether a task or a call asks for it."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.faults import FaultSwitches
from qa_pipeline.local_service.recognizers import Recognizer
from qa_pipeline.local_service.sound_memory import KnownSounds
from qa_pipeline.local_service.sources import Sources


@dataclass(frozen=True, slots=True)
class RecognitionMeans:
    """Downloads run on the event loop, everything that reads sound on the threads of `executor`."""

    config: ServiceConfig
    sources: Sources
    recognizer: Recognizer
    sounds: KnownSounds
    faults: FaultSwitches
    executor: Executor
