"""Which model each call's channels are sent to, with which parameters and context; or why they are not sent.

What the settings ask of a model that it does not take is an error before anything is sent. What one call asks (its
own language, its length) costs that call and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.transcription.choosing import AUTO, Choice, NoModel, choose
from qa_pipeline.transcription.context import Contexts, context_turns, estimate_tokens
from qa_pipeline.transcription.limits import Ask, refusal
from qa_pipeline.transcription.models import MODELS, AudioForm, Model
from qa_pipeline.transcription.parameters import TranscriptionParameters

LANGUAGE_NOT_TAKEN = "LANGUAGE_NOT_TAKEN"
NOT_TAKEN_BY_MODEL = "NOT_TAKEN_BY_MODEL"

BY_SETTING = "the setting"
"""The reason given for a model that the settings name."""


VOCABULARY_SETTINGS: dict[str, Callable[[Model], bool]] = {
    "vocabulary_id": lambda model: model.takes_vocabulary_id,
    "special_word_filter": lambda model: model.takes_word_filter,
    "hot_words": lambda model: model.takes_hot_words,
}
"""Settings for words, and whether a model has a place for each."""


class AskingCall(Protocol):
    """What of a call decides how it is asked for; durations in seconds, rates in Hz."""

    @property
    def call_id(self) -> str: ...
    @property
    def longest_source_s(self) -> float: ...
    @property
    def language(self) -> str | None: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def sample_rate(self) -> int | None: ...


class NotTaken(ValueError):
    """A call that is not sent: no model, or not the one that is set, takes it. `code` is for tables."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asking:
    """How one call's channels are asked for; `reason` says why of this model, `rule` the same without the call's own
    length. `parameters` are without the context."""

    model: Model
    reason: str
    rule: str
    parameters: TranscriptionParameters
    context: str | None


class ModelChooser:
    """The settings turned into questions: one of these per run."""

    def __init__(self, settings: Settings, contexts: Contexts, region: str | None) -> None:
        """`region` is the one whose models are asked, None where any may be there.

        Raises:
            SettingsError: the settings ask of their model what it does not take; each is named with the fix.
            ContextError: a glossary is longer than a model takes.
        """
        self._settings = settings
        self._region = region
        self._models = {model.id: model for model in settings.possible_models}
        self._contexts = {model.id: contexts.for_model(model) for model in self._models.values()}
        self._all_contexts = contexts
        if settings.model != AUTO:
            require_settings_fit(settings, settings.recognition_model)
        require_vocabulary_fits(settings)

    def for_call(self, call: AskingCall) -> Asking:
        """How `call` is asked for.

        Raises:
            NotTaken: it is not sent, and why.
        """
        choice = self._chosen(call) if self._settings.model == AUTO else self._named(call)
        model = self._models[choice.model.id]
        parameters = TranscriptionParameters(
            language=call.language or self._settings.language,
            enable_itn=self._settings.enable_itn,
            enable_words=self._settings.enable_words,
            vocabulary_id=self._settings.vocabulary_id,
            special_word_filter=self._settings.special_word_filter,
            hot_words=self._settings.hot_words,
        ).for_model(model)
        context = self._contexts[model.id].for_queue(call.queue)
        return Asking(model, choice.reason, choice.rule or choice.reason, parameters, context)

    def _named(self, call: AskingCall) -> Choice:
        model = self._settings.recognition_model
        ask = self._ask(call, model)
        why = refusal(model, ask)
        if why is None:
            return Choice(model, BY_SETTING)
        raise NotTaken(_code(model, ask), f"not sent: {why}")

    def _chosen(self, call: AskingCall) -> Choice:
        context = self._all_contexts.for_queue(call.queue) or ""
        turns = len(context_turns(context))
        ask = replace(self._ask(call, None), context_tokens=estimate_tokens(context), context_turns=turns)
        try:
            return choose(ask, words=self._settings.enable_words, emotion=self._settings.emotion_roles != "none")
        except NoModel as error:
            raise NotTaken(NOT_TAKEN_BY_MODEL, f"not sent: {error}") from error

    def _ask(self, call: AskingCall, model: Model | None) -> Ask:
        language = call.language or self._settings.language
        itn = TranscriptionParameters(language=language, enable_itn=self._settings.enable_itn)
        return Ask(
            name=f"call {call.call_id}",
            form=audio_form(self._settings, model),
            duration_s=call.longest_source_s,
            sample_rate_hz=call.sample_rate,
            language=language if model is None or model.languages else None,
            enable_itn=itn.enable_itn if model is None else itn.for_model(model).enable_itn,
            region=self._region,
        )


def audio_form(settings: Settings, model: Model | None) -> AudioForm:
    """How a model of tasks is given the audio, by the settings.

    What answers at once gets a cut as it takes it; `url`, which every model takes, says nothing against the others.
    """
    is_uploaded = settings.audio_urls == "upload" and (model is None or model.is_task_based)
    return "upload" if is_uploaded else "url"


def require_settings_fit(settings: Settings, model: Model) -> None:
    """Holds what the settings ask against what the model that they name takes; `service_access` looks at the region.

    Raises:
        SettingsError: the first that does not go together, with the models that would take it.
    """
    ask = Ask(name="the recording", form=audio_form(settings, model))
    asked = {
        "QA_LANGUAGE": replace(ask, language=settings.language),
        "QA_ENABLE_ITN": replace(ask, enable_itn=settings.enable_itn, language=settings.language),
    }
    for key, question in asked.items():
        why = refusal(model, question)
        if why is not None:
            raise SettingsError(f"{key} and QA_MODEL do not go together: {why}; change one of the two")


def require_vocabulary_fits(settings: Settings) -> None:
    """Refuses hot words and word filters where no model that may be asked takes them.

    Raises:
        SettingsError: the key, the model and those that take it.
    """
    for key, has_place in VOCABULARY_SETTINGS.items():
        if getattr(settings, key) is None or any(has_place(model) for model in settings.possible_models):
            continue
        takes = ", ".join(model.id for model in MODELS if has_place(model) and model.retired_on is None)
        raise SettingsError(
            f"QA_{key.upper()} and QA_MODEL do not go together: {settings.model} takes none, these do: {takes}; "
            "change one of the two"
        )


def _code(model: Model, ask: Ask) -> str:
    return NOT_TAKEN_BY_MODEL if refusal(model, replace(ask, language=None)) else LANGUAGE_NOT_TAKEN
