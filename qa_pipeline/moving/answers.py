"""Whether each answer that the ledger names can be read where the ledger goes."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, select

from qa_pipeline.ledger.attempts import attempts, texts, work
from qa_pipeline.ledger.selecting import whole_path
from qa_pipeline.ledger.states import ANSWERED
from qa_pipeline.moving.sides import Mode, MoveRefused, Side
from qa_pipeline.moving.tables import unhurried

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class LostAnswers:
    """How many answers are not below `raw/`, by the place where they were put; "" where that was here."""

    by_place: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many answers there are, wherever they lie."""
        return sum(self.by_place.values())

    def require_none_elsewhere(self, source: Side, raw_bucket: str | None) -> None:
        """Refuses to leave answers behind in a bucket that is not the one named, or on the disks of other machines.

        Raises:
            MoveRefused: there are some.
        """
        buckets = sorted(place for place in self.by_place if "://" in place and place != raw_bucket)
        if source.mode is Mode.SCALE and buckets:
            raise MoveRefused(
                f"answers that are paid for are in {', '.join(buckets)}: set QA_RAW_BUCKET to that, and run this again"
            )
        others = {place: count for place, count in self.by_place.items() if place and "://" not in place}
        if source.mode is Mode.SCALE and others:
            where = ", ".join(f"{place} ({count:,})" for place, count in sorted(others.items()))
            raise MoveRefused(
                f"answers that are paid for lie on other machines only: {where}; copy what is below raw/ there into "
                "QA_RAW_BUCKET, under the same paths, and run this again"
            )


def lost_answers(engine: Engine, raw_dir: Path) -> LostAnswers:
    """Looks for every answer of the ledger below `raw_dir`, where after copying all of them are."""
    here = f"{socket.gethostname()}:{raw_dir}"
    lost: Counter[str] = Counter()
    query = (
        select(attempts.c.raw, work.c.model, attempts.c.call_date, attempts.c.submission_id, texts.c.text)
        .join_from(attempts, work, work.c.id == attempts.c.work)
        .outerjoin(texts, texts.c.id == attempts.c.kept_in)
        .where(attempts.c.state.in_(ANSWERED), attempts.c.raw.is_not(None))
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with engine.connect() as connection:
        unhurried(connection)
        for raw, model, call_date, submission_id, place in connection.execute(query):
            path = whole_path(raw, model, call_date, submission_id)
            if path is not None and not (raw_dir / path).exists():
                lost["" if place in (None, here) else place] += 1
    return LostAnswers(lost)
