"""One call on the terminal, in the order of questions: whose call, what is wrong with it, figures, words."""

from __future__ import annotations

from collections.abc import Collection

from rich.text import Text

from qa_pipeline.audio.defects import EXPLANATIONS, Defect
from qa_pipeline.commands.call.layout import UNKNOWN, grid, heading, length, line, place, plain
from qa_pipeline.commands.call.metric_lines import print_metrics
from qa_pipeline.commands.call.missing_metrics import (
    why_no_emotions,
    why_no_languages,
    why_no_metrics,
    why_no_turns,
    why_unknown,
)
from qa_pipeline.commands.call.reading import CallRecord
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import OTHER, ROLES
from qa_pipeline.export.rows import recording_name
from qa_pipeline.published.snapshot import Row
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.transcription.imports.reading import IMPORTED_MODEL
from qa_pipeline.transcription.tables import Role

STATUS_STYLES = {"ok": "green", "partial": "yellow", "failed": "red", "quarantined": "red"}
SETTING_OF: dict[str, str] = {
    Defect.DUAL_MONO: "on_dual_mono",
    Defect.SILENT: "on_silent_channel",
    Defect.BLEEDING: "on_bleeding",
    Defect.ONE_SIDED: "on_one_sided",
    Defect.TRUNCATED: "on_truncated",
}
"""Defect → the setting that says what is done about it; the others are only named."""
GAP_WORTH_SAYING_MS = 1000


def print_call(record: CallRecord, *, turns: int | None, kept_emotions: Collection[str], timezone: str) -> None:
    """Prints a call. `turns`: at most so many, None for all. `kept_emotions`: roles of setting `emotion_roles`.
    `timezone`: name of the zone in which the record's times are given."""
    _print_facts(record, timezone)
    _print_channels(record)
    if record.metrics is None:
        heading("Metrics")
        grid([[plain(f"none: {why_no_metrics(record)}")]])
    else:
        print_metrics(record.metrics, why_unknown(record, kept_emotions))
    if record.rows["transcripts"]:
        _print_shares(record, kept_emotions)
        _print_conversation(record, turns)


def _print_facts(record: CallRecord, timezone: str) -> None:
    call = record.call
    line(plain(call["call_id"], "bold").append("  ").append(call["status"], STATUS_STYLES.get(call["status"])))
    facts = {
        "why": _why(call),
        "when": _when(call, timezone),
        "length": length(call["duration_s"]),
        "agent": _joined(call["agent_name"], call["agent_id"] and f"({call['agent_id']})", sep=" "),
        "customer": call["customer_id"],
        "queue": call["queue"],
        "direction": call["direction"],
        "recording": _joined(
            recording_name(call["source_uri"]), call["codec"], call["sample_rate"] and f"{call['sample_rate']:,} Hz",
            {1: "mono", 2: "stereo"}.get(call["channels"]),
        ),
        "paid": _paid(record),
        "published": record.published and f"{record.published['published_at']:%Y-%m-%d %H:%M}",
    }  # fmt: skip
    skipped = {"why"} if facts["why"] is None else set()
    grid([
        [Text(name, "dim"), plain(value if value is not None else UNKNOWN)]
        for name, value in facts.items() if name not in skipped
    ])  # fmt: skip


def _why(call: Row) -> str | None:
    return _joined(call["status_reason"], call["status_message"], sep=": ")


def _when(call: Row, timezone: str) -> str | None:
    if call["started_at"] is not None:
        return f"{call['started_at']:%Y-%m-%d %H:%M:%S} ({timezone})"
    return f"{call['call_date']}, at an unknown time" if call["call_date"] else None


def _joined(*parts: str | None, sep: str = ", ") -> str | None:
    return sep.join(part for part in parts if part) or None


def _paid(record: CallRecord) -> str:
    tasks = [task for task in record.rows["transcription_tasks"] if task["model"] != IMPORTED_MODEL]
    if not tasks:
        return "nothing was sent"
    billed_s = sum(task["billed_s"] or 0 for task in tasks)
    cost_usd = sum(task["cost_usd"] or 0 for task in tasks)
    requests = f"{len(tasks)} request{'s' if len(tasks) > 1 else ''}"
    return f"{f'US$ {cost_usd:,.4f}' if cost_usd else 'nothing'} for {billed_s:,.0f} s of sound in {requests}"


def _print_channels(record: CallRecord) -> None:
    rows = []
    for role in ROLES:
        if record.channel(role) is None:
            continue
        lines = [_origin(record, role), *_sound_lines(record, role)]
        rows += [
            [Text("" if index else role), Text("" if index else f"channel {record.channel(role)}", "dim"), text]
            for index, text in enumerate(lines)
        ]
    if rows:
        heading("Channels")
        grid(rows)


def _origin(record: CallRecord, role: Role) -> Text:
    """Which engine's words they are, or why there are none."""
    transcript, sound = record.transcript(role), record.sound(role)
    if sound and sound["action"] in (ChannelAction.SKIP_SILENT, ChannelAction.SKIP_DUPLICATE):
        return Text("not sent, nothing was paid for it")
    if transcript:
        if transcript["model"] == IMPORTED_MODEL:
            return plain(f"taken in, not transcribed here: {transcript['engine']}")
        engine, model = transcript["engine"], transcript["model"]
        return plain(f"transcribed by {engine}" + ("" if model in engine else f", model {model}"))
    failed = next((task for task in reversed(record.tasks(role)) if task["code"]), None)
    if failed:
        return plain(f"not transcribed: {_joined(failed['code'], failed['message'], sep=': ')}", "yellow")
    return Text("never sent" if record.call["status"] == "quarantined" else "not transcribed", "yellow")


def _sound_lines(record: CallRecord, role: Role) -> list[Text]:
    sound, other = record.sound(role), record.sound(OTHER[role])
    if sound is None:
        return []
    level = sound["speech_loudness_db"]
    speech = f"speech {sound['speech_s']:,.1f} s ({sound['speech_ratio']:.0%})"
    speech += "" if level is None else f" at {level:.0f} dB"
    alike = sound["correlation"]
    likeness = "" if alike is None else f", correlation with the other channel {round(alike, 2) or 0.0:.2f}"
    texts = [plain(f"{speech}, peak {sound['peak_db']:.0f} dB{likeness}")]
    for name in sound["defects"]:
        texts.append(plain(f"{name}: {_explained(name, sound)}", "yellow"))
        texts.append(plain(f"→ {_what_was_done(name, sound['action'], other['action'] if other else None)}"))
    return texts


def _explained(name: str, sound: Row) -> str:
    if name == Defect.TRUNCATED and sound["missing"]:
        return str(sound["missing"])
    return EXPLANATIONS[Defect(name)] if name in list(Defect) else "a defect that this version does not know"


def _what_was_done(name: str, action: str, of_other: str | None) -> str:
    """What became of a channel for a defect. `of_other`: what became of the other channel."""
    setting = SETTING_OF.get(name)
    decides = f" (setting {setting})" if setting else ""
    if action == ChannelAction.QUARANTINE:
        return f"the call was set aside before anything was sent{decides}"
    if name == Defect.SILENT and action == ChannelAction.SKIP_SILENT:
        return f"the channel was not sent{decides}"
    if name == Defect.DUAL_MONO and action == ChannelAction.SKIP_DUPLICATE:
        return f"the channel was not sent: the other one stands for both{decides}"
    if name == Defect.DUAL_MONO and of_other == ChannelAction.SKIP_DUPLICATE:
        return f"the channel stands for both{decides}"
    return f"only named; the channel is treated like any other{decides}"


def _print_shares(record: CallRecord, kept_emotions: Collection[str]) -> None:
    for table, column in (("languages", "language"), ("emotions", "emotion")):
        rows = []
        for role in ROLES:
            is_of_languages = table == "languages"
            reason = why_no_languages(record, role) if is_of_languages else why_no_emotions(record, role, kept_emotions)
            text = f"{UNKNOWN}  {reason}" if reason else _shares(record.of_role(table, role), column)
            rows.append([Text(role), plain(text)])
        heading(f"{table.capitalize()}, by share of speech")
        grid(rows)


def _shares(rows: list[Row], column: str) -> str:
    of_sentences = " (of sentences, as there are no times)" if any(row["speech_s"] is None for row in rows) else ""
    return ", ".join(f"{row[column]} {row['share']:.0%}" for row in rows) + of_sentences


def _print_conversation(record: CallRecord, most: int | None) -> None:
    turns, sentences = record.rows["turns"], record.rows["sentences"]
    if turns:
        dead_air_ms = _dead_air_ms(record)
        rows = [[Text(place(row["begin_ms"])), Text(row["role"]), _flags(row, dead_air_ms)] for row in turns[:most]]
        _print_words("Turns", rows, turns[:most], len(turns))
    elif sentences:
        rows = [[Text(place(row["begin_ms"])), Text(row["role"]), Text()] for row in sentences[:most]]
        _print_words("Sentences", rows, sentences[:most], len(sentences), f"no turns: {why_no_turns(record)}")
    else:
        heading("Turns")
        grid([[Text("nobody says anything")]])


def _print_words(title: str, rows: list[list[Text]], said: list[Row], total: int, note: str = "") -> None:
    left_out = f"{len(said):,} of {total:,}; --turns all shows all" if len(said) < total else ""
    heading(title, "; ".join(part for part in (note, left_out) if part))
    cells = [[*row, plain(item["text"])] for row, item in zip(rows, said, strict=True)]
    if not any(row[2].plain for row in cells):
        cells = [[*row[:2], row[3]] for row in cells]
    grid(cells, right=frozenset({0}))


def _dead_air_ms(record: CallRecord) -> int:
    thresholds = record.metrics["thresholds"] if record.metrics else {}
    return int(thresholds.get("dead_air_ms", MetricThresholds().dead_air_ms))


def _flags(turn: Row, dead_air_ms: int) -> Text:
    """What is special about a turn: who is cut off, who only murmurs, how long it was silent before."""
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
