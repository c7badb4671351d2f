"""Opens a calibration session."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.drawing.calibrating import open_session
from qa_pipeline.published.newest import open_published
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.reviews.values import CallRef
from qa_pipeline.scorecards.folder import FOLDER, card_files, read_cards
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.figures import count

DAY_S = 86_400


def calibrate_command(
    call_ids: Sequence[str], *, session: str, scorecard: str, expert: str, evaluators: Sequence[str], due_days: int
) -> int:
    """Assigns the calls to all; the same command again adds what is lacking."""
    settings = load_settings()
    calls = _calls(settings, list(dict.fromkeys(call_ids)))
    cards = read_cards(card_files(settings.resolve(Path(FOLDER))))
    for call in calls:
        if cards.card_on(scorecard, call.call_date) is None:
            raise CommandError(f"there is no card {scorecard} in {FOLDER}/ for calls of {call.call_date}")
    assigned = open_session(
        open_reviews(settings.operations_database_url),
        PIPELINE,
        session,
        calls,
        scorecard_id=scorecard,
        expert=expert,
        evaluators=evaluators,
        due_at=time.time() + due_days * DAY_S,
    )
    known = f", {assigned.known:,} were there already" if assigned.known else ""
    out.print(f"{session}: {count(assigned.new, 'task')} assigned{known}", markup=False)
    return EXIT_OK


def _calls(settings: Settings, call_ids: Sequence[str]) -> list[CallRef]:
    with open_published(settings) as snapshot:
        rows = snapshot.tuples(
            "select call_id, call_date, nullif(trim(agent_id), '') from calls "
            "where list_contains($ids::varchar[], call_id) and call_date is not null and status <> 'quarantined'",
            {"ids": list(call_ids)},
        )
    found = {call_id: CallRef(call_id, day, agent_id) for call_id, day, agent_id in rows}
    if missing := [call_id for call_id in call_ids if call_id not in found]:
        raise CommandError(f"not published with a date: {', '.join(missing)}")
    return [found[call_id] for call_id in call_ids]
