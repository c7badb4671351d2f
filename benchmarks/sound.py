"""How fast a recording's sound is measured on one processor core, and what a recording of twelve hours needs.

The parent writes the recordings and prints; each figure comes from a process of its own, tied to one core
(`python -m benchmarks.sound TASK PATH`), so that its memory is its own too. Recordings are G.711 µ-law, 8 kHz, two
channels, as phone systems write them: a sample call over and over, and the same with noise on both channels, where no
moment is quiet enough to be passed over.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np

from benchmarks.measuring import ChildFailed, neutral_environment, peak_rss_mib, run_child
from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import channel_digests, cut_channel, decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sounds import find_sounds

RATE = 8_000
CALL = Path(__file__).resolve().parents[1] / "samples/recordings/2025-09-03/2025-09-03_a-chen_c0301.wav"
NOISE_RMS = 400
"""-38 dB of full scale: above every floor, so that the detector is asked about each frame."""
SEED = 20250901
NAME_WIDTH = 48
COLUMNS = ("CPU s", "× real time", "× decode", "RSS MiB", "target")


@dataclass(frozen=True, slots=True)
class Passed:
    """One pass over a recording: processor and wall time in seconds, seconds of sound that came of it, peak memory."""

    cpu_s: float
    wall_s: float
    sound_s: float
    rss_mib: float


def acoustics(minutes: float, repeats: int, say: Callable[[str], None]) -> bool:
    """Decoding alone, with hashing, and the whole measurement; best of `repeats`. False if a pass lost sound.

    Raises:
        ChildFailed: a measured process ended with an error.
    """
    say(f"Sound of {minutes:g} min, G.711 µ-law, 8 kHz stereo; one core; best of {repeats}:")
    say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
    complete = True
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        for name, body in (
            ("sample call", call_body(noisy=False)),
            ("both channels never quiet", call_body(noisy=True)),
        ):
            path = Path(scratch) / "call.wav"
            write_mulaw(path, body, minutes * 60)
            decoded = _best("decode", path, repeats)
            hashed = _best("digests", path, repeats)
            measured = _best("acoustics", path, repeats)
            named = _best("sounds", path, repeats)
            say(f"{name}")
            say(_figures("  decode", decoded, decoded, ""))
            say(_figures("  decode + hash", hashed, decoded, ""))
            say(_figures("  decode + hash + all acoustics", measured, decoded, "≥ 1,200"))
            say(_figures("  decode + ringing, tones, music of one channel", named, decoded, ""))
            complete &= all_there((decoded, hashed, measured, named), minutes * 60, say)
    return complete


def long_recording(hours: float, say: Callable[[str], None]) -> bool:
    """Decodes, cuts and measures one long recording. Its file takes 58 MB an hour, a cut channel as much again.

    Raises:
        ChildFailed: a measured process ended with an error; an OSError is told where there is no room for the files.
    """
    say(f"One recording of {hours:g} h, G.711 µ-law, 8 kHz stereo; one core:")
    say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        path = Path(scratch) / "long.wav"
        try:
            write_mulaw(path, call_body(noisy=False), hours * 3600)
        except OSError as error:
            raise ChildFailed(f"{path} can't be written ({error.strerror}); set TMPDIR to a roomier place") from error
        decoded = _best("decode", path, 1)
        passes = [decoded]
        say(_figures("decode", decoded, decoded, "< 150 MiB"))
        for task, name in (("cut", "cut a channel to a mono WAV"), ("acoustics", "all acoustics")):
            passes.append(_best(task, path, 1))
            say(_figures(name, passes[-1], decoded, "< 150 MiB"))
        return all_there(passes, hours * 3600, say)


def call_body(*, noisy: bool) -> bytes:
    """The sample call as µ-law bytes, channels in turn."""
    samples = np.concatenate(list(decode_blocks(CALL)), axis=1)
    if noisy:
        noise = np.random.default_rng(SEED).standard_normal(samples.shape) * NOISE_RMS
        samples = np.clip(samples + noise, -32768, 32767).astype(np.int16)
    return b"".join(_mulaw(samples))


def write_mulaw(path: Path, body: bytes, seconds: float) -> None:
    """A WAV of that length with the body again and again, written piece by piece."""
    total = 2 * round(seconds * RATE)
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 7, 2, RATE, 2 * RATE, 2, 8)
    with path.open("wb") as out:
        out.write(struct.pack("<4sI4s", b"RIFF", 4 + len(layout) + 8 + total, b"WAVE") + layout)
        out.write(struct.pack("<4sI", b"data", total))
        for begin in range(0, total, len(body)):
            out.write(body[: total - begin])


def _mulaw(samples: Samples) -> Iterator[bytes]:
    encoder = av.CodecContext.create("pcm_mulaw", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
    interleaved = np.ascontiguousarray(samples.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout="stereo")
    frame.sample_rate = RATE
    for source in (frame, None):
        yield from (bytes(packet) for packet in encoder.encode(source))


def _best(task: str, path: Path, repeats: int) -> Passed:
    found = run_child("benchmarks.sound", [task, str(path), str(repeats)], neutral_environment())
    return Passed(**found)


def all_there(passes: Sequence[Passed], seconds: float, say: Callable[[str], None]) -> bool:
    """Whether every pass gave all the sound of its recording; says which did not."""
    lost = [passed for passed in passes if abs(passed.sound_s - seconds) > 0.001]
    for passed in lost:
        say(f"  INVALID: {passed.sound_s:.3f} s of sound came of {seconds:.3f} s")
    return not lost


def _figures(name: str, passed: Passed, decoded: Passed, target: str) -> str:
    cells = {
        "CPU s": f"{passed.cpu_s:.2f}",
        "× real time": f"{passed.sound_s / passed.cpu_s:,.0f}",
        "× decode": f"{passed.cpu_s / decoded.cpu_s:.1f}",
        "RSS MiB": f"{passed.rss_mib:.0f}",
        "target": target,
    }
    return _row(name, cells)


def _row(name: str, cells: dict[str, str]) -> str:
    line = "".join(f"{cells[column]:>{max(len(column) + 2, 11)}}" for column in COLUMNS)
    return f"{name:<{NAME_WIDTH}}{line}".rstrip()


def _decode(path: Path) -> float:
    return float(sum(block.shape[1] for block in decode_blocks(path)) / RATE)


def _digests(path: Path) -> float:
    return channel_digests(path).frames / RATE


def _cut(path: Path) -> float:
    out = path.with_name("cut.wav")
    cut_channel(path, 1, out)
    seconds = probe(out).duration_s
    out.unlink()
    return seconds


def _acoustics(path: Path) -> float:
    return measure_acoustics(path).frames / RATE


def _sounds(path: Path) -> float:
    frames = 0

    def second_channel() -> Iterator[Samples]:
        nonlocal frames
        for block in decode_blocks(path):
            frames += block.shape[1]
            yield block[1]

    for _ in find_sounds(second_channel(), RATE):
        pass
    return frames / RATE


TASKS: dict[str, Callable[[Path], float]] = {
    "decode": _decode,
    "digests": _digests,
    "cut": _cut,
    "acoustics": _acoustics,
    "sounds": _sounds,
}
"""What a child may be told to do with a recording; each gives the seconds of sound that came of it."""


def main() -> None:
    """The child: does one task some times and says the best as a line of JSON."""
    task, path, repeats = TASKS[sys.argv[1]], Path(sys.argv[2]), int(sys.argv[3])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    passes = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        sound_s = task(path)
        passes.append(Passed(time.process_time() - cpu, time.perf_counter() - wall, sound_s, peak_rss_mib()))
    best = min(passes, key=lambda passed: passed.cpu_s)
    sys.stdout.write(f"{json.dumps(asdict(best))}\n")


if __name__ == "__main__":
    main()
