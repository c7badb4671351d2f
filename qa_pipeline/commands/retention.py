"""`qa-pipeline retention`: forgets by age what the settings say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qa_pipeline.erasing.erasure import no_run_beside
from qa_pipeline.erasing.retention import forget, has_retention
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, err, out
from qa_pipeline.wording.figures import count


def retention_command(*, is_trial: bool) -> int:
    """Forgets, and says what; nothing where no setting says so."""
    settings = load_settings()
    if not has_retention(settings):
        out.print(
            "Nothing is forgotten by age: retention_text_days, retention_raw_days, retention_audio_days are not set"
        )
        return EXIT_OK
    engine = open_operations(settings.operations_database_url)
    try:
        with no_run_beside(settings):
            today = dt.datetime.now(settings.tz).date()
            done = forget(settings, engine, today, lambda text: err.print(text, markup=False), is_trial=is_trial)
    finally:
        engine.dispose()
    gone = "would go" if is_trial else "gone"
    out.print(f"Texts     {_days([str(day) for day in done.texts])} {gone}", markup=False)
    out.print(f"Raw JSON  {_days(done.raw)}, {count(done.documents, 'document')} {gone}", markup=False)
    files = "" if is_trial else f", {count(done.files, 'file')}"
    out.print(f"Audio     {_days(done.audio)}{files} {gone}", markup=False)
    if done.held:
        out.print(f"On hold   {count(done.held, 'call')} stay whole", markup=False)
    for note in done.notes:
        err.print(f"note: {note}", markup=False, style="yellow")
    return EXIT_OK


def _days(days: Sequence[str]) -> str:
    if not days:
        return "no day"
    return days[0] if len(days) == 1 else f"{count(len(days), 'day')} from {days[0]} to {days[-1]}"
