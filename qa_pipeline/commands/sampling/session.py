"""Shows a calibration session: each evaluator against the expert."""

from __future__ import annotations

from qa_pipeline.agreement.strictness import Calibration
from qa_pipeline.drawing.calibrating import session_result
from qa_pipeline.reviews.rights import PIPELINE
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, out
from qa_pipeline.wording.figures import count, signed

DIFFERING_SHOWN = 20


def session_command(name: str) -> int:
    """Prints how far everybody is, and who agrees with the expert."""
    found = session_result(open_reviews(load_settings().operations_database_url), PIPELINE, name)
    done = ", ".join(f"{login} {submitted}" for login, submitted in found.submitted.items())
    out.print(f"{name}: {count(found.calls, 'call')}; submitted: {done}", markup=False)
    if found.expert is None:
        out.print("Nobody can be held against the expert yet, who has submitted nothing.", markup=False)
        return EXIT_OK
    out.print(f"Against {found.expert}:", markup=False)
    for each in found.results:
        for line in _lines(each):
            out.print(f"  {line}", markup=False)
    return EXIT_OK


def _lines(found: Calibration) -> list[str]:
    agreed = found.agreed
    if agreed.share is None or agreed.interval is None:
        return [f"{found.evaluator}: no call that both have evaluated"]
    between = f"{agreed.interval.low:.0%} to {agreed.interval.high:.0%}"
    score = "" if found.score_difference.mean is None else f"; score {signed(found.score_difference.mean)} points"
    lines = [f"{found.evaluator}: {agreed.hits} of {agreed.n} answers the same, {agreed.share:.0%} ({between}){score}"]
    lines += [
        f"  {each.call_id} {each.question_id}: {_said(each.answer)}, expert {_said(each.expert_answer)}"
        for each in found.differing[:DIFFERING_SHOWN]
    ]
    more = len(found.differing) - DIFFERING_SHOWN
    return [*lines, *([f"  … and {more:,} more"] if more > 0 else [])]


def _said(answer: str | float | None) -> str:
    return "not answered" if answer is None else f"{answer:g}" if isinstance(answer, float) else answer
