"""What is wrong with the sound of a channel, and what became of the channel for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa_pipeline.audio.defects import EXPLANATIONS, Defect
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.transcription.engines import heard_by
from qa_pipeline.transcription.imports.reading import IMPORTED_MODEL
from qa_pipeline.wording.clocks import duration, place
from qa_pipeline.wording.languages import ENGLISH, language, t, to_translate
from qa_pipeline.wording.problems import Problem, in_one_text, problem

_STRETCHES_SHOWN = 4

NOT_SENT: dict[str, str] = {
    ChannelAction.SKIP_SILENT: to_translate("silent"),
    ChannelAction.SKIP_DUPLICATE: to_translate("the same as the other channel"),
}
"""Action of a channel that was not sent, and so not paid for → why."""

_SETTING_OF: dict[str, str] = {
    Defect.DUAL_MONO: "on_dual_mono",
    Defect.SILENT: "on_silent_channel",
    Defect.BLEEDING: "on_bleeding",
    Defect.ONE_SIDED: "on_one_sided",
    Defect.TRUNCATED: "on_truncated",
}
"""Defect → the setting that says what is done about it; the others are only reported."""


def origin(*, action: str | None, engine: str | None, model: str | None) -> str | None:
    """Where a channel's words come from; None where it has no transcript and is not left out for its sound.

    `action` is that of `acoustics`, `engine` and `model` are those of `transcripts`; None where there is no such row.
    """
    if action in NOT_SENT:
        return t("not sent, nothing was paid for it: {why}", why=t(NOT_SENT[action]))
    if engine is None or model is None:
        return None
    if model == IMPORTED_MODEL:
        return t("imported, not transcribed here: {engine}", engine=engine)
    if heard_by(engine, model) == engine:
        return t("transcribed by {engine} (asked as {model})", engine=engine, model=model)
    if model in engine:
        return t("transcribed by {engine}", engine=engine)
    return t("transcribed by {engine}, model {model}", engine=engine, model=model)


def failure(code: str | None, message: str | None) -> str:
    """Why a channel that was sent has no transcript."""
    said = in_one_text(problem(code, message)) or t("the service gave no reason")
    return ": ".join((t("not transcribed"), code or t("no code"), said))


def explanation(
    defect: str, missing: str | None = None, late_s: float | None = None, drift_ms_per_min: float | None = None
) -> str:
    """The defect in a sentence. `missing`: for a truncated recording, how much of it is there; `late_s`: by how many
    seconds a channel begins later than the other; `drift_ms_per_min`: by how much more it comes later each minute."""
    if defect == Defect.TRUNCATED and missing:
        return missing if language() == ENGLISH else in_one_text(Problem(t(EXPLANATIONS[Defect.TRUNCATED]), missing))
    if defect == Defect.OUT_OF_STEP and (late_s or drift_ms_per_min):
        return " ".join([*_lateness(late_s), *_drift(drift_ms_per_min)])
    return t(EXPLANATIONS[Defect(defect)]) if defect in set(Defect) else t("No description available in this version.")


def _lateness(late_s: float | None) -> Iterator[str]:
    if late_s:
        yield t(
            "The channel begins {seconds} s later than the other one, with not even line noise before: that party may "
            "have joined later, or its sound comes too late and answers seem slow.",
            seconds=f"{late_s:.2f}",
        )


def _drift(ms_per_min: float | None) -> Iterator[str]:
    if ms_per_min:
        values = {"share": f"{abs(ms_per_min) / 600:.2f}", "drift": f"{abs(ms_per_min):.0f}"}
        yield (
            t(
                "The clocks of both channels run apart by {share}%: this one falls behind the other by {drift} ms "
                "each minute, so who answers or interrupts whom gets less and less certain.",
                **values,
            )
            if ms_per_min > 0
            else t(
                "The clocks of both channels run apart by {share}%: this one gets ahead of the other by {drift} ms "
                "each minute, so who answers or interrupts whom gets less and less certain.",
                **values,
            )
        )


def not_speech(sounds: Sequence[Mapping[str, Any]]) -> str:
    """Ringing, tones, music and announcements of a channel with their times, in a line; empty where there are none.

    `sounds`: `kind`, `begin_ms` and `end_ms` of each stretch, in order.
    """
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for sound in sounds:
        by_kind.setdefault(sound["kind"], []).append(sound)
    return t("; ").join(f"{t(kind)} {_times(stretches)}" for kind, stretches in by_kind.items())


def _times(stretches: Sequence[Mapping[str, Any]]) -> str:
    shown = t(", ").join(
        t("{low} to {high}", low=place(item["begin_ms"]), high=place(item["end_ms"]))
        for item in stretches[:_STRETCHES_SHOWN]
    )
    if len(stretches) <= _STRETCHES_SHOWN:
        return shown
    in_all_s = sum(item["end_ms"] - item["begin_ms"] for item in stretches) / 1000
    more = f"{len(stretches) - _STRETCHES_SHOWN:,}"
    return t("{shown} and {more} times more, {length} in all", shown=shown, more=more, length=duration(in_all_s))


def what_was_done(defect: str, action: str, of_other: str | None) -> str:
    """What became of a channel for a defect. `of_other`: what became of the other channel."""
    setting = _SETTING_OF.get(defect)
    decides = t(" (setting {name})", name=setting) if setting else ""
    return _done(defect, action, of_other) + decides


def _done(defect: str, action: str, of_other: str | None) -> str:
    if action == ChannelAction.QUARANTINE:
        return t("the call was quarantined before anything was sent")
    if defect == Defect.SILENT and action == ChannelAction.SKIP_SILENT:
        return t("the channel was not sent")
    if defect == Defect.DUAL_MONO and action == ChannelAction.SKIP_DUPLICATE:
        return t("the channel was not sent: the other one stands for both")
    if defect == Defect.DUAL_MONO and of_other == ChannelAction.SKIP_DUPLICATE:
        return t("the channel stands for both")
    return t("reported only; the channel is treated like any other")
