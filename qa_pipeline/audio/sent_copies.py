"""What is sent of a recording: the file itself, or a copy where a reader elsewhere would hear something else.

A header that misleads, time stamps that begin anew or leave a gap, a file that was cut off: each reader makes of these
what it likes. A copy has the samples that were measured here, so that times in a transcript are those of the sound.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.mended_wav import write_mended
from qa_pipeline.audio.probing import AudioProbe, TruncatedAudio, probe
from qa_pipeline.audio.samples import Samples


@contextmanager
def as_measured(path: Path) -> Iterator[Path]:
    """The file to send of a recording: itself, or a copy for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="qa-copy-") as folder:
        yield copy_to_send(path, Path(folder)) or path


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
    if not is_cut and found.unheard_s is None:
        return None
    target = folder / f"{path.stem}.flac"
    _write_flac(path, found, target)
    return target


def _write_flac(path: Path, found: AudioProbe, target: Path) -> None:
    """16 bits at the recording's own rate, which lose nothing of what `decode_blocks` gives."""
    layout = f"{found.channels}c" if found.channels > 2 else ("mono", "stereo")[found.channels - 1]
    with av.open(str(target), "w", format="flac") as out:
        stream = out.add_stream("flac", rate=found.sample_rate, layout=layout)
        frames = av.AudioFifo()
        for block in decode_blocks(path):
            frames.write(_frame(block, layout, found.sample_rate))
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
