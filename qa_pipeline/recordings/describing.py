"""Reads what the landing zone says of its recordings: sidecars, calls.csv of the folder or of those above it, names."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from qa_pipeline.recordings.agent_channels import BY_DEFAULT, AgentChannels
from qa_pipeline.recordings.call_lists import CallList, ListedCall, comparable_id, read_record
from qa_pipeline.recordings.file_names import FileNamePattern, read_file_name
from qa_pipeline.recordings.keys import FILE_KEYS, LEG_KEY, known_key, likely_key
from qa_pipeline.recordings.landing_files import LandingFile, LandingZone, storable
from qa_pipeline.recordings.list_rules import CallListRule, preset_of
from qa_pipeline.recordings.metadata import CallMetadata, PartOfCall, Place, merge
from qa_pipeline.recordings.notes import Note, examples_of, gathered
from qa_pipeline.recordings.part_lists import DeclaredPart, declared_parts
from qa_pipeline.recordings.parties import NamedPart
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_sidecar
from qa_pipeline.recordings.values import BadValue, clean_id, parse_moment
from qa_pipeline.recordings.zone_lists import OUTSIDE, ZoneLists

NO_RULES = AgentChannels()


def _none_of(keys: Collection[str]) -> AbstractSet[str]:
    return frozenset()


class MetadataReader:
    """Reads each calls.csv once and keeps count of its lines, so that lines without a recording can be named."""

    def __init__(
        self,
        zone: LandingZone,
        *,
        patterns: Sequence[FileNamePattern],
        timezone: dt.tzinfo,
        time_formats: Sequence[str] = (),
        list_encoding: str | None = None,
        list_rules: Sequence[CallListRule] = (),
        growing: Collection[Path] = (),
        agent_channels: AgentChannels = NO_RULES,
    ) -> None:
        """`time_formats` are for the times of sidecars and lists; a name is read by its pattern.

        `agent_channels` are asked where the metadata of a call does not say on which channel the agent is.
        `growing` are lists that were written to a moment ago: a last line without a line end is not read from them.
        """
        self._zone = zone
        self._list_encoding = list_encoding
        self._lists = ZoneLists(
            zone, rules=list_rules, encoding=list_encoding, growing=growing, look_at_headings=self._look_for_likely_keys
        )
        self._agent_channels = agent_channels
        self._without_direction: list[str] = []
        self._formats = tuple(time_formats)
        self._patterns = patterns
        self._timezone = timezone
        self._matched: set[tuple[str, int]] = set()
        self._remarks: list[str] = []
        self._unknown_keys: dict[str, tuple[str, int]] = {}
        self._unset_presets: dict[str, tuple[str, int]] = {}
        self._ids: set[str] = set()
        self._names_by_folder: dict[Path, set[str]] = {}
        self._loose: dict[Path, list[tuple[Path, frozenset[str]]]] = {}
        self._loose_used: set[Path] = set()
        self._keys: dict[Path, set[str]] = {}
        for file in zone.files:
            names = self._names_by_folder.setdefault(file.path.parent, set())
            names |= {_composed(storable(name)) for name in (file.path.name, file.path.stem)}

    def describe(self, file: LandingFile, pair: NamedPart | None = None) -> CallMetadata:
        """What is known of one recording. Never raises for what the files say: see `CallMetadata.problems`.

        `pair` says that its name and that of another one are plainly those of the two parties of a call; what is said
        elsewhere of its parts goes before.
        """
        stem = storable(file.path.stem)
        if pair is not None and "party" not in read_file_name(stem, self._patterns):
            stem = storable(pair.base)
        else:
            pair = None
        parts = read_file_name(stem, self._patterns)
        number = parts.pop("segment", None)
        named = Place("file name", file.relative_path, parts, segment=None if number is None else int(number))
        problems: list[str] = []
        paths = (*file.sidecars, *self._loose_sidecars_of(file, pair))
        sidecars = [place for path in paths if (place := self._sidecar(path, problems)) is not None]
        listed = self._listed(file, (*sidecars, named), stem, problems)
        places = [*sidecars, *([listed] if listed else ()), named]
        part = self._part_of(file, sidecars, listed, pair, problems)
        known = merge(
            places, stem=stem, folder_date=file.folder_date, timezone=self._timezone, problems=problems, part=part
        )
        self._remarks.extend(known.remarks)
        self._ids |= {known.call_id, stem}
        return self._with_channel(known, file)

    def _with_channel(self, known: CallMetadata, file: LandingFile) -> CallMetadata:
        """Where nothing of the call says on which channel the agent is, the settings do."""
        if known.agent_channel_from != BY_DEFAULT:
            return known
        folder = file.relative_path.rpartition("/")[0]
        decided = self._agent_channels.decide(folder, known.queue, known.direction)
        if decided.lacks_direction and not (known.part and known.part.party in ("agent", "customer")):
            self._without_direction.append(file.relative_path)
        return replace(known, agent_channel=decided.channel, agent_channel_from=decided.origin)

    @property
    def sidecars_used(self) -> frozenset[str]:
        """The sidecars without a recording of their name that are about recordings all the same; after `describe`."""
        return frozenset(self._zone.relative(path) for path in self._loose_used)

    def _loose_sidecars_of(self, file: LandingFile, pair: NamedPart | None) -> list[Path]:
        """Sidecars of a call that this recording is a part of: those that name it, and those with the parts' name."""
        folder = file.path.parent
        if folder not in self._loose:
            beside = [path for path in self._zone.loose_sidecars if path.parent == folder]
            self._loose[folder] = [(path, self._files_named_in(path)) for path in beside]
        own, base = storable(file.path.name), None if pair is None else _composed(storable(pair.base)).casefold()
        found = [
            path
            for path, names in self._loose[folder]
            if _composed(own) in names or (base is not None and _composed(storable(path.stem)).casefold() == base)
        ]
        self._loose_used.update(found)
        return found

    def _files_named_in(self, path: Path) -> frozenset[str]:
        place = self._sidecar(path, [])
        parts, problem = declared_parts(place.values) if place is not None else ((), None)
        if problem is not None and place is not None:
            self._remarks.append(f"{place.label}: {problem}.")
        return frozenset(part.file for part in parts)

    def _part_of(
        self,
        file: LandingFile,
        sidecars: Sequence[Place],
        listed: Place | None,
        pair: NamedPart | None,
        problems: list[str],
    ) -> PartOfCall | None:
        """What is said of a recording as a part of its call: by a sidecar, a list, or its name, in this order."""
        own = _composed(storable(file.path.name))
        folder = file.relative_path.rpartition("/")[0]
        base = None if pair is None else pair.base
        for place in sidecars:
            parts, problem = declared_parts(place.values)
            if problem is not None:
                problems.append(f"{place.label}: {problem}.")
            for part in parts:
                if part.file == own:
                    names = tuple(each.file for each in parts)
                    offset_ms = part.offset_ms
                    if part.started_at is not None:
                        offset_ms = self._offset_of(part, parts, place, problems)
                    return PartOfCall(("sidecar", place.label), part.party, offset_ms, names, base)
        if listed is not None:
            named = {party: _listed_name(listed.values.get(key)) for key, party in FILE_KEYS.items() if party}
            for party, name in named.items():
                if name and own.casefold() in (name.casefold(), f"{name}.{own.rpartition('.')[2]}".casefold()):
                    names = tuple(name for name in named.values() if name)
                    return PartOfCall(("list", folder, listed.label), str(party), None, names, base)
        if pair is not None:
            return PartOfCall(("name", folder, pair.base.casefold()), pair.party, base=base, is_declared=False)
        return None

    def _offset_of(
        self, part: DeclaredPart, parts: Sequence[DeclaredPart], place: Place, problems: list[str]
    ) -> int | None:
        """How long after the earliest part of a sidecar this one begins."""
        moments = {}
        for each in parts:
            try:
                read = parse_moment(each.started_at, timezone=place.timezone or self._timezone, formats=place.formats)
            except BadValue as error:
                problems.append(f"{place.label}: started_at of {each.file} is {each.started_at!r}; {error}.")
                return None
            if not isinstance(read, dt.datetime):
                return None
            moments[each.file] = read
        return round((moments[part.file] - min(moments.values())) / dt.timedelta(milliseconds=1))

    def keys_of(self, files: Iterable[LandingFile]) -> set[str]:
        """Everything by which lists may know these recordings (`CallList.keys`), after they were described."""
        return {key for file in files for key in self._keys.get(file.path, ())}

    def read_list(self, path: Path) -> CallList:
        """One of the zone's lists."""
        return self._lists.read(path)

    def notes(self, named_elsewhere: Callable[[Collection[str]], AbstractSet[str]] = _none_of) -> tuple[str, ...]:
        """What is odd, after all recordings were described: values with a remark, unknown keys, lines without a
        recording. What is alike is said once, with its number and some places.

        `named_elsewhere` says of keys of lines which of them mean recordings that are not in this zone.
        """
        notes = [Note(remark) for remark in self._remarks]
        notes.extend(self._notes_on_directions())
        notes.extend(self._notes_on_keys())
        for preset, (label, count) in self._unset_presets.items():
            advice = f'to have it read, set preset = "{preset}" in [[call_lists]] of qa.toml'
            notes.append(Note(f"{_several(label, count)} looks like a record of {preset}; {advice}."))
        shortened = {call_id.lstrip("0"): call_id for call_id in sorted(self._ids) if call_id.startswith("0")}
        for path in self._zone.call_lists:
            listed = self._lists.read(path)
            notes.extend(Note(remark) for remark in (listed.problem, *listed.remarks) if remark is not None)
            unmatched = [call for call in listed.calls if (listed.label, call.line) not in self._matched]
            elsewhere = named_elsewhere({key for call in unmatched for key in listed.keys_of(call)})
            notes.extend(
                _unmatched(listed, call, shortened)
                for call in unmatched
                if call.problem is not None or elsewhere.isdisjoint(listed.keys_of(call))
            )
        return gathered(notes)

    def notes_on_lists(self) -> list[Note]:
        """What is odd about the lists themselves, whatever recordings there are."""
        notes: list[Note] = []
        for listed in map(self._lists.read, self._zone.call_lists):
            problems = (listed.problem, *listed.remarks, *(call.problem for call in listed.calls))
            notes.extend(Note(problem) for problem in problems if problem is not None)
        return [*notes, *self._notes_on_keys()]

    def _notes_on_directions(self) -> Iterator[Note]:
        if self._without_direction:
            verb = "tells its direction" if len(self._without_direction) == 1 else "tells their direction"
            yield Note(
                f"{examples_of(self._without_direction)}: nothing {verb}, by which the agent's channel is set; channel "
                "0 was taken. Give the direction, or a channel for the others: otherwise = 1."
            )

    def _notes_on_keys(self) -> Iterator[Note]:
        for key, (label, count) in self._unknown_keys.items():
            odd = f"{key!r} is not a key and was kept as it is; is {likely_key(key)} meant?"
            yield Note(f"{_several(label, count)}: {odd}")

    def _sidecar(self, path: Path, problems: list[str]) -> Place | None:
        label = self._zone.relative(path)
        if path in self._zone.metadata_outside:
            problems.append(f"{label} {OUTSIDE}")
            return None
        rule = self._lists.rule_of(path)
        try:
            if rule is not None:
                values = read_record(path, label, rule=rule, encoding=self._list_encoding)
                return Place("sidecar", label, values, rule.time_format or self._formats, rule.zone)
            values = read_sidecar(path, label, self._remarks)
        except BadMetadataFile as error:
            problems.append(str(error))
            return None
        if not any(map(known_key, values)) and (preset := preset_of(values)) is not None:
            _count(self._unset_presets, preset, label)
        else:
            self._look_for_likely_keys(values, label)
        return Place("sidecar", label, values, self._formats)

    def _look_for_likely_keys(self, keys: Iterable[str], label: str) -> None:
        known = {known_key(key) for key in keys}
        for key in keys:
            if (likely := likely_key(key)) is not None and likely not in known:
                _count(self._unknown_keys, key, label)

    def _listed(self, file: LandingFile, others: Sequence[Place], stem: str, problems: list[str]) -> Place | None:
        """What the nearest calls.csv that knows the recording says of it."""
        facts = {key for place in others for key in place.values if known_key(key) or key == "date"}
        call_ids = [value for place in others for key, value in place.values.items() if _is_call_id(key)]
        name, beside = storable(file.path.name), self._names_by_folder.get(file.path.parent, set())
        wanted = {_composed(form).casefold() for form in (name, name.rsplit(".", 1)[0])}
        wanted |= {comparable_id(call_id) for call_id in (*call_ids, stem)}
        self._keys.setdefault(file.path, set()).update(wanted)
        for listed in self._lists.that_may_know(file, wanted):
            if listed.problem is not None:
                if not file.sidecars and facts <= {"call_id"}:  # else the list would only have filled gaps
                    problems.append(listed.problem)
                continue
            calls = listed.find(name, (*call_ids, stem), beside)
            if calls:
                self._matched.update((listed.label, call.line) for call in calls)
                return _chosen(listed, calls, listed.rule.time_format or self._formats, problems)
        return None


def _count(counts: dict[str, tuple[str, int]], key: str, label: str) -> None:
    """Keeps the first place of a kind, and how many there are."""
    first, count = counts.get(key, (label, 0))
    counts[key] = (first, count + 1)


def _several(label: str, count: int) -> str:
    return f"{label} (and {count - 1} more)" if count > 1 else label


def _is_call_id(key: str) -> bool:
    return known_key(key) == "call_id"


def _chosen(listed: CallList, calls: list[ListedCall], formats: tuple[str, ...], problems: list[str]) -> Place:
    """What the lines of a call say. Two that differ are a problem, unless they are about different legs of it."""
    problems.extend(call.problem for call in calls if call.problem is not None)
    calls = sorted(calls, key=_order_of_leg)
    first = calls[0]
    for earlier, call in pairwise(calls):
        if call.cells != earlier.cells and call.cells.get(LEG_KEY) == earlier.cells.get(LEG_KEY):
            both = f"{listed.label}, {listed.unit}s {earlier.line} and {call.line},"
            problems.append(f"{both} say different things of the same call; delete the wrong one.")
            break
    values: dict[str, Any] = dict(first.cells)
    leg = str(values.get(LEG_KEY, ""))
    segment = int(leg) if len(calls) == 1 and leg.isdecimal() else None
    if LEG_KEY in values:
        values = {key: value for call in reversed(calls) for key, value in call.cells.items() if key != LEG_KEY}
        values["legs"] = [call.cells for call in calls]
    return Place("calls.csv", listed.place(first.line), values, formats, listed.rule.zone, segment)


def _order_of_leg(call: ListedCall) -> tuple[int, str, int]:
    """Legs with a number by it; lines without a leg, and of the same one, as they stand in the list."""
    leg = str(call.cells.get(LEG_KEY, ""))
    return (int(leg) if leg.isdecimal() else 0, leg, call.line)


def _unmatched(listed: CallList, call: ListedCall, shortened: Mapping[str, str]) -> Note:
    """`shortened` are the ids of recordings by what a spreadsheet leaves of them."""
    if call.problem is not None:
        return Note(call.problem)
    call_id = str(call.cells.get("call_id", ""))
    name = call_id or " and ".join(call.file_names)
    missing = f"{listed.place(call.line)}: there is no recording of {name}"
    if call_id in shortened:
        advice = "a spreadsheet drops zeros in front; format the column as text and export again"
        return Note(f"{missing}, but one of {shortened[call_id]}; {advice}.", f"{listed.label} {advice}")
    try:
        clean_id(call_id)
    except BadValue as error:
        return Note(f"{missing}; {error}.", f"{listed.label} no id")
    return Note(f"{missing}.", f"{listed.label} no recording")


def _listed_name(cell: Any) -> str:
    """The name of a recording in a cell, without the path that it had on the recorder."""
    return _composed(re.split(r"[/\\]", str(cell or ""))[-1])


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
