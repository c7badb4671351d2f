"""`python -m benchmarks`: runs the benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.measuring import ChildFailed
from benchmarks.start_up import start_up
from benchmarks.transcription_stage import StageOptions, transcription_stage
from benchmarks.workload import Workload

NOISE = (
    "Pipeline, service and file server share this machine's cores with whatever else runs on it: repeat, and look at "
    "the best figures."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 whatever the figures, 1 when a trial was not complete, 2 on wrong use, 130 on Ctrl-C."""
    parser = _parser()
    options = parser.parse_args(arguments)
    workload = Workload(
        channels=options.channels,
        submits_per_minute=options.submits_per_minute,
        queries_per_second=options.queries_per_second,
        task_s=(options.task_seconds[0], options.task_seconds[1]),
    )
    stage = StageOptions(
        audio=("upload", "http") if options.audio == "both" else (options.audio,),
        submit_bursts=tuple(options.submit_burst or (1, min(options.channels, options.submits_per_minute // 2))),
        repeats=options.repeats,
        sdk_pool_channels=options.sdk_pool_channels,
        sdk_pool_threads=32,
        sdk_loop_channels=options.sdk_loop_channels,
    )
    try:
        workload.check(stage.submit_bursts)
    except ValueError as error:
        parser.error(str(error))
    try:
        complete = transcription_stage(workload, stage, _say)
        _say("")
        start_up(options.starts, _say)
    except ChildFailed as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"\n{NOISE}")
    return 0 if complete else 1


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The paid stage against the local service, beside the official SDK; and start-up times.",
        epilog="example: python -m benchmarks --audio http --repeats 3",
    )
    for name, default, text in (
        ("--channels", 1000, "channels for the pipeline to transcribe"),
        ("--repeats", 1, "runs of the pipeline for each way of the audio and each burst"),
        ("--submits-per-minute", 6000, "limit of service and client"),
        ("--queries-per-second", 400, "limit of service and client (at most 1000)"),
        ("--sdk-pool-channels", 128, "channels for the SDK in 32 threads; extrapolated"),
        ("--sdk-loop-channels", 4, "channels for the SDK in a plain loop; extrapolated"),
        ("--starts", 5, "starts of each program"),
    ):
        parser.add_argument(name, type=_positive, default=default, metavar="N", help=f"{text} (default {default:,})")
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
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above zero")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
