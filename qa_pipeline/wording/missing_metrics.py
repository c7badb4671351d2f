"""Why a metric of a call is missing: a dash alone leaves people guessing.

A metric is null for a reason that the other tables hold: a channel that was not transcribed, a model without times or
emotions, a mean over nothing. What each metric needs is in the catalogue.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa_pipeline.conversation.analysis import UNTOLD_ON_ONE_CHANNEL
from qa_pipeline.conversation.catalogue import CATALOGUE, MetricEntry
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import ROLES
from qa_pipeline.transcription.roles import Role
from qa_pipeline.wording.languages import t, to_translate
from qa_pipeline.wording.missing_labels import Label, gives_none, gives_times, lacking

NO_SPEECH = to_translate("no speech")


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What the tables hold of one role's channel: the model of its transcript (None: there is none), the code of the
    last attempt that failed, what the sentences carry, and which engine made it."""

    model: str | None = None
    failure: str | None = None
    has_sentences: bool = False
    has_times: bool = False
    has_languages: bool = False
    has_emotions: bool = False
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What explains a call's missing metrics.

    `form` and `voices_unsure` are the columns of `calls`. `kept_emotions` are the roles of setting `emotion_roles`;
    `has_metrics_table` is false in a snapshot that was
    published before there were metrics.
    """

    status: str
    call_date: dt.date | None
    roles: Mapping[Role, RoleFacts]
    is_dual_mono: bool
    kept_emotions: Collection[str]
    has_metrics_table: bool = True
    form: str | None = None
    voices_unsure: bool = False

    @property
    def is_transcribed(self) -> bool:
        """Whether any channel has a transcript."""
        of_both = self.form in ("diarized", "single") and self.status == "ok"
        return of_both or any(facts.model is not None for facts in self.roles.values())


def why_no_metrics(call: CallFacts) -> str:
    """Why a call has no row of metrics."""
    if call.status == "quarantined":
        return t("the call was quarantined before anything was sent")
    if not call.is_transcribed:
        return t("no channel was transcribed")
    why = (
        t("not computed yet")
        if call.has_metrics_table
        else t("this snapshot was published by a version without metrics")
    )
    return t(
        "{why}; `qa-pipeline run --from {date}` computes them; nothing is paid for twice", why=why, date=call.call_date
    )


def why_missing(call: CallFacts, metrics: Mapping[str, Any]) -> dict[str, str]:
    """Column → reason, for each column of `call_metrics` that is None in the row `metrics`.

    Columns that only explain another (the unit of a speed, the evidence of a suspicion) have no reason of their own.
    """
    return {
        column: next(_reasons(entry, call, metrics["thresholds"]), t("no known reason"))
        for column, entry in CATALOGUE.items()
        if metrics.get(column) is None and column != "agent_channel_evidence" and not column.endswith("talk_speed_unit")
    }


def why_no_labels(call: CallFacts, role: Role, label: Label) -> str | None:
    """Why no language or emotion of a role is known; None where one is."""
    facts = call.roles[role]
    if facts.has_languages if label == "language" else facts.has_emotions:
        return None
    if reason := _not_transcribed(call, role):
        return reason
    if not facts.has_sentences:
        return t("no speech of the {role}", role=t(role))
    if label == "emotion" and role not in call.kept_emotions:
        return t("emotions of the {role} are not kept (setting emotion_roles)", role=t(role))
    if facts.model and (who := lacking(facts.model, label, facts.engine or "")):
        return gives_none(who, label)
    if label == "emotion":
        return t("no emotion of the {role} was labelled", role=t(role))
    return t("no language of the {role} was labelled", role=t(role))


def why_no_turns(call: CallFacts, *, has_metrics: bool) -> str:
    """Why a call has no turns."""
    if call.status == "quarantined" or not call.is_transcribed:
        return why_no_metrics(call)
    reasons = (check(call, role) for role in ROLES for check in (_not_transcribed, _no_times))
    return next(filter(None, reasons), t(NO_SPEECH) if has_metrics else why_no_metrics(call))


def _reasons(entry: MetricEntry, call: CallFacts, thresholds: Mapping[str, Any]) -> Iterator[str]:
    """All that apply, the most telling first."""
    if call.form == "diarized" and entry.column in UNTOLD_ON_ONE_CHANNEL and not call.voices_unsure:
        yield t("the recording is mono, where two voices at once can't be told apart")
    yield from filter(None, (_not_transcribed(call, role) for role in entry.roles))
    if entry.needs_times:
        yield from filter(None, (_no_times(call, role) for role in entry.roles))
    if entry.section in ("Emotions", "Languages"):
        label: Label = "emotion" if entry.section == "Emotions" else "language"
        yield from filter(None, (why_no_labels(call, role, label) for role in entry.roles))
    if entry.section == "Talk speed":
        talk_ms, sentence_ms = (
            thresholds.get(name, getattr(MetricThresholds(), name)) / 1000
            for name in ("talk_speed_min_talk_ms", "talk_speed_min_sentence_ms")
        )
        yield t(
            "under {talk} s of talk in sentences of {sentence} s and more",
            talk=f"{talk_ms:g}",
            sentence=f"{sentence_ms:g}",
        )
    if entry.cause:
        yield t(entry.cause)


def _not_transcribed(call: CallFacts, role: Role) -> str | None:
    if call.form == "single":
        return t("the recording is mono and was kept without roles (setting on_mono)")
    if call.voices_unsure:
        return t("the recording is mono, and its two voices could not be told apart for sure")
    if call.is_dual_mono:
        return t("both channels carry the same sound, so the roles cannot be told apart")
    if call.roles[role].model is not None:
        return None
    if call.is_transcribed:
        codes, what = [call.roles[role].failure], t("the {role}'s channel was not transcribed", role=t(role))
    else:
        codes, what = [facts.failure for facts in call.roles.values()], t("no channel was transcribed")
    named = ", ".join(sorted({code for code in codes if code}))
    return what + (f": {named}" if named else "")


def _no_times(call: CallFacts, role: Role) -> str | None:
    facts = call.roles[role]
    if not facts.has_sentences or facts.has_times:
        return None
    if facts.model and gives_times(facts.model):
        return t("a sentence of the {role} has no times that can be believed (table transcript_remarks)", role=t(role))
    return t("{model} gives no times", model=facts.model)
