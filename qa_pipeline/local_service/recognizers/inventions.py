"""Texts that speech models write where nobody speaks, read from `inventions.json` beside this module.

Whisper learned from films with subtitles: over ringing, music and noise it writes what subtitles say there. Each entry
is a whole sentence without marks, by the language that it is in; `*` stands for any text. What could really be said in
a call stands under `beside_another`, and counts only where another invention was written within the same half minute.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

LIST_NAME = "inventions.json"


def inventions(texts: Sequence[str]) -> list[bool]:
    """Which of the sentences that were heard together are known ones, whatever their marks and case.

    One that only tells of a sound in brackets is one, too.
    """
    said = [_plain(_IN_BRACKETS.sub(" ", text)) for text in texts]
    sure = [not text or _listed("always").fullmatch(text) is not None for text in said]
    if not any(sure):
        return sure
    return [
        known or _listed("beside_another").fullmatch(text) is not None for known, text in zip(sure, said, strict=True)
    ]


def is_sayable(text: str) -> bool:
    """Whether anything stands outside brackets: nobody says "(music)"."""
    return bool(_plain(_IN_BRACKETS.sub(" ", text)))


_IN_BRACKETS = re.compile(r"[(\[（【*♪][^)\]）】*♪\d]*[)\]）】*♪]|[♪♫]")


@functools.cache
def _listed(kind: str) -> re.Pattern[str]:
    by_language = json.loads(Path(__file__).with_name(LIST_NAME).read_text(encoding="utf-8"))[kind]
    entries = [entry for entries in by_language.values() for entry in entries]
    return re.compile(
        "|".join(".*".join(re.escape(_plain_part(part)) for part in entry.split("*")) for entry in entries)
    )


def _plain_part(part: str) -> str:
    """A part between two `*`: blanks at its ends count."""
    plain = _plain(part)
    return (" " if plain and part.startswith(" ") else "") + plain + (" " if plain and part.endswith(" ") else "")


def _plain(text: str) -> str:
    """Letters and digits in one case, other characters as single blanks between them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(_letter_or_blank(character) for character in folded).split())


def _letter_or_blank(character: str) -> str:
    return character if unicodedata.category(character)[0] in "LMN" else " "
