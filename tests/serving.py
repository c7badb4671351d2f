"""A local service for tests, and how to have it misbehave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.service.local_process import start_local_service

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples" / "recordings"
REAL_RECORDINGS = ROOT.parent / "shared" / "audio" / "calls"


@contextmanager
def running_service(state_dir: Path, **settings: Any) -> Iterator[str]:
    """The base URL of a local service that knows the samples and throttles nobody."""
    references = tuple(folder for folder in (SAMPLES, REAL_RECORDINGS) if folder.is_dir())
    limits = {"submits_per_minute": 6000, "queries_per_second": 200}
    config = ServiceConfig(state_dir=state_dir, references=references, allow_faults=True, **(limits | settings))
    with start_local_service(config) as service:
        yield service.base_url


def set_faults(base_url: str, *rules: Mapping[str, object], **plan: object) -> None:
    """Tells the service how to misbehave from now on; without rules it stops. `plan` is the rest of a fault plan."""
    address = base_url.replace("/api/v1", "/_local/faults")
    httpx.post(address, json={"rules": list(rules), **plan}, trust_env=False).raise_for_status()
