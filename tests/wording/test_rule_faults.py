"""What is wrong with a rule or a dialogue, in the language of whoever reads."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.rules.dialogue import BadDialogue, read_dialogue
from qa_pipeline.wording import languages
from qa_pipeline.wording.rule_faults import rule_fault
from tests.rules.test_reading import GOOD, WRONG, faults

BY_LIBRARIES = {
    "a severity that is none": GOOD + "severity: grave\n",
    "a window below nothing": GOOD + "  window: {first_s: -1}\n",
    "a role that is a list": GOOD.replace("role: agent", "role: [agent]"),
    "an open bracket": GOOD.replace("calling]}", "calling"),
    "a line that is no pair": GOOD + "severity\n",
    "no condition": "id: a\ntitle: b\n",
    "an open group": "id: a\ntitle: b\ncondition:\n  regex: (a\n",
}
DIALOGUES = ("0:02 nobody: hello", "1:x agent: hello", "agent: hello\nhello", "0:01 agent: hello\nagent: hello")

ENGLISH = re.compile(r"\b(the|is|be|no|it|or|and|here|there|should|write|invalid|expected)\b")


def in_chinese(sentence: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sentence without what is quoted of the file or of names."""
    assert rule_fault(sentence) == sentence
    monkeypatch.setattr(languages, "_ask", lambda: "zh")
    return re.sub(r"all, any, not, phrases[\w, ]*|write [\w ]+ in", "", rule_fault(sentence))


@pytest.mark.parametrize("text", [*(text for text, _ in WRONG.values()), *BY_LIBRARIES.values()])
def test_what_is_wrong_with_a_rule_is_said_in_chinese(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = in_chinese(faults(text)[0], monkeypatch)
    assert "a.yaml" in said
    assert not ENGLISH.search(said), said


@pytest.mark.parametrize("text", DIALOGUES)
def test_what_is_wrong_with_a_dialogue_is_said_in_chinese(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadDialogue) as raised:
        read_dialogue(text)
    assert not ENGLISH.search(in_chinese(str(raised.value), monkeypatch))
