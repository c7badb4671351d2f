"""How much sound a file promises, by what its own structure counts: what it lacks of that was cut off.

Lengths that a writer took from a clock, or a reader guesses from a bit rate, are no promise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import av

from qa_pipeline.audio.bare_frames import read_index
from qa_pipeline.audio.containers import OpenAudio, left_in_place
from qa_pipeline.audio.counted_ends import find_counted_sound
from qa_pipeline.audio.extent import Extent
from qa_pipeline.audio.matroska import missing_bytes
from qa_pipeline.audio.tags import sound_end

# Formats whose stream header counts its samples or milliseconds.
_COUNTED_BY_HEADER = frozenset({"flac", "mov", "asf", "aiff", "au", "caf", "nistsphere"})


def promised_s(audio: OpenAudio, extent: Extent) -> float | None:
    """The length the file's header promises, None if there is none or it is only an estimate."""
    demuxer, stream = audio.format.ffmpeg_format, audio.stream
    if demuxer in _PROMISES:
        with left_in_place(audio.file) as file:
            return _PROMISES[demuxer](file, audio, extent)
    if demuxer not in _COUNTED_BY_HEADER or not stream.duration or not stream.time_base:
        return None
    return float(stream.duration * stream.time_base)


def _promised_by_wav(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    sound = audio.wav
    if sound is None or not (sound.missing_bytes and sound.present_bytes):
        return None
    # In proportion to what the bytes that are there last: no rate of the header has to be believed for it.
    return extent.total_s * (1 + sound.missing_bytes / sound.present_bytes)


def _promised_by_w64(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    counted = find_counted_sound(file, "w64")
    present = audio.size_bytes - counted.begin if counted else 0
    return extent.total_s * (counted.end - counted.begin) / present if counted and present > 0 else None


def _promised_by_matroska(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    """In proportion to the bytes that are missing; the one duration of the file may be any clock's."""
    missing = missing_bytes(file)
    return extent.reach_s * (1 + missing / audio.size_bytes) if missing else None


def _promised_by_flv(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    """One length for all streams: a promise about the sound only when there is nothing but sound."""
    whole = audio.container.duration
    return whole / av.time_base if whole and len(audio.container.streams) == 1 else None


def _promised_by_avi(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    """By the size of its one chunk; FFmpeg counts from the bytes that are there."""
    file.seek(0)
    whole_bytes = 8 + int.from_bytes(file.read(8)[4:], "little")
    return extent.reach_s * whole_bytes / audio.size_bytes if whole_bytes > audio.size_bytes else None


def _promised_by_mp3(file: BinaryIO, audio: OpenAudio, extent: Extent) -> float | None:
    """By its own index, and only where the file is shorter than that says: tags and other files may follow."""
    index = read_index(file, sound_end(file, audio.size_bytes))
    return index.duration_s if index and index.present_bytes < index.promised_bytes else None


_PROMISES: dict[str, Callable[[BinaryIO, OpenAudio, Extent], float | None]] = {
    "wav": _promised_by_wav,
    "w64": _promised_by_w64,
    "matroska": _promised_by_matroska,
    "flv": _promised_by_flv,
    "avi": _promised_by_avi,
    "mp3": _promised_by_mp3,
}
