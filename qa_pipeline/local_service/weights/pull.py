"""Brings a set of weights into a folder: fetched, copied, or found there already; checked in every case.

A file appears under its name only once all of it is here and its sha256 is right.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from qa_pipeline.local_service.weights.catalogue import WeightFile, WeightSet
from qa_pipeline.local_service.weights.download import TIMEOUT, download, forget_part
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.local_service.weights.placed import (
    MANIFEST_NAME,
    PlacedFile,
    expected_sha256,
    is_sha256,
    placed_sha256,
    read_manifest,
    sha256_of,
    write_manifest,
)

SPARE_BYTES = 64 * 1024 * 1024
"""Room that is left on the disk: a full one harms everything else that runs there."""

USER_AGENT = "qa-pipeline"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far one file is; `total_bytes` None where nobody knows. `step` is `fetch` or `check`."""

    name: str
    step: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class PulledFile:
    """What became of one file: `found` (it was there), `fetched` or `copied`; `source` is where from."""

    name: str
    outcome: str
    source: str
    sha256: str


Report = Callable[[FileProgress], None]


def pull_weights(
    weights: WeightSet,
    folder: Path,
    *,
    source: str | None = None,
    vouched: Mapping[str, str] | None = None,
    report: Report = lambda progress: None,
) -> tuple[PulledFile, ...]:
    """Sees to it that all files of `weights` lie in `folder`, and are the right ones.

    `source` is a folder or a URL below which the files lie under their names; None takes each from where it is
    published. `vouched` gives other sha256 values by file name, for weights of one's own. A file that is there
    already is checked and kept; what was fetched in part is gone on with.

    Raises:
        WeightsError: something can't be had, has another sha256, or does not fit on the disk; files that were right
            stay where they are.
    """
    folder = folder.absolute()
    wanted = _wanted(weights, vouched or {})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder), httpx.Client(timeout=TIMEOUT, follow_redirects=True, headers=_HEADERS) as client:
            pulled = _Pull(folder, source, client, report).all(wanted, vouched or {})
    except OSError as error:
        raise WeightsError(f"{error.filename or folder}: {error.strerror or error}; name another folder") from error
    return pulled


_HEADERS = {"User-Agent": USER_AGENT}


def _wanted(weights: WeightSet, vouched: Mapping[str, str]) -> tuple[WeightFile, ...]:
    names = [file.name for file in weights.files]
    for name, sha256 in vouched.items():
        if name not in names:
            raise WeightsError(f"{weights.id} has no file {name!r}; its files are {', '.join(names)}")
        if not is_sha256(sha256):
            raise WeightsError(f"{sha256!r} is not a sha256 for {name}: it takes 64 digits of 0-9 and a-f")
    return tuple(
        replace(file, sha256=vouched[file.name], size_bytes=0) if file.name in vouched else file
        for file in weights.files
    )


class _Pull:
    """One pull into one folder. A `size_bytes` of 0 means: whatever size has the sha256."""

    def __init__(self, folder: Path, source: str | None, client: httpx.Client, report: Report) -> None:
        self._folder = folder
        self._source = source
        self._client = client
        self._report = report

    def all(self, wanted: tuple[WeightFile, ...], vouched: Mapping[str, str]) -> tuple[PulledFile, ...]:
        """Every file in turn; `weights.json` is brought up to date after each."""
        placed = read_manifest(self._folder)
        pulled = []
        for file in wanted:
            # A value that somebody vouched for earlier stays in force until another is named.
            expected = file.sha256 if file.name in vouched else expected_sha256(file, placed)
            own = file if expected == file.sha256 else replace(file, sha256=expected, size_bytes=0)
            result = self._one(own, placed)
            placed[file.name] = PlacedFile(result.sha256, result.source)
            write_manifest(self._folder, placed)
            pulled.append(result)
        return tuple(pulled)

    def _one(self, file: WeightFile, placed: Mapping[str, PlacedFile]) -> PulledFile:
        target = self._folder / file.name
        if self._sha256(file, target) == file.sha256:
            known = placed.get(file.name)
            return PulledFile(file.name, "found", known.source if known else str(target), file.sha256)
        if self._source is None and not file.url:
            raise WeightsError(
                f"{file.name} is published in the Python package {file.package}; unpack it, then give that folder with "
                "--from FOLDER"
            )
        if self._source is None or _is_url(self._source):
            url = file.url if self._source is None else f"{self._source.rstrip('/')}/{file.name}"
            self._fetch(file, url, target)
            return PulledFile(file.name, "fetched", url, file.sha256)
        origin = Path(self._source).expanduser().absolute() / file.name
        self._copy(file, origin, target)
        return PulledFile(file.name, "copied", str(origin), file.sha256)

    def _fetch(self, file: WeightFile, url: str, target: Path) -> None:
        part = target.with_name(f"{target.name}.part")
        self._require_room(file.size_bytes - (part.stat().st_size if part.is_file() else 0))
        total = file.size_bytes or None
        download(
            self._client,
            url,
            part,
            size_bytes=total,
            progress=lambda done: self._report(FileProgress(file.name, "fetch", done, total)),
        )
        actual = self._sha256(file, part)
        if actual != file.sha256:
            forget_part(part)
            raise WeightsError(
                f"{url} is not the file it should be: its sha256 is {actual}, expected {file.sha256}. It was not kept. "
                f"If it is one of your own that you trust, name it: --sha256 {file.name}={actual}"
            )
        _place(part, target)
        forget_part(part)

    def _copy(self, file: WeightFile, origin: Path, target: Path) -> None:
        actual = self._sha256(file, origin)
        if actual is None:
            raise WeightsError(f"{origin} is missing; put it there (it is published at {file.url})")
        if actual != file.sha256:
            raise WeightsError(
                f"{origin} is not the file it should be: its sha256 is {actual}, expected {file.sha256}. If it is one "
                f"of your own that you trust, name it: --sha256 {file.name}={actual}"
            )
        self._require_room(origin.stat().st_size)
        part = target.with_name(f"{target.name}.copy")
        try:
            shutil.copyfile(origin, part)
            if sha256_of(part) != file.sha256:
                raise WeightsError(f"{origin} changed while it was copied; try again")
            _place(part, target)
        finally:
            part.unlink(missing_ok=True)

    def _sha256(self, file: WeightFile, path: Path) -> str | None:
        size = path.stat().st_size if path.is_file() else 0
        done = 0

        def count(read_bytes: int) -> None:
            nonlocal done
            done += read_bytes
            self._report(FileProgress(file.name, "check", done, size))

        return placed_sha256(path, count)

    def _require_room(self, needed_bytes: int) -> None:
        free_bytes, needed_bytes = shutil.disk_usage(self._folder).free, needed_bytes + SPARE_BYTES
        if free_bytes < needed_bytes:
            raise WeightsError(
                f"{self._folder} has {free_bytes / 1e6:,.0f} MB free, {needed_bytes / 1e6:,.0f} MB are needed; free "
                "some, or name another folder with --dir"
            )


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _place(part: Path, target: Path) -> None:
    """Gives a checked file its name, once its bytes are safely on the disk."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Held while files are brought into `folder`; the kernel frees it in any case.

    Raises:
        WeightsError: another pull is at work there.
    """
    with (folder / f".{MANIFEST_NAME}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WeightsError(f"another pull is bringing files into {folder}; wait for its end") from None
        yield
