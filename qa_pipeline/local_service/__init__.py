"""A speech service on your own machine that speaks the DashScope file-transcription protocol.

The pipeline runs against it with the same code that runs against the paid service: a real queue, the documented
states, limits and errors, uploads and expiring results. What it knows about a recording comes from a recognizer;
the first one answers with reference transcripts, and says so when it has none.
"""

from __future__ import annotations

from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.errors import ConfigError, StartFailed, StateInUse
from qa_pipeline.local_service.faults import FaultPlan, FaultRule

__all__ = [
    "ConfigError",
    "FaultPlan",
    "FaultRule",
    "ServiceConfig",
    "StartFailed",
    "StateInUse",
]
