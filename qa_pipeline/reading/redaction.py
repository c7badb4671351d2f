"""Takes what is personal out of the rows of calls that were read, before anything is written: texts, words, remarks.

Everything that comes after is made of these rows, so no table, page, search, export or rule sees what was said
otherwise. The raw JSON keeps it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.masking import MaskedText, mask, masked_words, time_of
from qa_pipeline.privacy.metadata import known_of_call
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence, Span
from qa_pipeline.reading.rows import Answers
from qa_pipeline.recordings.usable_calls import UsableCall

Row = dict[str, Any]

_WITHOUT_TEXT = ("language", "emotion", "channel_id", "engine", "confidence", "speaker_id", "sentence_id")
"""Fields of remarks whose values are nothing that was said; so are all times."""
_SAID = re.compile(r'"(?:[^"\\]|\\.)*"?')
_DIGITS = re.compile(r"\d(?:[\s-]?\d){2,}")


def redact(answers: Answers, calls: Sequence[UsableCall], policy: RedactionPolicy) -> None:
    """Replaces what is personal in the rows of these calls, and adds the rows of `redactions`."""
    if not policy.is_on:
        return
    known = {call.call_id: known_values(call, policy) for call in calls}
    sentences, texts, remarks = (_by_call(rows) for rows in (answers.sentences, answers.channel_texts, answers.remarks))
    for call_id in sorted({*sentences, *texts, *remarks}):
        of_call = known.get(call_id, [])
        before = _texts_by_channel(sentences[call_id])
        answers.redactions += _redact_sentences(sentences[call_id], of_call, policy)
        for row in texts[call_id]:
            row["text"] = _channel_text(row["text"], before[row["channel_id"]], of_call, policy)
        for row in remarks[call_id]:
            row["value"] = _remark_value(row, of_call, policy)


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


def _texts_by_channel(rows: Sequence[Row]) -> defaultdict[int, list[tuple[str, Row]]]:
    """What each row of `sentences` says before it is redacted."""
    found: defaultdict[int, list[tuple[str, Row]]] = defaultdict(list)
    for row in rows:
        found[row["channel_id"]].append((row["text"], row))
    return found


def _redact_sentences(rows: Sequence[Row], known: Sequence[KnownValue], policy: RedactionPolicy) -> list[Row]:
    """Redacts the sentences of a call and returns its rows of `redactions`."""
    ordered = sorted(rows, key=_in_time)
    said = [SaidSentence(row["role"], row["text"], row["language"], row["begin_ms"], row["end_ms"]) for row in ordered]
    spans: defaultdict[int, list[Span]] = defaultdict(list)
    for span in personal_spans(said, known, policy):
        if span.kind != "order_number" or policy.order_number != "keep":
            spans[span.sentence].append(span)
    found: list[Row] = []
    for place, of_sentence in sorted(spans.items()):
        found += _redact_sentence(ordered[place], of_sentence, policy, len(found) + 1)
    return found


def _redact_sentence(row: Row, spans: Sequence[Span], policy: RedactionPolicy, first_id: int) -> list[Row]:
    text, words = row["text"], row["words"] or []
    masked = mask(text, spans, policy)
    redactions = [
        {
            "call_id": row["call_id"],
            "redaction_id": first_id + number,
            "channel_id": row["channel_id"],
            "role": row["role"],
            "call_date": row["call_date"],
            "kind": each.span.kind,
            "policy": each.policy,
            "sentence_id": row["sentence_id"],
            "begin_char": each.at,
            "end_char": each.at + len(each.text),
            **_times(text, each.span, row),
            "detector": each.span.detector,
        }
        for number, each in enumerate(masked.replacements)
    ]
    row["text"] = masked.text
    row["words"] = (masked_words(text, words, masked) or None) if words else None
    return redactions


def _times(text: str, span: Span, row: Row) -> Mapping[str, int | None]:
    begin_ms, end_ms = time_of(text, span, row["words"] or (), row["begin_ms"], row["end_ms"])
    return {"begin_ms": begin_ms, "end_ms": end_ms}


def _channel_text(
    text: str, sentences: Sequence[tuple[str, Row]], known: Sequence[KnownValue], policy: RedactionPolicy
) -> str:
    """The text of a channel with the redacted sentences instead of what they said. Where the text is not made of its
    sentences it is what the redacted ones say."""
    if not sentences:
        return _redacted_alone(text, known, policy)
    if all(before == row["text"] for before, row in sentences):
        return text if _is_made_of(text, [before for before, _ in sentences]) else _redacted_alone(text, known, policy)
    parts: list[str] = []
    at = 0
    for before, row in sentences:
        begin = text.find(before, at)
        if begin < 0 or text[at:begin].strip():
            return " ".join(row["text"] for _, row in sentences)
        parts += [text[at:begin], row["text"]]
        at = begin + len(before)
    return "".join(parts) if not text[at:].strip() else " ".join(row["text"] for _, row in sentences)


def _is_made_of(text: str, sentences: Sequence[str]) -> bool:
    return "".join(text.split()) == "".join("".join(sentences).split())


def _redacted_alone(text: str, known: Sequence[KnownValue], policy: RedactionPolicy) -> str:
    return _masked_alone(text, known, policy).text


def _masked_alone(text: str, known: Sequence[KnownValue], policy: RedactionPolicy) -> MaskedText:
    return mask(text, personal_spans([SaidSentence("mixed", text)], known, policy), policy)


def _remark_value(row: Row, known: Sequence[KnownValue], policy: RedactionPolicy) -> str | None:
    """The odd value of a remark without what is personal; of what was said also without parts of numbers."""
    value: str | None = row["value"]
    field = str(row["field"])
    if value is None or field.endswith("_time") or field.rpartition(".")[2] in _WITHOUT_TEXT:
        return value
    return _SAID.sub(lambda said: _DIGITS.sub("[digits]", _redacted_alone(said[0], known, policy)), value)
