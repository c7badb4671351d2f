"""One measured process of recognition: `python -m benchmarks.recognizing TASK FOLDER WORKERS PATH...`.

`ours` hears each channel of each recording with the product's recognizer, `peer` with faster-whisper's own pipeline:
its filter of voices, beam 5, word times, one thread. Prints one line of JSON: CPU and wall seconds, peak memory, and
what was heard.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import peak_rss_mib
from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.probing import AudioProbe, probe
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.recognizers.mono_sound import mono_sound
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer

Row = dict[str, Any]
Hear = Callable[[Path, AudioProbe, int], list[Row]]


def _ours(folder: Path, workers: int) -> Hear:
    recognizer = WhisperRecognizer(folder, workers=workers)

    def hear(path: Path, found: AudioProbe, channel_id: int) -> list[Row]:
        recording = RecordingAudio(path, path.name, "", found, lambda: channel_digests(path))
        heard = recognizer.recognize(ChannelAudio(recording, channel_id), RecognitionOptions())
        return [_row(row.span_ms[0], row.language, row.text) for row in heard.sentences]

    return hear


def _peer(folder: Path, workers: int) -> Hear:
    from faster_whisper import WhisperModel  # a peer, only installed for benchmarks

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=workers)

    def hear(path: Path, found: AudioProbe, channel_id: int) -> list[Row]:
        sound = np.concatenate([*mono_sound(path, found.sample_rate, channel_id)]).astype(np.float32) / 32768
        segments, info = model.transcribe(sound, beam_size=5, vad_filter=True, word_timestamps=True)
        return [_row(round(segment.start * 1000), info.language, segment.text) for segment in segments]

    return hear


def _row(begin_ms: int, language: str | None, text: str) -> Row:
    return {"begin_ms": begin_ms, "language": language, "text": text}


def _channels(paths: list[Path]) -> Iterator[tuple[Path, AudioProbe, int]]:
    for path in paths:
        found = probe(path)
        yield from ((path, found, channel_id) for channel_id in range(found.channels))


def main(arguments: list[str]) -> None:
    """Loads the model, hears everything, and prints what it took without the loading."""
    task, folder, workers, *names = arguments
    hear = {"ours": _ours, "peer": _peer}[task](Path(folder), int(workers))
    channels = [*_channels([Path(name) for name in names])]
    loaded_mib, began, cpu = peak_rss_mib(), time.monotonic(), time.process_time()
    with ThreadPoolExecutor(int(workers)) as pool:
        heard = [*pool.map(lambda channel: hear(*channel), channels)]
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - cpu,
                "wall_s": time.monotonic() - began,
                "audio_s": sum(found.duration_s for _, found, _ in channels),
                "rss_mib": peak_rss_mib(),
                "loaded_mib": loaded_mib,
                "channels": [
                    {"file": path.name, "channel_id": channel_id, "rows": rows}
                    for (path, _, channel_id), rows in zip(channels, heard, strict=True)
                ],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
