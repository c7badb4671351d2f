"""Tokens of a window put together to words, each at its place in the recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qa_pipeline.local_service.recognizers.sentence_text import is_mark
from qa_pipeline.local_service.recognizers.whisper_model import HeardToken
from qa_pipeline.local_service.recognizers.whisper_tokens import WhisperTokens
from qa_pipeline.local_service.recognizers.whisper_windows import WindowClock
from qa_pipeline.transcription.joining import is_unspaced
from qa_pipeline.transcription.results import Word

_OPENING = frozenset("¿¡“‘«„([{「『（《【〈")
"""Marks that belong to the word behind them."""

_INSIDE = frozenset(".,:'’-‐–/@&+_%#")
"""Marks within words and numbers: a.m, 3.5, 10:30, e-mail, AT&T."""

_JOINING = frozenset("-‐–")
"""Those that join words, which belong to the first of two that are not joined: they lie in different stretches."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word in the stretch `cut` of its window. `pause_ms`: how long nobody speaks before the next one there."""

    cut: int
    word: Word
    pause_ms: int = 0


@dataclass(slots=True)
class _Growing:
    text: str
    mark: str
    begin_s: float
    end_s: float
    probabilities: list[float] = field(default_factory=list)

    @property
    def confidence(self) -> float | None:
        return sum(self.probabilities) / len(self.probabilities) if self.probabilities else None


def placed_words(heard: Sequence[HeardToken], tokens: WhisperTokens, clock: WindowClock) -> list[PlacedWord]:
    """The words of a window in order; what is only a mark goes with the word before it.

    Joined by `join_words` the words of a stretch give its text.
    """
    placed: list[PlacedWord] = []
    last_ms = 0
    for item in _words(_pieces(heard, tokens), clock):
        cut, begin_ms, end_ms = clock.place(item.begin_s, item.end_s, placed[-1].cut if placed else 0)
        begin_ms = max(begin_ms, last_ms)
        end_ms = last_ms = max(begin_ms, end_ms)
        placed.append(PlacedWord(cut, Word(begin_ms, end_ms, item.text, item.mark, item.confidence)))
    return [
        PlacedWord(item.cut, item.word, _pause(clock, item, placed[at + 1]) if at + 1 < len(placed) else 0)
        for at, item in enumerate(placed)
    ]


def _pause(clock: WindowClock, item: PlacedWord, following: PlacedWord) -> int:
    if following.cut != item.cut:
        return 0
    return clock.pause_ms(item.cut, item.word.end_ms, following.word.begin_ms)


def _pieces(heard: Sequence[HeardToken], tokens: WhisperTokens) -> Iterator[tuple[str, Sequence[HeardToken]]]:
    """Whole characters, with the tokens they are made of."""
    at = 0
    for text, count in tokens.characters(item.token for item in heard):
        yield text, heard[at : at + count]
        at += count


def _words(pieces: Iterable[tuple[str, Sequence[HeardToken]]], clock: WindowClock) -> list[_Growing]:
    words: list[_Growing] = []
    opened = ""
    for text, made_of in pieces:
        for part in _parts(text):
            if part.isspace():
                _add_space(words)
            elif part in _OPENING:
                opened += part
            elif is_mark(part[0]) and not opened:
                _add_mark(words, part)
            else:
                is_inside = not opened and _is_inside(words, part, made_of, clock)
                if words and not is_inside and part[0] in _JOINING:
                    words[-1].mark += part[0]
                    part = part[1:]
                if not part:
                    continue
                _add_text(words, opened + part, made_of, is_inside=is_inside)
                opened = ""
    return words


def _parts(text: str) -> Iterator[str]:
    """Blanks, marks and characters of unspaced scripts one by one, others as they stand together."""
    held = ""
    for character in text:
        if character.isspace() or is_mark(character) or is_unspaced(character):
            if held:
                yield held
            held = ""
            yield character
        else:
            held += character
    if held:
        yield held


def _add_space(words: list[_Growing]) -> None:
    if words and words[-1].mark:
        words[-1].mark = words[-1].mark.rstrip(" ") + " "
    elif words:
        words[-1].text = words[-1].text.rstrip(" ") + " "


def _add_mark(words: list[_Growing], mark: str) -> None:
    if words:
        words[-1].mark += mark


def _add_text(words: list[_Growing], text: str, made_of: Sequence[HeardToken], *, is_inside: bool) -> None:
    probabilities = [item.probability for item in made_of]
    if is_inside:
        last = words[-1]
        last.text, last.mark = last.text + last.mark + text, ""
        last.end_s = made_of[-1].end_s
        last.probabilities += probabilities
    else:
        words.append(_Growing(text, "", made_of[0].begin_s, made_of[-1].end_s, probabilities))


def _is_inside(words: Sequence[_Growing], text: str, made_of: Sequence[HeardToken], clock: WindowClock) -> bool:
    """Whether `text` goes on with the last word: without a blank, over a mark perhaps, but then in the same stretch."""
    if not words or words[-1].text.endswith(" ") or is_unspaced(text[0]) or is_unspaced(words[-1].text[-1]):
        return False
    mark = words[-1].mark + (text[0] if text[0] in _JOINING else "")
    return not mark or (_INSIDE.issuperset(mark) and clock.is_one_stretch(words[-1].end_s, made_of[0].end_s))
