"""What a form is shown with: the call that it is about, as the snapshot has it for whoever looks."""

from __future__ import annotations

from dashboards.evaluating.call_facts import call_facts
from dashboards.evaluating.form_data import Around
from dashboards.queries import ask, ask_about_call
from dashboards.remembered import Remembered
from dashboards.serving.access import Viewer
from dashboards.serving.opening import open_calls_for
from dashboards.serving.review_store import colleague, reviews_of
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.reviews.policy import policy_of
from qa_pipeline.reviews.states import BLIND_TYPES
from qa_pipeline.reviews.values import Evaluation
from qa_pipeline.scorecards.scoring import CallFacts
from qa_pipeline.settings import Settings

MOST_SENTENCES = 1_000_000

_CALLS: Remembered[tuple[CallFacts | None, list[Row]]] = Remembered(64)
_MACHINES: Remembered[list[Row]] = Remembered(256)


def around_call(viewer: Viewer, settings: Settings, evaluation: Evaluation) -> Around:
    """What surrounds an evaluation. A call that is not published any more has no facts.

    Raises:
        NothingPublished, UnreadableSnapshot: there is no snapshot to find the call in.
    """
    who, call_id = colleague(viewer, settings), evaluation.call.call_id
    is_blind = evaluation.evaluation_type in BLIND_TYPES or reviews_of(settings).hides_answers(who, call_id)
    with open_calls_for(viewer, settings) as snapshot:
        asked = (snapshot.identity, snapshot.time_zone, call_id)
        facts, sentences = _CALLS.get(asked, lambda: _read(snapshot, call_id))
        answers = []
        if not is_blind:
            card, version = evaluation.scorecard_id, evaluation.scorecard_version
            answers = _MACHINES.get(
                (snapshot.identity, call_id, card, version),
                lambda: ask(snapshot, "read_machine_answers", call_id=call_id, card=card, version=version),
            )
    return Around(who, policy_of(settings), facts, sentences, answers, settings.timezone)


def _read(snapshot: Snapshot, call_id: str) -> tuple[CallFacts | None, list[Row]]:
    found = ask_about_call(snapshot, "read_call", call_id)
    if not found:
        return None, []
    sentences = ask(snapshot, "read_sentences", call_id=call_id, limit=MOST_SENTENCES, offset=0, with_words=False)
    return call_facts(snapshot, found[0]), sentences
