"""What the packets of a recording add up to, without decoding them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from qa_pipeline.audio.bare_frames import FrameSetting, adts_setting, is_sound, mp3_setting
from qa_pipeline.audio.containers import OpenAudio, left_in_place
from qa_pipeline.audio.formats import id3_end
from qa_pipeline.audio.padding import lead_samples, skipped_samples
from qa_pipeline.audio.tags import sound_end
from qa_pipeline.audio.timeline import SHORTEST_GAP_S, TIMED_BY_STAMPS

# What is between the frames of a sound MP3 at most: its index, and a frame cut at the end.
_MP3_OTHER_BYTES = 4096


@dataclass
class Extent:
    """What the packets add up to; times in seconds, `skip` and `discard` in samples that players leave out.

    `is_even`: each packet begins where the one before it ends, and only the first and the last are left out of;
    `even_s` is how far that is so. `is_exact`: packets begin and end where their stamps say, and not about there.
    `is_joined`: stamps go back. `gaps_s`: what they leave out in all.
    """

    timed_by_stamps: bool
    is_exact: bool
    packets: int = 0
    size_bytes: int = 0
    total_s: float = 0.0
    last_s: float = 0.0
    longest_s: float = 0.0
    longest_at_s: float = 0.0
    lengths_s: Counter[float] = field(default_factory=Counter)
    first_s: float | None = None
    last_end_s: float | None = None
    end_s: float = 0.0
    skip: int = 0
    discard: int = 0
    is_even: bool = True
    even_s: float = 0.0
    is_joined: bool = False
    gaps_s: float = 0.0
    setting: FrameSetting | None = None
    suspect: tuple[float, FrameSetting] | None = None
    changes: tuple[float, FrameSetting] | None = None
    broken_by: av.FFmpegError | None = None

    @property
    def reach_s(self) -> float:
        """How long the packets last with all padding, for the comparison with what the header promises."""
        stamped_s = self.end_s - min(self.first_s or 0.0, 0.0) if self.timed_by_stamps else 0.0
        return max(self.total_s, stamped_s)


def measure(audio: OpenAudio, *, most_packets: int) -> Extent:
    """Reads all packets of the first audio stream, and gives up at `most_packets`."""
    demuxer = audio.format.ffmpeg_format
    is_timed = demuxer in TIMED_BY_STAMPS
    extent = Extent(timed_by_stamps=is_timed, is_exact=is_timed and demuxer != "asf")
    setting_of = _SETTINGS.get(audio.format.name)  # FFmpeg reads layers I and II with the same demuxer
    is_mp3 = audio.format.name == "mp3"
    try:
        for packet in audio.container.demux(audio.stream):
            if not packet.size or (is_mp3 and not is_sound(bytes(packet))):
                continue
            if setting_of:
                _compare_setting(extent, setting_of(bytes(packet)))
            _add(extent, packet)
            if extent.packets >= most_packets:
                break
    except av.FFmpegError as error:
        extent.broken_by = error
    extent.skip += lead_samples(audio, extent.skip)
    if demuxer == "mov" and not audio.codec.startswith("pcm"):
        _find_gaps_within(extent)
    if is_mp3:
        with left_in_place(audio.file) as file:
            sound_bytes = sound_end(file, audio.size_bytes) - id3_end(file)
        extent.is_even = sound_bytes - extent.size_bytes < _MP3_OTHER_BYTES
    return extent


_SETTINGS = {"mp3": mp3_setting, "aac": adts_setting}


def _compare_setting(extent: Extent, setting: FrameSetting | None) -> None:
    """Notes where frames begin to be coded for other channels or another rate than the first: two in a row, as what
    was appended to a file may look like a frame by chance."""
    if setting is None or extent.changes is not None:
        return
    extent.setting = extent.setting or setting
    if extent.suspect is not None and extent.suspect[1] == setting:
        extent.changes = extent.suspect
    extent.suspect = (extent.total_s, setting) if setting != extent.setting else None


def _find_gaps_within(extent: Extent) -> None:
    """An MP4 has no gaps in its stamps: the packet in front of one lasts until the next."""
    usual_s = extent.lengths_s.most_common(1)[0][0] if extent.lengths_s else 0.0
    if extent.longest_s - usual_s >= SHORTEST_GAP_S:
        extent.is_even, extent.even_s = False, extent.longest_at_s
        extent.gaps_s = sum(max(0.0, length - usual_s) * count for length, count in extent.lengths_s.items())


def _compare_stamp(extent: Extent, later_s: float) -> None:
    """How much later a packet begins than the one before it ends; less than nothing where stamps go back."""
    if abs(later_s) >= SHORTEST_GAP_S:
        extent.is_even = False
        extent.is_joined = extent.is_joined or later_s < 0
        extent.gaps_s += max(0.0, later_s)


def _add(extent: Extent, packet: Packet[AudioStream]) -> None:
    time_base = float(packet.time_base or 0)
    lasts_s = (packet.duration or 0) * time_base
    extent.packets += 1
    extent.size_bytes += packet.size
    extent.lengths_s[lasts_s] += 1
    if lasts_s > extent.longest_s:
        extent.longest_s, extent.longest_at_s = lasts_s, extent.total_s
    extent.last_s = lasts_s
    extent.total_s += lasts_s
    if packet.pts is not None:
        begins_s = packet.pts * time_base
        extent.first_s = begins_s if extent.first_s is None else extent.first_s
        if extent.is_exact and extent.last_end_s is not None:
            _compare_stamp(extent, begins_s - extent.last_end_s)
        extent.last_end_s = begins_s + lasts_s if lasts_s else None
        extent.end_s = max(extent.end_s, begins_s + lasts_s)
    if extent.discard:
        extent.is_even, extent.is_joined = False, True  # sound goes on behind what is left out
    extent.even_s = extent.total_s if extent.is_even else extent.even_s
    skip, discard = skipped_samples(packet)
    extent.skip += skip if extent.packets == 1 else 0
    extent.discard = discard
