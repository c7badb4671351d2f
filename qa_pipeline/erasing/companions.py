"""Which files belong to recordings and calls by their names: the recordings, those of their parties, and what programs
put beside them. `c0101-2.wav` is another call's than `c0101.wav`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from qa_pipeline.recordings.landing_zone import RECORDING_ENDINGS
from qa_pipeline.recordings.parties import parts_in

_COMPANION = re.compile(
    r"(?:[._-](?:cdr|ctr|meta|metadata|info|details|call|call[_-]?info|transcript|vcon|events|words|summary|notes"
    r"|waveform|peaks|channel-[01]))*"
    r"\.(?:json|jsonl|xml|vtt|srt|vcon|txt|md5|sha1|sha256|peaks|dat|idx|done|ok)",
    re.IGNORECASE,
)
"""What stands behind the name of a recording, or a call's id, in the names of files that say something of it."""


def own_names(
    names: Collection[str], own: Collection[str], call_ids: Iterable[str], claimed: Collection[str]
) -> set[str]:
    """Those of the `names` in a folder that belong to the recordings `own` and to these calls. `claimed` are recordings
    of other calls; so are all that are called neither like a recording of `own` nor like a call."""
    bases = {*call_ids, *map(stem_of, own)}
    recordings = {name for name in names if is_recording(name) or name in own}
    ours = {name for name in recordings if name in own or (name not in claimed and _is_called(name, bases))}
    theirs = recordings - ours
    others = {*theirs, *(stem for stem in map(stem_of, theirs) if stem not in bases)}
    bases |= ours | {stem_of(name) for name in ours}
    beside = {
        name
        for name in names
        if name not in recordings and (length := _longest(name, bases)) and length > _longest(name, others)
    }
    return ours | beside


def is_recording(name: str) -> bool:
    """Whether a file is a recording by the ending of its name."""
    return name.rpartition(".")[2].casefold() in RECORDING_ENDINGS and "." in name


def stem_of(name: str) -> str:
    """A file's name without its ending."""
    return name.rpartition(".")[0] or name


def _is_called(name: str, bases: Collection[str]) -> bool:
    stem = stem_of(name)
    return stem in bases or any(part.base in bases for part in parts_in(stem))


def _longest(name: str, bases: Iterable[str]) -> int:
    """The length of the longest of the bases that a file stands beside; 0 where it stands beside none."""
    return max((len(base) for base in bases if _stands_beside(name, base)), default=0)


def _stands_beside(name: str, base: str) -> bool:
    return name.startswith(base) and _COMPANION.fullmatch(name, len(base)) is not None
