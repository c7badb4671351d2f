"""The settings as the product asks for them: as they are set, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.recordings.agent_channels import AgentChannels, in_force
from qa_pipeline.recordings.layouts import agent_channel_of, lists_of
from qa_pipeline.recordings.list_rules import CallListRule
from qa_pipeline.settings.config_file import SettingsError
from qa_pipeline.settings.definition import SettingKeys, sqlite_file
from qa_pipeline.transcription.choosing import AUTO, candidates
from qa_pipeline.transcription.models import Model, find_model


class Settings(SettingKeys):
    """All settings, with the places, addresses and rules that they come to."""

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

    def project_file(self, name: str) -> Path | None:
        """A file that people write for the project: in QA_HOME, else beside qa.toml; None where there is none."""
        places = (self.home / name, self.resolve(Path(name)))
        return next((path for path in places if path.is_file()), None)

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
        file = sqlite_file(self.operations_url)
        if file is None:
            return self.operations_url
        # One ledger wherever a program was started: two would pay for the same channels.
        return self.operations_url.replace(f":///{file}", f":///{self.resolve(Path(file))}", 1)

    @property
    def uses_lake(self) -> bool:
        """Whether tables are published into a lake, and read there, instead of into snapshots in `home`."""
        return self.lake is not None

    @property
    def lake_catalog_url(self) -> str:
        """SQLAlchemy URL of the lake's catalog, as readers open it."""
        return self.lake_catalog or self.operations_database_url

    @property
    def uses_workers(self) -> bool:
        """Whether the steps of runs are taken by workers, on any machine, instead of by the process of the run."""
        return self.broker_url is not None

    @property
    def dagster_database_url(self) -> str:
        """SQLAlchemy URL of the database with Dagster's tables, where there are workers."""
        return self.dagster_url or self.operations_database_url

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
    def rate_limit_path(self) -> Path:
        """The account's pace, where the ledger is a file; in a ledger on a server it is a table."""
        return self.home / "rate_limits"

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
    def comparisons_folder(self) -> Path:
        """Where dashboards keep for two hours what comparisons of rules have found."""
        return self.home / "comparisons"

    @property
    def service_folder(self) -> Path:
        """Where this QA_HOME's local service keeps its state, and says where it listens."""
        return self.home / "local_service"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME."""
        return self.home / "dagster"
