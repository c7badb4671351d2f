"""The sentences of a call, as they are looked through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from qa_pipeline.privacy.contexts import Cue, cues
from qa_pipeline.privacy.normalized import Normalized
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.privacy.sum_words import sums

Detector = Literal["shape", "spoken", "known", "readback"]


@dataclass(frozen=True)
class SaidSentence:
    """A sentence of a call; times in ms, None where they are not known."""

    role: str
    text: str
    language: str | None = None
    begin_ms: int | None = None
    end_ms: int | None = None

    @cached_property
    def normalized(self) -> Normalized:
        """Its normalised form."""
        return Normalized(self.text)

    @cached_property
    def cues(self) -> list[Cue]:
        """Words that say what numbers are."""
        return cues(self.normalized.text)

    @cached_property
    def sums(self) -> list[Cue]:
        """Words that say that numbers are amounts."""
        return sums(self.normalized.text, self.cues)


class Span(NamedTuple):
    """What is personal in a sentence: its place among the sentences of the call, the characters of its text, and of a
    number the last four digits where this is the end of it."""

    sentence: int
    begin: int
    end: int
    kind: Kind
    detector: Detector
    last4: str = ""
