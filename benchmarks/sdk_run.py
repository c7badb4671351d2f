"""The official SDK, unmodified, on the same work: `python -m benchmarks.sdk_run BASE_URL FILES_URL CHANNELS THREADS`.

Each channel is what its documentation shows: async_call, wait, fetch the result. One thread is the plain loop.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dashscope
import httpx
from dashscope.audio.qwen_asr import QwenTranscription

from benchmarks.measuring import Measured, peak_rss_mib, quantile
from benchmarks.workload import recording_path

MODEL = "qwen3-asr-flash-filetrans"


def main() -> None:
    """Measures from the first submit to the last result."""
    base_url, files_url, channels, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    dashscope.base_http_api_url = base_url
    dashscope.api_key = "local"
    before_mib, cpu_before_s, began = peak_rss_mib(), time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        took = list(pool.map(lambda channel: _transcribe(files_url, channel), range(channels)))
    answered = [seconds for seconds in took if seconds is not None]
    Measured(
        channels=channels,
        answered=len(answered),
        wall_s=time.perf_counter() - began,
        channel_p50_s=quantile(answered, 0.50),
        channel_p95_s=quantile(answered, 0.95),
        rss_mib=peak_rss_mib(),
        rss_before_mib=before_mib,
        cpu_s=time.process_time() - cpu_before_s,
    ).say()


def _transcribe(files_url: str, channel: int) -> float | None:
    """Seconds from submit to result of one channel, None where there was no result."""
    name = recording_path(Path(), channel // 2).name
    began = time.perf_counter()
    submitted = QwenTranscription.async_call(MODEL, f"{files_url}/{name}", channel_id=[channel % 2])
    ended = QwenTranscription.wait(submitted)
    if ended.output is None or ended.output.task_status != "SUCCEEDED":
        sys.stderr.write(f"SDK, channel {channel}: {ended}\n")
        return None
    httpx.get(ended.output["result"]["transcription_url"], trust_env=False).raise_for_status()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
