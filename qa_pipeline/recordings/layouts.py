"""How vendors lay out what they export: which files are recordings, what their names say, and on which channel the
agent is.

A layout only puts together what can be set by hand: file-name patterns, lists of calls, the agent's channel. What the
user sets goes before it.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from qa_pipeline.recordings.agent_channels import ChannelChoice
from qa_pipeline.recordings.file_names import FileNamePattern, compile_pattern
from qa_pipeline.recordings.layout_presets import LAYOUTS
from qa_pipeline.recordings.list_rules import CallListRule
from qa_pipeline.recordings.notes import examples_of

LOOKED_AT = 5_000
"""Of more recordings than these a part is looked at, to tell after which layout they are named."""


@dataclass(frozen=True, slots=True)
class LikelyLayout:
    """A layout by name, and how many of the recordings that were looked at are named as it says."""

    name: str
    fitting: int
    looked_at: int


@dataclass(frozen=True)
class LayoutFit:
    """How far a landing zone is laid out as a layout says: the paths of recordings that are, and of those that aren't.

    `nearest` is the layout that most of the recordings fit where none fits this one; None where none does.
    """

    layout: str
    fitting: tuple[str, ...]
    others: tuple[str, ...]
    nearest: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether there are recordings, and none of them is where the layout has them."""
        return bool(self.others) and not self.fitting

    @property
    def problem(self) -> str | None:
        """What is wrong with the choice of the layout, as a sentence; None where it fits."""
        if not self.is_wrong:
            return None
        instead = f'they look like landing_layout = "{self.nearest}"' if self.nearest else "unset it"
        return (
            f"landing_layout is {self.layout}, and none of {len(self.others):,} recordings is named so (such as "
            f"{self.others[0]}): {instead}; docs/layouts.md shows what each layout looks like"
        )

    @property
    def summary(self) -> str:
        """How many fit and which don't."""
        total = len(self.fitting) + len(self.others)
        if not LAYOUTS[self.layout].is_told_by_names:
            return f"{self.layout}: {total:,} recordings, which may have any name"
        text = f"{self.layout}: {len(self.fitting):,} of {total:,} recordings are named as it says"
        return f"{text}; not {examples_of(self.others)}" if self.others else text


def patterns_of(layout: str | None) -> tuple[FileNamePattern, ...]:
    """The file-name patterns of a layout, which come behind the user's own and before the shipped ones."""
    if layout is None:
        return ()
    return tuple(compile_pattern(name.pattern, says=name.says) for name in LAYOUTS[layout].names)


def lists_of(layout: str | None) -> tuple[CallListRule, ...]:
    """The lists and records of calls that a layout has, behind the user's own."""
    return () if layout is None else LAYOUTS[layout].lists


def agent_channel_of(layout: str | None) -> ChannelChoice | None:
    """On which channel the agent is by the vendor's convention; None where nobody documents it."""
    return None if layout is None else LAYOUTS[layout].agent_channel


def is_companion(layout: str | None, relative_path: str) -> bool:
    """Whether a file of the zone belongs to a layout and is neither a recording nor about one."""
    return layout is not None and bool(_any_of(LAYOUTS[layout].companions).match(_compared(relative_path)))


def fit_of(layout: str, relative_paths: Iterable[str]) -> LayoutFit:
    """How the recordings of a zone (paths below its root) fit a layout."""
    fitting, others = list[str](), list[str]()
    own = _any_of(LAYOUTS[layout].recordings)
    for path in relative_paths:
        (fitting if own.match(_compared(path)) else others).append(path)
    nearest = None if fitting or not others else _nearest(_some_of(others))[0]
    return LayoutFit(layout, tuple(fitting), tuple(others), nearest)


def likely_layout(relative_paths: Iterable[str]) -> LikelyLayout | None:
    """The layout after which most of the recordings are named; None where names say too little. Of many, some are
    looked at."""
    paths = _some_of(list(relative_paths))
    name, count = _nearest(paths)
    if name is None or 2 * count <= len(paths) or LAYOUTS[name].has_common_names:
        return None
    return LikelyLayout(name, count, len(paths))


def _some_of(paths: Sequence[str]) -> Sequence[str]:
    """As many as tell, from everywhere among them."""
    return paths[:: -(-len(paths) // LOOKED_AT)] if paths else paths


def _nearest(paths: Sequence[str]) -> tuple[str | None, int]:
    """The layout that most of the recordings fit, and how many; None where none does.

    Of two that fit equally, the one that says more: every recording of FusionPBX is named as FreeSWITCH names them.
    """
    compared = [_compared(path) for path in paths]
    counts = {
        name: sum(1 for path in compared if _any_of(kind.recordings).match(path))
        for name, kind in LAYOUTS.items()
        if kind.is_told_by_names
    }
    name = max(counts, key=lambda name: (counts[name], max(map(len, LAYOUTS[name].recordings))))
    return (name, counts[name]) if counts[name] else (None, 0)


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or "(?!)")


def _compared(relative_path: str) -> str:
    return f"/{unicodedata.normalize('NFC', relative_path).casefold()}"
