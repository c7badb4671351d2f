"""What a recording is (container, codec, rate, channels, length), decoded only where it must be.

The length is counted from the packets that are really there: headers of recorders that were cut off, and bit
rates of MP3 files without an index, promise anything. Reading all packets costs about as much as hashing the file.
Where time stamps begin anew or leave a gap, the sound is decoded: then it is as long as it is heard.
A file whose own structure promises more than is there is truncated.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.bare_frames import FrameSetting
from qa_pipeline.audio.containers import (
    ONE_SETTING_ADVICE,
    REPEAT_ADVICE,
    OpenAudio,
    left_in_place,
    open_audio,
    why,
)
from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.extent import Extent, measure
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.joined import JOINED_UNREAD, unread_file
from qa_pipeline.audio.promises import promised_s
from qa_pipeline.audio.timeline import SHORTEST_GAP_S
from qa_pipeline.audio.tracks import Track, tracks_of

PROBING = 3
"""Version of what a probe finds; a change of it raises this and looks at all recordings again."""

TRUNCATION_TOLERANCE_S = 0.25
"""How much less than promised is still whole: encoders' padding, a last packet the writer never counted. Of files
shorter than half a second, half must be there."""

MAX_PACKETS = 20_000_000
"""Twelve hours in packets of 2.5 ms, the shortest there are; an index that promises more is hostile."""

_OGG_PAGE_MAX_BYTES = 65_307


@dataclass(frozen=True)
class AudioProbe:
    """What one file holds. With several audio streams (`audio_streams` > 1) everything but `stream_channels` and
    `tracks`, which have one entry for each, is about the first; `tracks` is empty where there is only one.

    `codec` as FFmpeg calls it (pcm_mulaw, opus, amr_nb ...); `sample_rate` in Hz as decoded, which is always 48000
    for Opus; `duration_s` in seconds, to the millisecond, without the padding that encoders add. `unheard_s`: seconds
    that a reader elsewhere may miss or hear at another time, of a WAV file whose header is wrong and of time stamps
    that begin anew or leave a gap; None where there are none.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float
    size_bytes: int
    audio_streams: int
    unheard_s: float | None = None
    stream_channels: tuple[int, ...] = ()
    tracks: tuple[Track, ...] = ()


class TruncatedAudio(UnusableAudio):
    """There is less sound than the file says; `held` is what is there, as a probe of a whole file would say it."""

    def __init__(self, sentence: str, held: AudioProbe) -> None:
        super().__init__(AudioFault.TRUNCATED, sentence)
        self.held = held


def probe(path: Path) -> AudioProbe:
    """Probes a local file.

    Raises:
        TruncatedAudio: some of the sound is missing.
        UnusableAudio: with an `AudioFault` for anything else but a whole recording.
    """
    with open_audio(path) as audio:
        extent = measure(audio, most_packets=MAX_PACKETS)
        _refuse_damaged(path, audio, extent)
        promised = promised_s(audio, extent)
        missing = _missing(path, audio, extent, promised)
        duration_s = round(_duration_s(path, audio, extent, promised), 3)
        found = AudioProbe(
            container=audio.format.name,
            codec=audio.codec,
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            duration_s=duration_s,
            size_bytes=audio.size_bytes,
            audio_streams=audio.audio_streams,
            unheard_s=_unheard_s(audio, extent, promised, duration_s),
            stream_channels=audio.stream_channels,
            tracks=tracks_of(path) if audio.audio_streams > 1 else (),
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


def _duration_s(path: Path, audio: OpenAudio, extent: Extent, promised: float | None) -> float:
    demuxer = audio.format.ffmpeg_format
    if demuxer == "asf" and promised and abs(promised - extent.reach_s) <= TRUNCATION_TOLERANCE_S:
        return promised  # packets of WMA don't say how long their last block is
    if _is_joined_flac(audio, extent, promised) or not extent.is_even:
        digests = channel_digests(path)  # nothing is to be believed before the sound has been put together
        return digests.frames / digests.sample_rate
    if extent.timed_by_stamps and extent.first_s is not None:
        # Padding in front is either before time zero or announced as samples to skip.
        skip_s = extent.skip / audio.sample_rate if extent.first_s >= 0 else 0.0
        return extent.end_s - max(0.0, extent.first_s) - skip_s - _uncounted_discard_s(audio, extent)
    return extent.total_s - (extent.skip + extent.discard) / audio.sample_rate


def _is_joined_flac(audio: OpenAudio, extent: Extent, promised: float | None) -> bool:
    """Whether more follows than the header counts, which players stop at."""
    too_long_s = extent.reach_s - promised if promised else 0.0
    return audio.format.ffmpeg_format == "flac" and too_long_s > SHORTEST_GAP_S


def _uncounted_discard_s(audio: OpenAudio, extent: Extent) -> float:
    """What is left out at the end (DiscardPadding) where the last packet's duration does not allow for it already."""
    discard_s = extent.discard / audio.sample_rate
    is_counted = extent.last_s <= extent.longest_s - discard_s / 2
    return 0.0 if audio.format.ffmpeg_format != "matroska" or is_counted else discard_s


def _unheard_s(audio: OpenAudio, extent: Extent, promised: float | None, duration_s: float) -> float | None:
    """See `AudioProbe.unheard_s`; big-endian samples are heard by nobody, as what they are."""
    if _is_joined_flac(audio, extent, promised):
        return round(duration_s - (promised or 0.0), 3)
    if extent.is_joined or extent.gaps_s > TRUNCATION_TOLERANCE_S:
        return round(max(0.0, duration_s - extent.even_s), 3)
    sound = audio.wav
    if sound is None or not sound.is_misread_by_others:
        return None
    unheard_bytes = sound.present_bytes if sound.is_swapped else sound.unheard_bytes
    return round(duration_s * unheard_bytes / sound.present_bytes, 3)


def _refuse_damaged(path: Path, audio: OpenAudio, extent: Extent) -> None:
    if extent.packets >= MAX_PACKETS:
        raise UnusableAudio(
            AudioFault.UNREADABLE, f"{shown(path)} claims over {MAX_PACKETS} packets: its index is damaged."
        )
    if audio.format.ffmpeg_format in JOINED_UNREAD:
        with left_in_place(audio.file) as file:
            joined_at = unread_file(file, audio.format.ffmpeg_format)
        if joined_at is not None:
            raise UnusableAudio(
                AudioFault.UNREADABLE,
                f"{shown(path)} is several {audio.format.name} files one after the other, and players don't read on to "
                f"the one that begins at byte {joined_at:,}; export each as a file of its own.",
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


def _missing(path: Path, audio: OpenAudio, extent: Extent, promised: float | None) -> str | None:
    """What the file lacks, in a sentence; None for a whole one. Raises `UnusableAudio` where it breaks off damaged."""
    cause = f"the recorder was cut off, or the copy is incomplete or damaged; {REPEAT_ADVICE}."
    tolerated_s = min(TRUNCATION_TOLERANCE_S, (promised or 0.0) / 2)
    if promised is not None and promised - extent.reach_s > tolerated_s:
        return f"{shown(path)} promises {promised:.2f} s of sound and holds {extent.reach_s:.2f} s: {cause}"
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
