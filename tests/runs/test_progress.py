"""What a run says of itself: each step and asset, and what it waits for, so that it never looks dead."""

from __future__ import annotations

from qa_pipeline.ledger.states import UnitState
from qa_pipeline.runs.progress import AGAIN, Step, ended, heartbeat

SENT = {UnitState.PARSED: 49, UnitState.FAILED: 1, UnitState.SUBMITTED: 8, UnitState.PLANNED: 2}


def test_a_step_that_pays_says_how_many_channels_are_done_and_what_the_others_wait_for() -> None:
    line = heartbeat(3, 7, Step("transcriptions", 100.0), SENT, 142.4)
    assert line == "step 3 of 7, transcriptions: 50 of 60 channels, 2 to be sent, 8 with the service (0:42)"


def test_any_other_step_says_how_long_it_has_been_at_work() -> None:
    step = Step("acoustics", 100.0)
    assert heartbeat(2, 7, step, SENT, 100.0) == "step 2 of 7, acoustics (0:00)"
    assert heartbeat(2, 7, step, SENT, 3761.0) == "step 2 of 7, acoustics (61:01)"


def test_a_channel_with_an_unknown_outcome_is_not_hidden() -> None:
    line = heartbeat(3, 7, Step("transcriptions", 0.0), {UnitState.UNKNOWN: 2, UnitState.PARSED: 1}, 1.0)
    assert "1 of 3 channels, 2 with an unknown outcome" in line


def test_a_step_that_ended_names_the_assets_it_made() -> None:
    step = Step("transcripts_and_sentences", 10.0, ["transcripts", "sentences"])
    assert ended(step, "done", 12.5) == "done transcripts, sentences (0:02)"
    assert ended(Step("calls", 10.0), AGAIN, 11.0) == "will try again: calls (0:01)"
