"""Samples of a recording, in blocks of bounded size, and what is made directly of them.

All samples are 16-bit integers at the file's own rate, one row per channel. Formats with more or other bits are
brought to 16 the way FFmpeg does it: wider integers lose their low bits, floating point is rounded and clipped,
8 bits are shifted up. Two files decoded by the same FFmpeg build give comparable samples; MP3, AAC and Opus
decoders of different builds may differ in the last bit, so digests of those are not for comparing across machines.
"""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

from qa_pipeline.audio.bare_frames import is_sound
from qa_pipeline.audio.containers import OpenAudio, open_audio, why
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.padding import lead_samples, skipped_samples
from qa_pipeline.audio.samples import Samples, frame_to_int16
from qa_pipeline.audio.timeline import TIMED_BY_STAMPS, Timeline

DECODING = 2
"""Version of what is made of FFmpeg's samples; a change of it raises this, and digests are made again."""

MAX_BLOCK_BYTES = 32 * 1024 * 1024
MAX_WAV_DATA_BYTES = 0xFFFF_FFFF - 1024
"""A WAV header counts bytes in 32 bits; some room is left for the header itself."""

TOLERATED_PACKETS, TOLERATED_SHARE = 3, 0.01
"""Damaged packets that become silence instead of failing the file. Players do the same; junk behind the last MP3
frame is common, and one bad frame in ten minutes doesn't spoil a call. Beyond it no time or word can be trusted."""


_AMR_PAUSES_FROM = {"amr_nb": 8, "amr_wb": 9}


@dataclass(frozen=True)
class ChannelDigests:
    """`digests[c]`: sha256 (hex) of channel c's samples as 16-bit little-endian; `frames`: samples a channel."""

    sample_rate: int
    digests: tuple[str, ...]
    frames: int


def decode_blocks(path: Path, *, block_s: float = 10.0) -> Iterator[Samples]:
    """Yields int16 arrays of shape (channels, samples) at the native rate; all but the last last `block_s` seconds.

    Memory stays bounded whatever the file claims: a block is never larger than `MAX_BLOCK_BYTES`.
    Raises `UnusableAudio` (unreadable) where the sound can't be decoded, also after some blocks were yielded.
    """
    with open_audio(path) as audio:
        limit = MAX_BLOCK_BYTES // (2 * audio.channels)
        block_frames = max(1, min(round(block_s * audio.sample_rate), limit))
        yield from _in_blocks(_decode(path, audio), block_frames)


def channel_digests(path: Path) -> ChannelDigests:
    """Hashes each channel on its own: a channel cut to a mono file (see `cut_channel`) is known again."""
    with open_audio(path) as audio:
        hashes = [hashlib.sha256() for _ in range(audio.channels)]
        frames = 0
        for samples in _decode(path, audio):
            frames += samples.shape[1]
            for digest, channel in zip(hashes, samples, strict=True):
                digest.update(channel.astype("<i2", copy=False).tobytes())
        return ChannelDigests(audio.sample_rate, tuple(digest.hexdigest() for digest in hashes), frames)


def cut_channel(path: Path, channel_id: int, out_path: Path) -> None:
    """Writes one channel (0-based) as a mono 16-bit WAV at the native rate.

    `out_path` appears only when it is complete. Raises `UnusableAudio`: no_such_channel, unreadable, too_long
    (over 4 GiB, which a WAV header can't count).
    """
    part = out_path.with_name(out_path.name + ".part")
    try:
        with open_audio(path) as audio:
            _check_channel(path, audio, channel_id)
            _write_wav(path, audio, channel_id, part)
        part.replace(out_path)
    finally:
        part.unlink(missing_ok=True)


def _check_channel(path: Path, audio: OpenAudio, channel_id: int) -> None:
    if not 0 <= channel_id < audio.channels:
        raise UnusableAudio(
            AudioFault.NO_SUCH_CHANNEL,
            f"{shown(path)} has {audio.channels} channel(s), counted from 0; channel {channel_id} was asked for.",
        )


def _write_wav(path: Path, audio: OpenAudio, channel_id: int, part: Path) -> None:
    written = 0
    with closing(wave.open(str(part), "wb")) as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.sample_rate)
        for samples in _decode(path, audio):
            data = samples[channel_id].astype("<i2", copy=False).tobytes()
            written += len(data)
            if written > MAX_WAV_DATA_BYTES:
                raise UnusableAudio(
                    AudioFault.TOO_LONG, f"One channel of {shown(path)} is over 4 GiB as WAV; split the file."
                )
            out.writeframesraw(data)


def _in_blocks(pieces: Iterator[Samples], block_frames: int) -> Iterator[Samples]:
    waiting: list[Samples] = []
    held = 0
    for piece in pieces:
        waiting.append(piece)
        held += piece.shape[1]
        if held < block_frames:
            continue
        joined = np.concatenate(waiting, axis=1)
        whole = held - held % block_frames
        for start in range(0, whole, block_frames):
            yield joined[:, start : start + block_frames]
        waiting, held = [joined[:, whole:]], held - whole
    if held:
        yield np.concatenate(waiting, axis=1)


@dataclass(frozen=True)
class _Piece:
    """What one packet gave: `stamp_s` is when it begins, `packet_s` how long the packet says it is; None: not known."""

    samples: Samples
    stamp_s: float | None = None
    packet_s: float | None = None

    def without_first(self, samples: int, rate: int) -> _Piece:
        stamp_s = None if self.stamp_s is None else self.stamp_s + samples / rate
        return replace(self, samples=self.samples[:, samples:], stamp_s=stamp_s)

    def without_padding(self, rate: int) -> _Piece:
        """No longer than the packet says."""
        return self if self.packet_s is None else replace(self, samples=self.samples[:, : round(self.packet_s * rate)])


def _decode(path: Path, audio: OpenAudio) -> Iterator[Samples]:
    """Decoded samples in file order, with silence where their time stamps leave a gap."""
    timeline = Timeline(audio.sample_rate) if audio.format.ffmpeg_format in TIMED_BY_STAMPS else None
    for piece in _up_to_the_end(audio, _pieces(path, audio)):
        if timeline:
            gap = timeline.gap_before(piece.stamp_s)
            yield from _silence_of(audio, gap)
            timeline.add(gap + piece.samples.shape[1])
        yield piece.samples


def _up_to_the_end(audio: OpenAudio, pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The last piece as long as the index of an MP4 says: its encoder filled up the last frame."""
    held: _Piece | None = None
    for piece in pieces:
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held.without_padding(audio.sample_rate) if audio.format.ffmpeg_format == "mov" else held


def decode_from(path: Path, audio: OpenAudio, *, at_beginning: bool) -> Iterator[tuple[float | None, Samples]]:
    """Decodes an open recording from where it was sent (`container.seek`) on: time stamp in s, if there is one, and
    samples of each packet. `at_beginning`: that is its beginning, where encoders put padding.

    Raises:
        UnusableAudio: it can't be decoded, also after some of it was given.
    """
    for piece in _pieces(path, audio, at_beginning=at_beginning):
        yield piece.stamp_s, piece.samples


def _pieces(path: Path, audio: OpenAudio, *, at_beginning: bool = True) -> Iterator[_Piece]:
    """Damaged packets become silence of their length, up to the tolerated share."""
    damaged = frames = lead = 0
    for index, packet in enumerate(_packets(path, audio)):
        if index == 0 and at_beginning:
            lead = lead_samples(audio, skipped_samples(packet)[0])
        if _is_pause(audio, packet):
            yield _Piece(_silence(audio, packet))
            continue
        if audio.format.name == "mp3" and packet.size and not is_sound(bytes(packet)):
            continue
        try:
            decoded = [_piece(path, audio, packet, frame) for frame in packet.decode()]
        except av.FFmpegError as error:
            damaged += 1
            if not frames or damaged > TOLERATED_PACKETS + TOLERATED_SHARE * index:
                raise _undecodable(path, audio, frames, error) from error
            decoded = [_Piece(_silence(audio, packet))]
        for piece in decoded:
            frames += piece.samples.shape[1]
            yield piece.without_first(lead, audio.sample_rate) if lead else piece
            lead = max(0, lead - piece.samples.shape[1])
    if not frames and at_beginning:
        raise UnusableAudio(AudioFault.EMPTY_FILE, f"{shown(path)} contains no audio; export or copy it again.")


def _piece(path: Path, audio: OpenAudio, packet: Packet[AudioStream], frame: AudioFrame) -> _Piece:
    return _Piece(
        samples=frame_to_int16(path, audio, frame),
        stamp_s=None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base),
        packet_s=float(packet.duration * packet.time_base) if packet.duration and packet.time_base else None,
    )


def _silence_of(audio: OpenAudio, samples: int) -> Iterator[Samples]:
    """A gap of any length in pieces of a second."""
    for begin in range(0, samples, audio.sample_rate):
        yield np.zeros((audio.channels, min(audio.sample_rate, samples - begin)), dtype=np.int16)


def _is_pause(audio: OpenAudio, packet: Packet[AudioStream]) -> bool:
    """Whether an AMR packet says "nobody speaks" (comfort noise, no data), which FFmpeg has no decoder for.

    Phones send such frames instead of silence. The frame type is in the first byte (RFC 4867, 4.3.2 and 5.3).
    """
    first_pause = _AMR_PAUSES_FROM.get(audio.codec)
    return first_pause is not None and packet.size > 0 and bytes(packet)[0] >> 3 & 15 >= first_pause


def _packets(path: Path, audio: OpenAudio) -> Iterator[Packet[AudioStream]]:
    """Packets of the first audio stream; a last, empty one makes the decoder give back what it still holds."""
    try:
        yield from audio.container.demux(audio.stream)
    except av.FFmpegError as error:
        raise UnusableAudio(
            AudioFault.UNREADABLE, f"{shown(path)} breaks off while it is read: {why(error)}."
        ) from error


def _undecodable(path: Path, audio: OpenAudio, frames: int, error: av.FFmpegError) -> UnusableAudio:
    return UnusableAudio(
        AudioFault.UNREADABLE,
        f"The sound of {shown(path)} ({audio.codec}) can't be decoded from {frames / audio.sample_rate:.1f} s "
        f"on ({error.strerror}); export it again, if need be as WAV.",
    )


def _silence(audio: OpenAudio, packet: Packet[AudioStream]) -> Samples:
    seconds = float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.0
    frames = min(round(seconds * audio.sample_rate), audio.sample_rate)
    return np.zeros((audio.channels, frames), dtype=np.int16)
