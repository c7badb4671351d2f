"""The lists of calls in a landing zone: each is read once, and looked up by what it says of which recordings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from qa_pipeline.recordings.call_lists import DEFAULT_RULE, CallList, read_call_list
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone
from qa_pipeline.recordings.list_rules import CallListRule

OUTSIDE = "is a link out of the landing zone and was not read; copy the file into the zone."
_UNREADABLE = "\n"  # stands for lists that can't be read among the keys of lists; no name or id holds it


class ZoneLists:
    """The lists of one zone, as the settings say that they are read."""

    def __init__(
        self,
        zone: LandingZone,
        *,
        rules: Sequence[CallListRule],
        encoding: str | None,
        growing: Collection[Path],
        look_at_headings: Callable[[Iterable[str], str], None],
    ) -> None:
        """`growing` are lists that were written to a moment ago: a last line without a line end is not read from them.
        `look_at_headings` is told the headings of each list whose columns no rule names, and its label."""
        self._zone = zone
        self._rules = tuple(rules)
        self._encoding = encoding
        self._growing = frozenset(growing)
        self._look_at_headings = look_at_headings
        self._lists: dict[Path, CallList] = {}
        self._folders_of_lists: dict[Path, tuple[Path, ...]] = {}
        self._lists_by_key: dict[Path, dict[str, list[tuple[int, Path]]]] = {}

    def rule_of(self, path: Path) -> CallListRule | None:
        """By which of the settings' rules a file is read; None where none names it."""
        relative = self._zone.relative(path)
        return next((rule for rule in self._rules if rule.matches(relative)), None)

    def that_may_know(self, file: LandingFile, wanted: Iterable[str]) -> Iterator[CallList]:
        """The lists that apply to a recording and hold one of these names or ids or can't be read, nearest first.

        Some systems write a list for each call, so each folder's lists are looked up by what they hold.
        """
        folder = file.path.parent
        if folder not in self._folders_of_lists:
            self._folders_of_lists[folder] = tuple(dict.fromkeys(map(self._place_of, file.call_lists)))
        for parent in self._folders_of_lists[folder]:
            if parent not in self._lists_by_key:
                self._lists_by_key[parent] = self._by_key(
                    [(number, path) for number, path in enumerate(file.call_lists) if self._place_of(path) == parent]
                )
            by_key = self._lists_by_key[parent]
            found = {entry for key in (*wanted, _UNREADABLE) for entry in by_key.get(key, ())}
            yield from (self.read(path) for _, path in sorted(found))

    def _place_of(self, path: Path) -> Path:
        """The folder for whose recordings a list is."""
        return self._zone.root if path in self._zone.lists_for_all else path.parent

    def _by_key(self, lists: Iterable[tuple[int, Path]]) -> dict[str, list[tuple[int, Path]]]:
        by_key: dict[str, list[tuple[int, Path]]] = {}
        for number, path in lists:
            listed = self.read(path)
            for key in (_UNREADABLE,) if listed.problem is not None else listed.keys():
                by_key.setdefault(key, []).append((number, path))
        return by_key

    def read(self, path: Path) -> CallList:
        """One of the lists, read once."""
        if path not in self._lists:
            label = self._zone.relative(path)
            if path in self._zone.metadata_outside:
                self._lists[path] = CallList(label, problem=f"{label} {OUTSIDE}")
            else:
                rule = self.rule_of(path) or DEFAULT_RULE
                listed = read_call_list(path, label, rule=rule, encoding=self._encoding)
                self._lists[path] = self._settled(listed, path)
                if not rule.has_columns:
                    self._look_at_headings(listed.headings, label)
        return self._lists[path]

    def _settled(self, listed: CallList, path: Path) -> CallList:
        """The list as far as it is surely written."""
        if listed.open_line is None:
            return listed
        place = f"{listed.place(listed.open_line)}, the last one, has no line end"
        if path not in self._growing:
            listed.remarks.append(f"{place}; if the list was cut off there, copy it again.")
            return listed
        listed = listed.without_open_line()
        listed.remarks.append(f"{place}, and the list is still being written; the line is left for the next run.")
        return listed
