"""Which of some languages a text is in: by its script where that tells, else by py3langid's model.

The model is loaded when a text is first asked about that its script leaves open: a fifth of a second and 40 MB. A
text takes some 50 µs then.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from qa_pipeline.transcription.languages import LANGUAGE_CODES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SCRIPTS: dict[str, tuple[str, ...]] = {
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CJK": ("zh", "yue", "ja"),
    "CYRILLIC": ("ru", "uk", "bg"),
    "GREEK": ("el",),
    "ARABIC": ("ar",),
    "DEVANAGARI": ("hi",),
    "THAI": ("th",),
}
"""How Unicode's names of a script's letters begin → the languages that are written in it."""

LATIN = (
    *(code for code in LANGUAGE_CODES if not any(code in languages for languages in _SCRIPTS.values())),
    *("nl", "hu", "ro", "hr", "sk", "ca", "et", "lv", "lt", "sl"),
)
"""Those that the service labels, and others that a text in them must not be taken for one of the first."""

_LETTERS_OF_A_SIGN = 3
"""A character that stands for a syllable or a word weighs as much as so many letters: a brand's name in Latin letters
does not make a Chinese sentence English."""

_SIGNS = frozenset({"HIRAGANA", "KATAKANA", "HANGUL", "CJK"})

_ALIKE = (
    frozenset({"zh", "yue"}),
    frozenset({"id", "ms"}),
    frozenset({"da", "no"}),
    frozenset({"cs", "sk"}),
    frozenset({"es", "ca"}),
)
"""Languages that are told apart by some words only: a text in one may well look like the other."""

_CANTONESE = re.compile("[咩嘅唔喺嚟冇佢哋嘢啲咗噉冧嗰諗乜瞓]|係咪|而家|點解|鍾意")
"""Characters and words of written Cantonese that standard Chinese has not."""

_NAMES = {"fil": "tl"}
"""Where the model spells a language otherwise."""

_CODES = {theirs: code for code, theirs in _NAMES.items()}


_REMEMBERED = 4096
"""Texts whose answers are kept: those of a call are asked about several times."""


class Verdict(NamedTuple):
    """A language, and how likely it is among those that were asked about, 0 to 1."""

    language: str
    probability: float


@functools.lru_cache(maxsize=_REMEMBERED)
def weight_of(text: str) -> int:
    """How much there is in a text to tell a language by, in letters; a Chinese character weighs as several."""
    return sum(_LETTERS_OF_A_SIGN if _script(character) in _SIGNS else 1 for character in text if character.isalpha())


@functools.lru_cache(maxsize=_REMEMBERED)
def written_in(text: str) -> tuple[str, ...]:
    """The languages, of the service and others, that are written in the script of most of the text; none where it has
    no letters, or those of a script that no such language has."""
    weights: dict[tuple[str, ...], int] = {}
    scripts = [_script(character) for character in text if character.isalpha()]
    for script in scripts:
        languages = LATIN if script == "LATIN" else _SCRIPTS.get(script, ())
        weights[languages] = weights.get(languages, 0) + (_LETTERS_OF_A_SIGN if script in _SIGNS else 1)
    if not weights:
        return ()
    if any(script in ("HIRAGANA", "KATAKANA") for script in scripts):  # Japanese is written in both, and only it is
        weights["ja",] = weights.get(("ja",), 0) + weights.pop(_SCRIPTS["CJK"], 0)
    return max(weights, key=lambda languages: weights[languages])


def is_alike(language: str, other: str) -> bool:
    """Whether a text alone hardly tells these two apart."""
    return any({language, other} <= pair for pair in _ALIKE)


def is_cantonese(text: str) -> bool:
    """Whether a Chinese text has words that are written in Cantonese alone."""
    return _CANTONESE.search(text) is not None


def language_of(text: str, possible: Collection[str], *, or_alike: bool = False) -> Verdict | None:
    """The likeliest of the `possible` languages; None where there is none, or nothing in the text tells.

    With `or_alike` the probability is that it is this one or one that hardly differs from it.
    """
    return _likeliest(text, frozenset(possible), or_alike=or_alike)


@functools.lru_cache(maxsize=_REMEMBERED)
def _likeliest(text: str, candidates: frozenset[str], *, or_alike: bool) -> Verdict | None:
    if not candidates:
        return None
    if len(candidates) == 1:
        return Verdict(next(iter(candidates)), 1.0)
    ranked = [(_CODES.get(name, name), probability) for name, probability in _identifier(candidates).rank(text)]
    language, probability = ranked[0]
    if probability <= 1.0001 / len(candidates):
        return None
    if or_alike:
        probability = sum(share for other, share in ranked if other == language or is_alike(language, other))
    return Verdict(language, probability)


@functools.lru_cache(maxsize=8192)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


@functools.lru_cache(maxsize=64)
def _identifier(languages: frozenset[str]) -> LanguageIdentifier:
    """The model for these languages only; all share its tables but for a slice of one."""
    from py3langid.langid import LanguageIdentifier

    whole = _model()
    limited = LanguageIdentifier(
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
    limited.set_languages([_NAMES.get(code, code) for code in sorted(languages)])
    return limited


@functools.cache
def _model() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
