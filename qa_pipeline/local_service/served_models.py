"""The models this service answers for: the pipeline's own table, and a few task models that only other clients ask for.

What a model takes and how it is asked is said once, in `transcription.models`.
"""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.transcription.models import FUN_ASR, MODELS, Model, UnknownModel, find_row

_OTHERS: dict[str, Model] = {
    name: replace(FUN_ASR, id=name, aliases=())
    for name in ("paraformer-v1", "paraformer-v2", "paraformer-8k-v1", "paraformer-mtl-v1")
}
"""Models of the same wire as fun-asr that the pipeline itself does not use."""


def find_served_model(name: str) -> Model | None:
    """The model of that id or dated id that works in tasks, or None when this service has none."""
    model = _find(name)
    return model if model is not None and model.is_task_based else None


def find_sync_model(name: str) -> Model | None:
    """The model of that id or dated id that answers at once, or None when this service has none."""
    model = _find(name)
    return None if model is None or model.is_task_based else model


def is_on_generation(model: Model) -> bool:
    """Whether a synchronous model is asked below `/api/v1`."""
    return model.request != "chat"


def is_on_chat(model: Model) -> bool:
    """Whether it answers in the OpenAI style too. Keys of the US are documented as not taken there."""
    return model.request == "chat" or (model.request == "asr_message" and "us" not in model.regions)


def served_model_names() -> list[str]:
    """Every name that a submit may carry, sorted; newer dated ids are taken too."""
    return sorted([*_OTHERS, *(name for model in MODELS if model.is_task_based for name in model.names)])


def sync_model_names() -> list[str]:
    """Every name that a call may carry, sorted; newer dated ids are taken too."""
    return sorted(name for model in MODELS if not model.is_task_based for name in model.names)


def _find(name: str) -> Model | None:
    if name in _OTHERS:
        return _OTHERS[name]
    try:
        return find_row(name)
    except UnknownModel:
        return None
