"""Makes the recognizer that the configuration names, where it listens to the sound itself."""

from __future__ import annotations

from typing import Protocol

from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.recognizers import Recognizer
from qa_pipeline.local_service.recognizers.openai_server import OpenAiRecognizer
from qa_pipeline.local_service.recognizers.sense_voice import SenseVoiceRecognizer


class ListeningRecognizer(Recognizer, Protocol):
    """A recognizer that works for minutes on one recording and can be told to leave off."""

    def stop(self) -> None:
        """Ends what is under way soon, with a TaskFailure; called when the service stops."""


def listens(config: ServiceConfig) -> bool:
    """Whether the configured recognizer listens, rather than knowing or making up its answers."""
    return config.recognizer in ("sense-voice", "openai")


def open_listening_recognizer(config: ServiceConfig) -> ListeningRecognizer:
    """The recognizer, loaded and ready; takes seconds.

    Raises:
        ConfigError: its package, weights or settings are missing or wrong.
    """
    if config.recognizer == "sense-voice":
        assert config.sense_voice_dir is not None, "checked where the configuration is made"
        return SenseVoiceRecognizer(config.sense_voice_dir)
    assert config.openai_base_url is not None, "checked where the configuration is made"
    assert config.openai_model is not None, "checked where the configuration is made"
    return OpenAiRecognizer(
        config.openai_base_url,
        config.openai_model,
        endpoint=config.openai_endpoint,
        api_key=config.openai_api_key,
    )
