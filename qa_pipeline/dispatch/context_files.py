"""Reads the contexts of the settings from disk: the company's file and one file per queue."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from qa_pipeline.settings import Settings
from qa_pipeline.transcription.context import ContextError, Contexts, ContextText, queue_key, strip_comments

DEFAULT_NAME = "context.md"
ENDINGS = (".md", ".txt")
LARGEST_BYTES = 1_000_000
"""Models take 10,000 tokens at most; a larger file is not a glossary, and is not read."""


def load_contexts(settings: Settings) -> Contexts:
    """The contexts that the setting `context` names; where it is not set, `context.md` beside qa.toml if it is there.

    Raises:
        ContextError: a file or folder that was named is missing, unreadable or ambiguous.
    """
    if settings.context is None:
        return read_contexts(settings.resolve(Path(DEFAULT_NAME)), must_exist=False)
    return read_contexts(settings.resolve(settings.context), must_exist=True)


def read_contexts(path: Path, *, must_exist: bool) -> Contexts:
    """Reads the company's file, and the queues' files in the folder of the same name without an ending.

    `path` names either of the two: `context.md` goes with `context/`, and `context` (a folder) with `context.md`.
    A queue's file has the queue's name (`%2F` for a slash) and the ending .md or .txt; case does not matter.

    Raises:
        ContextError: see `load_contexts`.
    """
    is_folder = path.is_dir()
    file = path.with_name(f"{path.name}.md") if is_folder else path
    folder = path if is_folder else path.with_suffix("")
    if must_exist and not file.exists() and not folder.is_dir():
        raise ContextError(f"the context {path} is missing; write it, or take `context` out of qa.toml (QA_CONTEXT)")
    company = _read(file) if file.exists() else None
    return Contexts(company, _read_queues(folder) if folder != file and folder.is_dir() else {})


def _read_queues(folder: Path) -> dict[str, ContextText]:
    found: dict[str, ContextText] = {}
    for path in _files_of(folder):
        key = queue_key(unquote(path.stem))
        if key in found:
            raise ContextError(f"{found[key].source} and {path} are both for the queue {path.stem!r}; keep one of them")
        found[key] = _read(path)
    return found


def _files_of(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise ContextError(f"the folder of contexts {folder} cannot be read: {error.strerror}") from error
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.suffix.lower() not in ENDINGS or not path.is_file():
            raise ContextError(f"{path} is not a context file: name it <queue>.md or <queue>.txt")
        yield path


def _read(path: Path) -> ContextText:
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise ContextError(f"{path} has {size:,} bytes: too much for a context, which is a page or two of terms")
        raw = path.read_bytes()
    except OSError as error:
        raise ContextError(f"the context {path} cannot be read: {error.strerror}") from error
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContextError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise ContextError(f"{path} is not text: it holds NUL characters; save it as UTF-8 text")
    return ContextText(str(path), strip_comments(text.replace("\r\n", "\n"), str(path)))
