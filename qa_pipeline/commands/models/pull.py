"""`qa-pipeline models pull`: brings the weights of a local recognizer to this machine, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from qa_pipeline.local_service.weights.catalogue import find_weights
from qa_pipeline.local_service.weights.errors import UnknownWeights, WeightsError
from qa_pipeline.local_service.weights.pull import FileProgress, PulledFile, Report, pull_weights
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, PlainProgress, err, out

STEPS = {"fetch": "fetching", "check": "checking"}


def models_pull_command(name: str, *, folder: Path | None, source: str | None, sha256: Sequence[str]) -> int:
    """Pulls the weights `name` into `folder` (None: where the settings have them); returns the exit code.

    `sha256` are `NAME=HEX` for files of one's own. Raises:
        CommandError: no such weights, a value that is none, or they can't be had (1; what arrived is kept).
    """
    settings = load_settings()
    try:
        weights = find_weights(name)
    except UnknownWeights as error:
        raise CommandError(str(error)) from error
    vouched = dict(_vouched(sha256))
    target = (folder.expanduser() if folder else settings.sense_voice_folder).absolute()
    out.print(f"{weights.title}\n{weights.size_bytes / 1e6:,.0f} MB, under: {weights.licence}", markup=False)
    try:
        with _reporting(err) as report:
            pulled = pull_weights(weights, target, source=source, vouched=vouched, report=report)
    except WeightsError as error:
        raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    _print_end(pulled, target, is_default=target == settings.sense_voice_folder.absolute())
    return EXIT_OK


def _vouched(options: Sequence[str]) -> Iterator[tuple[str, str]]:
    for option in options:
        file_name, equals, value = option.partition("=")
        if not equals:
            raise CommandError(f"--sha256 {option}: it takes NAME=HEX, such as tokens.txt=f449eb28…")
        yield file_name, value.strip().lower()


def _print_end(pulled: Sequence[PulledFile], folder: Path, *, is_default: bool) -> None:
    for file in pulled:
        origin = "" if file.outcome == "found" else f" from {file.source}"
        out.print(f"  {file.name:<18}{file.outcome}{origin}, sha256 right", markup=False)
    lines = [f"in {folder}", "", "To recognize with it:", ""]
    if find_spec("sherpa_onnx") is None:
        lines.append("  pip install '.[local-asr]'              the engine it runs on is not installed here")
    if not is_default:
        lines.append(f"  export QA_SENSE_VOICE_DIR={folder}")
    lines.append("  export QA_LOCAL_RECOGNIZER=sense-voice")
    for line in lines:
        out.print(line, markup=False)


@contextmanager
def _reporting(console: Console) -> Iterator[Report]:
    """A bar for the file at hand on a terminal; elsewhere a line when a file begins and every few seconds."""
    if not console.is_terminal:
        lines = PlainProgress(console)
        yield lambda at: lines.show(f"{STEPS[at.step]} {at.name}", _line(at))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bars(progress).show


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def show(self, at: FileProgress) -> None:
        if (at.name, at.step) not in self._tasks:
            for task in self._tasks.values():
                self._progress.update(task, visible=False)
            self._tasks[at.name, at.step] = self._progress.add_task(f"{STEPS[at.step]} {at.name}")
        self._progress.update(self._tasks[at.name, at.step], completed=at.done_bytes, total=at.total_bytes)


def _line(at: FileProgress) -> str:
    share = f" ({at.done_bytes / at.total_bytes:.0%})" if at.total_bytes else ""
    return f"{STEPS[at.step]} {at.name}: {at.done_bytes / 1e6:,.1f} MB{share}"
