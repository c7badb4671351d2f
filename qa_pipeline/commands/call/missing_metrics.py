"""Why a metric of a call is not known, in words: a dash alone leaves people guessing.

A metric is None for a reason that the other tables tell: a channel that was not transcribed, a model without times or
emotions, a mean over nothing. The rules follow docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from qa_pipeline.audio.defects import Defect
from qa_pipeline.commands.call.reading import CallRecord
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import ROLES
from qa_pipeline.published.snapshot import Row
from qa_pipeline.transcription.models import UnknownModel, find_model
from qa_pipeline.transcription.tables import Role

NO_TIMES_NEEDED = frozenset({"Languages", "Swapped channels"})
"""Sections whose columns need no times; of the others only counts of sentences don't."""

OF_AGENT = ("response_ms_p50", "response_ms_p90")
OF_CUSTOMER = ("valence_shift", "trajectory", "negative_share", "escalated", "recovered")
"""Columns of one role that don't have its name."""


def role_of_column(column: str) -> Role | None:
    """Whose metric it is; None for one of the whole call."""
    if CATALOGUE[column].section == "Swapped channels":
        return None
    for role in ROLES:
        if column.startswith(f"{role}_"):
            return role
    return "agent" if column in OF_AGENT else "customer" if column in OF_CUSTOMER else None


def why_no_metrics(record: CallRecord) -> str:
    """Why a call has no row of metrics."""
    call = record.call
    if call["status"] == "quarantined":
        return "the call was set aside before anything was sent"
    if not record.rows["transcripts"]:
        return "no channel was transcribed"
    day = f"`qa-pipeline run --from {call['call_date']}` works them out; nothing is paid for twice"
    if "call_metrics" in record.missing_tables:
        return f"this snapshot was published by a version that had none; {day}"
    return f"they were not worked out yet; {day}"


def why_unknown(record: CallRecord, kept_emotions: Collection[str]) -> dict[str, str]:
    """Column → reason, for each column of `call_metrics` that is None. `kept_emotions`: roles of `emotion_roles`."""
    metrics = record.metrics
    if metrics is None:
        return {}
    thresholds = metrics["thresholds"]
    reasons = {}
    for column in CATALOGUE:
        if metrics.get(column) is None and not _goes_without_saying(column, metrics):
            reasons[column] = _reason(column, record, thresholds, kept_emotions)
    return reasons


def why_no_languages(record: CallRecord, role: Role) -> str | None:
    """Why none is known of a role; None where one is."""
    if record.of_role("languages", role):
        return None
    return _not_transcribed(record, role) or _nothing_said(record, role) or _not_given(record, role, "language")


def why_no_emotions(record: CallRecord, role: Role, kept_emotions: Collection[str]) -> str | None:
    """Why none is known of a role; None where one is."""
    if record.of_role("emotions", role):
        return None
    for reason in (_not_transcribed(record, role), _nothing_said(record, role)):
        if reason:
            return reason
    if role not in kept_emotions:
        return f"emotions of the {role} are not kept (setting emotion_roles)"
    return _not_given(record, role, "emotion")


def why_no_turns(record: CallRecord) -> str:
    """Why a call with sentences has no turns."""
    if record.call["status"] == "quarantined" or not record.rows["transcripts"]:
        return why_no_metrics(record)
    for role in ROLES:
        reason = _not_transcribed(record, role) or _no_times(record, role)
        if reason:
            return reason
    return why_no_metrics(record) if record.metrics is None else "nobody says anything"


def _goes_without_saying(column: str, metrics: Row) -> bool:
    """Words beside a figure: where that is known or explained, they need no reason of their own."""
    return column == "agent_channel_evidence" or column.endswith("talk_speed_unit")


def _reason(column: str, record: CallRecord, thresholds: Row, kept_emotions: Collection[str]) -> str:
    return next(_reasons(column, record, thresholds, kept_emotions), "no reason is known")


def _reasons(column: str, record: CallRecord, thresholds: Row, kept_emotions: Collection[str]) -> Iterator[str]:
    """All that apply, the most telling first."""
    section, own = CATALOGUE[column].section, role_of_column(column)
    roles = ROLES if own is None or column in OF_AGENT or _is_of_two(column) else (own,)
    needs_times = section not in NO_TIMES_NEEDED and not column.endswith("_sentences")
    checks = [_not_transcribed, _no_times] if needs_times else [_not_transcribed]
    yield from (reason for check in checks for role in roles if (reason := check(record, role)))
    if section == "Emotions" and own is not None:
        yield from _of_emotions(column, record, own, kept_emotions)
    elif section == "Languages":
        yield from (reason for role in roles if (reason := why_no_languages(record, role)))
    elif section == "Words without sound, sound without words":
        yield "the sound was not measured"
    elif section == "Talk speed" and own is not None:
        yield _of_speed(thresholds)
    elif section == "Response time":
        yield "the agent never answers the customer"
    elif column == "agent_channel_suspect":
        yield "nobody says what only agents say"
    elif column == "silence_ratio":
        yield "the recording has no length"
    elif not record.rows["sentences"]:
        yield "nobody says anything"
    elif column == "talk_ratio":
        yield "what was said has no length"


def _is_of_two(column: str) -> bool:
    """Columns of one role that are only known where both are: whoever is interrupted is the other."""
    return CATALOGUE[column].section in ("Turns and back-channels", "Interruptions") and not column.endswith(
        "_sentences"
    )


def _of_emotions(column: str, record: CallRecord, role: Role, kept_emotions: Collection[str]) -> Iterator[str]:
    none = why_no_emotions(record, role, kept_emotions)
    if none:
        yield none
    elif column == "valence_shift":
        yield "all of it is said in one quarter of the recording"
    else:
        yield "nothing with an emotion is said then"


def _of_speed(thresholds: Row) -> str:
    default = MetricThresholds()
    talk_ms = thresholds.get("talk_speed_min_talk_ms", default.talk_speed_min_talk_ms)
    sentence_ms = thresholds.get("talk_speed_min_sentence_ms", default.talk_speed_min_sentence_ms)
    return f"under {talk_ms / 1000:g} s of talk in sentences of {sentence_ms / 1000:g} s and more"


def _not_transcribed(record: CallRecord, role: Role) -> str | None:
    if any(Defect.DUAL_MONO in sound["defects"] for sound in record.rows["acoustics"]):
        return "both channels carry the same sound, so nobody knows who says what"
    if record.transcript(role):
        return None
    if not record.rows["transcripts"]:
        codes = sorted({task["code"] for each in ROLES for task in record.tasks(each) if task["code"]})
        return "no channel was transcribed" + (f": {', '.join(codes)}" if codes else "")
    code = next((task["code"] for task in reversed(record.tasks(role)) if task["code"]), None)
    return f"the {role}'s channel was not transcribed" + (f": {code}" if code else "")


def _no_times(record: CallRecord, role: Role) -> str | None:
    transcript = record.transcript(role)
    if transcript and any(row["begin_ms"] is None for row in record.of_role("sentences", role)):
        return f"{transcript['model']} gives no times"
    return None


def _nothing_said(record: CallRecord, role: Role) -> str | None:
    return None if record.of_role("sentences", role) else f"the {role} says nothing"


def _not_given(record: CallRecord, role: Role, what: str) -> str:
    transcript = record.transcript(role)
    model = transcript["model"] if transcript else ""
    try:
        is_given = bool(getattr(find_model(model), f"returns_{what}"))
    except UnknownModel:  # an import may have them
        is_given = True
    return f"no {what} of the {role} was labelled" if is_given else f"{model} gives no {what}s"
