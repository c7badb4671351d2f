"""Takes what is personal out of the rows of calls that were read, before anything is written: texts, words, remarks.

Everything that comes after is made of these rows, so no table, page, search, export or rule sees what was said
otherwise. The raw JSON keeps it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.masking import mask, masked_words, time_of
from qa_pipeline.privacy.metadata import known_of_call
from qa_pipeline.privacy.policy import Policy, RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence, Span
from qa_pipeline.reading.beyond_sentences import is_made_of, places_beyond
from qa_pipeline.reading.remark_values import masked_value
from qa_pipeline.reading.rows import Answers
from qa_pipeline.recordings.usable_calls import UsableCall

Row = dict[str, Any]

_NOWHERE = dict.fromkeys(("sentence_id", "begin_char", "end_char", "begin_ms", "end_ms"))


def redact(answers: Answers, calls: Sequence[UsableCall], policy: RedactionPolicy) -> None:
    """Replaces what is personal in the rows of these calls, and adds the rows of `redactions`."""
    if not policy.is_on:
        return
    known = {call.call_id: known_values(call, policy) for call in calls}
    sentences, texts, remarks = (_by_call(rows) for rows in (answers.sentences, answers.channel_texts, answers.remarks))
    for call_id in sorted({*sentences, *texts, *remarks}):
        redaction = _CallRedaction(known.get(call_id, []), policy)
        redaction.sentences(sentences[call_id])
        redaction.channel_texts(texts[call_id])
        for row in remarks[call_id]:
            row["value"] = masked_value(str(row["field"]), row["value"], redaction.alone)
        answers.redactions += redaction.places


def known_values(call: UsableCall, policy: RedactionPolicy) -> list[KnownValue]:
    """What the metadata of a call say of the people in it."""
    extra = json.loads(call.extra) if call.extra else {}
    return known_of_call(call.customer_id, extra, (source.agent_name for source in call.sources), policy)


def _by_call(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["call_id"]].append(row)
    return found


def _in_time(row: Row) -> tuple[bool, int, int, int]:
    """The order of a conversation; channels one after the other where nothing has times."""
    return row["begin_ms"] is None, row["begin_ms"] or 0, row["channel_id"], row["sentence_id"]


@dataclass(slots=True)
class _CallRedaction:
    """The rows of one call as they are redacted. `places` are its rows of `redactions`; by channel, `before` is what
    each row of `sentences` said, `hidden` what was said at their places."""

    known: Sequence[KnownValue]
    policy: RedactionPolicy
    places: list[Row] = field(default_factory=list)
    before: defaultdict[int, list[tuple[str, Row]]] = field(default_factory=lambda: defaultdict(list))
    hidden: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    def sentences(self, rows: Sequence[Row]) -> None:
        """Redacts the sentences, looked at together in the order of time."""
        for row in rows:
            self.before[row["channel_id"]].append((row["text"], row))
        ordered = sorted(rows, key=_in_time)
        said = [
            SaidSentence(row["role"], row["text"], row["language"], row["begin_ms"], row["end_ms"]) for row in ordered
        ]
        spans: defaultdict[int, list[Span]] = defaultdict(list)
        for span in self._found(said):
            spans[span.sentence].append(span)
        for place, of_sentence in sorted(spans.items()):
            self._sentence(ordered[place], of_sentence)

    def channel_texts(self, rows: Sequence[Row]) -> None:
        """Redacts the texts of the channels, once their sentences are. What only a text has is listed without a
        sentence and without times, so that its channel is silent."""
        for row in rows:
            text, sentences = row["text"], self.before[row["channel_id"]]
            said = [before for before, _ in sentences]
            if is_made_of(text, said):
                row["text"] = _put_together(text, sentences)
                continue
            found = self._found([SaidSentence("mixed", text)])
            for span in places_beyond(text, said, self.hidden[row["channel_id"]], found):
                self._list(row, span, self.policy.of(span.kind))
            row["text"] = mask(text, found, self.policy).text if _are_as_said(sentences) else _joined(sentences)

    def alone(self, text: str) -> str:
        """A text that belongs to no sentence, redacted by itself."""
        return mask(text, self._found([SaidSentence("mixed", text)]), self.policy).text

    def _found(self, said: Sequence[SaidSentence]) -> list[Span]:
        found = personal_spans(said, self.known, self.policy)
        return [span for span in found if span.kind != "order_number" or self.policy.order_number != "keep"]

    def _sentence(self, row: Row, spans: Sequence[Span]) -> None:
        text, words = row["text"], row["words"] or []
        masked = mask(text, spans, self.policy)
        for each in masked.replacements:
            self.hidden[row["channel_id"]].append(text[each.span.begin : each.span.end])
            place = {"begin_char": each.at, "end_char": each.at + len(each.text), **_times(text, each.span, row)}
            self._list(row, each.span, each.policy, sentence_id=row["sentence_id"], **place)
        row["text"] = masked.text
        row["words"] = (masked_words(text, words, masked) or None) if words else None

    def _list(self, row: Row, span: Span, policy: Policy, **place: int | None) -> None:
        """Adds the row of a place; without a sentence, characters and times where it is in none."""
        of_row = {name: row[name] for name in ("call_id", "channel_id", "role", "call_date")}
        of_span = {"kind": span.kind, "policy": policy, "detector": span.detector}
        self.places.append({**_NOWHERE, **of_row, "redaction_id": len(self.places) + 1, **of_span, **place})


def _times(text: str, span: Span, row: Row) -> Mapping[str, int | None]:
    begin_ms, end_ms = time_of(text, span, row["words"] or (), row["begin_ms"], row["end_ms"])
    return {"begin_ms": begin_ms, "end_ms": end_ms}


def _put_together(text: str, sentences: Sequence[tuple[str, Row]]) -> str:
    """The text of a channel with the redacted sentences instead of what they said, and the blanks that it has."""
    parts: list[str] = []
    at = 0
    for before, row in sentences:
        begin = text.find(before, at)
        if begin < 0 or text[at:begin].strip():  # blanks differ within a sentence
            return text if _are_as_said(sentences) else _joined(sentences)
        parts += [text[at:begin], row["text"]]
        at = begin + len(before)
    return "".join([*parts, text[at:]])


def _are_as_said(sentences: Sequence[tuple[str, Row]]) -> bool:
    return all(before == row["text"] for before, row in sentences)


def _joined(sentences: Sequence[tuple[str, Row]]) -> str:
    return " ".join(row["text"] for _, row in sentences)
