"""Which recording another file is about, by their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NO_RECORDING = ""
"""Stands for the recording of a file that is about none."""

_ADDED_TO_A_SIDECAR = re.compile(r"[._-](?:cdr|ctr|meta|metadata|info|details|call|call[_-]?info)$", re.IGNORECASE)
"""What recorders put between the name of a recording and .json."""


class RecordingNames:
    """The paths of the recordings, to find the one that another file is about.

    Names are compared composed (NFC), and in any case where that means one recording.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._names: dict[str, set[str]] = {}
        for path in paths:
            for name in (stem_of(path), composed(path)):
                for form in (name, name.casefold()):
                    self._names.setdefault(form, set()).add(name)

    def find(self, name: str) -> str | None:
        """A recording's path, or that without its ending, as `composed` and `stem_of` give it."""
        whole = composed(name)
        if whole in self._names.get(whole, ()):
            return whole
        alike = self._names.get(whole.casefold(), set())
        return next(iter(alike)) if len(alike) == 1 else None

    def described_by(self, base: str) -> tuple[int, str]:
        """(rank, recording) of a sidecar whose path without .json is `base`; `NO_RECORDING` where there is none.

        `c1.json` and `c1.wav.json` go before `c1.cdr.json` and `c1.wav_metadata.json`.
        """
        plain = _ADDED_TO_A_SIDECAR.sub("", base)
        for rank, name in enumerate((base, plain)):
            found = self.find(name)
            if found is not None:
                return rank, found
        return 0, NO_RECORDING


def stem_of(path: str) -> str:
    """A path without its ending, composed."""
    folder, slash, name = path.rpartition("/")
    return composed(folder + slash + (name.rpartition(".")[0] or name))


def composed(path: str) -> str:
    return unicodedata.normalize("NFC", path)
