"""Word and character errors of one channel, and which sentence of the reference each belongs to.

A channel is aligned as a whole (jiwer: least edits), for engines cut speech into sentences elsewhere than people do.
Each substitution and deletion belongs to the sentence of its reference word; an insertion to the sentence of the
word before it, or of the first word where it comes before all. So sums over sentences are the channel's counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import jiwer

from qa_pipeline.accuracy.confidence import confidences
from qa_pipeline.accuracy.normalization import Unit, characters, is_unsegmented, shown, words
from qa_pipeline.accuracy.transcripts import Utterance

_SPLIT = jiwer.Compose([jiwer.ReduceToListOfListOfWords()])


@dataclass(frozen=True, slots=True)
class Counts:
    """Units of the reference, and the edits that make the transcript of it."""

    reference: int = 0
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    @property
    def edits(self) -> int:
        """Substituted, deleted and inserted words together."""
        return self.substituted + self.deleted + self.inserted

    @property
    def rate(self) -> float | None:
        """Errors for each unit of the reference; above 1 where much was invented. None without a reference."""
        return self.edits / self.reference if self.reference else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.reference + other.reference,
            self.substituted + other.substituted,
            self.deleted + other.deleted,
            self.inserted + other.inserted,
        )


_ONE = {"substitute": Counts(substituted=1), "delete": Counts(deleted=1), "insert": Counts(inserted=1)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is shown, and whether the other side has something else there."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class SentenceErrors:
    """One sentence of the reference beside what was transcribed of it.

    `words` is None where words are not told apart by blanks: there only characters are measured. `judged` are the units
    that were transcribed of it: how sure the engine was of each, and whether it is wrong; only those of which it says.
    """

    utterance: Utterance
    words: Counts | None
    characters: Counts
    said: tuple[Piece, ...]
    heard: tuple[Piece, ...]
    judged: tuple[tuple[float, bool], ...] = ()

    @property
    def main(self) -> Counts:
        """What the sentence is judged by: words where there are any told apart, else characters."""
        return self.characters if self.words is None else self.words


def measure(reference: Sequence[Utterance], transcript: Sequence[Utterance]) -> list[SentenceErrors]:
    """The errors of one channel, by sentence of the reference.

    An empty reference (nobody spoke) is one empty sentence; all that was transcribed counts as inserted there.
    """
    reference = reference or [Utterance("")]
    said = [shown(utterance.text) for utterance in reference]
    said_units = [words(text) for text in said]
    heard = " ".join(shown(utterance.text) for utterance in transcript)
    heard_units = words(heard)
    sure = confidences(transcript, heard_units)
    by_word = _Alignment([[unit.text for unit in units] for units in said_units], [unit.text for unit in heard_units])
    by_character = _Alignment([characters(units) for units in said_units], characters(heard_units))
    return [
        SentenceErrors(
            utterance=utterance,
            words=None if is_unsegmented(utterance.language, said_units[index]) else by_word.counts[index],
            characters=by_character.counts[index],
            said=tuple(_pieces(said[index], said_units[index], by_word.said_wrongly[index], 0, len(said[index]))),
            heard=tuple(_heard_pieces(heard, heard_units, by_word, index)),
            judged=tuple(by_word.judged(index, sure)),
        )
        for index, utterance in enumerate(reference)
    ]


class _Alignment:
    """The least edits between a channel's reference, in sentences of units, and its transcript.

    By sentence: `counts`, the places of wrong units in it (`said_wrongly`), and the first and last unit of the
    transcript that belong to it (`heard`); `heard_wrongly` are the transcript's wrong units.
    """

    def __init__(self, said: Sequence[Sequence[str]], heard: Sequence[str]) -> None:
        self._starts = list(accumulate((len(units) for units in said), initial=0))
        self.counts = [Counts(reference=len(units)) for units in said]
        self.said_wrongly: list[set[int]] = [set() for _ in said]
        self.heard_wrongly: set[int] = set()
        self.heard: dict[int, tuple[int, int]] = {}
        reference = " ".join(unit for units in said for unit in units)
        aligned = jiwer.process_words([reference], [" ".join(heard)], _SPLIT, _SPLIT)
        for chunk in aligned.alignments[0]:
            if chunk.type == "equal":
                self._take_equal(chunk)
            else:
                self._take_edits(chunk)

    def judged(self, sentence: int, sure: Sequence[float | None]) -> Iterator[tuple[float, bool]]:
        """How sure the engine was of each unit that belongs to a sentence, and whether that one is wrong."""
        first, last = self.heard.get(sentence, (0, -1))
        for place in range(first, last + 1):
            confidence = sure[place]
            if confidence is not None:
                yield confidence, place in self.heard_wrongly

    def _take_equal(self, chunk: jiwer.AlignmentChunk) -> None:
        place, ahead = chunk.ref_start_idx, chunk.hyp_start_idx - chunk.ref_start_idx
        while place < chunk.ref_end_idx:
            sentence = self._sentence_of(place)
            end = min(chunk.ref_end_idx, self._starts[sentence + 1])
            self._hear(sentence, place + ahead, end - 1 + ahead)
            place = end

    def _take_edits(self, chunk: jiwer.AlignmentChunk) -> None:
        inserted = chunk.type == "insert"
        length = chunk.hyp_end_idx - chunk.hyp_start_idx if inserted else chunk.ref_end_idx - chunk.ref_start_idx
        for step in range(length):
            place = max(chunk.ref_start_idx - 1, 0) if inserted else chunk.ref_start_idx + step
            sentence = self._sentence_of(place)
            self.counts[sentence] += _ONE[chunk.type]
            if not inserted:
                self.said_wrongly[sentence].add(place - self._starts[sentence])
            if chunk.type != "delete":
                self.heard_wrongly.add(chunk.hyp_start_idx + step)
                self._hear(sentence, chunk.hyp_start_idx + step, chunk.hyp_start_idx + step)

    def _sentence_of(self, place: int) -> int:
        """The sentence that holds the unit; the last one where there are no units at all."""
        return min(bisect_right(self._starts, place) - 1, len(self.counts) - 1)

    def _hear(self, sentence: int, first: int, last: int) -> None:
        self.heard[sentence] = (self.heard.get(sentence, (first, last))[0], last)


def _heard_pieces(heard: str, units: Sequence[Unit], aligned: _Alignment, sentence: int) -> Iterator[Piece]:
    """What was transcribed of a sentence, up to where the next word begins."""
    if sentence in aligned.heard:
        first, last = aligned.heard[sentence]
        end = units[last + 1].begin if last + 1 < len(units) else len(heard)
        wrong = {place - first for place in range(first, last + 1) if place in aligned.heard_wrongly}
        yield from _pieces(heard, units[first : last + 1], wrong, units[first].begin, end)


def _pieces(text: str, units: Sequence[Unit], wrong: set[int], begin: int, end: int) -> Iterator[Piece]:
    """The text from `begin` to `end`, cut where it begins or ends to differ."""
    for first, last in _runs(sorted(wrong)):
        if begin < units[first].begin:
            yield Piece(text[begin : units[first].begin], differs=False)
        begin = units[last].end
        yield Piece(text[units[first].begin : begin], differs=True)
    rest = text[begin:end].rstrip()
    if rest:
        yield Piece(rest, differs=False)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    for index, number in enumerate(numbers):
        if index == 0 or numbers[index - 1] != number - 1:
            first = number
        if index + 1 == len(numbers) or numbers[index + 1] != number + 1:
            yield first, number
