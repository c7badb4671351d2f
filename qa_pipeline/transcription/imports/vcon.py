"""vCon, the IETF's container for conversations, as several vendors write it.

Read are the drafts from 0.0.1 (`mimetype`) to draft-ietf-vcon-vcon-core-04, whose `vcon` key is gone. A transcript is
an analysis of type `transcript` or `wtf_transcription` (in early drafts of that extension an attachment), whose body
is a result file of the service or a list of segments. Only the unsigned form is read: whether a signature is right
can't be told here, and an encrypted one can't be read at all.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from qa_pipeline.transcription.imports.labels import json_value
from qa_pipeline.transcription.imports.result_files import is_result, read_result_file
from qa_pipeline.transcription.imports.segments import read_segments, segments_of
from qa_pipeline.transcription.imports.speakers import CHANNELS, CallSpeakers, Speaker
from qa_pipeline.transcription.imports.speech_pieces import SpeechPiece, place_speakers, transcripts
from qa_pipeline.transcription.results import BadResult, ChannelTranscript

ENGINE = "import vcon"
LONGEST_ENGINE = 80
"""Characters of an engine's name that the ledger keeps."""

_TYPES = frozenset({"transcript", "transcription", "wtf_transcription"})
_PARTY_NAMES = ("role", "name", "tel", "mailto", "id")


def is_vcon(document: Any) -> bool:
    """Whether a JSON document is a vCon of any draft, unsigned, signed or encrypted."""
    if not isinstance(document, dict):
        return False
    parts = ("parties", "dialog", "analysis")
    return "vcon" in document or any(isinstance(document.get(part), list) for part in parts) or _is_sealed(document)


@dataclass(slots=True)
class VconTranscripts:
    """What a vCon says: transcripts by channel, and who made each."""

    by_channel: dict[int, ChannelTranscript] = field(default_factory=dict)
    engines: dict[int, str] = field(default_factory=dict)


def read_vcon(document: dict[str, Any], voices: CallSpeakers) -> VconTranscripts:
    """The transcripts of the dialog that is this recording. Of two of the same channel the first counts.

    Raises:
        BadResult: signed or encrypted, without a transcript, about several recordings with none named as this one, or
            with one that can't be read while a channel has no other.
    """
    if _is_sealed(document):
        raise BadResult("it is a signed or encrypted vCon; put the unsigned form beside the recording")
    candidates = _candidates(document)
    if not candidates:
        raise BadResult("it holds no transcript (an analysis of type transcript)")
    dialogs = _list(document, "dialog")
    chosen = _of_this_recording(candidates, dialogs, voices.recording)
    parties = [_names(party) for party in _list(document, "parties")]
    found, problem = VconTranscripts(), None
    for candidate in chosen:
        try:
            body = _body(candidate)
            channels = _read(body, candidate, parties, _dialog_of(candidate, dialogs), voices)
        except BadResult as error:
            problem = problem or error
            continue
        for channel in channels:
            found.by_channel.setdefault(channel.channel_id, channel)
            found.engines.setdefault(channel.channel_id, _engine(candidate, body))
    if problem is not None and not set(CHANNELS) <= set(found.by_channel):
        raise problem
    return found


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An analysis or attachment that holds a transcript; `body` is decoded on reading."""

    place: str
    entry: Mapping[str, Any]


def _is_sealed(document: Mapping[str, Any]) -> bool:
    return "ciphertext" in document or ("payload" in document and "signatures" in document)


def _list(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key, [])
    if not isinstance(value, list):
        raise BadResult(f"{key} is not a list")
    return value


def _candidates(document: Mapping[str, Any]) -> list[_Candidate]:
    found = []
    for part in ("analysis", "attachments"):
        for index, entry in enumerate(_list(document, part)):
            if not isinstance(entry, dict):
                raise BadResult(f"{part}[{index}] is not an object")
            kinds = {str(entry.get(key, "")).casefold().replace("-", "_") for key in ("type", "purpose")}
            if kinds & (_TYPES if part == "analysis" else {"wtf_transcription"}):
                found.append(_Candidate(f"{part}[{index}]", entry))
    return found


def _dialogs_meant(candidate: _Candidate) -> frozenset[int]:
    meant = candidate.entry.get("dialog")
    return frozenset(item for item in (meant if isinstance(meant, list) else [meant]) if isinstance(item, int))


def _of_this_recording(
    candidates: Sequence[_Candidate], dialogs: Sequence[Any], recording: str | None
) -> Sequence[_Candidate]:
    """Those of one dialog: the only one transcribed, or the one that is named as the recording is."""
    groups = {_dialogs_meant(candidate) for candidate in candidates}
    if len(groups) == 1:
        return candidates
    named = {index for index, dialog in enumerate(dialogs) if _is_named(dialog, recording)}
    chosen = [candidate for candidate in candidates if _dialogs_meant(candidate) & named]
    if not chosen or len({_dialogs_meant(candidate) for candidate in chosen}) > 1:
        this = recording or "this one"
        raise BadResult(
            f"it has transcripts of {len(groups)} recordings, and no dialog's filename says which is {this}"
        )
    return chosen


def _is_named(dialog: Any, recording: str | None) -> bool:
    name = dialog.get("filename") if isinstance(dialog, dict) else None
    if not isinstance(name, str) or recording is None:
        return False
    return PurePosixPath(name.replace("\\", "/")).stem.casefold() == PurePosixPath(recording).stem.casefold()


def _dialog_of(candidate: _Candidate, dialogs: Sequence[Any]) -> Mapping[str, Any]:
    index = next(iter(sorted(_dialogs_meant(candidate))), 0)
    dialog = dialogs[index] if 0 <= index < len(dialogs) else None
    return dialog if isinstance(dialog, dict) else {}


def _read(
    body: Any, candidate: _Candidate, parties: Sequence[Speaker], dialog: Mapping[str, Any], voices: CallSpeakers
) -> tuple[ChannelTranscript, ...]:
    place = f"{candidate.place}.body"
    if isinstance(body, str) or (segments_of(body) is None and not is_result(body)):
        raise BadResult(f"{place} is text without times; a transcript is a list of segments with start, end and text")
    if is_result(body):
        return read_result_file(body, voices.only_channel)
    spoken = _with_the_only_party(read_segments(body, place, parties), candidate, parties, dialog)
    channels = place_speakers(spoken, voices)
    if voices.only_channel is None and not channels:
        channels = _by_dialog(parties, dialog)
    return transcripts(spoken, channels)


def _with_the_only_party(
    spoken: list[SpeechPiece], candidate: _Candidate, parties: Sequence[Speaker], dialog: Mapping[str, Any]
) -> list[SpeechPiece]:
    """Pieces that name nobody are spoken by the one party that the transcript or its dialog is about."""
    index = candidate.entry.get("party", dialog.get("parties"))
    if isinstance(index, list) and len(index) == 1:
        index = index[0]
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(parties):
        return spoken
    return [
        piece if piece.speaker or piece.channel_id is not None else replace(piece, speaker=parties[index])
        for piece in spoken
    ]


def _by_dialog(parties: Sequence[Speaker], dialog: Mapping[str, Any]) -> dict[Speaker, int]:
    """Where no party's role or name tells: a recording of several channels lists its parties in their order."""
    order = dialog.get("parties")
    if not isinstance(order, list) or len(order) != len(CHANNELS) or len(set(map(str, order))) != len(order):
        return {}
    return {
        parties[index]: channel_id
        for channel_id, index in enumerate(order)
        if isinstance(index, int) and 0 <= index < len(parties)
    }


def _names(party: Any) -> Speaker:
    if not isinstance(party, dict):
        return ()
    names = (party.get(key) for key in _PARTY_NAMES)
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())


def _body(candidate: _Candidate) -> Any:
    """The body as JSON, or as text where it is none."""
    body, encoding = candidate.entry.get("body"), str(candidate.entry.get("encoding") or "none").casefold()
    if body is None:
        raise BadResult(f"{candidate.place} has no body; a transcript behind an address is not fetched, include it")
    if not isinstance(body, str):
        return body
    if encoding in ("base64url", "base64"):
        body = _from_base64(body, candidate.place)
    if encoding == "json" or body.lstrip()[:1] in ("{", "["):
        return json_value(body, f"{candidate.place}.body")
    return body


def _from_base64(body: str, place: str) -> str:
    plain = "".join(body.split()).replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadResult(f"{place}.body is not base64url of UTF-8 text: {error}") from None


def _engine(candidate: _Candidate, body: Any) -> str:
    """`import vcon (<vendor>/<product>)`, as far as they are named."""
    inner = body.get("metadata") if isinstance(body, dict) else None
    metadata = inner if isinstance(inner, dict) else {}
    vendor = candidate.entry.get("vendor") or metadata.get("provider")
    product = candidate.entry.get("product") or metadata.get("model")
    named = [" ".join(part.split()) for part in (vendor, product) if isinstance(part, str) and part.strip()]
    whole = f"{ENGINE} ({'/'.join(named)})" if named else ENGINE
    return whole if len(whole) <= LONGEST_ENGINE else f"{whole[: LONGEST_ENGINE - 2]}…)"
