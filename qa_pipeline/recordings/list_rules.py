"""What qa.toml says of lists that are not called calls.csv: which files they are, and what their columns mean."""

from __future__ import annotations

import difflib
import fnmatch
import functools
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from qa_pipeline.recordings.keys import FILE_KEYS, LEG_KEY, folded, list_key
from qa_pipeline.recordings.list_presets import PRESETS, Preset
from qa_pipeline.recordings.moments import check_time_format
from qa_pipeline.recordings.text_encodings import check_encoding
from qa_pipeline.recordings.values import KEYS

_OPTIONS: Final = ("file", "preset", "columns", "header", "time_format", "timezone", "encoding", "everywhere")
_NOTHING: Final = Preset({})


@dataclass(frozen=True)
class CallListRule:
    """One entry of `call_lists`. `file` is a pattern of names (`cdr-*.csv`), or of paths where it holds a slash."""

    file: str
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    preset: str | None = None
    header: bool = True
    time_format: tuple[str, ...] = ()
    timezone: str | None = None
    encoding: str | None = None
    everywhere: bool = False
    """Whether the list is about the recordings of every folder, and not only those of its own and the ones below."""

    def matches(self, relative_path: str) -> bool:
        """Whether a file of the zone, by its path below the root, is such a list."""
        path = unicodedata.normalize("NFC", relative_path).casefold()
        pattern = unicodedata.normalize("NFC", self.file).casefold()
        return fnmatch.fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that name none."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @property
    def names(self) -> tuple[str, ...]:
        """The headings of a list without any; empty where columns are counted from 1."""
        return self._preset.names

    @property
    def has_columns(self) -> bool:
        """Whether any column has another name than the product's."""
        return bool(self._columns)

    def keys_in(self, record: Mapping[str, Any]) -> int:
        """How many keys this rule finds in a record; 0 where none of them says which call is meant."""
        found = self.read(record, keep_others=False)
        return len(found) if {"call_id", *FILE_KEYS} & set(found) else 0

    def is_mapped(self, heading: str) -> bool:
        """Whether a heading is among the columns that have another name."""
        parts = {part for column in self._columns for part in (column, *column.split("+"))}
        return folded(heading) in {folded(part.strip()) for part in parts}

    def read(self, record: Mapping[str, Any], *, keep_others: bool = True) -> dict[str, Any]:
        """The values of a line or record by the product's keys; `keep_others` adds those that mean nothing to it."""
        by_folded = {folded(name): name for name in reversed(list(record))}
        values: dict[str, Any] = {}
        used: set[str] = set()
        for column, key in self._columns.items():
            value = _look_up(record, by_folded, column, used)
            if value is None and "+" in column:
                parts = [_look_up(record, by_folded, part.strip(), used) for part in column.split("+")]
                value = None if None in parts else " ".join(map(str, parts))
            if value is not None and (plain := self._plain(key, value)) is not None:
                values.setdefault(key, plain)
        mapped = set(self._columns.values())
        for name, value in record.items():
            own_key = list_key(name)
            if name in used or _is_empty(value) or isinstance(value, Mapping | list):
                continue
            if own_key is not None and own_key not in mapped:
                values.setdefault(own_key, value)
            elif keep_others:
                values.setdefault(name if own_key is None else f"column {name}", value)
        return values

    @property
    def _preset(self) -> Preset:
        return PRESETS[self.preset] if self.preset else _NOTHING

    @functools.cached_property
    def _columns(self) -> Mapping[str, str]:
        """The user's own columns go before those of the preset."""
        own = {folded(column) for column in self.columns}
        return {**self.columns, **{name: key for name, key in self._preset.columns.items() if folded(name) not in own}}

    def _plain(self, key: str, value: Any) -> Any:
        """A value as the checks take it, None where it says nothing."""
        if isinstance(value, str) and self._preset.is_url_encoded:
            value = unquote(value)
        if key == "direction" and isinstance(value, str):
            words = {folded(word): direction for word, direction in self._preset.directions.items()}
            value = words.get(folded(value), value)
        if key == "agent_channel" and isinstance(value, str):
            channels = {folded(word): channel for word, channel in self._preset.agent_channels.items()}
            value = channels.get(folded(value), value)
        return None if _is_empty(value) else value


def read_rules(value: Any) -> tuple[CallListRule, ...]:
    """The entries of `call_lists`: a list of tables, or JSON of one. Raises ValueError, naming entry and reason."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f'not JSON such as [{{"file": "cdr.csv", "preset": "asterisk-cdr"}}] ({error})') from None
    if not isinstance(value, list | tuple):
        raise ValueError("write each as a table [[call_lists]]")
    return tuple(_rule(item, number) for number, item in enumerate(value, 1))


def preset_of(record: Mapping[str, Any]) -> str | None:
    """The preset whose columns these are, to be named to somebody who has set none."""
    rules = [CallListRule("", preset=name) for name, preset in PRESETS.items() if not preset.names]
    best = max(rules, key=lambda rule: rule.keys_in(record))
    return best.preset if best.keys_in(record) > 1 else None


def _rule(item: Any, number: int) -> CallListRule:
    if isinstance(item, CallListRule):
        return item
    if not isinstance(item, Mapping):
        raise ValueError(f"entry {number} is not a table")
    place = f"entry {number}"
    for key in item:
        if key not in _OPTIONS:
            like = difflib.get_close_matches(str(key), _OPTIONS, n=1)
            raise ValueError(f"{place} has no key {key!r}; " + (f"is {like[0]} meant?" if like else f"use {_OPTIONS}"))
    try:
        return _checked(item)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _checked(item: Mapping[str, Any]) -> CallListRule:
    pattern = item.get("file")
    if not isinstance(pattern, str) or not pattern.strip():
        raise ValueError('file is missing: a name or a pattern such as "cdr-*.csv"')
    preset = item.get("preset")
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"preset {preset!r} is not one of {', '.join(PRESETS)}")
    columns = item.get("columns", {})
    if not isinstance(columns, Mapping):
        raise ValueError('columns is not a table such as { "Conversation ID" = "call_id" }')
    for column, key in columns.items():
        if not isinstance(key, str) or list_key(key) is None:
            raise ValueError(f"column {column!r} can't be {key!r}; keys are {', '.join((*KEYS, *FILE_KEYS, LEG_KEY))}")
    header = item.get("header", not (preset and PRESETS[preset].names))
    if not isinstance(header, bool):
        raise ValueError("header is true or false")
    formats = item.get("time_format", PRESETS[preset].time_format if preset else ())
    formats = (formats,) if isinstance(formats, str) else formats
    if not isinstance(formats, list | tuple) or not all(isinstance(text, str) for text in formats):
        raise ValueError("time_format is a format such as '%d/%m/%Y %H:%M', or a list of them")
    timezone, encoding, everywhere = item.get("timezone"), item.get("encoding"), item.get("everywhere", False)
    if not isinstance(everywhere, bool):
        raise ValueError("everywhere is true or false")
    if timezone is not None:
        _check_timezone(timezone)
    return CallListRule(
        file=pattern.strip(),
        columns={str(column): list_key(key) or key for column, key in columns.items()},
        preset=preset,
        header=header,
        time_format=tuple(check_time_format(text) for text in formats),
        timezone=timezone,
        encoding=None if encoding is None else check_encoding(str(encoding)),
        everywhere=everywhere,
    )


def _check_timezone(name: Any) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, TypeError, OSError):
        raise ValueError(f"timezone {name!r} is not a time zone name such as America/New_York") from None


def _look_up(record: Mapping[str, Any], by_folded: Mapping[str, str], path: str, used: set[str]) -> Any:
    """The value under a heading, or along a path with points; None where it leads nowhere or to a table."""
    name = path if path in record else by_folded.get(folded(path))
    if name is not None:
        used.add(name)
        return _scalar(record[name])
    first, _, rest = path.partition(".")
    name = first if first in record else by_folded.get(folded(first))
    if not rest or name is None:
        return None
    inner = record[name]
    if isinstance(inner, list):
        inner = {str(number): item for number, item in enumerate(inner)}
    if not isinstance(inner, Mapping):
        return None
    return _look_up(inner, {folded(key): key for key in reversed(list(inner))}, rest, set())


def _scalar(value: Any) -> Any:
    return None if isinstance(value, Mapping | list) or _is_empty(value) else value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
