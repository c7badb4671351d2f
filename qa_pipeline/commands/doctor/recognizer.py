"""Whether the recognizer of the settings could work, found out without starting a service or sending any audio."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import httpx

from qa_pipeline.local_service.config import OPENAI_KEY_VARIABLE, is_loopback_host
from qa_pipeline.local_service.errors import ConfigError
from qa_pipeline.local_service.recognizers.openai_requests import shown_address
from qa_pipeline.local_service.recognizers.sense_voice_weights import sense_voice_weights
from qa_pipeline.local_service.recognizers.whisper_model import EXTRA as WHISPER_EXTRA
from qa_pipeline.local_service.recognizers.whisper_weights import whisper_weights
from qa_pipeline.local_service.weights.errors import WeightsError
from qa_pipeline.service.local_process import service_config
from qa_pipeline.settings import Settings

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class RecognizerState:
    """What was found: whether it can work, and what to do where it can't."""

    is_ready: bool
    detail: str
    fix: str = ""


def recognizer_state(settings: Settings) -> RecognizerState:
    """Looks at weights (hashing them, a third of a second), or asks the server for its list of models."""
    if settings.local_recognizer == "reference":
        return RecognizerState(True, "reference: known recordings only")
    if settings.local_recognizer == "auto":
        return _auto(settings)
    try:
        service_config(settings, port=0)
    except ConfigError as error:
        return RecognizerState(False, str(error))
    looks = {"whisper": _whisper, "sense-voice": _sense_voice, "openai": _openai}
    return looks[settings.local_recognizer](settings)


def _auto(settings: Settings) -> RecognizerState:
    """Without Whisper it still knows what it knows, which is all that the samples need."""
    found = _whisper(settings)
    if found.is_ready:
        return RecognizerState(True, f"auto: known recordings; others are heard by {found.detail}")
    is_untouched = not settings.whisper_folder.exists()
    detail = "Whisper is not installed" if is_untouched else found.detail
    return RecognizerState(is_untouched, f"auto: known recordings only, {detail}", found.fix or _HEAR_MORE)


_HEAR_MORE = "to hear any recording: make whisper, then qa-pipeline models pull whisper"


def _whisper(settings: Settings) -> RecognizerState:
    if find_spec("ctranslate2") is None:
        return RecognizerState(False, "whisper: ctranslate2 is not installed", WHISPER_EXTRA)
    try:
        weights = whisper_weights(settings.whisper_folder)
    except (WeightsError, OSError) as error:
        return RecognizerState(False, f"whisper: {error}")
    return RecognizerState(True, f"{weights.engine}: weights in {settings.whisper_folder} are right")


def _sense_voice(settings: Settings) -> RecognizerState:
    if find_spec("sherpa_onnx") is None:
        return RecognizerState(False, "sense-voice: sherpa-onnx is not installed", "pip install '.[local-asr]'")
    try:
        sense_voice_weights(settings.sense_voice_folder)
    except WeightsError as error:
        return RecognizerState(False, f"sense-voice: {error}")
    return RecognizerState(True, f"sense-voice: weights in {settings.sense_voice_folder} are right")


def _openai(settings: Settings) -> RecognizerState:
    assert settings.openai_base_url is not None, "checked with the configuration"
    url = httpx.URL(f"{settings.openai_base_url.rstrip('/')}/models")
    key = settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    where = f"openai: {shown_address(settings.openai_base_url)}"
    try:
        reply = httpx.get(url, headers=headers, timeout=TIMEOUT_S, trust_env=not is_loopback_host(url.host))
    except httpx.HTTPError as error:
        return RecognizerState(False, f"{where} does not answer ({error})", "start it, or correct QA_OPENAI_BASE_URL")
    if reply.status_code in (401, 403):
        return RecognizerState(False, f"{where} refuses the key ({reply.status_code})", f"set {OPENAI_KEY_VARIABLE}")
    served = _served(reply)
    if served and settings.openai_model not in served:
        return RecognizerState(
            False, f"{where} does not serve {settings.openai_model}", f"QA_OPENAI_MODEL is one of: {', '.join(served)}"
        )
    return RecognizerState(True, f"{where} answers, model {settings.openai_model}")


def _served(reply: httpx.Response) -> list[str]:
    """The models the server lists; empty where it has no such list (whisper.cpp, for one, has none)."""
    try:
        return [str(row["id"]) for row in reply.raise_for_status().json()["data"]]
    except (httpx.HTTPError, ValueError, TypeError, KeyError):
        return []
