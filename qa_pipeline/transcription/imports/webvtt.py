"""WebVTT (<https://www.w3.org/TR/webvtt1/>), the subtitles that nearly every vendor can write.

Stricter than a browser, which drops what it can't read: a dropped cue would be words that nobody said. Voices are
`<v Agent>` spans or, where every cue begins with one, a name and a colon.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa_pipeline.transcription.imports.labels import clean_text, decoded, milliseconds
from qa_pipeline.transcription.imports.speakers import CallSpeakers, Speaker, channel_told_by
from qa_pipeline.transcription.imports.speech_pieces import SpeechPiece
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult

SIGNATURE = "WEBVTT"
_ARROW = "-->"
_TIMING = re.compile(r"\s*([^\s>]*?)\s*-->\s*(\S+)(?:\s.*)?")
_TIME = re.compile(r"(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_LIKE_A_TIME = re.compile(r"-?(?:\d{1,2}:){0,2}\d{1,2}(?:[.,]\d{1,3})?", re.ASCII)
_NOT_CUES = re.compile(r"NOTE(?:[ \t].*)?|(?:STYLE|REGION)[ \t]*")
_LANGUAGE_HEADER = re.compile(r"language:\s*(\S+)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(?:([A-Za-z]+)((?:\.[^\s<>]+)?)\s*([^<>]*)|[\d:.]+)>")
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);", re.ASCII)
_NAMED = re.compile(r"[-–—]?\s*(?P<name>[^:：<>]{1,60}?)\s*(?::(?=\s|$)|：)\s*(?P<text>.*)", re.DOTALL)
_SAYS_SOMETHING = re.compile(r"\w")
_OPEN_VOICE = re.compile(r"<v[ .\t\n]")
_SPELLED_BESIDE = "rt"
"""Ruby text says the words beside it a second time."""


def is_webvtt(raw: bytes) -> bool:
    """Whether a file begins as WebVTT does, whatever follows."""
    marks = (b"", b"\xef\xbb\xbf")
    wide = (b"\xff\xfe" + SIGNATURE.encode("utf-16-le"), b"\xfe\xff" + SIGNATURE.encode("utf-16-be"))
    return raw.startswith((*(mark + SIGNATURE.encode() for mark in marks), *wide))


def read_webvtt(raw: bytes, voices: CallSpeakers) -> list[SpeechPiece]:
    """What the cues say, a piece for each voice of a cue, in the order of the file. Cues without text are left out.

    Raises:
        BadResult: not text, no WebVTT, a cue without readable times, or one that ends before it begins.
    """
    lines = decoded(raw).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.match(rf"{SIGNATURE}(?:[ \t]|$)", lines[0]):
        raise BadResult(f"line 1 is not {SIGNATURE}, with which the file must begin")
    header, *blocks = _blocks(lines)
    for index, line in enumerate(header.lines):
        _refuse_cue(line, 1 + index)
    found = [_LANGUAGE_HEADER.fullmatch(line) for line in header.lines]
    language = next((known_language(match[1]) for match in found if match), None)
    pieces = [piece for block in blocks for piece in _pieces(block, language)]
    return _named_in_the_text(pieces, voices)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines between empty ones; `number` is that of the first, from 1."""

    number: int
    lines: tuple[str, ...]


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    begin = 0
    for index, line in enumerate([*lines, ""]):
        if line:
            continue
        if index > begin:
            yield _Block(begin + 1, tuple(lines[begin:index]))
        begin = index + 1


def _pieces(block: _Block, language: str | None) -> list[SpeechPiece]:
    if _NOT_CUES.fullmatch(block.lines[0]):
        return []
    at = next((index for index, line in enumerate(block.lines[:2]) if _ARROW in line), None)
    if at is None:
        raise BadResult(
            f"line {block.number} is neither a cue nor a note: a cue begins with its times, 00:01.000 --> 00:02.500"
        )
    payload = block.lines[at + 1 :]
    for index, line in enumerate(payload):
        _refuse_cue(line, block.number + at + 1 + index)
    place = f"the cue in line {block.number + at}"
    begin_ms, end_ms = _times(block.lines[at], place)
    said = _Said(place)
    said.read("\n".join(payload))
    return [
        SpeechPiece(
            place,
            begin_ms,
            end_ms,
            text,
            speaker,
            language=said.language or language,
            language_source="metadata" if language and not said.language else None,
        )
        for speaker, text in said.by_voice()
        if text
    ]


def _refuse_cue(line: str, number: int) -> None:
    if _ARROW in line:
        raise BadResult(f"line {number} begins a cue; an empty line belongs before it")


def _times(line: str, place: str) -> tuple[int, int]:
    timing = _TIMING.fullmatch(line)
    if timing is None:
        raise BadResult(f"{place} has no readable times, hh:mm:ss.ttt --> hh:mm:ss.ttt, in its {len(line)} characters")
    begin_ms, end_ms = (_milliseconds(text, place) for text in timing.groups())
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    return begin_ms, end_ms


def _milliseconds(text: str, place: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadResult(f"{place}: {_shown_time(text)} is not a time; write hh:mm:ss.ttt, such as 00:01:02.500")
    hours, minutes, seconds, thousandths = (int(part or 0) for part in found.groups())
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
    return milliseconds(total, place, per_unit=1)


def _shown_time(text: str) -> str:
    """What stands where a time should: itself where it is one of another form, since anything else may be words."""
    return repr(text) if _LIKE_A_TIME.fullmatch(text) else described(text)


@dataclass(slots=True)
class _Said:
    """The text of one cue, by voice; the innermost voice speaks."""

    place: str
    runs: list[tuple[Speaker, str]] = field(default_factory=list)
    language: str | None = None
    _open: list[Speaker] = field(default_factory=list)
    _beside: int = 0

    def read(self, payload: str) -> None:
        """Takes tags apart from text. A `<` that begins no tag is a character like any other."""
        at = 0
        for tag in _TAG.finditer(payload):
            self._text(payload[at : tag.start()])
            self._tag(closes=bool(tag[1]), name=(tag[2] or "").casefold(), annotation=tag[4] or "")
            at = tag.end()
        self._text(payload[at:])

    def by_voice(self) -> list[tuple[Speaker, str]]:
        """What each voice says, in the order in which they begin. Text outside the only voice of a cue is that voice's.

        Raises:
            BadResult: words stand outside several voices, or are no valid Unicode.
        """
        voices = list(dict.fromkeys(speaker for speaker, _ in self.runs if speaker))
        if not voices:
            return [((), clean_text("".join(text for _, text in self.runs), self.place))]
        texts = dict.fromkeys(voices, "")
        before: Speaker = ()
        for speaker, text in self.runs:
            if speaker or len(voices) == 1:
                who = speaker or voices[0]
                texts[who] += text if who == before else f" {text}"  # another voice came between
                before = who
            elif _SAYS_SOMETHING.search(text):
                raise BadResult(
                    f"{self.place} has words outside its voices ({described(text.strip())}): put them into a <v ...>"
                )
        return [(speaker, clean_text(text, self.place)) for speaker, text in texts.items()]

    def _text(self, text: str) -> None:
        if _OPEN_VOICE.search(text):
            raise BadResult(f"{self.place} has a voice tag without its closing >")
        if text and not self._beside:
            plain = _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)
            self.runs.append((self._open[-1] if self._open else (), plain))

    def _tag(self, *, closes: bool, name: str, annotation: str) -> None:
        if name == "v" and closes:
            del self._open[-1:]
        elif name == "v":
            voice = " ".join(html.unescape(annotation).split())
            self._open.append((voice,) if voice else ())
        elif name == "lang" and not closes:
            self.language = self.language or known_language(annotation)
        elif name == _SPELLED_BESIDE:
            self._beside = max(0, self._beside + (-1 if closes else 1))


def _named_in_the_text(pieces: list[SpeechPiece], voices: CallSpeakers) -> list[SpeechPiece]:
    """The same pieces; where none has a voice and each begins with a name and a colon, that is the voice.

    In the file of one channel only names that tell a channel count: `Note: ...` is something that somebody said.
    """
    if any(piece.speaker for piece in pieces):
        return pieces
    named = []
    for piece in pieces:
        found = _NAMED.fullmatch(piece.text)
        if found is None:
            return pieces
        if voices.only_channel is not None and channel_told_by(found["name"], voices) is None:
            return pieces
        named.append(replace(piece, speaker=(found["name"],), text=found["text"]))
    return [piece for piece in named if piece.text]
