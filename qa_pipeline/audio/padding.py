"""The padding that encoders put in front of and behind the sound, as FFmpeg says it of a packet."""

from __future__ import annotations

import struct

from av.audio.stream import AudioStream
from av.packet import Packet

from qa_pipeline.audio.containers import OpenAudio


def skipped_samples(packet: Packet[AudioStream]) -> tuple[int, int]:
    """Samples of a packet that decoders leave out in front and behind (AV_PKT_DATA_SKIP_SAMPLES begins with two
    little-endian u32)."""
    if packet.has_sidedata("skip_samples"):
        for data in packet.iter_sidedata():
            if data.data_type == "skip_samples" and data.buffer_size >= 8:
                skip, discard = struct.unpack_from("<II", bytes(data))
                return skip, discard
    return 0, 0


def lead_samples(audio: OpenAudio, skipped: int) -> int:
    """Samples of padding that are still in front when FFmpeg has left out `skipped`.

    It counts the padding of Opus in Matroska at the rate that the file names, which is often the telephone's; the
    coding's own header (RFC 7845, 5.1) counts at 48 kHz.
    """
    header = audio.stream.codec_context.extradata
    if not skipped or audio.format.ffmpeg_format != "matroska" or audio.codec != "opus":
        return 0
    return max(0, int.from_bytes(header[10:12], "little") - skipped) if header and len(header) >= 12 else 0
