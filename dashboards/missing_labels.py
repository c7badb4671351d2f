"""What the models of some transcripts do not give, in words: a chart must not look as if nobody had felt anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.transcription.models import UnknownModel, find_model


def gaps_of(models: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence a gap. Rows: model, channels, untimed, unlabelled."""
    found = []
    for row in models:
        channels = f"{row['channels']:,} channel{'s' if row['channels'] != 1 else ''}"
        if row["unlabelled"] and not _gives_emotion(row["model"]):
            found.append(f"{row['model']} gives no emotion: {channels} are not labelled.")
        if row["untimed"]:
            found.append(
                f"{row['model']} gives no times: {row['untimed']:,} of its {channels} are in no share of speech."
            )
    return found


def nothing_to_show(models: Sequence[Mapping[str, Any]]) -> str:
    """Why a chart of speech time is empty."""
    return (
        "No speech with times was transcribed in these dates." if models else "Nothing was transcribed in these dates."
    )


def _gives_emotion(model_id: str) -> bool:
    """Whether the model names emotions; what is no model of the table (an import) may."""
    try:
        return find_model(model_id).returns_emotion
    except UnknownModel:
        return True
