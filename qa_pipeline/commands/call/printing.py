"""One call on the terminal, in the order of questions: whose call, what is wrong with it, figures, words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from qa_pipeline.commands.call.layout import grid, heading, line, plain
from qa_pipeline.commands.call.metric_lines import print_metrics
from qa_pipeline.commands.call.reading import CallRecord
from qa_pipeline.commands.call.unsure import UnsureWords
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import OTHER, ROLES
from qa_pipeline.export.rows import recording_name
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import Row
from qa_pipeline.terminal import out
from qa_pipeline.transcription.imports.reading import IMPORTED_MODEL
from qa_pipeline.transcription.roles import Role
from qa_pipeline.wording.channels import explanation, failure, not_speech, origin, what_was_done
from qa_pipeline.wording.clocks import UNKNOWN, clock, moment, place
from qa_pipeline.wording.figures import count, money
from qa_pipeline.wording.missing_labels import Label
from qa_pipeline.wording.missing_metrics import (
    NO_SPEECH,
    CallFacts,
    why_missing,
    why_no_labels,
    why_no_metrics,
    why_no_turns,
)
from qa_pipeline.wording.recordings import recording_lines
from qa_pipeline.wording.remarks import remark_line
from qa_pipeline.wording.retention import texts_deleted
from qa_pipeline.wording.unsure_words import labelled_by, legend
from qa_pipeline.wording.voices import voices_sentence

STATUS_STYLES = {"ok": "green", "partial": "yellow", "failed": "red", "quarantined": "red"}
GAP_WORTH_SAYING_MS = 1000
REMARKS_SHOWN = 10


def print_call(record: CallRecord, facts: CallFacts, *, turns: int | None, timezone: str) -> None:
    """Prints a call. `turns`: at most so many, None for all. `timezone`: name of the zone of the record's times."""
    _print_facts(record, timezone)
    _print_recordings(record)
    _print_channels(record)
    _print_remarks(record)
    if record.metrics is None:
        heading("Metrics")
        grid([[plain(f"none: {why_no_metrics(facts)}")]])
    else:
        print_metrics(record.metrics, why_missing(facts, record.metrics))
    if record.rows["transcripts"]:
        _print_shares(record, facts)
        _print_conversation(record, facts, turns)


def _print_facts(record: CallRecord, timezone: str) -> None:
    call = record.call
    line(plain(call["call_id"], "bold").append("  ").append(call["status"], STATUS_STYLES.get(call["status"])))
    facts = {
        "why": _why(call),
        "when": _when(call, timezone),
        "length": clock(call["duration_s"]),
        "agent": _agents(record),
        "customer": call["customer_id"],
        "queue": call["queue"],
        "direction": call["direction"],
        "recording": _joined(
            recording_name(call["source_uri"]), call["codec"], call["sample_rate"] and f"{call['sample_rate']:,} Hz",
            {1: "mono", 2: "stereo"}.get(call["channels"]),
        ),
        "voices": voices_sentence(
            call.get("form"),
            separation=call.get("voices_separation"),
            is_unsure=call.get("voices_unsure"),
            reason=call.get("voices_unsure_reason"),
        ),
        "words": texts_deleted(call.get("text_deleted_at")),
        "paid": _paid(record),
        "redacted": _redacted(record),
        "published": record.published and moment(record.published["published_at"]),
    }  # fmt: skip
    skipped = {name for name in ("why", "voices", "words", "redacted") if facts[name] is None}
    remarks = call.get("metadata_remarks") or []  # a snapshot of an earlier version has none
    grid([
        *(
            [Text(name, "dim"), plain(value if value is not None else UNKNOWN)]
            for name, value in facts.items() if name not in skipped
        ),
        *([Text("" if index else "remarks", "dim"), plain(text)] for index, text in enumerate(remarks)),
    ])  # fmt: skip


def _agents(record: CallRecord) -> str | None:
    """Who took part, in the order of time."""
    rows = [record.call] if len(record.recordings) < 2 else record.recordings
    named = (_joined(row["agent_name"], row["agent_id"] and f"({row['agent_id']})", sep=" ") for row in rows)
    return ", then ".join(dict.fromkeys(filter(None, named))) or None


def _print_recordings(record: CallRecord) -> None:
    if len(record.recordings) < 2:
        return
    names = [", ".join(map(recording_name, row["source_uris"])) for row in record.recordings]
    heading("Recordings")
    grid(
        [[plain(text), Text(name, "dim")] for text, name in zip(recording_lines(record.recordings), names, strict=True)]
    )


def _why(call: Row) -> str | None:
    return _joined(call["status_reason"], call["status_message"], sep=": ")


def _when(call: Row, timezone: str) -> str | None:
    if call["started_at"] is not None:
        return f"{call['started_at']:%Y-%m-%d %H:%M:%S} ({timezone})"
    return f"{call['call_date']}, at an unknown time" if call["call_date"] else None


def _joined(*parts: str | None, sep: str = ", ") -> str | None:
    return sep.join(part for part in parts if part) or None


def _redacted(record: CallRecord) -> str | None:
    """How many places of each kind are masked in its texts."""
    kinds = Counter(row["kind"] for row in record.rows["redactions"] if row["policy"] != "keep")
    return ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()) or None


def _paid(record: CallRecord) -> str:
    tasks = [task for task in record.rows["transcription_tasks"] if task["model"] != IMPORTED_MODEL]
    if not tasks:
        return "nothing was sent"
    billed_s = sum(task["billed_s"] or 0 for task in tasks)
    cost_usd = sum(task["cost_usd"] or 0 for task in tasks)
    paid = money(cost_usd) if cost_usd else "nothing"
    return f"{paid} for {billed_s:,.0f} s of sound in {count(len(tasks), 'request')}"


def _print_channels(record: CallRecord) -> None:
    rows = []
    for role in ROLES:
        if record.channel(role) is None:
            continue
        lines = [_origin(record, role), *_sound_lines(record.sound(role), record.sound(OTHER[role]))]
        rows += _of_channel(role, record.channel(role), lines)
    for sound in record.rows["call_channels"]:
        if sound["role"] not in ROLES and sound["segment"] == 0:
            channel = sound["channel_id"]
            heard = next((row for row in record.rows["acoustics"] if row["channel_id"] == channel), None)
            lines = [_origin_of_other(record, channel), *_sound_lines(heard, _beside(record, channel))]
            rows += _of_channel(visible(sound["name"] or sound["role"]), channel, lines)
    if rows:
        heading("Channels")
        grid(rows)


def _of_channel(name: str, channel: int | None, lines: Sequence[Text]) -> list[list[Text]]:
    return [
        [Text("" if index else name), Text("" if index else f"channel {channel}", "dim"), text]
        for index, text in enumerate(lines)
    ]


def _beside(record: CallRecord, channel: int) -> Row | None:
    """What was heard on the other channel of a stereo file that has both parties on one."""
    others = [row for row in record.rows["acoustics"] if row["channel_id"] != channel]
    return others[0] if len(others) == 1 and others[0]["role"] == "mixed" else None


def _print_remarks(record: CallRecord) -> None:
    rows = record.rows["transcript_remarks"]
    if rows:
        left_out = (
            f"{REMARKS_SHOWN} of {len(rows):,}; table transcript_remarks has all" if len(rows) > REMARKS_SHOWN else ""
        )
        heading("Odd values in the results", left_out)
        grid([[Text(row["role"]), plain(remark_line(row))] for row in rows[:REMARKS_SHOWN]])


def _origin_of_other(record: CallRecord, channel_id: int) -> Text:
    """Which engine transcribed a channel of neither party."""
    found = next((row for row in record.rows["transcripts"] if row["channel_id"] == channel_id), {})
    return plain(origin(action=None, engine=found.get("engine"), model=found.get("model")) or "not transcribed")


def _origin(record: CallRecord, role: Role) -> Text:
    """Which engine transcribed the channel, or why none did."""
    transcript, sound = record.transcript(role) or {}, record.sound(role) or {}
    found = origin(action=sound.get("action"), engine=transcript.get("engine"), model=transcript.get("model"))
    if found:
        return plain(found)
    if failed := record.last_failure(role):
        return plain(failure(failed["code"], failed["message"]), "yellow")
    return Text("never sent" if record.call["status"] == "quarantined" else "not transcribed", "yellow")


def _sound_lines(sound: Row | None, other: Row | None) -> list[Text]:
    """What was heard on a channel, beside the other one where there is one."""
    if sound is None:
        return []
    level = sound["speech_loudness_db"]
    speech = f"speech {sound['speech_s']:,.1f} s ({sound['speech_ratio']:.0%})"
    speech += "" if level is None else f" at {level:.0f} dB"
    alike = sound["correlation"]
    likeness = "" if alike is None else f", correlation with the other channel {round(alike, 2) or 0.0:.2f}"
    texts = [plain(f"{speech}, peak {sound['peak_db']:.0f} dB{likeness}")]
    if sounds := not_speech(sound.get("sounds") or ()):
        texts.append(plain(f"no speech: {sounds}"))
    for name in sound["defects"]:
        said = explanation(name, sound["missing"], sound.get("late_s"), sound.get("drift_ms_per_min"))
        texts.append(plain(f"{name}: {said}", "yellow"))
        texts.append(plain(f"→ {what_was_done(name, sound['action'], other['action'] if other else None)}"))
    return texts


def _print_shares(record: CallRecord, facts: CallFacts) -> None:
    labels: tuple[tuple[str, Label], ...] = (("languages", "language"), ("emotions", "emotion"))
    for table, label in labels:
        rows = []
        for role in ROLES:
            reason = why_no_labels(facts, role, label)
            text = f"{UNKNOWN}  {reason}" if reason else _shares(record.of_role(table, role), label)
            if table == "languages" and not reason:
                text += _labellers(record.of_role("sentences", role))
            rows.append([Text(role), plain(text)])
        heading(f"{table.capitalize()}, by share of speech")
        grid(rows)


def _shares(rows: list[Row], column: str) -> str:
    of_sentences = " (of sentences, without times)" if any(row["speech_s"] is None for row in rows) else ""
    return ", ".join(f"{row[column]} {row['share']:.0%}" for row in rows) + of_sentences


def _labellers(sentences: list[Row]) -> str:
    """How many sentences have their language from others than the engine."""
    sources = Counter(labelled_by(row.get("language_source")) for row in sentences)
    named = [f"{count(number, 'sentence')} {source}" for source, number in sorted(sources.items()) if source]
    return f" ({', '.join(named)})" if named else ""


def _print_conversation(record: CallRecord, facts: CallFacts, most: int | None) -> None:
    turns, sentences = record.rows["turns"], record.rows["sentences"]
    unsure = UnsureWords(record.rows["sentences"], _threshold(record, "unsure_below"))
    if turns:
        dead_air_ms = _threshold(record, "dead_air_ms")
        rows = [[Text(place(row["begin_ms"])), Text(row["role"]), _flags(row, dead_air_ms)] for row in turns[:most]]
        _print_words("Turns", rows, turns[:most], len(turns), unsure)
    elif sentences:
        rows = [[Text(place(row["begin_ms"])), Text(row["role"]), Text()] for row in sentences[:most]]
        reason = why_no_turns(facts, has_metrics=record.metrics is not None)
        _print_words("Sentences", rows, sentences[:most], len(sentences), unsure, f"no turns: {reason}")
    else:
        heading("Turns")
        grid([[Text(NO_SPEECH)]])


def _print_words(
    title: str, rows: list[list[Text]], said: list[Row], total: int, unsure: UnsureWords, note: str = ""
) -> None:
    left_out = f"{len(said):,} of {total:,}; --turns all shows all" if len(said) < total else ""
    marks = legend(unsure.below) if unsure.is_known and out.is_terminal else ""
    heading(title, "; ".join(part for part in (note, marks, left_out) if part))
    cells = [[*row, unsure.marked(item)] for row, item in zip(rows, said, strict=True)]
    if not any(row[2].plain for row in cells):
        cells = [[*row[:2], row[3]] for row in cells]
    grid(cells, right=frozenset({0}))


def _threshold(record: CallRecord, name: str) -> float:
    """A threshold that the call's metrics were computed with; an earlier version had fewer."""
    thresholds = record.metrics["thresholds"] if record.metrics else {}
    return float(thresholds.get(name, getattr(MetricThresholds(), name)))


def _flags(turn: Row, dead_air_ms: float) -> Text:
    """What is special about a turn: interruption, back-channel or overlap, and the silence before it."""
    flags = Text()
    if turn["interrupts"]:
        flags.append(f"interrupts {turn['interruption_ms'] / 1000:.1f} s", "yellow")
    elif turn["is_backchannel"]:
        flags.append("back-channel", "dim")
    elif turn["overlap_ms"]:
        flags.append(f"overlap {turn['overlap_ms'] / 1000:.1f} s")
    gap_ms = turn["gap_ms"] or 0
    if gap_ms > dead_air_ms or gap_ms >= GAP_WORTH_SAYING_MS:
        flags.append(", " if flags else "")
        name = "dead air" if gap_ms > dead_air_ms else "gap"
        flags.append(f"{name} {gap_ms / 1000:.1f} s", "yellow" if name == "dead air" else "")
    return flags
