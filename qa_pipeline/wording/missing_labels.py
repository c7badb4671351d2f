"""Languages, emotions and times that are missing because an engine or a model does not give them.

A chart or a list must not look as if nobody had felt anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from qa_pipeline.transcription.engine_abilities import abilities_of
from qa_pipeline.transcription.models import UnknownModel, find_model
from qa_pipeline.wording.languages import t, tn

Label = Literal["language", "emotion"]


def gives(model_id: str, label: Label, engine: str = "") -> bool:
    """Whether an engine that is asked for a model labels its text; an imported transcript has no model of ours and may
    have labels."""
    return lacking(model_id, label, engine) is None


def lacking(model_id: str, label: Label, engine: str = "") -> str | None:
    """Which of engine and model gives no labels; None where both may."""
    if label == "emotion" and not abilities_of(engine).gives_emotions:
        return engine
    try:
        model = find_model(model_id)
    except UnknownModel:
        return None
    return None if (model.returns_emotion if label == "emotion" else model.returns_language) else model_id


def gives_times(model_id: str) -> bool:
    """Whether a model says when each sentence was spoken; of what was imported times are asked for."""
    try:
        return find_model(model_id).returns_sentence_times
    except UnknownModel:
        return True


def none_labelled(made_by: Collection[tuple[str, str]], label: Label) -> str:
    """Why transcripts of these engines and models, in pairs, carry no label at all."""
    lacks = {lacking(model, label, engine) for engine, model in made_by}
    without = sorted(who for who in lacks if who is not None)
    if not without or None in lacks:
        return t("none labelled")
    return gives_none(", ".join(without), label)


def gives_none(who: str, label: Label) -> str:
    """That an engine or model gives no labels of a kind."""
    if label == "emotion":
        return t("{engine} gives no emotions", engine=who)
    return t("{engine} gives no languages", engine=who)


def gaps_of(models: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence per gap. Rows: engine, model, channels, untimed and unlabelled (numbers of those channels)."""
    silent: Counter[str] = Counter()
    untimed: dict[str, Counter[str]] = {}
    for row in models:
        if row["unlabelled"] and (who := lacking(row["model"], "emotion", row.get("engine") or "")):
            silent[who] += row["channels"]
        if row["untimed"]:
            untimed.setdefault(row["model"], Counter()).update(untimed=row["untimed"], channels=row["channels"])
    found = [
        tn(
            "{engine} gives no emotions: {n} channel is not labelled.",
            "{engine} gives no emotions: {n} channels are not labelled.",
            n,
            engine=who,
        )
        for who, n in silent.items()
    ]
    for model, numbers in untimed.items():
        why = t("gives no times") if not gives_times(model) else t("gave times that can't be believed")
        found.append(
            tn(
                "{model} {why}: {untimed} of its {n} channel are in no share of speech.",
                "{model} {why}: {untimed} of its {n} channels are in no share of speech.",
                numbers["channels"],
                model=model,
                why=why,
                untimed=f"{numbers['untimed']:,}",
            )
        )
    return found


def nothing_to_show(models: Sequence[Mapping[str, Any]]) -> str:
    """Why a chart of speech time is empty. Rows as of `gaps_of`."""
    if models:
        return t("No speech with times was transcribed in these dates.")
    return t("No speech was transcribed in these dates.")


def labels_are_hidden(models: Sequence[Mapping[str, Any]]) -> bool:
    """Whether speech without an emotion says nothing, since an engine or model of these transcripts gives none: a chart
    then shows what was labelled, and `gaps_of` says what was not. Rows as there."""
    return any(row["unlabelled"] and lacking(row["model"], "emotion", row.get("engine") or "") for row in models)


def why_no_subtitles(models: str) -> str:
    """Why a call can't be shown as subtitles; `models` transcribed its channels without times, joined by `and`."""
    if any(map(gives_times, models.split(" and "))):
        return "a sentence of its transcript has no times (table transcript_remarks); export it as txt, json or vcon"
    return (
        f"its transcript has no times to show subtitles at ({models} gives none); export it as txt, json or vcon, or "
        "transcribe it with a model that gives times"
    )
