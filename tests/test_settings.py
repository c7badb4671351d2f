"""Every setting can be told three ways, and a wrong one is refused with its name, its value and what is allowed."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.people.roles import Role, User
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.recordings.agent_channels import ChannelChoice, ChannelRule
from qa_pipeline.recordings.list_rules import CallListRule
from qa_pipeline.settings import (
    Settings,
    SettingsError,
    changed_from_default,
    load_pipeline_settings,
    load_settings,
    unused_key,
)
from tests.own_settings import forget_settings

ROOT = Path(__file__).resolve().parents[1]
SECRET = "sk-0123456789-do-not-print"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder of its own with an empty qa.toml, and none of the developer's settings."""
    folder = tmp_path / "project"
    folder.mkdir()
    forget_settings(monkeypatch, folder)
    return folder


def write(project: Path, text: str) -> None:
    (project / "qa.toml").write_text(text, encoding="utf-8")


EXAMPLES: dict[str, tuple[str, Any]] = {
    "home": ("/somewhere/qa", Path("/somewhere/qa")),
    "recordings": ("/calls", Path("/calls")),
    "operations_url": ("postgresql://db/ops", "postgresql://db/ops"),
    "lake": ("s3://lake/qa", BucketUrl("s3", "lake", "qa")),
    "lake_catalog": ("postgresql://reader@db/ops", "postgresql://reader@db/ops"),
    "dagster_url": ("postgresql://dagster@db/dagster", "postgresql://dagster@db/dagster"),
    "dagster_yaml": ("/etc/qa/dagster.yaml", Path("/etc/qa/dagster.yaml")),
    "broker_url": ("amqp://qa:word@mq//", "amqp://qa:word@mq//"),
    "timezone": ("Asia/Shanghai", "Asia/Shanghai"),
    "start_date": ("2024-02-29", dt.date(2024, 2, 29)),
    "model": ("qwen3-asr-flash-filetrans-2025-11-17", "qwen3-asr-flash-filetrans-2025-11-17"),
    "region": ("singapore", "singapore"),
    "price_per_s_usd": ("0.00002", 0.00002),
    "language": ("yue", "yue"),
    "enable_itn": ("true", True),
    "enable_words": ("false", False),
    "context": ("terms/context.md", Path("terms/context.md")),
    "vocabulary_id": ("vocab-acme-1", "vocab-acme-1"),
    "hot_words": ('{"b": 4, "a": 50}', '{"a": 50, "b": 4}'),
    "special_word_filter": ('{"system_reserved_filter": true}', '{"system_reserved_filter": true}'),
    "channels_per_task": ("together", "together"),
    "emotion_roles": ("customer", "customer"),
    "redaction": ('{"card": "last4"}', RedactionPolicy(card="last4")),
    "acoustics": ('{"silent_db": -55}', AcousticOptions(silent_db=-55.0)),
    "on_dual_mono": ("both", "both"),
    "on_silent_channel": ("transcribe", "transcribe"),
    "on_bleeding": ("quarantine", "quarantine"),
    "on_one_sided": ("quarantine", "quarantine"),
    "on_truncated": ("quarantine", "quarantine"),
    "on_mono": ("diarize", "diarize"),
    "voices_dir": ("/models/voices", Path("/models/voices")),
    "metrics": ('{"dead_air_ms": 1000}', MetricThresholds(dead_air_ms=1000)),
    "minimum_n": ("10", 10),
    "plain_http_hosts": ("gateway.lan:10.0.0.7", ("gateway.lan", "10.0.0.7")),
    "audio_urls": ("http", "http"),
    "audio_base_url": ("https://files.example/calls", "https://files.example/calls"),
    "audio_bucket": ("s3://uploads/qa", BucketUrl("s3", "uploads", "qa")),
    "raw_bucket": ("s3://answers/raw", BucketUrl("s3", "answers", "raw")),
    "keep_bucket_audio": ("true", True),
    "presigned_ttl_s": ("7200", 7200.0),
    "bucket_endpoint": ("https://s3.oss-cn-beijing.aliyuncs.com", "https://s3.oss-cn-beijing.aliyuncs.com"),
    "requests_per_minute": ("600", 600.0),
    "queries_per_second": ("100", 100.0),
    "submit_burst": ("20", 20),
    "concurrent_uploads": ("4", 4),
    "poll_interval_s": ("2.5", 2.5),
    "open_task_patience_s": ("5", 5.0),
    "task_timeout_s": ("60", 60.0),
    "reconcile_grace_s": ("0", 0.0),
    "failed_attempts_kept_days": ("90", 90),
    "retention_text_days": ("400", 400),
    "retention_raw_days": ("90", 90),
    "retention_audio_days": ("30", 30),
    "retention_landing_zone": ("true", True),
    "erased_evaluations": ("nothing", "nothing"),
    "max_failed_share": ("0.5", 0.5),
    "agent_channel": ('{"outbound": 0, "inbound": "right"}', ChannelChoice(None, (("inbound", 1), ("outbound", 0)))),
    "agent_channels": (
        '[{"queue": "sales", "channel": "right"}]',
        (ChannelRule(ChannelChoice(1), queue="sales"),),
    ),
    "landing_layout": ("twilio", "twilio"),
    "file_name_patterns": ("{date}_{call_id}:{call_id}", ("{date}_{call_id}", "{call_id}")),
    "time_format": ("%d/%m/%Y %H:%M", ("%d/%m/%Y %H:%M",)),
    "call_list_encoding": ("gb18030", "gb18030"),
    "outcomes": ("lists/outcomes.csv", Path("lists/outcomes.csv")),
    "people": ("lists/people.csv", Path("lists/people.csv")),
    "channels": ('{"0": "Agent", "1": "client", "2": "ignore"}', {0: "agent", 1: "customer", 2: None}),
    "call_lists": (
        '[{"file": "cdr*.csv", "columns": {"Nr": "callId"}}]',
        (CallListRule("cdr*.csv", columns={"Nr": "call_id"}),),
    ),
    "landing_cache_gb": ("0.5", 0.5),
    "settle_s": ("0", 0.0),
    "shards_per_day": ("9", 9),
    "snapshots_kept": ("9", 9),
    "host": ("::1", "::1"),
    "dagster_port": ("3001", 3001),
    "dashboards_port": ("8502", 8502),
    "dashboard_access": ("proxy", "proxy"),
    "dashboard_users": ('[{"login": "Ana@example.com", "role": "lead"}]', (User("ana@example.com", Role.LEAD),)),
    "raw_text_roles": ("admin, lead", (Role.ADMIN, Role.LEAD)),
    "dashboard_contact": ("Ana, ext. 1234", "Ana, ext. 1234"),
    "dashboard_login_claim": ("preferred_username", "preferred_username"),
    "dashboard_user_header": ("Remote-User", "Remote-User"),
    "dashboard_proxies": ("10.0.0.2, fd00::/8", ("10.0.0.2", "fd00::/8")),
    "dashboard_hosts": ("qa-box,qa-box.lan", ("qa-box", "qa-box.lan")),
    "sound_link_hours": ("2", 2.0),
    "dispute_days": ("14", 14.0),
    "dispute_rounds": ("2", 2),
    "review_release": ("evaluator", "evaluator"),
    "local_service_port": ("0", 0),
    "local_references": ("/a:/b", (Path("/a"), Path("/b"))),
    "local_recognizer": ("openai", "openai"),
    "local_workers": ("2", 2),
    "whisper_dir": ("/weights", Path("/weights")),
    "sense_voice_dir": ("/weights", Path("/weights")),
    "openai_base_url": ("http://asr.example:8000/v1", "http://asr.example:8000/v1"),
    "openai_model": ("Qwen/Qwen3-ASR-1.7B", "Qwen/Qwen3-ASR-1.7B"),
    "openai_endpoint": ("chat", "chat"),
}
OFFICIAL = {
    "api_key": "DASHSCOPE_API_KEY",
    "base_url": "DASHSCOPE_HTTP_BASE_URL",
    "workspace_id": "DASHSCOPE_WORKSPACE_ID",
    "sdk_base_url": "DASHSCOPE_BASE_URL",
    "sdk_workspace": "DASHSCOPE_WORKSPACE",
    "sdk_region": "DASHSCOPE_REGION",
    "openai_api_key": "QA_OPENAI_API_KEY",
}


def test_every_setting_has_an_example_here() -> None:
    assert set(EXAMPLES) | set(OFFICIAL) | {"project_root"} == set(Settings.model_fields)


def values(settings: Settings) -> dict[str, Any]:
    return {key: getattr(settings, key) for key in EXAMPLES}


def test_the_environment_sets_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, (written, _) in EXAMPLES.items():
        monkeypatch.setenv(f"QA_{key.upper()}", written)
    assert values(load_settings()) == {key: value for key, (_, value) in EXAMPLES.items()}


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, AcousticOptions | MetricThresholds | RedactionPolicy):
        return "{" + ", ".join(f"{name} = {_toml(item)}" for name, item in changed_from_default(value).items()) + "}"
    if isinstance(value, CallListRule):
        columns = ", ".join(f"{name} = {_toml(key)}" for name, key in value.columns.items())
        return f"{{file = {_toml(value.file)}, columns = {{{columns}}}}}"
    if isinstance(value, ChannelRule):
        return f"{{{value}}}"
    if isinstance(value, User):
        return f'{{login = "{value.login}", role = "{value.role}"}}'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item or 'ignore')}" for key, item in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(str(value)) if isinstance(value, str | Path | BucketUrl) else str(value)


def test_the_file_sets_every_key(project: Path) -> None:
    write(project, "\n".join(f"{key} = {_toml(value)}" for key, (_, value) in EXAMPLES.items()))
    assert values(load_settings()) == {key: value for key, (_, value) in EXAMPLES.items()}


def test_no_example_is_the_default_so_the_tests_above_show_something() -> None:
    assert [key for key, value in values(load_settings()).items() if value == EXAMPLES[key][1]] == []


def test_the_environment_goes_before_the_file_and_arguments_before_both(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, 'timezone = "Europe/Berlin"\nlanguage = "de"\nregion = "singapore"')
    monkeypatch.setenv("QA_LANGUAGE", "en")
    monkeypatch.setenv("QA_TIMEZONE", "Asia/Tokyo")
    found = load_settings(timezone="Asia/Shanghai")
    assert (found.timezone, found.language, found.region) == ("Asia/Shanghai", "en", "singapore")


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_the_landing_zone_can_be_a_bucket(scheme: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, f'recordings = "{scheme}://calls-2025/raw/"')
    found = load_settings()
    assert (found.landing_bucket, found.landing_folder) == (BucketUrl(scheme, "calls-2025", "raw"), None)
    monkeypatch.setenv("QA_RECORDINGS", "calls")
    assert (load_settings().landing_bucket, load_settings().landing_folder) == (None, project / "calls")


def test_an_empty_variable_is_no_setting(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, 'language = "de"')
    monkeypatch.setenv("QA_LANGUAGE", "")
    monkeypatch.setenv("DASHSCOPE_API_KEY", "")
    assert (load_settings().language, load_settings().api_key) == ("de", None)


def test_thresholds_of_the_environment_go_before_those_of_the_file_key_by_key(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, '[metrics]\ndead_air_ms = 2000\nbreath_ms = 100\nbackchannel_words = ["roger"]')
    monkeypatch.setenv("QA_METRICS", '{"dead_air_ms": 1000}')
    expected = MetricThresholds(dead_air_ms=1000, breath_ms=100, backchannel_words=("roger",))
    assert load_settings().metrics == expected


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("metrics", '{"dead_air": 1}', "it has no key 'dead_air'; is dead_air_ms meant?"),
        ("metrics", '{"zzz": 1}', "it has no key 'zzz'; there are dead_air_ms, interruption_lead_ms"),
        ("metrics", '{"dead_air_ms": true}', "dead_air_ms is True: Input should be a valid integer"),
        ("metrics", '{"dead_air_ms": -5}', "dead_air_ms is -5; give 0 or more"),
        ("metrics", '{"backchannel_words": "roger"}', "backchannel_words is 'roger': Input should be a valid array"),
        ("metrics", "[1]", "not a table of thresholds such as"),
        ("metrics", "dead_air_ms=1", "QA_METRICS is not JSON such as"),
        ("acoustics", '{"vad_mode": 4}', "vad_mode is 4; WebRTC's detector has the modes 0 to 3"),
        ("acoustics", '{"silent_db": NaN}', "silent_db is nan; give a number"),
    ],
)
def test_a_wrong_threshold_is_refused_by_its_name(
    name: str, written: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"QA_{name.upper()}", written)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert f"QA_{name.upper()}" in str(refused.value)
    assert said in str(refused.value)


# -- what is refused ----------------------------------------------------------------------------------------------

REFUSED = {
    "a time zone that is not": ("TIMEZONE", "Mars/Olympus", "is not a time zone name such as Asia/Shanghai"),
    "a language without a code": ("LANGUAGE", "german", "not one of the service's codes: zh, yue, en"),
    "a model nobody knows": ("MODEL", "whisper", "choose one of: qwen3-asr-flash-filetrans"),
    "a word filter that is none": ("SPECIAL_WORD_FILTER", "{}", "not a JSON object with anything in it"),
    "a cloud nobody knows": ("RECORDINGS", "ftp://calls", "is neither a folder nor one of s3://"),
    "a bucket of OSS by its own name": ("RECORDINGS", "oss://calls/x", "write s3://calls/x and set QA_BUCKET_ENDPOINT"),
    "a folder for temporary audio": (
        "AUDIO_BUCKET",
        "/tmp/audio",
        "is not a URL of a bucket such as s3://bucket/prefix",
    ),
    "a lake where none can be": ("LAKE", "gs://lake/qa", "a lake is in an s3:// bucket"),
    "a lake without a server": ("LAKE", "s3://lake/qa", "set QA_OPERATIONS_URL, postgresql+psycopg://user@host/db"),
    "an address that dies in the queue": ("PRESIGNED_TTL_S", "600", "greater than or equal to 3600"),
    "an address for longer than storages sign": ("PRESIGNED_TTL_S", "604801", "less than or equal to 604800"),
    "a side that is none": ("AGENT_CHANNEL", "middle", "it must be 0 or 1 (left or right), or by direction such as"),
    "a region that is not": ("REGION", "mars", "'beijing', 'singapore'"),
    "a way to send channels": ("CHANNELS_PER_TASK", "both", "'separate' or 'together'"),
    "a rate of nothing": ("REQUESTS_PER_MINUTE", "0", "greater than 0"),
    "a share above one": ("MAX_FAILED_SHARE", "1.5", "less than or equal to 1"),
    "a port that is none": ("DAGSTER_PORT", "70000", "less than or equal to 65535"),
    "a date that is none": ("START_DATE", "2025-02-30", "date"),
    "a number that is none": ("SETTLE_S", "soon", "number"),
    "channels without a customer": ("CHANNELS", '{"0": "agent"}', "one channel of the agent and one of the customer"),
    "no snapshots at all": ("SNAPSHOTS_KEPT", "0", "greater than or equal to 1"),
}


@pytest.mark.parametrize(("key", "value", "allowed"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_value_is_named_with_its_key_and_what_is_allowed(
    key: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"QA_{key}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    message = str(refused.value)
    assert f"QA_{key} (or {key.lower()} in qa.toml) is {value!r}" in message
    assert allowed in message


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_TIMEZONE", "nowhere")
    monkeypatch.setenv("QA_SETTLE_S", "soon")
    with pytest.raises(SettingsError, match=r"QA_TIMEZONE.*; QA_SETTLE_S"):
        load_settings()


def test_a_misspelt_key_of_the_file_is_refused_and_the_list_named(project: Path) -> None:
    write(project, "request_per_minute = 10")
    with pytest.raises(SettingsError, match=r"unknown setting 'request_per_minute' in .*qa\.toml; docs/settings\.md"):
        load_settings()


def test_a_rule_of_a_list_that_can_not_work_is_named(project: Path) -> None:
    write(project, '[[call_lists]]\nfile = "cdr.csv"\npreset = "asterisk-cdr"\n\n[[call_lists]]\nfil = "x"')
    with pytest.raises(SettingsError, match=r"call_lists.*entry 2 has no key 'fil'; is file meant"):
        load_settings()


def test_a_file_that_is_not_toml_is_named(project: Path) -> None:
    write(project, "timezone = Asia/Shanghai")
    with pytest.raises(SettingsError, match=r"qa\.toml is not valid TOML: .*line 1"):
        load_settings()


def test_a_file_in_another_encoding_is_named(project: Path) -> None:
    (project / "qa.toml").write_bytes('timezone = "UTC" # Zürich'.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"qa\.toml is not valid TOML: .*utf-8"):
        load_settings()


def test_a_named_file_that_is_not_there_is_an_error_and_not_the_defaults(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_CONFIG", str(project / "mine.toml"))
    with pytest.raises(SettingsError, match=r"mine\.toml, which is not a file; correct it or unset it"):
        load_settings()


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().timezone = "Asia/Tokyo"  # type: ignore[misc]


# -- paths --------------------------------------------------------------------------------------------------------


def test_relative_paths_count_from_the_folder_of_the_file_wherever_one_stands(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, 'recordings = "calls"\nlocal_references = ["known", "/elsewhere"]')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = load_settings()
    assert (found.home, found.recordings) == (project / ".qa", project / "calls")
    assert found.local_references == (project / "known", Path("/elsewhere"))
    assert found.operations_database_url == f"sqlite:///{project / '.qa' / 'operations.sqlite'}"
    assert {found.warehouse_path.parent, found.snapshot_path.parent, found.raw_dir.parent} == {project / ".qa"}


def test_a_relative_ledger_is_one_ledger_wherever_one_stands(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ledgers know nothing of each other, and would pay for the same channels."""
    monkeypatch.setenv("QA_OPERATIONS_URL", "sqlite:///money/ops.sqlite")
    expected = f"sqlite:///{project / 'money' / 'ops.sqlite'}"
    for folder in (project, tmp_path):
        monkeypatch.chdir(folder)
        assert load_settings().operations_database_url == expected


def test_a_ledger_kept_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        monkeypatch.setenv("QA_OPERATIONS_URL", url)
        with pytest.raises(SettingsError, match=r"QA_OPERATIONS_URL.*forgets what was paid for"):
            load_settings()


def test_a_ledger_url_that_is_none_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPERATIONS_URL", f"postgres//ops:{SECRET}@db")
    with pytest.raises(SettingsError, match=r"QA_OPERATIONS_URL.*postgresql://") as refused:
        load_settings()
    assert SECRET not in str(refused.value)


def test_the_home_sign_of_a_shell_is_understood(project: Path) -> None:
    write(project, 'home = "~/qa"')
    assert load_settings().home == Path.home() / "qa"


def test_the_file_in_the_current_folder_is_used_where_none_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QA_CONFIG")
    write(project, 'timezone = "Asia/Tokyo"')
    monkeypatch.chdir(project)
    assert load_settings().timezone == "Asia/Tokyo"
    assert load_settings().home == project / ".qa"


def test_the_shipped_file_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CONFIG", str(ROOT / "qa.toml"))
    monkeypatch.setenv("QA_HOME", str(tmp_path))  # after `make demo` the checkout's own has a landing zone
    assert load_settings().recordings == ROOT / "recordings"


# -- secrets and the engine ---------------------------------------------------------------------------------------


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
    found = load_settings()
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == SECRET
    shown = [repr(found), str(found), str(found.model_dump()), found.model_dump_json(), repr(found.model_copy())]
    assert not [text for text in shown if SECRET in text]


def test_a_password_of_the_ledger_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPERATIONS_URL", f"postgresql://ops:{SECRET}@db/ops")
    found = load_settings()
    assert SECRET in found.operations_database_url
    assert SECRET not in repr(found)
    assert SECRET not in str(found)


def test_a_key_written_into_the_file_is_refused_without_being_shown(project: Path) -> None:
    for name in ("api_key", "DASHSCOPE_API_KEY", "openai_api_key", "QA_OPENAI_API_KEY"):
        write(project, f'{name} = "{SECRET}"')
        with pytest.raises(SettingsError, match="environment") as refused:
            load_settings()
        assert SECRET not in str(refused.value)
        assert ("QA_OPENAI_API_KEY" if "openai" in name.lower() else "DASHSCOPE_API_KEY") in str(refused.value)


def test_the_key_of_the_recognizers_server_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPENAI_API_KEY", SECRET)
    found = load_settings()
    assert found.openai_api_key is not None
    assert found.openai_api_key.get_secret_value() == SECRET
    assert SECRET not in repr(found) + str(found) + found.model_dump_json()


def test_the_weights_lie_in_the_home_unless_another_folder_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().sense_voice_folder == project / ".qa" / "models" / "sense-voice"
    monkeypatch.setenv("QA_SENSE_VOICE_DIR", "weights")
    assert load_settings().sense_voice_folder == project / "weights"


def test_the_recognizers_server_is_named_by_a_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_OPENAI_BASE_URL", "localhost:8000/v1")
    with pytest.raises(SettingsError, match=r"QA_OPENAI_BASE_URL.*http://127.0.0.1:8000/v1"):
        load_settings()


def test_with_neither_key_nor_address_the_local_service_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().uses_local_service
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "http://127.0.0.1:1/api/v1")
    assert not load_settings().uses_local_service
    monkeypatch.delenv("DASHSCOPE_HTTP_BASE_URL")
    monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
    assert not load_settings().uses_local_service


def test_the_names_users_rely_on_are_there() -> None:
    promised = (
        "HOME RECORDINGS MODEL AUDIO_URLS CHANNELS_PER_TASK REQUESTS_PER_MINUTE QUERIES_PER_SECOND TIMEZONE "
        "START_DATE LANGUAGE EMOTION_ROLES OPERATIONS_URL"
    )
    assert {name.lower() for name in promised.split()} <= set(Settings.model_fields)


def test_every_key_of_the_shipped_file_is_explained_in_it() -> None:
    lines = (ROOT / "qa.toml").read_text(encoding="utf-8").splitlines()
    keys = [match[1] for line in lines if (match := re.match(r"(\w+) = ", line))]
    assert set(keys) <= set(Settings.model_fields)


def demo_ran(project: Path) -> Path:
    folder = project / ".qa" / "demo" / "recordings"
    folder.mkdir(parents=True)
    return folder


def test_what_follows_a_demo_finds_its_recordings_until_there_is_a_landing_zone(project: Path) -> None:
    write(project, 'recordings = "recordings"')
    assert load_settings().recordings == project / "recordings"
    assert (folder := demo_ran(project)) == load_settings().recordings
    assert load_settings().on_truncated == "quarantine"
    (project / "recordings").mkdir()
    assert load_settings().recordings == project / "recordings"
    assert load_settings().on_truncated == "keep"
    assert folder.is_dir()


@pytest.mark.parametrize(
    "variable", [("DASHSCOPE_API_KEY", SECRET), ("QA_RECORDINGS", "recordings"), ("QA_RECORDINGS", "/elsewhere")]
)
def test_the_demos_recordings_are_never_sent_to_be_paid_and_stand_for_no_folder_that_was_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: tuple[str, str]
) -> None:
    folder = demo_ran(project)
    monkeypatch.setenv(*variable)
    assert load_settings().recordings != folder


@pytest.mark.parametrize("variable", ["DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL"])
def test_the_demos_recordings_can_be_run_again_offline_whatever_key_is_set(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    write(project, 'timezone = "Asia/Shanghai"\nstart_date = 2026-01-01\naudio_urls = "presigned"')
    folder = demo_ran(project)
    monkeypatch.setenv(variable, SECRET if variable.endswith("KEY") else "https://dashscope.example/api/v1")
    settings = load_pipeline_settings()
    assert (settings.recordings, settings.uses_local_service, settings.audio_urls) == (folder, True, "upload")
    assert (settings.timezone, settings.start_date) == ("UTC", dt.date(2025, 9, 1))
    reason = unused_key(settings)
    assert reason is not None
    assert reason.startswith(f"{variable} not used")
    assert not load_settings().uses_local_service  # `transcribe` and `doctor` go on using it

    (project / "recordings").mkdir()
    settings = load_pipeline_settings()
    assert (settings.recordings, settings.uses_local_service) == (project / "recordings", False)
    assert settings.timezone == "Asia/Shanghai"
    assert unused_key(settings) is None


def test_redaction_is_turned_off_by_one_word_and_set_by_kind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().redaction == RedactionPolicy()
    monkeypatch.setenv("QA_REDACTION", "off")
    assert not load_settings().redaction.is_on
    monkeypatch.delenv("QA_REDACTION")
    write(project, '[redaction]\ncard = "last4"\nemail = "keep"\n')
    assert load_settings().redaction.of("card") == "last4"
    assert load_settings().redaction.of("email") == "keep"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("sometimes", "neither"),
        ('{"cards": "mask"}', "is card meant"),
        ('{"email": "last4"}', "email is 'last4'"),
        ('{"card": "hide"}', "card is 'hide'"),
    ],
)
def test_a_wrong_choice_of_redaction_is_named(written: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_REDACTION", written)
    with pytest.raises(SettingsError, match=said):
        load_settings()
