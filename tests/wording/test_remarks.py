"""What a person reads of an odd value."""

from __future__ import annotations

from typing import get_args

from qa_pipeline.transcription.remarks import Action
from qa_pipeline.wording.remarks import _DONE, remark_line


def test_a_remark_names_value_action_and_place() -> None:
    row = {"field": "emotion", "value": '"calm"', "action": "null", "sentence_id": 3, "occurrences": 1200}
    assert remark_line(row) == 'emotion "calm": can\'t be believed; it is empty (sentence 3, 1,200 times)'
    row = {"field": "sentences", "value": None, "action": "sorted", "sentence_id": None, "occurrences": 1}
    assert remark_line(row) == "sentences: put in the order of time"


def test_every_action_has_words() -> None:
    assert set(_DONE) == set(get_args(Action))
