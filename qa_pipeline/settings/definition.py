"""All settings: their names, what each may be, and its default."""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AliasChoices, BeforeValidator, Field, InstanceOf, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.object_storage.locations import BucketUrl, parse_bucket, parse_location
from qa_pipeline.people.roles import Role, User, read_roles, read_users
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.recordings.agent_channels import ChannelChoice, ChannelRule, read_channel_rules, read_choice
from qa_pipeline.recordings.list_rules import CallListRule, read_rules
from qa_pipeline.recordings.text_encodings import check_encoding
from qa_pipeline.recordings.values import parse_channels
from qa_pipeline.settings.config_file import find_config
from qa_pipeline.settings.values import AcousticTable, MetricTable, RedactionTable, TimeFormats
from qa_pipeline.transcription.choosing import AUTO
from qa_pipeline.transcription.hot_words import read_hot_words
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES
from qa_pipeline.transcription.models import find_model
from qa_pipeline.transcription.word_filter import require_word_filter


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads a thousand files


class SettingKeys(BaseSettings):
    """Field names are the keys of qa.toml and, with QA_ before, of the environment."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="forbid", frozen=True, env_ignore_empty=True)

    project_root: Path = Field(default=Path(), exclude=True)

    home: Path = Path(".qa")
    recordings: Annotated[Path | InstanceOf[BucketUrl], NoDecode, BeforeValidator(parse_location)] = Path("recordings")
    operations_url: Annotated[str | None, Field(repr=False)] = None
    lake: Annotated[InstanceOf[BucketUrl] | None, NoDecode, BeforeValidator(parse_bucket)] = None
    lake_catalog: Annotated[str | None, Field(repr=False)] = None
    dagster_url: Annotated[str | None, Field(repr=False)] = None
    dagster_yaml: Path | None = None
    timezone: str = "UTC"
    start_date: dt.date = dt.date(2025, 1, 1)

    model: str = "qwen3-asr-flash-filetrans"
    region: Literal["beijing", "singapore", "us", "hongkong", "frankfurt", "tokyo"] = "beijing"
    language: str | None = None
    price_per_s_usd: Annotated[float | None, Field(ge=0, le=1)] = None
    enable_itn: bool = False
    enable_words: bool = True
    context: Path | None = None
    vocabulary_id: str | None = None
    special_word_filter: str | None = None
    hot_words: Annotated[str | None, NoDecode] = None
    channels_per_task: Literal["separate", "together"] = "separate"
    emotion_roles: Literal["both", "agent", "customer", "none"] = "both"
    redaction: RedactionTable = RedactionPolicy()

    acoustics: AcousticTable = AcousticOptions()
    on_dual_mono: Literal["once", "both", "quarantine"] = "once"
    on_silent_channel: Literal["skip", "transcribe", "quarantine"] = "skip"
    on_bleeding: Literal["keep", "quarantine"] = "keep"
    on_one_sided: Literal["keep", "quarantine"] = "keep"
    on_truncated: Literal["keep", "quarantine"] = "keep"
    on_mono: Literal["quarantine", "diarize", "single"] = "quarantine"
    voices_dir: Path | None = None
    metrics: MetricTable = MetricThresholds()

    audio_urls: Literal["upload", "http", "presigned"] = "upload"
    audio_base_url: str | None = None
    audio_bucket: Annotated[InstanceOf[BucketUrl] | None, NoDecode, BeforeValidator(parse_bucket)] = None
    keep_bucket_audio: bool = False
    raw_bucket: Annotated[InstanceOf[BucketUrl] | None, NoDecode, BeforeValidator(parse_bucket)] = None
    broker_url: Annotated[str | None, Field(repr=False)] = None
    # 7 days: S3, OSS and Google Cloud Storage take no signed address that is valid for longer
    presigned_ttl_s: Annotated[float, Field(ge=3600, le=604_800)] = 24 * 3600.0
    bucket_endpoint: str | None = None
    requests_per_minute: Annotated[float | None, Field(gt=0, le=60_000)] = None
    submit_burst: Annotated[int | None, Field(ge=1, le=60_000)] = None
    queries_per_second: Annotated[float | None, Field(gt=0, le=1_000)] = None
    concurrent_uploads: Annotated[int, Field(ge=1, le=128)] = 16
    poll_interval_s: Annotated[float, Field(gt=0, le=300)] = 1.0
    task_timeout_s: Annotated[float, Field(gt=0)] = 4 * 3600.0
    open_task_patience_s: Annotated[float, Field(gt=0)] = 30.0
    reconcile_grace_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    failed_attempts_kept_days: Annotated[int, Field(ge=30, le=36_500)] = 365
    retention_text_days: Annotated[int | None, Field(ge=1, le=36_500)] = None
    retention_raw_days: Annotated[int | None, Field(ge=1, le=36_500)] = None
    retention_audio_days: Annotated[int | None, Field(ge=1, le=36_500)] = None
    retention_landing_zone: bool = False
    erased_evaluations: Literal["scores", "nothing"] = "scores"
    max_failed_share: Annotated[float, Field(ge=0, le=1)] = 0.2

    agent_channel: Annotated[InstanceOf[ChannelChoice] | None, NoDecode, BeforeValidator(read_choice)] = None
    agent_channels: Annotated[tuple[InstanceOf[ChannelRule], ...], NoDecode, BeforeValidator(read_channel_rules)] = ()
    landing_layout: (
        Literal[
            "amazon-connect", "genesys-cloud", "twilio", "freeswitch", "asterisk", "3cx", "fusionpbx", "cisco", "verint"
        ]
        | None
    ) = None
    file_name_patterns: Annotated[tuple[str, ...], NoDecode] = ()
    time_format: TimeFormats = ()
    call_list_encoding: str | None = None
    channels: Annotated[Mapping[int, str | None] | None, NoDecode, BeforeValidator(parse_channels)] = None
    people: Path | None = None
    outcomes: Path | None = None
    call_lists: Annotated[tuple[InstanceOf[CallListRule], ...], NoDecode, BeforeValidator(read_rules)] = ()
    landing_cache_gb: Annotated[float, Field(gt=0, le=100_000)] = 20.0
    settle_s: Annotated[float, Field(ge=0, le=3600)] = 5.0
    shards_per_day: Annotated[int, Field(ge=1, le=1000)] = 32
    snapshots_kept: Annotated[int, Field(ge=1, le=1000)] = 5
    minimum_n: Annotated[int, Field(ge=2, le=1000)] = 5

    plain_http_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    host: str = "127.0.0.1"
    dagster_port: Annotated[int, Field(ge=0, le=65535)] = 3000
    dashboards_port: Annotated[int, Field(ge=0, le=65535)] = 8501
    dashboard_access: Literal["local", "login", "proxy"] = "local"
    dashboard_users: Annotated[tuple[InstanceOf[User], ...], NoDecode, BeforeValidator(read_users)] = ()
    raw_text_roles: Annotated[tuple[Role, ...], NoDecode, BeforeValidator(read_roles)] = (Role.ADMIN,)
    dashboard_contact: str | None = None
    dashboard_login_claim: str = "email"
    dashboard_user_header: str = "X-Forwarded-User"
    dashboard_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    dashboard_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    sound_link_hours: Annotated[float, Field(gt=0, le=168)] = 12.0
    dispute_days: Annotated[float, Field(ge=0, le=365)] = 7.0
    dispute_rounds: Annotated[int, Field(ge=0, le=10)] = 1
    review_release: Literal["lead", "evaluator"] = "lead"
    local_service_port: Annotated[int, Field(ge=0, le=65535)] = 8765
    local_references: Annotated[tuple[Path, ...], NoDecode] = (Path("samples/recordings"),)
    local_recognizer: Literal["auto", "reference", "whisper", "sense-voice", "openai"] = "auto"
    local_workers: Annotated[int | None, Field(ge=1, le=256)] = None
    whisper_dir: Path | None = None
    sense_voice_dir: Path | None = None
    openai_base_url: str | None = None
    openai_model: str | None = None
    openai_endpoint: Literal["transcriptions", "chat"] = "transcriptions"

    api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_API_KEY"))
    base_url: str | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_HTTP_BASE_URL"))
    workspace_id: str | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_WORKSPACE_ID"))
    sdk_base_url: str | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_BASE_URL"))
    sdk_workspace: str | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_WORKSPACE"))
    sdk_region: str | None = Field(default=None, validation_alias=AliasChoices("DASHSCOPE_REGION"))
    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("QA_OPENAI_API_KEY"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over qa.toml; no .env file and no secrets folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, find_config())

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        if value not in _time_zones():
            raise ValueError(f"{value!r} is not a time zone name such as Asia/Shanghai or Europe/Berlin")
        return value

    @field_validator("language")
    @classmethod
    def _language_is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in REQUEST_LANGUAGES:
            raise ValueError(f"{value!r} is not one of the service's codes: {', '.join(REQUEST_LANGUAGES)}")
        return value

    @field_validator("call_list_encoding")
    @classmethod
    def _encoding_exists(cls, value: str | None) -> str | None:
        return None if value is None else check_encoding(value)

    @field_validator("model")
    @classmethod
    def _model_is_known(cls, value: str) -> str:
        if value != AUTO:
            find_model(value)
        return value

    @field_validator("special_word_filter")
    @classmethod
    def _filter_is_readable(cls, value: str | None) -> str | None:
        if value is not None:
            require_word_filter(value)
        return value

    @field_validator("hot_words", mode="before")
    @classmethod
    def _hot_words_are_readable(cls, value: Any) -> str | None:
        """A table in qa.toml, JSON in the environment."""
        return None if value is None else read_hot_words(value)

    @field_validator("openai_base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("not an address such as http://127.0.0.1:8000/v1")
        return value

    @field_validator("operations_url")
    @classmethod
    def _ledger_lasts(cls, value: str | None) -> str | None:
        if value is not None and sqlite_file(value) in ("", ":memory:"):
            raise ValueError("a ledger in memory forgets what was paid for; name a file: sqlite:///ops.sqlite")
        return value

    @field_validator("lake_catalog", "dagster_url")
    @classmethod
    def _is_a_server(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not _is_postgresql(value):
            whose = "the lake's catalog is" if info.field_name == "lake_catalog" else "Dagster's tables are"
            raise ValueError(f"{whose} in PostgreSQL: postgresql://user@host/db")
        return value

    @field_validator("lake")
    @classmethod
    def _lake_can_be_written(cls, value: BucketUrl | None, info: ValidationInfo) -> BucketUrl | None:
        if value is None:
            return None
        if value.scheme != "s3":
            raise ValueError("a lake is in an s3:// bucket, or in a storage that speaks its API")
        operations = info.data.get("operations_url")
        if operations is None or not _is_postgresql(operations):
            raise ValueError(
                "a lake needs PostgreSQL beside it: set QA_OPERATIONS_URL, postgresql+psycopg://user@host/db"
            )
        return value

    @field_validator("broker_url")
    @classmethod
    def _workers_share_all(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if not re.match(r"(amqps?|rediss?)://[^/\s]+", value):
            raise ValueError("not the address of a broker: amqp://user@host/vhost (RabbitMQ) or redis://host/0")
        missing = [f"QA_{key.upper()}" for key in ("lake", "raw_bucket") if info.data.get(key) is None]
        if missing:
            raise ValueError(f"workers need what all of them share: set {' and '.join(missing)} too")
        return value

    @field_validator("file_name_patterns", "local_references", "plain_http_hosts", mode="before")
    @classmethod
    def _split_lists(cls, value: Any) -> Any:
        """In the environment a list is written with the path separator (`:`) or, for patterns, spaces."""
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("dashboard_proxies", "dashboard_hosts", mode="before")
    @classmethod
    def _split_addresses(cls, value: Any) -> Any:
        """In the environment with commas: an IPv6 address is full of colons."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("dashboard_proxies")
    @classmethod
    def _proxies_are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            try:
                ipaddress.ip_network(item, strict=False)
            except ValueError:
                raise ValueError(f"{item!r} is not an address or a network such as 10.0.0.2 or 10.0.0.0/24") from None
        return value


def _is_postgresql(url: str) -> bool:
    """Raises ValueError where it is not a database URL."""
    return sqlite_file(url) is None and url.startswith(("postgresql:", "postgresql+"))


def sqlite_file(url: str) -> str | None:
    """The file of a SQLite URL ("" where it names none), None for the URL of a server.

    Raises:
        ValueError: it is not a database URL.
    """
    from sqlalchemy.engine import make_url  # most commands start without a database
    from sqlalchemy.exc import SQLAlchemyError

    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except SQLAlchemyError:
        raise ValueError("not a database URL such as sqlite:///ops.sqlite or postgresql://user@host/db") from None
    return (parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
