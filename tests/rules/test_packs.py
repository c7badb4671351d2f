"""The rules of samples/rules: as good as docs/rules.md says, on the samples and on a real call where it is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.recognition import RECORDINGS
from benchmarks.rule_packs import of_calls, packs_table, sample_book, transcribed_call
from qa_pipeline.rules.calls import Unreliable
from qa_pipeline.rules.evaluation import outcomes_of
from qa_pipeline.rules.verdicts import Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
REAL = RECORDINGS / "calls"
BANKCARD = {"call_id": "bankcard", "agent_channel": "0", "language": "en", "direction": "inbound"}


def test_the_page_has_the_figures_that_are_measured() -> None:
    assert packs_table(sample_book()) in PAGE.read_text(encoding="utf-8")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real recordings are not here")
def test_a_real_call_is_judged_as_a_person_does() -> None:
    found = of_calls(sample_book(), [REAL])
    assert sum(counted.right for counted in found.values()) == 2, "greeting and closing"
    assert [counted.mistakes for counted in found.values() if counted.mistakes] == []


@pytest.mark.skipif(not REAL.is_dir(), reason="the real recordings are not here")
def test_a_fault_of_the_recognizer_in_the_window_is_never_a_no() -> None:
    call = transcribed_call(REAL / "bankcard.transcript.json", BANKCARD)
    silenced = [[said._replace(text="mm") for said in turn] for turn in call.turns]
    unheard = {"agent": [Unreliable(3720, 10_080, "sound_without_words"), Unreliable(45_690, 48_480, "channel_failed")]}
    book = sample_book()
    certain = {each.rule.id: each for each in outcomes_of(replace(call, turns=silenced), book)}
    doubtful = {each.rule.id: each for each in outcomes_of(replace(call, turns=silenced, unreliable=unheard), book)}
    assert certain["greeting"].outcome is certain["closing"].outcome is Outcome.MISS
    assert (doubtful["greeting"].outcome, doubtful["greeting"].reason) == (Outcome.NOT_EVALUATED, "sound_without_words")
    assert (doubtful["closing"].outcome, doubtful["closing"].reason) == (Outcome.NOT_EVALUATED, "channel_failed")
