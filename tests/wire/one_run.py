"""One run of the product's dispatch in a process of its own, for tests that kill it.

`python -m tests.wire.one_run FOLDER upload|http REQUESTS_PER_MINUTE NAME…` says `began` once it is about to send.
"""

from __future__ import annotations

import sys
from pathlib import Path

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from tests.wire.shape import desk

if __name__ == "__main__":
    folder, audio_urls, per_minute, *names = sys.argv[1:]
    ledger = Ledger(open_operations(f"sqlite:///{Path(folder) / 'operations.sqlite'}"))
    pace = {"requests_per_minute": float(per_minute), "submit_burst": 1}
    at = desk(Path(folder), ledger, names=tuple(names), **pace, audio_urls=audio_urls, reconcile_grace_s=0.2)
    print("began", flush=True)  # noqa: T201 - the test waits for it
    at.run()
