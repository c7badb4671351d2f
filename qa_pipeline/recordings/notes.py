"""What is odd and concerns many things alike is said once, with their number and some examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_pipeline.recordings.landing_files import LeftOut

EXAMPLES = 3

_OWN_TO_EACH = re.compile(r"""'[^']*'|"[^"]*"|\d+""")
_LINE = re.compile(r"[^:]*?, (?:lines?|records?) \d+")


@dataclass(frozen=True, slots=True)
class Note:
    """`text` begins with the place it is about: a line of a list, or what ends with a colon.

    Notes of one `kind` are said once; without one, those are of a kind that differ in place, numbers and quoted values
    alone.
    """

    text: str
    kind: str | None = None

    @property
    def place(self) -> str:
        """The line, file or list that the note begins with, by which notes of one shape are counted."""
        line = _LINE.match(self.text)
        return line[0] if line else self.text.partition(": ")[0]

    @property
    def shape(self) -> str:
        """What notes of one kind share."""
        return self.kind or _OWN_TO_EACH.sub("#", self.text.removeprefix(self.place))


def gathered(notes: Iterable[Note]) -> tuple[str, ...]:
    """One text per kind: the first note, and behind it how many there are and where else."""
    by_shape: dict[str, list[Note]] = {}
    for note in notes:
        by_shape.setdefault(note.shape, []).append(note)
    return tuple(_gathered(alike) for alike in by_shape.values())


def _gathered(alike: Sequence[Note]) -> str:
    places = list(dict.fromkeys(note.place for note in alike))[1:EXAMPLES]
    if len(alike) == 1:
        return alike[0].text
    return f"{alike[0].text} ({len(alike):,} of this kind; also {' and '.join(places)})" if places else alike[0].text


def examples_of(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`, or `a, b, c and 7 more (10 in all)`."""
    if len(names) > EXAMPLES:
        more = len(names) - EXAMPLES
        return f"{', '.join(names[:EXAMPLES])} and {more:,} more ({len(names):,} in all)"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""


class NotTaken(Protocol):
    """What lies in a landing zone and is not taken."""

    @property
    def unreadable_folders(self) -> Sequence[LeftOut]: ...
    @property
    def orphan_sidecars(self) -> Sequence[str]: ...
    @property
    def ignored(self) -> Sequence[LeftOut]: ...


def notes_of(zone: NotTaken) -> list[str]:
    """What lies in the landing zone and is not taken, one note per kind."""
    return [
        *_by_reason(zone.unreadable_folders),
        *_beside_nothing(zone.orphan_sidecars),
        *left_out_notes(zone.ignored),
    ]


def _beside_nothing(orphans: Sequence[str]) -> list[str]:
    what = "there is no recording beside it" if len(orphans) == 1 else "there are no recordings beside them"
    return [f"{examples_of(orphans)}: {what}."] if orphans else []


def left_out_notes(ignored: Iterable[LeftOut]) -> list[str]:
    """What was left out of the landing zone, one note per reason: `a.zip and b.zip are left out: ...`."""
    return _by_reason(ignored, saying=("is left out:", "are left out:"))


def _by_reason(left_out: Iterable[LeftOut], saying: tuple[str, str] = ("", "")) -> list[str]:
    """One note per reason, those that concern most first."""
    by_reason: dict[str, list[str]] = {}
    for item in left_out:
        by_reason.setdefault(item.reason, []).append(item.relative_path)
    return [
        " ".join(part for part in (examples_of(names), saying[len(names) > 1], reason) if part)
        for reason, names in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    ]
