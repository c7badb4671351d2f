"""A process that keeps answers of one draft, one after the other, and says what it begins and what is kept.

python -m tests.reviews.writer URL EVALUATION COUNT
"""

from __future__ import annotations

import json
import sys

from qa_pipeline.reviews.faults import Changed
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.store import open_reviews
from tests.reviews.building import EVALUATOR


def say(**what: object) -> None:
    """A line that is read even if this process is killed after it."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(url: str, evaluation_id: str, count: int) -> None:
    """Gives `count` answers; where another process was faster it looks again, and goes on."""
    reviews = open_reviews(url)
    revision = reviews.evaluation(EVALUATOR, evaluation_id).revision
    say(ready=revision)
    sys.stdin.readline()
    kept = 0
    while kept < count:
        request_id = new_request_id()
        say(begun=request_id, revision=revision, waiting=float(kept % 100))
        try:
            saved = reviews.answer(
                EVALUATOR, evaluation_id, "waiting", float(kept % 100), revision=revision, request_id=request_id
            )
        except Changed as told:
            revision = told.current.revision
            say(told=revision)
            continue
        kept, revision = kept + 1, saved.revision
        say(kept=request_id, seq=saved.seq, revision=revision)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
