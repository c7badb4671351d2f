"""Where the frames of a recording lie whose format keeps no index: AMR, AAC and MPEG layers 1, 2 and 3 without a
container, and ADPCM in WAV.

FFmpeg reads such a file from the beginning to find a place in it, which for the end of twelve hours takes seconds. The
size of each frame follows from its first bytes, so one pass that decodes nothing finds them all.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from qa_pipeline.audio.bare_frames import adts_setting
from qa_pipeline.audio.containers import OpenAudio, left_in_place
from qa_pipeline.audio.formats import id3_end
from qa_pipeline.audio.mp3_frames import frame_bytes, lead_of, samples_of
from qa_pipeline.audio.tags import sound_end

STEP_S = 2.0
"""How far two noted frames are apart."""

_READ_BYTES = 1024 * 1024
_MOST_HEAD_BYTES = 64 * 1024
_MOST_FRAME_BYTES = 4096
_AMR_RATE_HZ, _AMR_WB_RATE_HZ = 8000, 16_000
_AMR_FRAMES_PER_S = 50
_AMR_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1)
_AMR_WB_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1)
"""By frame type, with the byte that says it: RFC 4867, 5.3; 3GPP TS 26.101 and 26.201, annex A."""
_MPEG_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER_1, _LAYER_2 = 3, 2
_KBPS = {
    (True, _LAYER_1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, _LAYER_2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (False, _LAYER_1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, _LAYER_2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Of MPEG-1 or not, and the layer: ISO/IEC 11172-3 and 13818-3."""

_ADPCM_HEAD_BYTES = {"adpcm_ima_wav": 4, "adpcm_ms": 7}
"""What a block of a channel begins with."""

SizeAt = Callable[[bytes, int], int]
"""Bytes of the frame that begins at a place of a block; 0 where none begins there."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """`offsets[n]` is where frame `n * step` begins; each frame is `samples` long, of which the first `lead` of all are
    no part of the sound. What follows any frame up to `end` is sound again once `head` stands in front of it."""

    head: bytes
    offsets: array[int]
    end: int
    step: int
    samples: int
    lead: int = 0

    def before(self, sample: int) -> tuple[int, int]:
        """The last noted frame that begins at a sample or before: its own first sample, and its offset."""
        number = max(0, min(len(self.offsets) - 1, (sample + self.lead) // (self.step * self.samples)))
        return number * self.step * self.samples - self.lead, self.offsets[number]


def frame_index(audio: OpenAudio, frames: int) -> FrameIndex | None:
    """The index of an open file that is `frames` samples long, within half a second; None where its format is another
    one, or something else lies between its frames."""
    with left_in_place(audio.file) as file:
        found = _index(audio, file)
    if found is None:
        return None
    counted, index = found
    return index if abs(counted - frames) <= audio.sample_rate / 2 else None


def _index(audio: OpenAudio, file: BinaryIO) -> tuple[int, FrameIndex] | None:
    match audio.format.name, audio.codec:
        case "amr", "amr_nb":
            return _walk(audio, file, b"#!AMR\n", len(b"#!AMR\n"), _AMR_RATE_HZ // _AMR_FRAMES_PER_S, _amr_nb)
        case "amr", "amr_wb":
            return _walk(audio, file, b"#!AMR-WB\n", len(b"#!AMR-WB\n"), _AMR_WB_RATE_HZ // _AMR_FRAMES_PER_S, _amr_wb)
        case "aac", "aac":
            return _aac(audio, file)
        case "mp2", "mp2":
            return _walk(audio, file, b"", id3_end(file), 1152, _mpeg)
        case "mp1", "mp1":
            return _walk(audio, file, b"", id3_end(file), 384, _mpeg)
        case "mp3", "mp3":
            return _mp3(audio, file)
        case "wav", "adpcm_ima_wav" | "adpcm_ms":
            return _blocks(audio, file)
    return None


def _walk(
    audio: OpenAudio, file: BinaryIO, head: bytes, begin: int, samples: int, size_at: SizeAt
) -> tuple[int, FrameIndex] | None:
    end = sound_end(file, audio.size_bytes) if not head else audio.size_bytes
    step = max(1, round(STEP_S * audio.sample_rate / samples))
    offsets, number, at = array("q"), 0, begin
    block, base = b"", begin
    while at < end:
        # the longest frame is 8 KiB, and its size is in its first bytes
        if at + 8 > base + len(block) and base + len(block) < end:
            file.seek(at)
            block, base = file.read(min(_READ_BYTES, end - at)), at
            if not block:
                break
        size = size_at(block, at - base)
        if not size:
            if at + 8 > end:
                break
            return None
        if number % step == 0:
            offsets.append(at)
        at += size
        number += 1
    return (number * samples, FrameIndex(head, offsets, end, step, samples)) if number else None


def _amr_nb(block: bytes, at: int) -> int:
    return _AMR_BYTES[block[at] >> 3 & 15]


def _amr_wb(block: bytes, at: int) -> int:
    return _AMR_WB_BYTES[block[at] >> 3 & 15]


def _aac(audio: OpenAudio, file: BinaryIO) -> tuple[int, FrameIndex] | None:
    begin = id3_end(file)
    file.seek(begin)
    setting = adts_setting(file.read(8))
    if setting is None or audio.sample_rate % setting.sample_rate:
        return None
    # of HE-AAC a frame gives twice as many samples as its header says, at twice the rate
    return _walk(audio, file, b"", begin, setting.samples * (audio.sample_rate // setting.sample_rate), _adts)


def _adts(block: bytes, at: int) -> int:
    head = block[at : at + 7]
    # a frame of several blocks, which nobody writes, would be longer than the others
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[6] & 3:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0


def _mpeg(block: bytes, at: int) -> int:
    head = block[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer, kbps, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer not in (_LAYER_1, _LAYER_2) or rate == 3 or not 0 < kbps < 15:
        return 0
    rate_bps, hertz, padding = (
        _KBPS[version == 3, layer][kbps - 1] * 1000,
        _MPEG_RATES_HZ[version][rate],
        head[2] >> 1 & 1,
    )
    if layer == _LAYER_1:
        return (12 * rate_bps // hertz + padding) * 4
    return 144 * rate_bps // hertz + padding


def _mp3(audio: OpenAudio, file: BinaryIO) -> tuple[int, FrameIndex] | None:
    begin = id3_end(file)
    file.seek(begin)
    block = file.read(_MOST_FRAME_BYTES)
    size = frame_bytes(block, 0)
    lead = lead_of(block[:size]) if size else None
    if lead is None:
        return None
    found = _walk(audio, file, b"", begin + lead.table_bytes, samples_of(block), frame_bytes)
    if found is None:
        return None
    counted, index = found
    return counted - lead.samples, replace(index, lead=lead.samples)


def _blocks(audio: OpenAudio, file: BinaryIO) -> tuple[int, FrameIndex] | None:
    """Blocks of ADPCM are all of one size, and each stands for itself."""
    sound = audio.wav
    if sound is None or sound.is_misread_by_others:
        return None
    begin, end = sound.pieces[0]
    size, own = int.from_bytes(sound.format[12:14], "little"), _ADPCM_HEAD_BYTES[audio.codec] * audio.channels
    if begin > _MOST_HEAD_BYTES or size <= own:
        return None
    # a sample is half a byte; the head of a block holds one of IMA and two of Microsoft
    samples = (size - own) * 2 // audio.channels + (1 if audio.codec == "adpcm_ima_wav" else 2)
    step = max(1, round(STEP_S * audio.sample_rate / samples))
    file.seek(0)
    head = file.read(begin)
    offsets = array("q", range(begin, end, step * size))
    return (end - begin) * samples // size, FrameIndex(head, offsets, end, step, samples)
