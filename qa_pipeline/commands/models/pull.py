"""`qa-pipeline models pull`: brings the weights of a local recognizer to this machine, with progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from qa_pipeline.local_service.recognizers.whisper_model import EXTRA as WHISPER_EXTRA
from qa_pipeline.local_service.weights.catalogue import WHISPER_MODEL, WHISPER_SETS, find_weights
from qa_pipeline.local_service.weights.errors import UnknownWeights, WeightsError
from qa_pipeline.local_service.weights.placed import sha256_of
from qa_pipeline.local_service.weights.pull import FileProgress, PulledFile, Report, pull_weights
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, PlainProgress, err, out
from qa_pipeline.voices.embedding import ENGINE_MODULE

STEPS = {"fetch": "fetching", "check": "checking"}


@dataclass(frozen=True, slots=True)
class _Use:
    """What a recognizer needs besides its weights, and how it is told where they are and chosen."""

    module: str
    install: str
    variable: str
    choose: str
    end: str = "To recognize with it:"


_USES = {
    "whisper": _Use("ctranslate2", WHISPER_EXTRA, "QA_WHISPER_DIR", ""),
    "sense-voice": _Use(
        "sherpa_onnx", "pip install '.[local-asr]'", "QA_SENSE_VOICE_DIR", "export QA_LOCAL_RECOGNIZER=sense-voice"
    ),
    "voices": _Use(
        ENGINE_MODULE,
        "pip install '.[diarize]'",
        "QA_VOICES_DIR",
        "export QA_ON_MONO=diarize",
        "To tell the voices of mono recordings apart:",
    ),
}


def models_pull_command(
    name: str, *, size: str | None, folder: Path | None, source: str | None, sha256: Sequence[str]
) -> int:
    """Pulls the weights `name` into `folder` (None: where the settings have them); returns the exit code.

    `size` of those that come in several. `sha256` are `NAME=HEX` for files of one's own. Raises:
        CommandError: no such weights, a value that is none, or they can't be had (1; what arrived is kept).
    """
    settings = load_settings()
    try:
        weights = find_weights(name, size or _size_in(name, source))
    except UnknownWeights as error:
        raise CommandError(str(error)) from error
    vouched = dict(_vouched(sha256))
    folders = {
        "whisper": settings.whisper_folder,
        "sense-voice": settings.sense_voice_folder,
        "voices": settings.voices_folder,
    }
    usual = folders[weights.id].absolute()
    target = folder.expanduser().absolute() if folder else usual
    out.print(f"{weights.title}\n{weights.size_bytes / 1e6:,.0f} MB, under: {weights.licence}", markup=False)
    try:
        with _reporting(err) as report:
            pulled = pull_weights(weights, target, source=source, vouched=vouched, report=report)
    except WeightsError as error:
        raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    _print_end(pulled, target, _USES[weights.id], is_default=target == usual)
    return EXIT_OK


def _size_in(name: str, source: str | None) -> str | None:
    """Which size of Whisper lies in the folder that files are taken from; None where it does not matter.

    Raises:
        CommandError: it is a model that is not published here; it can be used where it lies.
    """
    model = Path(source or "").expanduser() / WHISPER_MODEL
    if name != WHISPER_SETS[0].id or source is None or not model.is_file():
        return None
    sha256 = sha256_of(model)
    for weights in WHISPER_SETS:
        if weights.file(WHISPER_MODEL).sha256 == sha256:
            return weights.size
    raise CommandError(
        f"{model} is not one of the models known here (its sha256 is {sha256}). Any Whisper that CTranslate2 "
        f"loads can be used where it lies: export QA_WHISPER_DIR={model.parent}"
    )


def _vouched(options: Sequence[str]) -> Iterator[tuple[str, str]]:
    for option in options:
        file_name, equals, value = option.partition("=")
        if not equals:
            raise CommandError(f"--sha256 {option}: it takes NAME=HEX, such as tokens.txt=f449eb28…")
        yield file_name, value.strip().lower()


def _print_end(pulled: Sequence[PulledFile], folder: Path, use: _Use, *, is_default: bool) -> None:
    for file in pulled:
        origin = "" if file.outcome == "found" else f" from {file.source}"
        out.print(f"  {file.name:<19}{file.outcome}{origin}, sha256 right", markup=False)
    lines = []
    if find_spec(use.module) is None:
        lines.append(f"  {use.install:<42}the engine it runs on is not installed here")
    if not is_default:
        lines.append(f"  export {use.variable}={folder}")
    if use.choose:
        lines.append(f"  {use.choose}")
    how = [use.end, "", *lines] if lines else ["Recordings without a reference are now heard with it."]
    for line in [f"in {folder}", "", *how]:
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
