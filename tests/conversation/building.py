"""Sentences in a line, and hypothesis's ways to draw whole conversations."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from qa_pipeline.conversation.analysis import Conversation, analyse_call
from qa_pipeline.conversation.sentences import ROLES, SpokenSentence, sentences_of_role
from qa_pipeline.transcription.roles import Role

CHANNEL = {"agent": 0, "customer": 1}
LONG_TEXT = "this is more than anybody murmurs"


def said(
    role: Role,
    begin_ms: int | None,
    end_ms: int | None,
    text: str = LONG_TEXT,
    *,
    language: str | None = None,
    emotion: str | None = None,
    sentence_id: int = 0,
) -> SpokenSentence:
    """One sentence; its id is set by `number` where it matters."""
    return SpokenSentence(role, CHANNEL[role], sentence_id, begin_ms, end_ms, text, language, emotion)


def number(*sentences: SpokenSentence) -> list[SpokenSentence]:
    """The sentences with ids from 0 on each channel, in the given order."""
    counts = dict.fromkeys(ROLES, 0)
    numbered = []
    for sentence in sentences:
        numbered.append(sentence._replace(sentence_id=counts[sentence.role]))
        counts[sentence.role] += 1
    return numbered


def talk(*sentences: SpokenSentence, duration_s: float = 60, **options: Any) -> Conversation:
    """`converse` over numbered sentences."""
    return analyse_call(number(*sentences), duration_s, **options)


def placed(*sentences: SpokenSentence, duration_s: float = 60) -> Any:
    """The places of one role's sentences."""
    [role] = {sentence.role for sentence in sentences}
    return sentences_of_role(role, number(*sentences), round(duration_s * 1000)).placed


@st.composite
def conversations(draw: st.DrawFn, *, step_ms: int = 1, most: int = 20) -> tuple[list[SpokenSentence], float]:
    """Sentences of one or both roles, overlapping, nested, without length, in any order; and a duration they fit in.

    All times are whole steps. Some sentences lie anywhere, others near the end of the one before, as people talk:
    only so are the thresholds of turns and interruptions met from both sides.
    """
    last = 60_000 // step_ms
    lengths = st.one_of(st.just(0), st.integers(0, 900 // step_ms), st.integers(0, 20_000 // step_ms))
    roles = draw(st.sampled_from([("agent", "customer"), ("agent", "customer"), ("agent",), ("customer",)]))
    rows, end = [], 0
    for _ in range(draw(st.integers(0, most))):
        near = st.integers(max(0, end - 1500 // step_ms), min(last, end + 1500 // step_ms))
        begin = draw(st.one_of(near, near, st.integers(0, last)))
        end = min(begin + draw(lengths), last)
        rows.append(said(
            draw(st.sampled_from(roles)), begin * step_ms, end * step_ms,
            language=draw(st.sampled_from([None, "en", "zh", "es"])),
            emotion=draw(st.sampled_from([None, "happy", "neutral", "sad", "angry"])),
        ))  # fmt: skip
    return draw(st.permutations(number(*rows))), 60.0
