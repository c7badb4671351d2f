"""Every setting of the product, read once: environment first, then qa.toml, then the default.

A key of qa.toml is overridden by `QA_<KEY>`; the variables of the service's own clients (DASHSCOPE_API_KEY,
DASHSCOPE_HTTP_BASE_URL, DASHSCOPE_WORKSPACE_ID and others) keep their official names. Relative paths count from
the folder of qa.toml, so the command line, Dagster and the dashboards agree wherever they were started.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import functools
import ipaddress
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UndecodableVariable

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.errors import WrongUse
from qa_pipeline.object_storage.locations import BucketUrl, parse_bucket, parse_location
from qa_pipeline.people.roles import User, read_users
from qa_pipeline.recordings.agent_channels import (
    AgentChannels,
    ChannelChoice,
    ChannelRule,
    in_force,
    read_channel_rules,
    read_choice,
)
from qa_pipeline.recordings.layouts import agent_channel_of, lists_of
from qa_pipeline.recordings.list_rules import CallListRule, read_rules
from qa_pipeline.recordings.moments import check_time_format
from qa_pipeline.recordings.text_encodings import check_encoding
from qa_pipeline.recordings.values import parse_channels
from qa_pipeline.transcription.choosing import AUTO, candidates
from qa_pipeline.transcription.hot_words import read_hot_words
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES
from qa_pipeline.transcription.models import Model, find_model
from qa_pipeline.transcription.word_filter import require_word_filter

CONFIG_NAME = "qa.toml"

T = TypeVar("T")

_NEVER_SHOWN = frozenset({"operations_url", "DASHSCOPE_API_KEY", "QA_OPENAI_API_KEY"})
"""Settings that can hold a password."""


_KEYS = {
    "API_KEY": "DASHSCOPE_API_KEY",
    "DASHSCOPE_API_KEY": "DASHSCOPE_API_KEY",
    "OPENAI_API_KEY": "QA_OPENAI_API_KEY",
    "QA_OPENAI_API_KEY": "QA_OPENAI_API_KEY",
}
"""What somebody may write into qa.toml for a key, and the variable it belongs in."""


OFFICIAL_NAMES = {
    "api_key": "DASHSCOPE_API_KEY",
    "base_url": "DASHSCOPE_HTTP_BASE_URL",
    "workspace_id": "DASHSCOPE_WORKSPACE_ID",
    "sdk_base_url": "DASHSCOPE_BASE_URL",
    "sdk_workspace": "DASHSCOPE_WORKSPACE",
    "sdk_region": "DASHSCOPE_REGION",
    "openai_api_key": "QA_OPENAI_API_KEY",
}
"""Fields whose variable is not QA_ and their name."""


class SettingsError(WrongUse):
    """A setting is wrong; the message names the key, the value and what is allowed."""


def table_reader(kind: type[T]) -> Callable[[Any], T]:
    """What makes a `kind`, a dataclass of a pure room, of a table (or of a `kind`): `[metrics]` and `[acoustics]` of
    qa.toml, JSON objects in the environment. What the table leaves out keeps its default."""
    names = tuple(field.name for field in dataclasses.fields(kind))  # type: ignore[arg-type]
    adapter = TypeAdapter(kind)

    def read(value: Any) -> T:
        """Raises ValueError, naming the key, for anything else."""
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f'not a table of thresholds such as {{"{names[0]}": …}}')
        for key in value:
            if key not in names:
                raise ValueError(_no_such_key(str(key), names))
        for key, number in value.items():
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"{key} is {number}; give a number")
        try:  # as JSON, where a list is a tuple and yet true is not a number
            return adapter.validate_json(json.dumps(dict(value), default=str), strict=True)
        except ValidationError as error:
            raise ValueError(_faults_of(error)) from None

    return read


def changed_from_default(table: Any) -> dict[str, Any]:
    """The thresholds of a dataclass that are not as shipped."""
    values = {field.name: (field.default, getattr(table, field.name)) for field in dataclasses.fields(table)}
    return {name: value for name, (default, value) in values.items() if value != default}


def _no_such_key(key: str, names: tuple[str, ...]) -> str:
    like = difflib.get_close_matches(key, names, n=1)
    hint = f"is {like[0]} meant?" if like else f"there are {', '.join(names)}"
    return f"it has no key {key!r}; {hint}"


def _faults_of(error: ValidationError) -> str:
    reasons = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in item["loc"])
        reason = item["msg"].removeprefix("Value error, ")
        reasons.append(f"{place} is {item['input']!r}: {reason}" if place else reason)
    return "; ".join(reasons)


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads a thousand files


AcousticTable = Annotated[InstanceOf[AcousticOptions], BeforeValidator(table_reader(AcousticOptions))]
MetricTable = Annotated[InstanceOf[MetricThresholds], BeforeValidator(table_reader(MetricThresholds))]


def _time_formats(value: Any) -> Any:
    """One format or several; in the environment, one."""
    formats = (value,) if isinstance(value, str) else value
    if not isinstance(formats, list | tuple) or not all(isinstance(item, str) for item in formats):
        raise ValueError("not a time format such as '%d/%m/%Y %H:%M', or a list of them")
    return tuple(check_time_format(item) for item in formats)


TimeFormats = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_time_formats)]


DEMO_FIRST_DAY = dt.date(2025, 9, 1)
"""The first call date of the sample calls."""


class Settings(BaseSettings):
    """All settings; field names are the keys of qa.toml and, with QA_ before, of the environment."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="forbid", frozen=True, env_ignore_empty=True)

    project_root: Path = Field(default=Path(), exclude=True)

    home: Path = Path(".qa")
    recordings: Annotated[Path | InstanceOf[BucketUrl], NoDecode, BeforeValidator(parse_location)] = Path("recordings")
    operations_url: Annotated[str | None, Field(repr=False)] = None
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
    call_lists: Annotated[tuple[InstanceOf[CallListRule], ...], NoDecode, BeforeValidator(read_rules)] = ()
    landing_cache_gb: Annotated[float, Field(gt=0, le=100_000)] = 20.0
    settle_s: Annotated[float, Field(ge=0, le=3600)] = 5.0
    snapshots_kept: Annotated[int, Field(ge=1, le=1000)] = 5
    minimum_n: Annotated[int, Field(ge=2, le=1000)] = 5

    plain_http_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    host: str = "127.0.0.1"
    dagster_port: Annotated[int, Field(ge=0, le=65535)] = 3000
    dashboards_port: Annotated[int, Field(ge=0, le=65535)] = 8501
    dashboard_access: Literal["local", "login", "proxy"] = "local"
    dashboard_users: Annotated[tuple[InstanceOf[User], ...], NoDecode, BeforeValidator(read_users)] = ()
    dashboard_contact: str | None = None
    dashboard_login_claim: str = "email"
    dashboard_user_header: str = "X-Forwarded-User"
    dashboard_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    dashboard_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    sound_link_hours: Annotated[float, Field(gt=0, le=168)] = 12.0
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
        if value is not None and _sqlite_file(value) in ("", ":memory:"):
            raise ValueError("a ledger in memory forgets what was paid for; name a file: sqlite:///ops.sqlite")
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

    @property
    def landing_folder(self) -> Path | None:
        """The landing zone where it is a folder of this machine."""
        return self.recordings if isinstance(self.recordings, Path) else None

    @property
    def landing_bucket(self) -> BucketUrl | None:
        """The landing zone where it is a bucket."""
        return self.recordings if isinstance(self.recordings, BucketUrl) else None

    @property
    def agent_channel_rules(self) -> AgentChannels:
        """What says on which channel the agent of a call is, where its metadata doesn't."""
        return in_force(self.agent_channels, self.agent_channel, agent_channel_of(self.landing_layout))

    @property
    def list_rules(self) -> tuple[CallListRule, ...]:
        """Which files are lists of calls: those that the user names, then those of the layout."""
        return (*self.call_lists, *lists_of(self.landing_layout))

    def resolve(self, path: Path) -> Path:
        """`path` itself when absolute (`~` is the user's home), else below the project's root."""
        expanded = path.expanduser()
        return expanded if expanded.is_absolute() else self.project_root / expanded

    @property
    def tz(self) -> ZoneInfo:
        """The time zone that decides which day a call belongs to."""
        return ZoneInfo(self.timezone)

    @property
    def recognition_model(self) -> Model:
        """The row of the model table that `model` names, at the account's own price where one is set.

        Raises:
            SettingsError: `model` is `auto`, which is a model of its own for each recording.
        """
        if self.model == AUTO:
            raise SettingsError("QA_MODEL is 'auto', which chooses for each recording; name one model for this")
        return self.model_named(self.model)

    @property
    def possible_models(self) -> tuple[Model, ...]:
        """The one that `model` names; with `auto` all that may be chosen."""
        if self.model != AUTO:
            return (self.recognition_model,)
        emotion = self.emotion_roles != "none"
        return tuple(self.model_named(model.id) for model in candidates(words=self.enable_words, emotion=emotion))

    def model_named(self, model_id: str) -> Model:
        """A row of the model table, at the account's own price where one is set."""
        model = find_model(model_id)
        return model if self.price_per_s_usd is None else model.at_price(self.price_per_s_usd)

    @property
    def uses_local_service(self) -> bool:
        """True when neither a key nor a base URL is set: the offline default."""
        return self.api_key is None and self.base_url is None and self.sdk_base_url is None

    @property
    def operations_database_url(self) -> str:
        """SQLAlchemy URL of the ledger."""
        if self.operations_url is None:
            return f"sqlite:///{self.home / 'operations.sqlite'}"
        file = _sqlite_file(self.operations_url)
        if file is None:
            return self.operations_url
        # One ledger wherever a program was started: two would pay for the same channels.
        return self.operations_url.replace(f":///{file}", f":///{self.resolve(Path(file))}", 1)

    @property
    def warehouse_path(self) -> Path:
        """The working DuckDB file; only the pipeline opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def snapshot_path(self) -> Path:
        """The link to the newest published snapshot; what people open, read-only."""
        return self.home / "qa.duckdb"

    @property
    def demo_recordings(self) -> Path:
        """The landing zone that `qa-pipeline demo` fills with the sample calls."""
        return self.home / "demo" / "recordings"

    @property
    def sign_in_file(self) -> Path:
        """What Streamlit's sign-in reads, with `dashboard_access = "login"`."""
        return (self.project_root / ".streamlit" / "secrets.toml").absolute()

    @property
    def raw_dir(self) -> Path:
        """Where the service's JSON is kept, byte for byte."""
        return self.home / "raw"

    @property
    def sense_voice_folder(self) -> Path:
        """Where the weights of the recognizer `sense-voice` lie."""
        return self.home / "models" / "sense-voice" if self.sense_voice_dir is None else self.sense_voice_dir

    @property
    def whisper_folder(self) -> Path:
        """Where the weights of the recognizer `whisper` lie."""
        return self.home / "models" / "whisper" if self.whisper_dir is None else self.whisper_dir

    @property
    def voices_folder(self) -> Path:
        """Where the network that tells voices apart lies."""
        return self.home / "models" / "voices" if self.voices_dir is None else self.voices_dir

    @property
    def service_folder(self) -> Path:
        """Where this QA_HOME's local service keeps its state, and says where it listens."""
        return self.home / "local_service"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME."""
        return self.home / "dagster"


def find_config() -> Path:
    """The qa.toml to read: `QA_CONFIG`, else in the current folder, else beside the package."""
    named = os.environ.get("QA_CONFIG")
    if named:
        return Path(named).absolute()
    here = Path.cwd() / CONFIG_NAME
    return here if here.is_file() else Path(__file__).resolve().parent.parent / CONFIG_NAME


def load_settings(**overrides: Any) -> Settings:
    """Reads environment and qa.toml; `overrides` (field names) win over both.

    Raises:
        SettingsError: a key or value is wrong, or the file is not TOML; the message says which and what is allowed.
    """
    config = find_config()
    if os.environ.get("QA_CONFIG") and not config.is_file():
        raise SettingsError(f"QA_CONFIG names {config}, which is not a file; correct it or unset it")
    try:
        _refuse_key_in_file(config)
        settings = Settings(project_root=config.parent, **overrides)
    except ValidationError as error:
        raise SettingsError(_explain(error, config)) from None
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


def _sqlite_file(url: str) -> str | None:
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


def _refuse_key_in_file(config: Path) -> None:
    """A key in a file ends up in a repository; it is not even read from there."""
    if not config.is_file():
        return
    written = tomllib.loads(config.read_text(encoding="utf-8"))
    for name in {key.upper() for key in written} & set(_KEYS):
        raise SettingsError(
            f"{config} contains the {'recognizer' if 'OPENAI' in name else 'service'}'s key; API keys belong in the "
            f"environment: remove it from this file and set {_KEYS[name]}; make a new key if anybody else has seen it"
        )


def _explain(error: ValidationError, config: Path) -> str:
    official = set(OFFICIAL_NAMES.values())
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        key = ".".join(str(part) for part in item["loc"])
        name = key if key in official else f"QA_{key.upper()} (or {key} in {config.name})"
        if item["type"] == "extra_forbidden":
            lines.append(f"unknown setting {key!r} in {config}; docs/settings.md lists them")
            continue
        reason = item["msg"].removeprefix("Value error, ")
        value = "" if key in _NEVER_SHOWN else f" is {item['input']!r}"
        lines.append(f"{name}{value}: {reason}")
    return "; ".join(lines)
