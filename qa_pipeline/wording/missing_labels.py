"""Languages, emotions and times that are missing because a model does not give them.

A chart or a list must not look as if nobody had felt anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from qa_pipeline.transcription.models import UnknownModel, find_model
from qa_pipeline.wording.figures import count

Label = Literal["language", "emotion"]


def gives(model_id: str, label: Label) -> bool:
    """Whether a model labels its text; an imported transcript has no model of ours and may have labels."""
    try:
        model = find_model(model_id)
    except UnknownModel:
        return True
    return model.returns_emotion if label == "emotion" else model.returns_language


def gives_times(model_id: str) -> bool:
    """Whether a model says when each sentence was spoken; of what was imported times are asked for."""
    try:
        return find_model(model_id).returns_sentence_times
    except UnknownModel:
        return True


def none_labelled(models: Collection[str], label: Label) -> str:
    """Why transcripts of these models carry no label at all."""
    without = sorted(model for model in models if not gives(model, label))
    return f"{', '.join(without)} gives no {label}s" if models and len(without) == len(models) else "none labelled"


def gaps_of(models: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence per gap. Rows: model, channels, untimed and unlabelled (numbers of those channels)."""
    found = []
    for row in models:
        channels = count(row["channels"], "channel")
        if row["unlabelled"] and not gives(row["model"], "emotion"):
            found.append(
                f"{row['model']} gives no emotions: {count(row['channels'], 'channel', 'is', 'are')} not labelled."
            )
        if row["untimed"]:
            why = "gives no times" if not gives_times(row["model"]) else "gave times that can't be believed"
            found.append(f"{row['model']} {why}: {row['untimed']:,} of its {channels} are in no share of speech.")
    return found


def nothing_to_show(models: Sequence[Mapping[str, Any]]) -> str:
    """Why a chart of speech time is empty. Rows as of `gaps_of`."""
    what = "speech with times" if models else "speech"
    return f"No {what} was transcribed in these dates."
