"""Whisper's vocabulary: its special tokens by name, and the bytes that the others stand for.

Text is only ever read from tokens, never made into them, so the list of tokens that every converted model has is all
that is needed: `vocabulary.json` or `vocabulary.txt`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa_pipeline.local_service.weights.errors import WeightsError

VOCABULARY_NAMES = ("vocabulary.json", "vocabulary.txt")
"""Where a folder may have its tokens; the first that is there counts, as for CTranslate2."""

START, TRANSCRIBE, NO_TIMES, END = "<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>", "<|endoftext|>"

_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")


class WhisperTokens:
    """One model's tokens, numbered from 0."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._ids = {token: number for number, token in enumerate(tokens)}
        self.end = self._ids[END]
        self._bytes = [_bytes_of(token) for token in tokens[: self.end]]
        self.languages = tuple(found[1] for token in tokens[self.end :] if (found := _LANGUAGE.fullmatch(token)))

    def special(self, name: str) -> int:
        """The number of a special token. Raises KeyError: this vocabulary has none of that name."""
        return self._ids[name]

    def is_text(self, token: int) -> bool:
        """Whether it stands for text, rather than for a language, a task or a time."""
        return token < self.end

    def characters(self, tokens: Iterable[int]) -> Iterator[tuple[str, int]]:
        """Text in pieces of whole characters, each with how many tokens it is made of.

        A rare character is several tokens. Bytes that never become one are a replacement character.
        """
        waiting, count = b"", 0
        for token in tokens:
            waiting, count = waiting + self._bytes[token], count + 1
            try:
                yield waiting.decode(), count
            except UnicodeDecodeError as error:
                if error.reason == "unexpected end of data":
                    continue
                yield waiting.decode(errors="replace"), count
            waiting, count = b"", 0
        if count:
            yield waiting.decode(errors="replace"), count


def read_tokens(folder: Path) -> WhisperTokens:
    """The tokens of the model in `folder`.

    Raises:
        WeightsError: no file has them, or it is not a vocabulary of Whisper's.
    """
    path = next((folder / name for name in VOCABULARY_NAMES if (folder / name).is_file()), None)
    if path is None:
        raise WeightsError(f"{folder} has none of {', '.join(VOCABULARY_NAMES)}: it is not a Whisper model's folder")
    try:
        return WhisperTokens(_tokens_in(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{path} is not a vocabulary of Whisper ({_shown(error)}); take it from its source"
        ) from error


def _tokens_in(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".txt":
        return text.removesuffix("\n").split("\n")
    document = json.loads(text)
    if not isinstance(document, list):
        raise ValueError("it is not a list")
    return [str(token) for token in document]


def _shown(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _bytes_of(token: str) -> bytes:
    return bytes(_BYTE_OF[character] for character in token)


def _byte_characters() -> dict[str, int]:
    """How byte-level vocabularies write bytes: printable ones as themselves, the others from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + at): byte for at, byte in enumerate(others)}


_BYTE_OF = _byte_characters()
