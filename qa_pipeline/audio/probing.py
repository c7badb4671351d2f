"""What a recording is (container, codec, rate, channels, length), without decoding it.

The length is counted from the packets that are really there: headers of recorders that were cut off, and bit
rates of MP3 files without an index, promise anything. Reading all packets costs about as much as hashing the file.
A header that promises more than is there gives the file away as truncated.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from qa_pipeline.audio.containers import REPEAT_ADVICE, OpenAudio, left_in_place, open_audio
from qa_pipeline.audio.counted_ends import find_counted_sound
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.formats import HEADER_BYTES, id3_end
from qa_pipeline.audio.riff import find_sound

TRUNCATION_TOLERANCE_S = 0.25
"""How much less than promised is still whole: encoders' padding, a last packet the writer never counted. Of files
shorter than half a second, half must be there."""

MAX_PACKETS = 20_000_000
"""Twelve hours in packets of 2.5 ms, the shortest there are; an index that promises more is hostile."""

# Formats whose time stamps are the measure; in the others every packet's own duration is exact.
_TIMED_BY_STAMPS = frozenset({"ogg", "mov", "matroska", "flv", "avi", "asf"})
# Formats whose stream header counts its samples or milliseconds.
_COUNTED_BY_HEADER = frozenset({"flac", "mov", "asf", "aiff", "au", "avi", "caf", "nistsphere"})
# Formats with one length for all streams: a promise about the sound only when there is nothing but sound.
_COUNTED_AS_A_WHOLE = frozenset({"matroska", "flv"})
_MP3_INDEX_MARKS = (b"Xing", b"Info", b"VBRI")
_OGG_PAGE_MAX_BYTES = 65_307


@dataclass(frozen=True)
class AudioProbe:
    """What one file holds. With several audio streams (`audio_streams` > 1) everything is about the first.

    `codec` as FFmpeg calls it (pcm_mulaw, opus, amr_nb ...); `sample_rate` in Hz as decoded, which is always 48000
    for Opus; `duration_s` in seconds, to the millisecond, without the padding that encoders add. `unheard_s`: of a
    WAV file whose header is wrong, the seconds that a reader misses who believes it; None where it is right.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float
    size_bytes: int
    audio_streams: int
    unheard_s: float | None = None


@dataclass
class _Extent:
    """What the packets add up to; times in seconds, `skip` and `discard` in samples that players leave out."""

    packets: int = 0
    total_s: float = 0.0
    first_s: float | None = None
    end_s: float = 0.0
    skip: int = 0
    discard: int = 0
    broken_by: av.FFmpegError | None = None

    timed_by_stamps: bool = False

    @property
    def reach_s(self) -> float:
        """How long the packets last with all padding, for the comparison with what the header promises."""
        stamped_s = self.end_s - min(self.first_s or 0.0, 0.0) if self.timed_by_stamps else 0.0
        return max(self.total_s, stamped_s)


def probe(path: Path) -> AudioProbe:
    """Probes a local file; raises `UnusableAudio` with an `AudioFault` for anything but a whole recording."""
    with open_audio(path) as audio:
        extent = _measure(audio)
        promised_s = _promised_s(audio, extent)
        _refuse_truncated(path, audio, extent, promised_s)
        duration_s = round(_duration_s(audio, extent, promised_s), 3)
        if duration_s <= 0:
            raise UnusableAudio(
                AudioFault.EMPTY_FILE,
                f"{shown(path)} is {audio.format.name} without any sound in it; {REPEAT_ADVICE}.",
            )
        return AudioProbe(
            container=audio.format.name,
            codec=audio.codec,
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            duration_s=duration_s,
            size_bytes=audio.size_bytes,
            audio_streams=audio.audio_streams,
            unheard_s=_unheard_s(audio, duration_s),
        )


def _measure(audio: OpenAudio) -> _Extent:
    extent = _Extent(timed_by_stamps=audio.format.ffmpeg_format in _TIMED_BY_STAMPS)
    try:
        for packet in audio.container.demux(audio.stream):
            if packet.size:
                _add(extent, packet)
            if extent.packets >= MAX_PACKETS:
                break
    except av.FFmpegError as error:
        extent.broken_by = error
    return extent


def _add(extent: _Extent, packet: Packet[AudioStream]) -> None:
    time_base = float(packet.time_base or 0)
    lasts_s = (packet.duration or 0) * time_base
    extent.packets += 1
    extent.total_s += lasts_s
    if packet.pts is not None:
        begins_s = packet.pts * time_base
        extent.first_s = begins_s if extent.first_s is None else extent.first_s
        extent.end_s = max(extent.end_s, begins_s + lasts_s)
    if packet.has_sidedata("skip_samples"):
        skip, discard = _skipped_samples(packet)
        extent.skip += skip if extent.packets == 1 else 0
        extent.discard = discard


def _skipped_samples(packet: Packet[AudioStream]) -> tuple[int, int]:
    """Samples to leave out before and behind (AV_PKT_DATA_SKIP_SAMPLES begins with two little-endian u32)."""
    for data in packet.iter_sidedata():
        if data.data_type == "skip_samples" and data.buffer_size >= 8:
            skip, discard = struct.unpack_from("<II", bytes(data))
            return skip, discard
    return 0, 0


def _duration_s(audio: OpenAudio, extent: _Extent, promised_s: float | None) -> float:
    demuxer = audio.format.ffmpeg_format
    if demuxer == "asf" and promised_s and abs(promised_s - extent.reach_s) <= TRUNCATION_TOLERANCE_S:
        return promised_s  # packets of WMA don't say how long their last block is
    if extent.timed_by_stamps and extent.first_s is not None:
        # Padding in front is either before time zero or announced as samples to skip.
        skip_s = extent.skip / audio.sample_rate if extent.first_s >= 0 else 0.0
        return extent.end_s - max(0.0, extent.first_s) - skip_s
    return extent.total_s - (extent.skip + extent.discard) / audio.sample_rate


def _promised_s(audio: OpenAudio, extent: _Extent) -> float | None:
    """The length the file's header promises, None if there is none or it is only an estimate."""
    demuxer, stream = audio.format.ffmpeg_format, audio.stream
    if demuxer == "wav":
        with left_in_place(audio.file) as file:
            sound = find_sound(file)
        if sound is None or not (sound.missing_bytes and sound.present_bytes):
            return None
        # In proportion to what the bytes that are there last: no rate of the header has to be believed for it.
        return extent.total_s * (1 + sound.missing_bytes / sound.present_bytes)
    if demuxer == "w64":
        with left_in_place(audio.file) as file:
            counted = find_counted_sound(file, demuxer)
        present = audio.size_bytes - counted.begin if counted else 0
        return extent.total_s * (counted.end - counted.begin) / present if counted and present > 0 else None
    if demuxer in _COUNTED_AS_A_WHOLE:
        whole = audio.container.duration
        return whole / av.time_base if whole and len(audio.container.streams) == 1 else None
    if demuxer not in _COUNTED_BY_HEADER and not (demuxer == "mp3" and _has_mp3_index(audio)):
        return None
    if not stream.duration or not stream.time_base:
        return None
    return float(stream.duration * stream.time_base)


def _unheard_s(audio: OpenAudio, duration_s: float) -> float | None:
    """See `AudioProbe.unheard_s`; big-endian samples are heard by nobody, as what they are."""
    if audio.format.ffmpeg_format != "wav":
        return None
    with left_in_place(audio.file) as file:
        sound = find_sound(file)
    if sound is None or not sound.is_misread_by_others:
        return None
    unheard_bytes = sound.present_bytes if sound.is_swapped else sound.unheard_bytes
    return round(duration_s * unheard_bytes / sound.present_bytes, 3)


def _has_mp3_index(audio: OpenAudio) -> bool:
    with left_in_place(audio.file) as file:
        file.seek(id3_end(file))
        first_frame = file.read(HEADER_BYTES)
    return any(mark in first_frame for mark in _MP3_INDEX_MARKS)


def _refuse_truncated(path: Path, audio: OpenAudio, extent: _Extent, promised_s: float | None) -> None:
    cause = f"the recorder was cut off, or the copy is incomplete or damaged; {REPEAT_ADVICE}."
    if extent.packets >= MAX_PACKETS:
        raise UnusableAudio(
            AudioFault.UNREADABLE, f"{shown(path)} claims over {MAX_PACKETS} packets: its index is damaged."
        )
    tolerated_s = min(TRUNCATION_TOLERANCE_S, (promised_s or 0.0) / 2)
    if promised_s is not None and promised_s - extent.reach_s > tolerated_s:
        raise UnusableAudio(
            AudioFault.TRUNCATED,
            f"{shown(path)} promises {promised_s:.2f} s of sound and holds {extent.reach_s:.2f} s: {cause}",
        )
    if audio.format.ffmpeg_format == "ogg" and _ends_within_ogg_page(audio):
        raise UnusableAudio(AudioFault.TRUNCATED, f"{shown(path)} ends in the middle of a page: {cause}")
    if extent.broken_by is not None:
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} breaks off after {extent.reach_s:.2f} s ({extent.broken_by.strerror}); {REPEAT_ADVICE}.",
        )


def _ends_within_ogg_page(audio: OpenAudio) -> bool:
    """Whether the last Ogg page (RFC 3533: 27 bytes, a table of segment lengths, the segments) is cut short."""
    with left_in_place(audio.file) as file:
        file.seek(max(0, audio.size_bytes - _OGG_PAGE_MAX_BYTES))
        tail = file.read(_OGG_PAGE_MAX_BYTES)
    at = tail.rfind(b"OggS")
    if at < 0:
        return False
    page = tail[at:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])
