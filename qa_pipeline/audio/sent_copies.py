"""What is sent of a recording: the file itself, or a copy where a reader elsewhere would hear something else.

Of a file with several tracks a copy has one channel per track, as `audio.tracks` puts them side by side.

A header that misleads, time stamps that begin anew or leave a gap, a file that was cut off: each reader makes of these
what it likes. A copy has the samples that were measured here, so that times in a transcript are those of the sound.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.mended_wav import write_mended
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.tracks import track_blocks

LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""What FLAC calls one to eight channels; encoders take no other."""


@contextmanager
def as_measured(path: Path) -> Iterator[Path]:
    """The file to send of a recording: itself, or a copy for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="qa-copy-") as folder:
        yield copy_to_send(path, Path(folder)) or path


@contextmanager
def with_channels(path: Path) -> Iterator[Path]:
    """The file itself, or for the time of the block a copy of one with several tracks: a channel per track.

    Raises:
        UnusableAudio: it can't be read.
    """
    with open_audio(path) as audio:
        tracks, rate = audio.audio_streams, audio.sample_rate
    if tracks == 1:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="qa-tracks-") as folder:
        copy = Path(folder) / f"{path.stem}.flac"
        write_flac(track_blocks(path, rate), tracks, rate, copy)
        yield copy


def copy_to_send(path: Path, folder: Path) -> Path | None:
    """Writes what is to be sent in place of the file into `folder`: a WAV with a true header, else FLAC of what is
    heard. None where the file can be sent as it is, or can't be read."""
    mended = folder / path.name
    if write_mended(path, mended):
        return mended
    try:
        found, is_cut = probe(path), False
    except TruncatedAudio as error:
        found, is_cut = error.held, True
    except UnusableAudio:
        return None
    if not is_cut and found.unheard_s is None and found.audio_streams == 1:
        return None
    target = folder / f"{path.stem}.flac"
    _write_flac(path, found, target)
    return target


def _write_flac(path: Path, found: AudioProbe, target: Path) -> None:
    """16 bits at the recording's own rate, which lose nothing of what `decode_blocks` gives."""
    if found.audio_streams > 1:
        write_flac(track_blocks(path, found.sample_rate), found.audio_streams, found.sample_rate, target)
    else:
        write_flac(decode_blocks(path), found.channels, found.sample_rate, target)


def write_flac(blocks: Iterable[Samples], channels: int, sample_rate: int, target: Path) -> None:
    """Writes int16 blocks of shape (channels, samples), at most eight channels, as FLAC."""
    layout = LAYOUTS[channels - 1]
    with av.open(str(target), "w", format="flac") as out:
        stream = out.add_stream("flac", rate=sample_rate, layout=layout)
        frames = av.AudioFifo()
        for block in blocks:
            frames.write(_frame(block, layout, sample_rate))
            while frame := frames.read(stream.codec_context.frame_size):
                out.mux(stream.encode(frame))
        if frame := frames.read(0, partial=True):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _frame(block: Samples, layout: str, rate: int) -> av.AudioFrame:
    packed = np.ascontiguousarray(block.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
    frame.sample_rate = rate
    return frame
