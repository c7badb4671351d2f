"""Why nobody takes steps, in a sentence: no worker, none for the queue, or none that agrees with the run."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.workers.register import Program


def why_nobody(workers: Sequence[Program], queues: Sequence[str], version: str, fingerprint: str) -> str | None:
    """What is missing for the steps that wait in `queues`, of a run of this version and these deciding settings; None
    where every queue has a worker that may take them."""
    agreeing = [worker for worker in workers if (worker.version, worker.fingerprint) == (version, fingerprint)]
    served = {queue for worker in agreeing for queue in worker.queues}
    missing = [queue for queue in queues if queue not in served]
    if not missing:
        return None
    what = f"steps wait in queue {', '.join(sorted(missing))}, and no worker takes them: "
    if not workers:
        return f"{what}start `qa-pipeline worker` on one machine or more"
    if not agreeing:
        return f"{what}{_disagreement(workers, version)}"
    return f"{what}start one with `qa-pipeline worker --queues {','.join(sorted(missing))}`"


def _disagreement(workers: Sequence[Program], version: str) -> str:
    other = sorted({worker.version for worker in workers} - {version})
    if other:
        return f"the run is of version {version}, the workers are of {', '.join(other)}; install one version everywhere"
    return "all workers have other settings than the run; start them again with the same settings"
