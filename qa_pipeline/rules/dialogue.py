"""A call written down by hand, so that a rule can be tried: one line per sentence, and what is known of the call above.

    queue: billing
    duration: 1:00
    unreliable agent: 0:10-0:20 sound_without_words
    0:02 agent: Thank you for calling, this is Wei.
    0:06-0:09 customer (angry, en): I want to cancel.

Times may be left out, then no rule with a window can tell anything. Text without any speaker is the agent's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleCall, RuleSentence, Unreliable, turns_of
from qa_pipeline.search.folding import fold

ROLES = {
    "agent": "agent", "customer": "customer", "other": "other", "mixed": "mixed", "坐席": "agent", "座席": "agent",
    "客服": "agent", "客户": "customer", "顾客": "customer", "caller": "customer",
}  # fmt: skip
EMOTIONS = ("surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful")
WORD_MS = 400
"""How long a word takes where a line says only when it begins."""
CHANNELS = {"agent": 0, "customer": 1, "mixed": 0}


class BadDialogue(ValueError):
    """A line that can't be read; the message has its number."""


class _Said(NamedTuple):
    role: str
    begin_ms: int | None
    end_ms: int | None
    text: str
    language: str | None
    emotion: str | None


def read_dialogue(text: str, *, speaker: str = "agent") -> RuleCall:
    """The call that is written down. `speaker` says the lines that name nobody, where no line does.

    Raises:
        BadDialogue: a line can't be read.
    """
    facts: dict[str, str] = {}
    said: list[_Said] = []
    bare: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _read_line(line.strip(), facts, said, bare)
        except ValueError as error:
            raise BadDialogue(f"line {number}: {error}") from None
    if bare and said:
        raise BadDialogue(f"nobody is named who says {bare[0]!r}; begin the line with agent: or customer:")
    said += [_Said(speaker, None, None, line, None, None) for line in bare]
    if any(each.begin_ms is None for each in said) and any(each.begin_ms is not None for each in said):
        raise BadDialogue("some lines have a time and some have none; give all of them one, or none")
    try:
        return _call("dialogue", facts, _sentences(said))
    except ValueError as error:
        raise BadDialogue(str(error)) from None


def _read_line(line: str, facts: dict[str, str], said: list[_Said], bare: list[str]) -> None:
    head, colon, words = _split(line)
    if not colon:
        bare.append(line)
        return
    times, _, rest = head.partition(" ") if head[:1].isdigit() else ("", "", head)
    name, _, labels = rest.partition("(")
    role = ROLES.get(name.strip().casefold())
    if role is None:
        key = head.strip().casefold()
        if key.split(" ")[0] in ("queue", "direction", "language", "duration", "day", "metric", "unreliable"):
            facts[key] = words.strip()
            return
        if times:
            raise ValueError(f"{rest or head} is nobody; write agent, customer or other")
        bare.append(line)
        return
    begin, dash, end = times.partition("-")
    marks = [mark.strip() for mark in labels.rstrip(") ").split(",") if mark.strip()]
    emotion = next((mark for mark in marks if mark in EMOTIONS), None)
    language = next((mark for mark in marks if mark not in EMOTIONS), None)
    said.append(
        _Said(role, _ms(begin) if begin else None, _ms(end) if dash else None, words.strip(), language, emotion)
    )


def _split(line: str) -> tuple[str, str, str]:
    """What is before the colon that ends the speaker's name, the colon, and what is after it; the colon of a time such
    as 0:02 is not that one."""
    for place, char in enumerate(line):
        is_of_time = 0 < place < len(line) - 1 and line[place - 1].isdigit() and line[place + 1].isdigit()
        if char in ":：" and not is_of_time:
            return line[:place].strip(), char, line[place + 1 :]
    return line, "", ""


def _ms(written: str) -> int:
    """`1:02.5` or `62.5` in ms."""
    seconds = 0.0
    try:
        for part in written.split(":"):
            seconds = 60 * seconds + float(part)
    except ValueError:
        raise ValueError(f"{written} is not a time; write minutes and seconds, such as 1:02.5") from None
    return round(seconds * 1000)


def _sentences(said: Sequence[_Said]) -> list[RuleSentence]:
    sentences: list[RuleSentence] = []
    for number, each in enumerate(said):
        end_ms = each.end_ms
        if each.begin_ms is not None and end_ms is None:
            end_ms = each.begin_ms + WORD_MS * max(1, len(fold(each.text).split()))
            following = [other.begin_ms for other in said[number + 1 :] if other.role == each.role]
            if following and following[0] is not None and each.begin_ms < following[0] < end_ms:
                end_ms = following[0]
        if each.begin_ms is not None and end_ms is not None and end_ms <= each.begin_ms:
            raise ValueError(f"{each.text!r} ends before it begins")
        sentences.append(
            RuleSentence(
                number,
                CHANNELS.get(each.role, 2),
                each.role,
                each.begin_ms,
                end_ms,
                each.text,
                each.language,
                each.emotion,
            )
        )
    return sorted(sentences, key=lambda sentence: sentence.begin_ms or 0)


def _call(call_id: str, facts: dict[str, str], sentences: Sequence[RuleSentence]) -> RuleCall:
    ends = [said.end_ms for said in sentences if said.end_ms is not None]
    has_times = bool(ends) or not sentences
    duration = _ms(facts["duration"]) if "duration" in facts else max(ends, default=None)
    languages = frozenset(facts["language"].replace(",", " ").split()) if "language" in facts else frozenset()
    spoken = frozenset(said.language for said in sentences if said.language)
    return RuleCall(
        call_id,
        turns_of(sentences),
        duration if has_times or "duration" in facts else None,
        call_date=dt.date.fromisoformat(facts["day"]) if "day" in facts else None,
        queue=facts.get("queue"),
        direction=facts.get("direction"),
        languages=languages or spoken,
        metrics={key.split(" ", 1)[1]: float(value) for key, value in facts.items() if key.startswith("metric ")},
        unreliable=_unreliable(facts),
    )


def _unreliable(facts: dict[str, str]) -> dict[str, list[Unreliable]]:
    """`unreliable agent: 0:10-0:20 sound_without_words, 0:30-0:31 words_without_sound`, or `channel_failed` for all of
    it."""
    stretches: dict[str, list[Unreliable]] = {}
    for key, value in facts.items():
        if not key.startswith("unreliable "):
            continue
        for written in value.split(","):
            when, _, reason = written.strip().rpartition(" ")
            begin, _, end = when.partition("-")
            stretch = Unreliable(_ms(begin), _ms(end), reason) if when else Unreliable(0, None, reason)
            stretches.setdefault(key.split(" ", 1)[1], []).append(stretch)
    return stretches
