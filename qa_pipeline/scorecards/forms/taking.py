"""A form as JSON, taken key by key: what nothing has taken is left, and is named in the end.

So no key is dropped in silence, not even one that a later version of the other system adds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.scorecards.forms.texts import plain_text
from qa_pipeline.scorecards.reading import BadCard

LONGEST_SHOWN = 60
LONGEST_LEFT = 2000
LARGEST = 1e12


@dataclass(slots=True)
class Findings:
    """What reading a form came to say: faults, with which there is no card, and notes on what was not carried over or
    was taken otherwise. Sentences, each with file and place."""

    label: str
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, place: str, said: str) -> None:
        """Something with which there is no card."""
        self.faults.append(f"{self.label}, {place}: {said}.")

    def note(self, place: str, said: str) -> None:
        """Something that is not carried over, or is taken otherwise."""
        self.notes.append(f"{self.label}, {place}: {said}.")


class Taken:
    """An object of a form and its place, such as Items[0].Section. Null is the same as missing."""

    def __init__(self, content: Mapping[str, Any], place: str, findings: Findings) -> None:
        self.place = place
        self.findings = findings
        self._content = {key: value for key, value in content.items() if value is not None}
        self._used: set[str] = set()
        self._inner: list[Taken] = []

    def at(self, key: str) -> str:
        """The place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        """Whether it says anything of a key; takes nothing."""
        return key in self._content

    def note(self, said: str, key: str = "") -> None:
        """A note on it, or on one of its keys."""
        self.findings.note(self.at(key) if key else self.place or "the form", said)

    def fault(self, said: str, key: str = "") -> None:
        """A fault of it, or of one of its keys."""
        self.findings.fault(self.at(key) if key else self.place or "the form", said)

    def raw(self, key: str) -> Any:
        """Whatever is there, None without it."""
        self._used.add(key)
        return self._content.get(key)

    def text(self, key: str) -> str | None:
        """A text; what is none is a fault."""
        value = self.raw(key)
        if value is not None and not isinstance(value, str):
            self.fault(f"{shown(value)} is not a text", key)
            return None
        return value

    def words(self, key: str) -> str | None:
        """A text for people; HTML is taken as plain text, and that is said."""
        text = self.text(key)
        if text is None or (plain := plain_text(text)) == text:
            return text
        self.note("HTML is taken as plain text", key)
        return plain

    def number(self, key: str) -> float | None:
        """A number; what is none, and what is not finite, is a fault."""
        value = self.raw(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not abs(value) < LARGEST:  # nor is NaN
            self.fault(f"{shown(value)} is not a number that a form has", key)
            return None
        return tidy(value)

    def flag(self, key: str) -> bool:
        """True or false; missing is false, anything else a fault."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.fault(f"{shown(value)} is not true or false", key)
        return value is True

    def inner(self, key: str) -> Taken | None:
        """An object within."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.fault(f"{shown(value)} is not an object", key)
            return None
        return self._keep(Taken(value, self.at(key), self.findings))

    def items(self, key: str) -> list[Taken]:
        """The objects of a list within; empty without it."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.fault(f"{shown(value)} is not a list", key)
            return []
        found = []
        for number, each in enumerate(value):
            place = f"{self.at(key)}[{number}]"
            if isinstance(each, Mapping):
                found.append(self._keep(Taken(each, place, self.findings)))
            else:
                self.findings.fault(place, f"{shown(each)} is not an object")
        return found

    def leave(self, key: str, meaning: str) -> None:
        """Names a key, with all that is in it, as not carried over; nothing is said of one that is empty or says no."""
        value = self.raw(key)
        if value is not None and value is not False and value not in ("", [], {}):
            self.note(f"{shown(value, LONGEST_LEFT)} is not carried over: {meaning}", key)

    def __str__(self) -> str:
        return shown(self._content, LONGEST_LEFT)

    def take_rest(self) -> None:
        """Takes all that is left within, which has been spoken of as a whole."""
        self._used |= set(self._content)
        self._inner.clear()

    def untaken(self) -> Iterator[str]:
        """The places that nothing has taken, of all that is within."""
        for key, value in self._content.items():
            if key not in self._used:
                yield f"{self.at(key)} ({shown(value, LONGEST_LEFT)})"
        for each in self._inner:
            yield from each.untaken()

    def _keep(self, inner: Taken) -> Taken:
        self._inner.append(inner)
        return inner


def read_form(content: bytes, label: str) -> Mapping[str, Any]:
    """The JSON object of a file.

    Raises:
        BadCard: it is not one; says where it ends or goes wrong.
    """
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCard([f"{label} is not UTF-8 (byte {error.start}); save it as UTF-8."]) from None
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        is_cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
        why = "ends in the middle; fetch it again, as it is cut off" if is_cut else "is not JSON there"
        said = error.msg[:1].lower() + error.msg[1:]
        raise BadCard([f"{label}, line {error.lineno}, column {error.colno}: {why} ({said})."]) from None
    except RecursionError:
        raise BadCard([f"{label} is nested too deeply to be a form."]) from None
    except ValueError as error:
        raise BadCard([f"{label}: {error}."]) from None
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = str(error.object)[error.start : error.end].encode("unicode_escape").decode()
        raise BadCard([f"{label} holds half of a character, {half}; correct the text that it is in."]) from None
    if not isinstance(found, Mapping):
        raise BadCard([f"{label} is not a form: it holds {shown(found)}, where a form is an object with its keys."])
    return found


def tidy(number: float) -> float:
    """A whole number without its .0, as a person would write it."""
    return int(number) if float(number).is_integer() else number


def shown(value: Any, most: int = LONGEST_SHOWN) -> str:
    """A value as messages have it, cut off after `most` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[:most]}…"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice} is written twice in one object; take one out")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a number of JSON; write a number, or null")
