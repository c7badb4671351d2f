"""Context: a company's glossary, and a queue's, that is sent with a recording so that names are recognized.

Models take at most `max_context_tokens` of it. The tokenizer of these models is not published, so the length is
estimated by a rule that errs to the high side on real text: what would be too long is refused before a byte is sent,
with the files named. What is read from disk is `qa_pipeline.dispatch.context_files`' business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qa_pipeline.errors import WrongUse
from qa_pipeline.transcription.models import CONTEXT_TURN_CHARACTERS, Model

LETTERS_A_TOKEN = 3
"""In a word of small ASCII letters. English prose has four to five letters a token."""
LETTERS_A_TOKEN_IN_NAMES = 2
"""In a word with a capital letter: names and brands are seldom in a vocabulary as a whole."""

_ONE_TOKEN_BLOCKS = (
    (0x2000, 0x206F),  # dashes, quotation marks, dots
    (0x3000, 0x30FF),  # CJK punctuation, hiragana, katakana
    (0x4E00, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul
    (0xFF00, 0xFFEF),  # full and half width forms
)
_COMMENT_BEGIN, _COMMENT_END = "<!--", "-->"


class ContextError(WrongUse):
    """A context cannot be used; the message names the file, the reason and the fix."""


@dataclass(frozen=True, slots=True)
class ContextText:
    """One file's text as it will be sent, and the file's name as its user knows it."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Contexts:
    """The company's context and those of queues. `by_queue` is keyed by `queue_key`."""

    company: ContextText | None = None
    by_queue: Mapping[str, ContextText] = field(default_factory=lambda: MappingProxyType({}))

    def for_queue(self, queue: str | None) -> str | None:
        """What is sent with a call of `queue`: the company's text, then the queue's; None where there is neither."""
        return "\n\n".join(part.text for part in self._parts(queue)) or None

    def for_model(self, model: Model) -> Contexts:
        """What of these is sent to `model`: all of them, or nothing where it takes no context.

        Raises:
            ContextError: a context is longer than the model takes; files, estimate, limit and model are named.
        """
        if not model.max_context_tokens:
            return Contexts()
        for queue in (None, *self.by_queue):
            source = " and ".join(part.source for part in self._parts(queue))
            refuse_too_long(source, self.for_queue(queue) or "", model)
        return self

    def _parts(self, queue: str | None) -> list[ContextText]:
        own = self.by_queue.get(queue_key(queue)) if queue is not None else None
        return [part for part in (self.company, own) if part is not None and part.text]


def queue_key(queue: str) -> str:
    """A queue's name in the form in which file names and calls are matched: without case, composed characters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", queue).strip().casefold())


def refuse_too_long(source: str, text: str, model: Model) -> None:
    """Holds one context against what the model takes; `source` is what its user calls it.

    Raises:
        ContextError: it is longer by estimate.
    """
    turns = len(context_turns(text))
    if model.max_context_turns and turns > model.max_context_turns:
        raise ContextError(
            f"{source}: {len(text):,} characters of context make {turns} turns; {model.id} takes "
            f"{model.max_context_turns} of {CONTEXT_TURN_CHARACTERS} characters. Keep names and terms that are heard "
            "wrongly, leave out ordinary words"
        )
    tokens, most = estimate_tokens(text), model.max_context_tokens
    if tokens > most:
        raise ContextError(
            f"{source}: about {tokens:,} tokens of context; {model.id} takes {most:,}. Shorten it by about "
            f"{tokens - most:,}: keep names and terms that are heard wrongly, leave out ordinary words"
        )


def context_turns(text: str) -> list[str]:
    """The text in turns of at most `CONTEXT_TURN_CHARACTERS`, broken at blanks; a longer word is broken in itself."""
    turns: list[str] = []
    room = 0
    for word in text.split():
        for begin in range(0, len(word), CONTEXT_TURN_CHARACTERS):
            piece = word[begin : begin + CONTEXT_TURN_CHARACTERS]
            if turns and len(piece) + 1 <= room:
                turns[-1] += f" {piece}"
                room -= len(piece) + 1
            else:
                turns.append(piece)
                room = CONTEXT_TURN_CHARACTERS - len(piece)
    return turns


def strip_comments(text: str, source: str) -> str:
    """The text without HTML comments and without blanks around it; everything else stays as it is.

    Raises:
        ContextError: a comment does not end. Neither sending nor dropping the rest would be what was meant.
    """
    kept: list[str] = []
    position = 0
    while (begin := text.find(_COMMENT_BEGIN, position)) >= 0:
        kept.append(text[position:begin])
        end = text.find(_COMMENT_END, begin + len(_COMMENT_BEGIN))
        if end < 0:
            line = text.count("\n", 0, begin) + 1
            raise ContextError(f"{source}: the comment that begins in line {line} does not end; close it with -->")
        position = end + len(_COMMENT_END)
    kept.append(text[position:])
    return "".join(kept).strip()


def estimate_tokens(text: str) -> int:
    """About how many tokens a Qwen tokenizer makes of the text; on the high side for real text.

    A word of small ASCII letters counts a token for each started three letters, one with a capital for each started
    two; a digit, a sign and a line break one each; a blank after a word nothing. A Han, kana or Hangul character
    counts one, any other character of two UTF-8 bytes one, of three bytes two, of four bytes four. (A vocabulary of
    bytes and their frequent sequences never gives more tokens than bytes.)

    The rule was fitted to the open vocabulary of the Qwen family: the tests hold it against that.
    """
    tokens = letters = 0
    has_capital = False
    before = "\n"
    for char in unicodedata.normalize("NFC", text):
        if char.isascii() and char.isalpha():
            letters += 1
            has_capital = has_capital or char.isupper()
        else:
            tokens += _word_tokens(letters, has_capital=has_capital) + _char_tokens(char, before)
            letters, has_capital = 0, False
        before = char
    return tokens + _word_tokens(letters, has_capital=has_capital)


def _word_tokens(letters: int, *, has_capital: bool) -> int:
    return -(-letters // (LETTERS_A_TOKEN_IN_NAMES if has_capital else LETTERS_A_TOKEN))


def _char_tokens(char: str, before: str) -> int:
    if char == " ":
        return 1 if before.isspace() else 0
    point = ord(char)
    if point < 0x800 or any(low <= point <= high for low, high in _ONE_TOKEN_BLOCKS):
        return 1
    return 2 if point < 0x10000 else 4
