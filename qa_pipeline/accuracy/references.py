"""Reference transcripts as people keep them: text, WebVTT, or the service's own JSON shape.

All three are what `qa-pipeline export` writes, so a reference is an exported transcript that somebody has corrected
while listening. A document may hold a whole call (each line, voice or transcript says whose it is) or one channel
(its name says which).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from qa_pipeline.accuracy.transcripts import ROLES, ChannelText, Utterance
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult, Sentence, parse_result

ENDINGS = (".txt", ".vtt", ".json")

_ONE_CHANNEL = re.compile(r"(?P<call_id>.+)\.(?P<whose>agent|customer|channel-\d+)", re.IGNORECASE)
_WHOSE = re.compile(r"agent|customer|channel[ -]?(?P<number>\d+)", re.IGNORECASE)
_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
_LINE = re.compile(
    rf"(?:\[{_CLOCK}\]\s*)?"
    r"(?:(?P<whose>agent|customer|channel[ -]?\d+)\s*(?:\((?P<labels>[^()]*)\))?\s*[:：])?(?P<text>.*)",
    re.IGNORECASE,
)
_TIMES = re.compile(rf"\s*{_CLOCK}\s+-->")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"<[^>]*>")


class BadReference(ValueError):
    """A document can't be read as a reference; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose words come: a role, a channel, or not said yet."""

    role: str | None = None
    channel_id: int | None = None


_NOBODY = _Place()


def read_reference(name: str, raw: bytes) -> list[ChannelText]:
    """The channels that a document named `name` holds; none for a recording's sidecar, which is JSON too.

    The call's id is the one the document names (exported JSON and text do), else the file's name without ending.

    Raises:
        BadReference: not readable, or it does not say who speaks.
    """
    stem, _, ending = name.rpartition(".")
    stem = stem.removesuffix(".transcript")
    named = _ONE_CHANNEL.fullmatch(stem)
    place = _place(named["whose"]) if named else _NOBODY
    call_id = unquote(named["call_id"] if named else stem)
    if ending.lower() == "json":
        return list(_from_json(call_id, raw, place))
    text = _decoded(raw)
    if ending.lower() == "vtt":
        return _channels(call_id, place, _cues(text, place))
    header, lines = _header(text)
    return _channels(header.get("call", call_id), place, _spoken_lines(lines, place))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadReference(f"it is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _place(whose: str, where: str = "its name") -> _Place:
    found = _WHOSE.fullmatch(whose.strip())
    if found is None:
        raise BadReference(
            f"the voice of {where} ({described(whose.strip())}) is not Agent, Customer, Channel 0 or Channel 1: it "
            "must say whose words these are"
        )
    number = found["number"]
    return _Place(role=whose.strip().lower()) if number is None else _Place(channel_id=int(number))


# -- JSON -----------------------------------------------------------------------------------------------------


def _from_json(call_id: str, raw: bytes, place: _Place) -> Iterator[ChannelText]:
    labels = _labels_of(raw)
    if labels is None:
        return
    try:
        result = parse_result(raw)
    except BadResult as error:
        raise BadReference(str(error)) from error
    if place is not _NOBODY and len(result.transcripts) != 1:
        raise BadReference(
            f"its name says one channel, it holds {len(result.transcripts)}; name it without the channel"
        )
    for transcript, label in zip(result.transcripts, labels["transcripts"], strict=True):
        sentences = transcript.sentences or ((Sentence(0, 0, 0, transcript.text),) if transcript.text else ())
        role = label.get("role")
        yield ChannelText(
            call_id=str(labels.get("call_id") or call_id),
            utterances=tuple(_utterance(item) for item in sentences),
            channel_id=place.channel_id if place is not _NOBODY else transcript.channel_id,
            role=place.role or (role if role in ROLES else None),
            model=_text(label.get("model")),
            engine=_text(label.get("engine")),
        )


def _utterance(said: Sentence) -> Utterance:
    words = tuple((word.text, word.confidence) for word in said.words if word.confidence is not None)
    return Utterance(said.text, said.language, said.begin_ms, said.confidence, words)


def _labels_of(raw: bytes) -> dict[str, Any] | None:
    """What the document says beside the result; None for an object without transcripts: what is known of a call."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadReference(f"it is not JSON: {error}") from error
    if isinstance(document, dict):
        return document if "transcripts" in document else None
    raise BadReference(f"it is a JSON {type(document).__name__}, not a result with transcripts")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


# -- WebVTT and text ------------------------------------------------------------------------------------------

_Spoken = tuple[_Place, Utterance]


def _cues(text: str, place: _Place) -> Iterator[_Spoken]:
    """Cues in the order of the file. Notes, styles and regions are passed over, tags dropped, references resolved."""
    if not text.startswith("WEBVTT"):
        raise BadReference("it does not begin with WEBVTT")
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))[1:]
    for number, block in enumerate(blocks, 1):
        lines = block.strip("\n").split("\n")
        at = next((index for index, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None or lines[0].startswith(("NOTE", "STYLE", "REGION")):
            continue
        times = _TIMES.match(lines[at])
        if times is None:
            raise BadReference(f"block {number} has no valid cue time; write 00:01.000 --> 00:02.500")
        where = f"the cue in block {number}"
        yield from _voices("\n".join(lines[at + 1 :]), place, _milliseconds(times.groups()), where)


def _voices(text: str, place: _Place, begin_ms: int, where: str) -> Iterator[_Spoken]:
    """A cue's text by voice."""
    before, *voiced = _VOICE.split(text)
    parts = [
        (place, before),
        *((_place(html.unescape(who), where), said) for who, said in zip(voiced[::2], voiced[1::2], strict=True)),
    ]
    for whose, part in parts:
        said = html.unescape(_TAG.sub("", part)).strip()
        if said and whose is _NOBODY:
            raise BadReference(
                f"no speaker is named for {described(said)} of {where}; begin it with <v Agent> or <v Customer>"
            )
        if said:
            yield whose, Utterance(said, begin_ms=begin_ms)


def _header(text: str) -> tuple[dict[str, str], list[str]]:
    """What an exported text says of its call before the first empty line, by name in small letters; and the rest."""
    lines = text.splitlines()
    if not text.startswith("Call: ") or "" not in lines:
        return {}, lines
    end = lines.index("")
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[:end])}, lines[end + 1 :]


def _spoken_lines(lines: list[str], place: _Place) -> Iterator[_Spoken]:
    """One line per sentence: `Agent: text`, with a time and labels before it where it was exported.

    A line that names nobody continues with who spoke before.
    """
    is_named = place is not _NOBODY
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if found is None or not line.strip():
            continue
        if found["whose"] is not None and not is_named:
            place = _place(found["whose"])
        if place is _NOBODY:
            raise BadReference(
                "it does not say who speaks in its first line of text; begin lines with `Agent:` or `Customer:`, or "
                "name the file <call_id>.agent.txt"
            )
        labels = [label.strip() for label in (found["labels"] or "").split(",")]
        language = next((label for label in labels if label in LANGUAGE_CODES), None)
        begin_ms = _milliseconds(found.groups()[:4]) if found.group(3) else None
        yield place, Utterance(found["text"].strip(), language, begin_ms)


def _milliseconds(clock: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in clock)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _channels(call_id: str, place: _Place, spoken: Iterator[_Spoken]) -> list[ChannelText]:
    """By channel, in the order in which they begin to speak. A file of one channel is that channel, even if empty."""
    said: dict[_Place, list[Utterance]] = {} if place is _NOBODY else {place: []}
    for whose, utterance in spoken:
        said.setdefault(whose, []).append(utterance)
    if not said:
        raise BadReference("it contains no sentence; for a channel without speech write an empty <call_id>.agent.txt")
    return [
        ChannelText(call_id, tuple(utterances), channel_id=whose.channel_id, role=whose.role)
        for whose, utterances in said.items()
    ]
