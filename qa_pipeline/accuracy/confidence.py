"""How sure an engine was of each unit of its transcript that is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from qa_pipeline.accuracy.normalization import Unit, shown
from qa_pipeline.accuracy.transcripts import Utterance


def confidences(transcript: Iterable[Utterance], units: Sequence[Unit]) -> list[float | None]:
    """For each unit of the transcript's text (its sentences as `shown`, a blank between) that of its word, else that of
    its sentence, else None."""
    begins, sure = _places(transcript)
    found: list[float | None] = []
    at = 0
    for unit in units:
        while at + 1 < len(begins) and begins[at + 1] <= unit.begin:
            at += 1
        found.append(sure[at] if sure else None)
    return found


def _places(transcript: Iterable[Utterance]) -> tuple[list[int], list[float | None]]:
    """Where in the text a confidence begins to hold, and which: words where they are found, their sentence between."""
    places: list[tuple[int, float | None]] = []
    begin = 0
    for utterance in transcript:
        text = shown(utterance.text)
        places.append((begin, utterance.confidence))
        at = 0
        for word, confidence in utterance.words:
            said = shown(word)
            found = text.find(said, at) if said else -1
            if found < 0:  # the text spells it otherwise: what is there has the sentence's
                continue
            at = found + len(said)
            places += [(begin + found, confidence), (begin + at, utterance.confidence)]
        begin += len(text) + 1 if text else 1
    # a word ends where the next begins: of two at one place the later one holds
    kept = [place for place, after in pairwise([*places, (begin + 1, None)]) if place[0] < after[0]]
    return [at for at, _ in kept], [confidence for _, confidence in kept]
