"""GSM 06.10 in WAV files, as telephone systems write it ("WAV49"): two frames in 65 bytes, lowest bits first.

FFmpeg has no encoder for it, so the frames are given here: the one that Asterisk sends for silence, and frames of
arbitrary parameters. What they sound like is told by the bare coding (33 bytes a frame, highest bits first), which
another reader of FFmpeg takes apart.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import TruncatedAudio, probe

SILENCE = bytes.fromhex("d820a2e15a50004924924924500049249249245000492492492450004924924924")
WIDTHS = (6, 6, 5, 5, 4, 4, 3, 3, *4 * (7, 2, 2, 6, *13 * (3,)))
"""Bits of the 76 parameters of a frame (GSM 06.10, table 1.1)."""
MAGIC = "1101"
SAMPLES_A_FRAME, BLOCK_BYTES = 160, 65


def bare(parameters: Sequence[int]) -> bytes:
    bits = MAGIC + "".join(f"{value:0{width}b}" for value, width in zip(parameters, WIDTHS, strict=True))
    return int(bits, 2).to_bytes(33, "big")


def parameters_of(frame: bytes) -> list[int]:
    bits, found = f"{int.from_bytes(frame, 'big'):0264b}"[4:], []
    for width in WIDTHS:
        found.append(int(bits[:width], 2))
        bits = bits[width:]
    return found


def packed(frames: Iterable[Sequence[int]]) -> bytes:
    """Frames as WAV files hold them."""
    number = at = 0
    for parameters in frames:
        for value, width in zip(parameters, WIDTHS, strict=True):
            number |= value << at
            at += width
    return number.to_bytes(at // 8, "little")


def wav(data: bytes, samples: int) -> bytes:
    described = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, BLOCK_BYTES, 0, 2, 2 * SAMPLES_A_FRAME)
    chunks = b"fmt " + struct.pack("<I", len(described)) + described + b"fact" + struct.pack("<II", 4, samples)
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def heard(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.concatenate(list(decode_blocks(path)), axis=1)


def test_frames_sound_as_the_bare_coding_does_and_all_of_them_are_heard(tmp_path: Path) -> None:
    chance = np.random.default_rng(6)
    frames = [parameters_of(SILENCE)] * 40
    frames[10:30] = [[int(chance.integers(0, 1 << width)) for width in WIDTHS] for _ in range(20)]
    path = tmp_path / "gsm.wav"
    path.write_bytes(wav(packed(frames), 40 * SAMPLES_A_FRAME))
    with av.open(io.BytesIO(b"".join(map(bare, frames))), format="gsm") as opened:
        expected = np.concatenate([frame.to_ndarray()[0] for frame in opened.decode(audio=0)])
    found = probe(path)
    assert (found.container, found.channels, found.sample_rate, found.duration_s) == ("wav", 1, 8000, 0.8)
    [sound] = heard(path)
    np.testing.assert_array_equal(sound, expected)
    assert np.abs(sound[: 10 * SAMPLES_A_FRAME]).max() <= 24, "what Asterisk sends for silence is silent"
    assert np.abs(sound[10 * SAMPLES_A_FRAME : 30 * SAMPLES_A_FRAME].astype(np.int32)).max() > 1000


def test_a_recording_that_was_cut_within_a_frame_is_truncated_and_heard_up_to_there(tmp_path: Path) -> None:
    frames = [parameters_of(SILENCE)] * 400
    path = tmp_path / "gsm.wav"
    whole = wav(packed(frames), 400 * SAMPLES_A_FRAME)
    path.write_bytes(whole[: len(whole) - 100 * BLOCK_BYTES - 20])
    held = probe_of_what_is_there(path)
    assert 3.9 < held <= 4.0
    assert abs(heard(path).shape[1] / 8000 - held) <= 0.04, "but for the block that was cut"


def probe_of_what_is_there(path: Path) -> float:
    try:
        probe(path)
    except TruncatedAudio as error:
        return error.held.duration_s
    raise AssertionError("taken for whole")
