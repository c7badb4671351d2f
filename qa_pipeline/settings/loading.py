"""The settings in force: for what only reads, and for what works on the landing zone."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError as UndecodableVariable

from qa_pipeline.settings.config_file import SettingsError, explain, find_config, refuse_key_in_file
from qa_pipeline.settings.derived import Settings

DEMO_FIRST_DAY = dt.date(2025, 9, 1)
"""The first call date of the sample calls."""


def load_settings(**overrides: Any) -> Settings:
    """Reads environment and qa.toml; `overrides` (field names) win over both.

    Raises:
        SettingsError: a key or value is wrong, or the file is not TOML; the message says which and what is allowed.
    """
    config = find_config()
    if os.environ.get("QA_CONFIG") and not config.is_file():
        raise SettingsError(f"QA_CONFIG names {config}, which is not a file; correct it or unset it")
    try:
        refuse_key_in_file(config)
        settings = Settings(project_root=config.parent, **overrides)
    except ValidationError as error:
        raise SettingsError(explain(error, config)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config} is not valid TOML: {error}") from None
    except UndecodableVariable as error:  # its own words name the field only
        tables = [name for name in ("QA_ACOUSTICS", "QA_METRICS") if name.removeprefix("QA_").lower() in str(error)]
        raise SettingsError(f'{" or ".join(tables)} is not JSON such as {{"name": 1}}: {error.__cause__}') from None
    absolute = {
        "home": settings.resolve(settings.home),
        "recordings": settings.resolve(folder) if (folder := settings.landing_folder) else settings.recordings,
        "local_references": tuple(settings.resolve(path) for path in settings.local_references),
        "whisper_dir": settings.resolve(settings.whisper_dir) if settings.whisper_dir else None,
        "voices_dir": settings.resolve(settings.voices_dir) if settings.voices_dir else None,
        "sense_voice_dir": settings.resolve(settings.sense_voice_dir) if settings.sense_voice_dir else None,
    }
    settings = settings.model_copy(update=absolute)
    return _on_the_demo(settings) if _only_demo(settings) and settings.uses_local_service else settings


def load_pipeline_settings() -> Settings:
    """The settings of what works on the landing zone: runs, Dagster's definitions, forecasts, retries.

    As `load_settings`, but where the demo's recordings are all there is they are answered by the local service,
    whatever key or address is set: they can be run again, and samples must never be paid for.

    Raises:
        SettingsError: as `load_settings`.
    """
    settings = load_settings()
    if not _only_demo(settings):
        return settings
    return _on_the_demo(settings.model_copy(update={"api_key": None, "base_url": None, "sdk_base_url": None}))


def unused_key(settings: Settings) -> str | None:
    """A sentence on why the key or address of the environment is not used; None where it is, or none is set."""
    names = [name for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL") if os.environ.get(name)]
    if not names or not settings.uses_local_service:
        return None
    zone = settings.resolve(Settings.model_fields["recordings"].default)
    return (
        f"{' and '.join(names)} not used: there are only the demo's sample calls, which the local service answers. "
        f"Put your own recordings into {zone}, or set QA_RECORDINGS"
    )


def _only_demo(settings: Settings) -> bool:
    """Whether the demo's recordings are all there is: nobody has named or made a landing zone."""
    shipped = settings.resolve(Settings.model_fields["recordings"].default)
    is_shipped = settings.recordings == shipped and not os.environ.get("QA_RECORDINGS")
    return is_shipped and not shipped.exists() and settings.demo_recordings.is_dir()


def _on_the_demo(settings: Settings) -> Settings:
    """With what the demo itself runs by: what follows it (`up`, `run`, `cost`) finds the same calls and days."""
    own = {
        "recordings": settings.demo_recordings,
        "audio_urls": "upload",  # the samples need no bucket and no file server
        "timezone": "UTC",  # their folders are named by it
        "start_date": min(settings.start_date, DEMO_FIRST_DAY),
    }
    if "on_truncated" not in settings.model_fields_set:
        own["on_truncated"] = "quarantine"  # nobody wrote down what is said in a half call
    return settings.model_copy(update=own)
