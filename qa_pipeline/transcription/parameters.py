"""What is asked of the service for one channel, and the hash that makes two askings the same work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from qa_pipeline.transcription.languages import FUN_ASR_CODES
from qa_pipeline.transcription.models import Model, Request


@dataclass(frozen=True, slots=True)
class TranscriptionParameters:
    """Everything that changes what the service answers, besides audio, channel and model.

    `request` is how the model is asked (see `Model.request`); `for_model` sets it. `special_word_filter` and
    `hot_words` are JSON text as the models document them.
    """

    language: str | None = None
    enable_itn: bool = False
    enable_words: bool = False
    context: str | None = None
    vocabulary_id: str | None = None
    special_word_filter: str | None = None
    hot_words: str | None = None
    request: Request = "file_url"

    def for_model(self, model: Model) -> TranscriptionParameters:
        """What of these `model` documents: what it does not know is left out, so it makes no difference to the work.

        A language that the model can't be asked for stays: leaving it out would be another question.
        """
        itn_fits = bool(model.itn_languages) and (self.language is None or self.language in model.itn_languages)
        return replace(
            self,
            language=self.language if model.languages else None,
            enable_itn=self.enable_itn and itn_fits,
            enable_words=self.enable_words and model.request == "file_url",
            context=self.context if model.max_context_tokens else None,
            vocabulary_id=self.vocabulary_id if model.takes_vocabulary_id else None,
            special_word_filter=self.special_word_filter if model.takes_word_filter else None,
            hot_words=self.hot_words if model.takes_hot_words else None,
            request=model.request,
        )

    def to_request(self) -> dict[str, Any]:
        """For a model of tasks the `parameters` of its submit, without `channel_id`; for a synchronous model
        the options of a call by our own names. What is unset is left out."""
        wire = self._documented()
        return with_context(self.request, wire, self.context) if self.context else wire

    @property
    def digest(self) -> str:
        """16 hex digits over the request's canonical JSON: part of the key of a paid unit of work.

        The context is not in it: a better glossary is no reason to pay again for what was answered.
        """
        canonical = json.dumps(self._documented(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def _documented(self) -> dict[str, Any]:
        if self.request == "file_url":
            wire: dict[str, Any] = {"enable_itn": self.enable_itn, "enable_words": self.enable_words}
            return wire | ({"language": self.language} if self.language else {})
        if self.request in ("file_urls", "file_urls_turns"):
            return self._fun_asr()
        if self.request == "asr_message":
            return {"enable_itn": self.enable_itn} | ({"language": self.language} if self.language else {})
        return self._vocabulary() if self.request == "paired_messages" else {}

    def _fun_asr(self) -> dict[str, Any]:
        wire: dict[str, Any] = {}
        if self.language:
            wire["language_hints"] = [FUN_ASR_CODES.get(self.language, self.language)]
        wire |= self._vocabulary()
        if self.special_word_filter:
            wire["special_word_filter"] = self.special_word_filter
        return wire

    def _vocabulary(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"vocabulary_id": self.vocabulary_id} if self.vocabulary_id else {}
        return wire | ({"vocabulary": json.loads(self.hot_words)} if self.hot_words else {})


def with_context(request: Request, wire: dict[str, Any], context: str | None) -> dict[str, Any]:
    """`wire` (what `to_request` gives) with the context where a model of that kind takes it: in the place of the wire
    where it is a parameter, else as `context`."""
    if not context or request == "file_urls" or request == "bare_message":
        return wire
    return {**wire, "corpus": {"text": context}} if request == "file_url" else {**wire, "context": context}
