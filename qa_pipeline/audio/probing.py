"""What a recording is (container, codec, rate, channels, length), without decoding it.

The length is counted from the packets that are really there: headers of recorders that were cut off, and bit
rates of MP3 files without an index, promise anything. Reading all packets costs about as much as hashing the file.
A header that promises more than is there gives the file away as truncated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from qa_pipeline.audio.bare_frames import FrameSetting, adts_setting, is_sound, mp3_setting, read_index
from qa_pipeline.audio.containers import (
    ONE_SETTING_ADVICE,
    REPEAT_ADVICE,
    OpenAudio,
    left_in_place,
    open_audio,
    why,
)
from qa_pipeline.audio.counted_ends import find_counted_sound
from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.formats import id3_end
from qa_pipeline.audio.joined import JOINED_UNREAD, second_file
from qa_pipeline.audio.matroska import missing_bytes
from qa_pipeline.audio.padding import lead_samples, skipped_samples
from qa_pipeline.audio.riff import find_sound
from qa_pipeline.audio.tags import sound_end
from qa_pipeline.audio.timeline import SHORTEST_GAP_S, TIMED_BY_STAMPS

PROBING = 2
"""Version of what a probe finds; a change of it raises this and looks at all recordings again."""

TRUNCATION_TOLERANCE_S = 0.25
"""How much less than promised is still whole: encoders' padding, a last packet the writer never counted. Of files
shorter than half a second, half must be there."""

MAX_PACKETS = 20_000_000
"""Twelve hours in packets of 2.5 ms, the shortest there are; an index that promises more is hostile."""

# Formats whose stream header counts its samples or milliseconds.
_COUNTED_BY_HEADER = frozenset({"flac", "mov", "asf", "aiff", "au", "caf", "nistsphere"})
_OGG_PAGE_MAX_BYTES = 65_307
# What is between the frames of a sound MP3 at most: its index, and a frame cut at the end.
_MP3_OTHER_BYTES = 4096


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


class TruncatedAudio(UnusableAudio):
    """There is less sound than the file says; `held` is what is there, as a probe of a whole file would say it."""

    def __init__(self, sentence: str, held: AudioProbe) -> None:
        super().__init__(AudioFault.TRUNCATED, sentence)
        self.held = held


@dataclass
class _Extent:
    """What the packets add up to; times in seconds, `skip` and `discard` in samples that players leave out.

    `is_even`: each packet begins where the one before it ends, and only the first and the last are left out of.
    """

    timed_by_stamps: bool
    packets: int = 0
    size_bytes: int = 0
    total_s: float = 0.0
    last_s: float = 0.0
    longest_s: float = 0.0
    first_s: float | None = None
    last_end_s: float | None = None
    end_s: float = 0.0
    skip: int = 0
    discard: int = 0
    is_even: bool = True
    setting: FrameSetting | None = None
    changes: tuple[float, FrameSetting] | None = None
    broken_by: av.FFmpegError | None = None

    @property
    def reach_s(self) -> float:
        """How long the packets last with all padding, for the comparison with what the header promises."""
        stamped_s = self.end_s - min(self.first_s or 0.0, 0.0) if self.timed_by_stamps else 0.0
        return max(self.total_s, stamped_s)


def probe(path: Path) -> AudioProbe:
    """Probes a local file.

    Raises:
        TruncatedAudio: some of the sound is missing.
        UnusableAudio: with an `AudioFault` for anything else but a whole recording.
    """
    with open_audio(path) as audio:
        extent = _measure(audio)
        _refuse_damaged(path, audio, extent)
        promised_s = _promised_s(audio, extent)
        missing = _missing(path, audio, extent, promised_s)
        duration_s = round(_duration_s(path, audio, extent, promised_s), 3)
        found = AudioProbe(
            container=audio.format.name,
            codec=audio.codec,
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            duration_s=duration_s,
            size_bytes=audio.size_bytes,
            audio_streams=audio.audio_streams,
            unheard_s=_unheard_s(audio, duration_s),
        )
    if missing is not None and found.duration_s > 0:
        raise TruncatedAudio(missing, found)
    if missing is not None:
        raise UnusableAudio(AudioFault.TRUNCATED, missing)
    if found.duration_s <= 0:
        raise UnusableAudio(
            AudioFault.EMPTY_FILE, f"{shown(path)} is {found.container} without any sound in it; {REPEAT_ADVICE}."
        )
    return found


def probe_what_is_there(path: Path) -> AudioProbe:
    """As `probe`, but takes what is there of a truncated recording. Raises `UnusableAudio`."""
    try:
        return probe(path)
    except TruncatedAudio as error:
        return error.held


def _measure(audio: OpenAudio) -> _Extent:
    extent = _Extent(timed_by_stamps=audio.format.ffmpeg_format in TIMED_BY_STAMPS)
    setting_of = _SETTINGS.get(audio.format.ffmpeg_format)
    is_mp3 = audio.format.ffmpeg_format == "mp3"
    try:
        for packet in audio.container.demux(audio.stream):
            if not packet.size or (is_mp3 and not is_sound(bytes(packet))):
                continue
            if setting_of:
                _compare_setting(extent, setting_of(bytes(packet)))
            _add(extent, packet)
            if extent.packets >= MAX_PACKETS:
                break
    except av.FFmpegError as error:
        extent.broken_by = error
    extent.skip += lead_samples(audio, extent.skip)
    if is_mp3:
        with left_in_place(audio.file) as file:
            sound_bytes = sound_end(file, audio.size_bytes) - id3_end(file)
        extent.is_even = sound_bytes - extent.size_bytes < _MP3_OTHER_BYTES
    return extent


_SETTINGS = {"mp3": mp3_setting, "aac": adts_setting}


def _compare_setting(extent: _Extent, setting: FrameSetting | None) -> None:
    """Notes the first frame that is coded for other channels or another rate than the ones before it."""
    if setting is None:
        return
    extent.setting = extent.setting or setting
    if setting != extent.setting and extent.changes is None:
        extent.changes = (extent.total_s, setting)


def _add(extent: _Extent, packet: Packet[AudioStream]) -> None:
    time_base = float(packet.time_base or 0)
    lasts_s = (packet.duration or 0) * time_base
    extent.packets += 1
    extent.size_bytes += packet.size
    extent.total_s += lasts_s
    extent.last_s, extent.longest_s = lasts_s, max(extent.longest_s, lasts_s)
    if packet.pts is not None:
        begins_s = packet.pts * time_base
        extent.first_s = begins_s if extent.first_s is None else extent.first_s
        if extent.last_end_s is not None and abs(begins_s - extent.last_end_s) >= SHORTEST_GAP_S:
            extent.is_even = extent.is_even and not extent.timed_by_stamps
        extent.last_end_s = begins_s + lasts_s if lasts_s else None
        extent.end_s = max(extent.end_s, begins_s + lasts_s)
    if extent.discard:
        extent.is_even = False  # sound goes on behind what is left out: another file was joined to this one
    skip, discard = skipped_samples(packet)
    extent.skip += skip if extent.packets == 1 else 0
    extent.discard = discard


def _duration_s(path: Path, audio: OpenAudio, extent: _Extent, promised_s: float | None) -> float:
    demuxer = audio.format.ffmpeg_format
    if demuxer == "asf" and promised_s and abs(promised_s - extent.reach_s) <= TRUNCATION_TOLERANCE_S:
        return promised_s  # packets of WMA don't say how long their last block is
    is_joined = demuxer == "flac" and promised_s is not None and extent.reach_s - promised_s > SHORTEST_GAP_S
    if is_joined or not extent.is_even:
        digests = channel_digests(path)  # nothing is to be believed before the sound has been put together
        return digests.frames / digests.sample_rate
    if extent.timed_by_stamps and extent.first_s is not None:
        # Padding in front is either before time zero or announced as samples to skip.
        skip_s = extent.skip / audio.sample_rate if extent.first_s >= 0 else 0.0
        return extent.end_s - max(0.0, extent.first_s) - skip_s - _uncounted_discard_s(audio, extent)
    return extent.total_s - (extent.skip + extent.discard) / audio.sample_rate


def _uncounted_discard_s(audio: OpenAudio, extent: _Extent) -> float:
    """What is left out at the end (DiscardPadding) where the last packet's duration does not allow for it already."""
    discard_s = extent.discard / audio.sample_rate
    is_counted = extent.last_s <= extent.longest_s - discard_s / 2
    return 0.0 if audio.format.ffmpeg_format != "matroska" or is_counted else discard_s


def _promised_s(audio: OpenAudio, extent: _Extent) -> float | None:
    """The length the file's header promises, None if there is none or it is only an estimate."""
    demuxer, stream = audio.format.ffmpeg_format, audio.stream
    if demuxer in _PROMISES:
        with left_in_place(audio.file) as file:
            return _PROMISES[demuxer](file, audio, extent)
    if demuxer not in _COUNTED_BY_HEADER or not stream.duration or not stream.time_base:
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


def _promised_by_wav(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    sound = find_sound(file)
    if sound is None or not (sound.missing_bytes and sound.present_bytes):
        return None
    # In proportion to what the bytes that are there last: no rate of the header has to be believed for it.
    return extent.total_s * (1 + sound.missing_bytes / sound.present_bytes)


def _promised_by_w64(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    counted = find_counted_sound(file, "w64")
    present = audio.size_bytes - counted.begin if counted else 0
    return extent.total_s * (counted.end - counted.begin) / present if counted and present > 0 else None


def _promised_by_matroska(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    """In proportion to the bytes that are missing; the one duration of the file may be any clock's."""
    missing = missing_bytes(file)
    return extent.reach_s * (1 + missing / audio.size_bytes) if missing else None


def _promised_by_flv(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    """One length for all streams: a promise about the sound only when there is nothing but sound."""
    whole = audio.container.duration
    return whole / av.time_base if whole and len(audio.container.streams) == 1 else None


def _promised_by_avi(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    """By the size of its one chunk; FFmpeg counts from the bytes that are there."""
    file.seek(0)
    whole_bytes = 8 + int.from_bytes(file.read(8)[4:], "little")
    return extent.reach_s * whole_bytes / audio.size_bytes if whole_bytes > audio.size_bytes else None


def _promised_by_mp3(file: BinaryIO, audio: OpenAudio, extent: _Extent) -> float | None:
    """By its own index, and only where the file is shorter than that says: tags and other files may follow."""
    index = read_index(file, sound_end(file, audio.size_bytes))
    return index.duration_s if index and index.present_bytes < index.promised_bytes else None


_PROMISES: dict[str, Callable[[BinaryIO, OpenAudio, _Extent], float | None]] = {
    "wav": _promised_by_wav,
    "w64": _promised_by_w64,
    "matroska": _promised_by_matroska,
    "flv": _promised_by_flv,
    "avi": _promised_by_avi,
    "mp3": _promised_by_mp3,
}


def _refuse_damaged(path: Path, audio: OpenAudio, extent: _Extent) -> None:
    if extent.packets >= MAX_PACKETS:
        raise UnusableAudio(
            AudioFault.UNREADABLE, f"{shown(path)} claims over {MAX_PACKETS} packets: its index is damaged."
        )
    if audio.format.ffmpeg_format in JOINED_UNREAD:
        with left_in_place(audio.file) as file:
            joined_at = second_file(file, audio.format.ffmpeg_format)
        if joined_at is not None:
            raise UnusableAudio(
                AudioFault.UNREADABLE,
                f"{shown(path)} is two {audio.format.name} files one after the other, the second from byte "
                f"{joined_at:,} on, and players stop at the end of the first; export each as a file of its own.",
            )
    if extent.changes is not None and extent.setting is not None:
        at_s, then = extent.changes
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} begins with {_described(extent.setting)} and turns to {_described(then)} after "
            f"{at_s:.2f} s: two recordings of different settings were joined, or the recorder was switched over; "
            f"{ONE_SETTING_ADVICE}.",
        )


def _described(setting: FrameSetting) -> str:
    return f"{'1 channel' if setting.channels == 1 else f'{setting.channels} channels'} at {setting.sample_rate} Hz"


def _missing(path: Path, audio: OpenAudio, extent: _Extent, promised_s: float | None) -> str | None:
    """What the file lacks, in a sentence; None for a whole one. Raises `UnusableAudio` where it breaks off damaged."""
    cause = f"the recorder was cut off, or the copy is incomplete or damaged; {REPEAT_ADVICE}."
    tolerated_s = min(TRUNCATION_TOLERANCE_S, (promised_s or 0.0) / 2)
    if promised_s is not None and promised_s - extent.reach_s > tolerated_s:
        return f"{shown(path)} promises {promised_s:.2f} s of sound and holds {extent.reach_s:.2f} s: {cause}"
    if audio.format.ffmpeg_format == "ogg" and _ends_within_ogg_page(audio):
        return f"{shown(path)} ends in the middle of a page: {cause}"
    if extent.broken_by is not None:
        raise UnusableAudio(
            AudioFault.UNREADABLE,
            f"{shown(path)} breaks off after {extent.reach_s:.2f} s: {why(extent.broken_by)}.",
        )
    return None


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
