"""A comparison in a process of its own, for a server that has pages to answer meanwhile:
`python -m qa_pipeline.judging.comparing_process`.

It reads one JSON object from its input, `drafts` (texts of YAML by name), `first` and `last` (days), and writes pickles
to its output, which only the process that started it reads: how many calls there are to judge, then what each stretch
of them came to, and in the end `Done`, or `Failed`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import sys
from typing import IO, Any

from qa_pipeline.errors import UserError
from qa_pipeline.judging.card_files import project_cards
from qa_pipeline.judging.comparing import compare_stored
from qa_pipeline.judging.comparing_news import Begun, Done, Failed
from qa_pipeline.judging.rule_files import drafted_book
from qa_pipeline.published.newest import open_published
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.settings import load_settings
from qa_pipeline.statements.files import read_sql

NICE = 10
"""Pages come first."""


def main() -> int:
    """Compares the project's rules with the drafts in their places."""
    job = json.load(sys.stdin)
    told = sys.stdout.buffer
    os.nice(NICE)
    try:
        _compare(job, told)
    except (UserError, BadRules) as error:
        _tell(told, Failed(str(error)))
        return 1
    _tell(told, Done())
    return 0


def _compare(job: dict[str, Any], told: IO[bytes]) -> None:
    settings = load_settings()
    before, after = drafted_book(settings, {}), drafted_book(settings, job["drafts"])
    first, last = dt.date.fromisoformat(job["first"]), dt.date.fromisoformat(job["last"])
    with open_published(settings) as snapshot, snapshot.cursor() as cursor:
        [(calls,)] = snapshot.tuples(read_sql("reads/count_rule_calls.sql"), {"first": first, "last": last})
        cards = project_cards(settings)
        _tell(told, Begun(calls, tuple(cards.faults)))
        for compared in compare_stored(cursor, before, after, (first, last), settings.metrics, cards=cards):
            _tell(told, compared)


def _tell(told: IO[bytes], what: object) -> None:
    pickle.dump(what, told, protocol=pickle.HIGHEST_PROTOCOL)
    told.flush()


if __name__ == "__main__":
    sys.exit(main())
