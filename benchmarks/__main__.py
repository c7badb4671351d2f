"""`python -m benchmarks`: runs the benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.call_page import call_page
from benchmarks.growth import growth
from benchmarks.growth_history import HistorySize
from benchmarks.inbox import inbox
from benchmarks.lake import lake
from benchmarks.ledger import ledger
from benchmarks.measuring import ChildFailed
from benchmarks.metrics import metrics
from benchmarks.pages import pages
from benchmarks.presigning import presigning
from benchmarks.recognition import RECORDINGS, recognition
from benchmarks.redaction import redaction
from benchmarks.reviews import reviews
from benchmarks.rule_packs import print_packs
from benchmarks.rule_speed import print_speed
from benchmarks.run_cpu import run_cpu
from benchmarks.search import search
from benchmarks.shards import shards
from benchmarks.sound import acoustics, long_recording
from benchmarks.sound_route import sound_route
from benchmarks.start_up import start_up
from benchmarks.transcription_stage import StageOptions, transcription_stage
from benchmarks.voices import voices
from benchmarks.workers import workers
from benchmarks.workload import Workload
from qa_pipeline.settings import load_settings
from qa_pipeline.voices.embedding import EMBEDDER_FILE

NOISE = (
    "What is measured shares this machine's cores with whatever else runs on it, pipeline, service and file server "
    "with each other: repeat, and look at the best figures."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 whatever the figures, 1 when a trial was not complete, 2 on wrong use, 130 on Ctrl-C."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _workload(options).check(_stage(options).submit_bursts)
    except ValueError as error:
        parser.error(str(error))
    complete = True
    try:
        for number, name in enumerate(options.which or [name for name in BENCHMARKS if name not in LONG]):
            if number:
                _say("")
            complete &= BENCHMARKS[name](options)
    except ChildFailed as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"\n{NOISE}")
    return 0 if complete else 1


def _paid_stage(options: argparse.Namespace) -> bool:
    return transcription_stage(_workload(options), _stage(options), _say)


def _start_up(options: argparse.Namespace) -> bool:
    start_up(options.starts, _say)
    return True


def _run_cpu(options: argparse.Namespace) -> bool:
    run_cpu(options.starts, _say)
    return True


def _acoustics(options: argparse.Namespace) -> bool:
    return acoustics(options.minutes, max(options.repeats, 3), _say)


def _long_recording(options: argparse.Namespace) -> bool:
    return long_recording(options.hours, _say)


def _sound_route(options: argparse.Namespace) -> bool:
    return sound_route(options.hours, _say)


def _call_page(options: argparse.Namespace) -> bool:
    return call_page(options.recordings, options.hours, _say)


def _presigning(options: argparse.Namespace) -> bool:
    return presigning(options.addresses, _say)


def _rules(options: argparse.Namespace) -> bool:
    print_packs(_say, options.recordings)
    _say("")
    print_speed(_say, options.rule_days)
    return True


def _recognition(options: argparse.Namespace) -> bool:
    return recognition(options.recordings, options.hours, _say)


def _voices(options: argparse.Namespace) -> bool:
    network = options.network or load_settings().voices_folder / EMBEDDER_FILE
    return voices(options.recordings / "calls", network, _say)


def _growth(options: argparse.Namespace) -> bool:
    sizes = [HistorySize(days, options.calls_a_day, options.sentences) for days in options.days or (30, 120, 365)]
    return growth(sizes, options.homes, _say)


def _ledger(options: argparse.Namespace) -> bool:
    return ledger(options.ledger_channels, _say)


def _shards(options: argparse.Namespace) -> bool:
    return shards(options.workers, options.sound_calls, _say)


def _workers(options: argparse.Namespace) -> bool:
    return workers(options.workers, options.sound_calls, options.broker, _say)


def _lake(options: argparse.Namespace) -> bool:
    return lake(options.home, options.calls, _say)


def _metrics(options: argparse.Namespace) -> bool:
    return metrics(options.calls, _say)


def _pages(options: argparse.Namespace) -> bool:
    return pages(options.home, options.calls, _say)


def _inbox(options: argparse.Namespace) -> bool:
    return inbox(options.evaluations, _say)


def _reviews(options: argparse.Namespace) -> bool:
    return reviews(options.evaluations, _say)


def _redaction(options: argparse.Namespace) -> bool:
    return redaction(options.calls, _say)


def _search(options: argparse.Namespace) -> bool:
    return search(options.calls, _say)


BENCHMARKS: dict[str, Callable[[argparse.Namespace], bool]] = {
    "paid-stage": _paid_stage,
    "start-up": _start_up,
    "run-cpu": _run_cpu,
    "acoustics": _acoustics,
    "growth": _growth,
    "lake": _lake,
    "shards": _shards,
    "workers": _workers,
    "ledger": _ledger,
    "long-recording": _long_recording,
    "sound-route": _sound_route,
    "call-page": _call_page,
    "inbox": _inbox,
    "metrics": _metrics,
    "pages": _pages,
    "presigning": _presigning,
    "recognition": _recognition,
    "redaction": _redaction,
    "reviews": _reviews,
    "rules": _rules,
    "search": _search,
    "voices": _voices,
}
"""By the name on the command line, in the order in which they run; each says whether its trials were complete."""

LONG = ("growth", "lake", "shards", "workers")
"""Run only where they are named: they take an hour, or much of a disk."""


def _workload(options: argparse.Namespace) -> Workload:
    return Workload(
        channels=options.channels,
        submits_per_minute=options.submits_per_minute,
        queries_per_second=options.queries_per_second,
        task_s=(options.task_seconds[0], options.task_seconds[1]),
    )


def _stage(options: argparse.Namespace) -> StageOptions:
    return StageOptions(
        audio=("upload", "http") if options.audio == "both" else (options.audio,),
        submit_bursts=tuple(options.submit_burst or (1, min(options.channels, options.submits_per_minute // 2))),
        repeats=options.repeats,
        sdk_pool_channels=options.sdk_pool_channels,
        sdk_pool_threads=32,
        sdk_loop_channels=options.sdk_loop_channels,
    )


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The paid stage against the local service, beside the official SDK; start-up; sound; speech.",
        epilog="examples: python -m benchmarks paid-stage --audio http --repeats 3; python -m benchmarks acoustics",
    )
    parser.add_argument(
        "which",
        nargs="*",
        type=_benchmark,
        metavar="NAME",
        help=f"{', '.join(BENCHMARKS)} (default: all but {', '.join(LONG)})",
    )
    for name, default, text in (
        ("--channels", 1000, "channels for the pipeline to transcribe"),
        ("--repeats", 1, "runs of the pipeline for each way of the audio and each burst; of acoustics at least 3"),
        ("--submits-per-minute", 6000, "limit of service and client"),
        ("--queries-per-second", 400, "limit of service and client (at most 1000)"),
        ("--sdk-pool-channels", 128, "channels for the SDK in 32 threads; extrapolated"),
        ("--sdk-loop-channels", 4, "channels for the SDK in a plain loop; extrapolated"),
        ("--workers", 2, "processes that measure shards at once, or workers, beside one"),
        ("--sound-calls", 64, "calls of 3 minutes whose sound is measured in shards, and by workers"),
        ("--rule-days", 1, "days of 10,000 calls over which a changed rule is compared"),
        ("--starts", 5, "starts of each program, and runs of one call"),
        ("--calls", 10_000, "calls of the day of metrics and redaction, and of the year of pages and search"),
        ("--evaluations", 100_000, "evaluations stored for inbox and reviews"),
        ("--calls-a-day", 1_000, "calls of each day of growth"),
        ("--sentences", 60, "sentences of each call of growth"),
        ("--ledger-channels", 10_000, "channels that go through the ledger"),
        ("--addresses", 20_000, "addresses to sign in each way"),
    ):
        parser.add_argument(name, type=_positive, default=default, metavar="N", help=f"{text} (default {default:,})")
    parser.add_argument(
        "--broker", choices=("rabbitmq", "redis"), default="rabbitmq", help="what tells workers (default rabbitmq)"
    )
    parser.add_argument(
        "--submit-burst",
        type=_positive,
        action="append",
        metavar="N",
        help="submits that may leave at once; repeatable (default 1, and as many as there are channels)",
    )
    parser.add_argument(
        "--audio",
        choices=("upload", "http", "both"),
        default="both",
        help="how the service gets the recordings: temporary uploads, or fetched from a file server (default both)",
    )
    parser.add_argument(
        "--task-seconds",
        nargs=2,
        type=float,
        default=(2.0, 6.0),
        metavar=("LOW", "HIGH"),
        help="simulated time of a task at the service (default 2 6)",
    )
    parser.add_argument(
        "--minutes", type=_length, default=60.0, help="length of the recordings of acoustics (default 60)"
    )
    parser.add_argument("--hours", type=_length, default=12.0, help="length of the long recordings (default 12)")
    parser.add_argument(
        "--recordings",
        type=Path,
        default=RECORDINGS,
        metavar="DIR",
        help="real recordings with their manifest.csv, for recognition, voices and call-page (default: shared/audio "
        "beside the repository)",
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="a QA_HOME with the snapshot that pages are measured on (default: one is made and removed)",
    )
    parser.add_argument(
        "--days",
        type=_not_negative,
        action="append",
        metavar="N",
        help="days of history of growth; repeatable (default 30, 120, 365: about 12 GB of disk); 0: one day",
    )
    parser.add_argument(
        "--homes",
        type=Path,
        metavar="DIR",
        help="a folder for the homes of growth, which stay there; one of an earlier trial is used as it was left "
        "(default: made and removed)",
    )
    parser.add_argument(
        "--network", type=Path, metavar="FILE", help="the network that tells voices apart (default: of the settings)"
    )
    return parser


def _benchmark(text: str) -> str:
    if text not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no benchmark {text!r}; choose from {', '.join(BENCHMARKS)}")
    return text


def _length(text: str) -> float:
    number = float(text)
    if not 0 < number < 10_000:
        raise argparse.ArgumentTypeError(f"{text} is no length above zero")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above zero")
    return number


def _not_negative(text: str) -> int:
    return int(text) and _positive(text)


if __name__ == "__main__":
    raise SystemExit(main())
