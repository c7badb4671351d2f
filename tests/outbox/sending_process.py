"""A process that does what a run does at its end: finds causes in what is published, and sends.

python -m tests.outbox.sending_process [find]
"""

from __future__ import annotations

import sys

from qa_pipeline.outbox.rounds import alerting
from qa_pipeline.settings import load_settings


def main(*, finds_only: bool) -> None:
    """Says what it has found before it goes on."""
    with alerting(load_settings()) as opened:
        assert opened is not None
        sys.stdout.write(f"found {opened.find()}\n")
        sys.stdout.flush()
        if finds_only:
            sys.stdin.readline()
            return
        done = opened.send()
        sys.stdout.write(f"sent {done.sent}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(finds_only="find" in sys.argv[1:])
