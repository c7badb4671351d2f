"""Whether a text is made of back-channels, and which phrases of agents and of announcements it holds.

Texts and phrases are folded alike first, so "Uh-huh!", "uh huh" and "ＯＫ。" are found whoever wrote them how.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from typing import Literal

from qa_pipeline.conversation.phrase_lists import AGENT_PHRASES, ANNOUNCEMENTS, ANY, BACKCHANNELS
from qa_pipeline.conversation.scripts import is_written_tight

LONGEST_BACKCHANNEL = 80
"""Characters; a longer text is somebody talking, whatever its words."""

_ARABIC_VOWEL_SIGNS = range(0x064B, 0x0653)


class _Folding(dict[int, str]):
    """What a character becomes: letters, digits and their marks stay, vowel signs that few write go, others part."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        keeps = character.isalnum() or unicodedata.category(character).startswith("M")
        self[code] = "" if code in _ARABIC_VOWEL_SIGNS else character if keeps else " "
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """`text` in one case and width, with one blank for whatever is neither letter nor digit."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_FOLDING).split())


def is_backchannel(sentences: Iterable[tuple[str, str | None]], extra: tuple[str, ...] = ()) -> bool:
    """Whether these sentences, each (text, language), say nothing but listed back-channels, one or several in a row.

    A sentence without a language is looked up in the lists of all. A text without any word is no back-channel.
    """
    said = list(sentences)
    if sum(len(text) for text, _ in said) > LONGEST_BACKCHANNEL:
        return False
    folded = [(fold(text), language) for text, language in said]
    return any(text for text, _ in folded) and all(
        _is_made_of(text, _backchannels(language, extra)) for text, language in folded
    )


def agent_phrases_in(text: str, language: str | None, extra: tuple[str, ...] = ()) -> set[str]:
    """Which phrases of agents `text` holds, folded; without a language those of all languages are looked for."""
    return _held_in(text, *_listed_phrases("agents", language, extra))


def announcements_in(text: str, language: str | None, extra: tuple[str, ...] = ()) -> set[str]:
    """Which phrases of recorded announcements `text` holds, folded; without a language those of all are looked for."""
    return _held_in(text, *_listed_phrases("announcements", language, extra))


def _held_in(text: str, spaced: frozenset[str], tight: frozenset[str]) -> set[str]:
    folded = f" {fold(text)}"
    without_blanks = folded.replace(" ", "")
    return {phrase for phrase in spaced if f" {phrase}" in folded} | {
        phrase for phrase in tight if phrase in without_blanks
    }


def _is_made_of(text: str, phrases: tuple[frozenset[str], frozenset[str]]) -> bool:
    """Whether `text` can be cut into phrases: at its blanks, or anywhere where it is written without."""
    if is_written_tight(text):
        text, allowed = text.replace(" ", ""), phrases[0] | phrases[1]
    else:
        text, allowed = f"{text} " if text else "", frozenset(f"{phrase} " for phrase in phrases[0])
    reached = {0}
    for start in range(len(text)):
        if start in reached:
            reached |= {start + len(phrase) for phrase in allowed if text.startswith(phrase, start)}
    return len(text) in reached


@functools.cache
def _backchannels(language: str | None, extra: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    own = BACKCHANNELS.values() if language is None else (BACKCHANNELS[ANY], BACKCHANNELS.get(language, ()))
    return _by_writing(*own, extra)


_LISTED = {"agents": AGENT_PHRASES, "announcements": ANNOUNCEMENTS}


@functools.cache
def _listed_phrases(
    of: Literal["agents", "announcements"], language: str | None, extra: tuple[str, ...]
) -> tuple[frozenset[str], frozenset[str]]:
    listed = _LISTED[of]
    own = listed.values() if language is None else (listed.get(language, ()),)
    return _by_writing(*own, extra)


def _by_writing(*lists: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Folded phrases: those written with blanks between words, and those without, which lose what blanks they have."""
    folded = [fold(phrase) for phrases in lists for phrase in phrases]
    spaced = frozenset(phrase for phrase in folded if phrase and not is_written_tight(phrase))
    return spaced, frozenset(phrase.replace(" ", "") for phrase in folded if is_written_tight(phrase))
