"""One of several machines that share a ledger: a process with a home of its own, for tests that kill or freeze it.

`python -m tests.wire.one_sender FOLDER LANDING LEDGER_URL REQUESTS_PER_MINUTE NAME…`. With QA_TRIAL_STOPS in the
environment it freezes itself, as SIGSTOP does, at each so many'th request between `sending` and the request.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from qa_pipeline.dispatch import claims, dispatcher, other_workers, reconciler
from qa_pipeline.ledger import claims as ledger_claims
from qa_pipeline.ledger import workers
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from tests.wire.shape import desk


def freeze_every(number: int) -> None:
    """Freezes this process after `sending` was committed, at every so many'th request."""
    made = claims.SendClaim.__call__
    count = 0

    async def call(self: claims.SendClaim) -> None:
        nonlocal count
        await made(self)
        count += 1
        if count % number == 0:
            os.kill(os.getpid(), signal.SIGSTOP)

    claims.SendClaim.__call__ = call  # type: ignore[method-assign]


def shorten(seconds: float) -> None:
    """Claims and silence that last for tests."""
    ledger_claims.LEASE_S = workers.SILENT_AFTER_S = seconds
    ledger_claims.SEND_WINDOW_S = seconds / 4
    claims.RENEWED_AFTER_S = seconds / 12
    reconciler.GUARD_S = other_workers.GUARD_S = seconds / 4
    dispatcher.HEARTBEAT_S = seconds / 12


if __name__ == "__main__":
    folder, landing, url, per_minute, *names = sys.argv[1:]
    home = Path(folder)
    if not (home / "landing").exists():
        half = home / f"landing-{os.getpid()}"
        shutil.copytree(landing, half)
        half.rename(home / "landing")  # whole, or not at all: this process is killed at any moment
    if lease_s := os.environ.get("QA_TRIAL_LEASE_S"):
        shorten(float(lease_s))
    if stops := os.environ.get("QA_TRIAL_STOPS"):
        freeze_every(int(stops))
    if skew_s := float(os.environ.get("QA_TRIAL_SKEW_S", "0")):
        real = time.time
        time.time = lambda: real() + skew_s
    pace = {"requests_per_minute": float(per_minute), "submit_burst": 1, "queries_per_second": 50.0}
    ledger = Ledger(open_operations(url))
    at = desk(home, ledger, names=tuple(names), **pace, audio_urls="upload", operations_url=url, reconcile_grace_s=0.2)
    print("began", flush=True)  # noqa: T201 - the test waits for it
    report = at.run()
    print(report.answered, report.remaining, report.unknown, flush=True)  # noqa: T201
