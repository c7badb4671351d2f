"""Opens the files of YAML, and the lists beside them."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.yaml_files.reading import BadFile


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark.

    Raises:
        BadFile: it can't be read, or is not UTF-8; one sentence that names the file and the way out.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8."]) from None
    except OSError as error:
        raise BadFile([f"{path}: {error.strerror}."]) from None
