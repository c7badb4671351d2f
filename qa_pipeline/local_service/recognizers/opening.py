"""Makes the recognizer that the configuration names, where it listens to the sound itself."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.recognizers import Recognizer
from qa_pipeline.local_service.recognizers.openai_server import OpenAiRecognizer
from qa_pipeline.local_service.recognizers.sense_voice import SenseVoiceRecognizer
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer
from qa_pipeline.local_service.recognizers.whisper_weights import whisper_weights
from qa_pipeline.local_service.weights.catalogue import WHISPER_MODEL
from qa_pipeline.local_service.weights.errors import WeightsError

WHISPER_PACKAGE = "ctranslate2"


class ListeningRecognizer(Recognizer, Protocol):
    """A recognizer that works for minutes on one recording and can be told to leave off."""

    def stop(self) -> None:
        """Ends what is under way soon, with a TaskFailure; called when the service stops."""


def listens(config: ServiceConfig) -> bool:
    """Whether the configured recognizer listens, rather than knowing or making up its answers."""
    return config.recognizer in ("whisper", "sense-voice", "openai")


def open_listening_recognizer(config: ServiceConfig) -> ListeningRecognizer:
    """The recognizer, loaded and ready; takes seconds.

    Raises:
        ConfigError: its package, weights or settings are missing or wrong.
    """
    if config.recognizer == "sense-voice":
        assert config.sense_voice_dir is not None, "checked where the configuration is made"
        return SenseVoiceRecognizer(config.sense_voice_dir)
    if config.recognizer == "whisper":
        return open_whisper(config)
    assert config.openai_base_url is not None, "checked where the configuration is made"
    assert config.openai_model is not None, "checked where the configuration is made"
    return OpenAiRecognizer(
        config.openai_base_url,
        config.openai_model,
        endpoint=config.openai_endpoint,
        api_key=config.openai_api_key,
    )


def find_whisper(config: ServiceConfig) -> str | None:
    """What `open_whisper` would be called; None where it can't be had. Hashes the weights when they have changed."""
    if config.whisper_dir is None or find_spec(WHISPER_PACKAGE) is None:
        return None
    try:
        status = (config.whisper_dir / WHISPER_MODEL).stat()
        return _whisper_in(config.whisper_dir, status.st_size, status.st_mtime_ns)
    except (WeightsError, OSError):
        return None


@lru_cache(maxsize=4)
def _whisper_in(folder: Path, _size: int, _changed_ns: int) -> str:
    return whisper_weights(folder).engine


def open_whisper(config: ServiceConfig) -> WhisperRecognizer:
    """Whisper, loaded, with a worker for each recording that may be recognized at once.

    Raises:
        ConfigError: no folder is named, or its package or weights are missing or wrong.
    """
    if config.whisper_dir is None:
        raise ConfigError("recognizer whisper: no folder of weights is named; set QA_WHISPER_DIR or --whisper-dir")
    return WhisperRecognizer(config.whisper_dir, workers=config.threads)
