"""Ledgers with everything in them that is hard to carry."""

from __future__ import annotations

import hashlib
import math
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import held_back, landing_cache, landing_folders, open_operations, saved_views
from qa_pipeline.ledger.whereabouts import ledger_home
from qa_pipeline.looks.chain import What
from qa_pipeline.looks.log import open_looks
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.reviews.store import open_reviews
from tests.alerts.building import hit
from tests.ledger.building import PAID, WAY_TO, bring, stereo
from tests.reviews.building import EVALUATOR, OTHER_CALL, disputed, drafted

ODD = [
    "O'Brien; drop table attempts; --",
    "退款 🙂 שלום",
    "tab\tnew\nline",
    " ",
    "",
    "%s %(x)s :name ${y} \\",
    "e\u0301",
]


def fill(url: str, raw: Path) -> None:
    """Attempts in every state, with bills, answers, odd texts, numbers at their limits, and bytes of all values."""
    ledger, store = Ledger(open_operations(url)), RawStore(raw)
    for number, state in enumerate(WAY_TO):
        rows = ledger.plan(stereo(f"{state}-{number}", context=None), PAID, together=True)
        fields: dict[str, Any] = {}
        if state in (UnitState.FETCHED, UnitState.PARSED):
            document = f'{{"of": "{state}"}}'.encode() * 50
            stored = store.put(rows[0].model, rows[0].call_date, rows[0].submission_id, document)
            fields = {"raw_path": stored.path, "raw_sha256": stored.sha256}
        if state in (UnitState.FAILED, UnitState.UNKNOWN):
            fields = {"code": ODD[number % len(ODD)], "message": ODD[(number + 1) % len(ODD)]}
        bring(ledger, rows[0], state, **fields)
        if state is UnitState.PARSED:
            with ledger.engine.begin() as connection:
                ledger.set_billed(connection, rows[0].submission_id, 61.1, 0.000035)
    with ledger.engine.begin() as connection:
        connection.execute(
            insert(saved_views),
            [
                {
                    "view_id": hashlib.sha256(odd.encode()).hexdigest()[:32], "name": odd, "owner": odd,
                    "is_shared": bool(number % 2), "query": {odd: [odd, "x"], "none": None, "big": 2**60, "part": 0.1},
                    "created_at": 1e9 / 3 + number,
                }
                for number, odd in enumerate(ODD)
            ],
        )  # fmt: skip
        connection.execute(insert(landing_folders), [{"folder": odd, "facts": odd} for odd in ODD])
        connection.execute(
            insert(landing_cache),
            [{"folder": odd, "files": bytes(range(256)) * 40} for odd in ODD] + [{"folder": "empty", "files": b""}],
        )
        connection.execute(
            insert(held_back).values(
                recording_id="r", channel_id=1, call_id="c", call_date="2025-09-01", model="m", audio_s=math.pi * 1e15,
                reason=ODD[0], noted_at=1e-300,
            )
        )  # fmt: skip
    _tell(Outbox(ledger.engine), raw)
    ledger.engine.dispose()
    _evaluate(url)
    _look(url)


def _tell(outbox: Outbox, home: Path) -> None:
    """Alerts that wait, one that is on its way, and odd texts."""
    outbox.add([(f"channel{number}", hit(odd, title=odd, queue=odd)) for number, odd in enumerate(ODD)], home)
    turn = outbox.take("channel0")
    assert turn is not None
    waiting = outbox.waiting_causes("channel0")
    assert outbox.make_messages(turn, [[each.key for each in waiting]], waiting)
    [message] = outbox.messages("channel0")
    assert outbox.begin(turn, message, [])
    outbox.note_trouble(message, ODD[1], refused=True, wait_s=1e6 / 3)


def _evaluate(url: str) -> None:
    """An evaluation that was disputed, and one that is being written, with odd texts."""
    with closing(open_reviews(url)) as reviews:
        disputed(reviews)
        draft = drafted(reviews, call=OTHER_CALL)
        revision = draft.revision
        for number, odd in enumerate(ODD):
            saved = reviews.answer(
                EVALUATOR,
                draft.evaluation_id,
                "remark",
                odd,
                comment=odd,
                revision=revision,
                request_id=f"odd {number}",
            )
            revision = saved.revision


def _look(url: str) -> None:
    """Looks at what was masked, for odd reasons."""
    with closing(open_looks(url)) as looks:
        for odd in ODD:
            looks.note(who="al@example.com", role="admin", call_id=odd, what=What.TEXT, reason=f"because of {odd}")


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every value of every table, as the code sees it, in a fixed order."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(map(_plain, row)) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name != ledger_home.name
        }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
