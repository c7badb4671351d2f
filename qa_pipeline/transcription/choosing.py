"""Which model a recording is sent to where the setting says `auto`, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from qa_pipeline.transcription.limits import Ask, refusal, spoken_length
from qa_pipeline.transcription.models import (
    FUN_ASR,
    QWEN3_FILETRANS,
    QWEN3_FLASH,
    QWEN3_FLASH_US,
    Model,
)

AUTO = "auto"
"""The value of the setting `model` that leaves the choice to `choose`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model, and one clause that says why it and no other.

    `rule` is the part of `reason` that is the same for every recording the rule sends to this model.
    """

    model: Model
    reason: str
    rule: str = ""


class NoModel(ValueError):
    """No model takes the recording; the message says why the last one does not."""


def choose(ask: Ask, *, words: bool, emotion: bool) -> Choice:
    """The model for one recording: by what is needed of it first, then by its length.

    `words`: times of single words are wanted. `emotion`: somebody's emotion is kept. What is sent at once is one
    channel's own file, so form and container of `ask` do not bind the synchronous models.

    Raises:
        NoModel: none takes it.
    """
    tried = _candidates(words=words, emotion=emotion)
    if ask.duration_s is None:  # it may be long: first those that take long ones
        tried.sort(key=lambda candidate: not candidate[0].is_task_based)
    why_not = ""
    for model, reason in tried:
        fitted = ask if model.is_task_based else replace(ask, form="base64", container=None, size_bytes=None)
        why_not = refusal(model, fitted) or ""
        if not why_not:
            length = "" if ask.duration_s is None else f"{spoken_length(round(ask.duration_s))}; "
            return Choice(model, length + reason, reason)
    raise NoModel(why_not)


def candidates(*, words: bool, emotion: bool) -> tuple[Model, ...]:
    """The models that `choose` may come to, by what is needed."""
    return tuple(model for model, _ in _candidates(words=words, emotion=emotion))


def _candidates(*, words: bool, emotion: bool) -> list[tuple[Model, str]]:
    """Models in the order they are tried, each with the reason that would be given for it."""
    at_once = [
        (QWEN3_FLASH, "up to 5 min and no word times asked: answered at once"),
        (QWEN3_FLASH_US, "the only model of this region"),
    ]
    in_tasks = [(QWEN3_FILETRANS, "sentence times, language and emotion for recordings up to 12 h")]
    if not words:
        return at_once + in_tasks
    by_words = (QWEN3_FILETRANS, "word times and emotion are asked")
    if not emotion:
        return [(FUN_ASR, "word times are asked, emotion is not: only speech is billed"), by_words, at_once[1]]
    return [by_words, at_once[1]]
