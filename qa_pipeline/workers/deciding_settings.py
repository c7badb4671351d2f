"""Which settings decide what comes out of a step: on them a run and the workers that take its steps must agree.

A setting decides unless it is named here, so that a new one is compared before anybody thinks of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from qa_pipeline.dispatch.context_files import load_contexts
from qa_pipeline.errors import WrongUse
from qa_pipeline.settings import Settings

PLACES = frozenset(
    {
        "project_root", "home", "operations_url", "lake", "lake_catalog", "dagster_url", "dagster_yaml", "raw_bucket",
        "broker_url", "bucket_endpoint", "audio_bucket", "audio_base_url", "voices_dir", "whisper_dir",
        "sense_voice_dir", "local_references", "plain_http_hosts", "recordings", "context", "people", "outcomes",
    }
)  # fmt: skip
"""Where things are: a machine may have them elsewhere, under other names."""

LISTS = ("people", "outcomes")
"""Files whose content decides, wherever they are: named by a setting, or laid into QA_HOME."""

SECRETS = frozenset({"api_key", "openai_api_key"})
SHOWN_ONLY = frozenset(
    {
        "host", "dagster_port", "dashboards_port", "dashboard_access", "dashboard_users", "dashboard_contact",
        "dashboard_login_claim", "dashboard_user_header", "dashboard_proxies", "dashboard_hosts", "sound_link_hours",
        "raw_text_roles",
    }
)  # fmt: skip
"""Pages and their programs alone: nothing of it is in a published row."""

EFFORT = frozenset(
    {
        "submit_burst", "concurrent_uploads", "poll_interval_s", "landing_cache_gb", "snapshots_kept",
        "local_service_port", "local_workers", "presigned_ttl_s", "keep_bucket_audio", "failed_attempts_kept_days",
        "open_task_patience_s", "reconcile_grace_s", "task_timeout_s", "settle_s",
    }
)  # fmt: skip
"""How fast, how long, how much is kept: not what comes out."""

UNDECIDING = PLACES | SECRETS | SHOWN_ONLY | EFFORT
_SHOWN_DIGITS = 16


def deciding_settings(settings: Settings) -> dict[str, str]:
    """Each deciding setting and a short hash of its value: values may be secret, long, or a person's name.

    Of files it is the content that counts.

    Raises:
        UserError: a file that a setting names cannot be read.
    """
    names = sorted(set(type(settings).model_fields) - UNDECIDING)
    found = {name: _hash(repr(getattr(settings, name))) for name in names}
    contexts = load_contexts(settings)
    texts = {"": contexts.company} | dict(contexts.by_queue)
    found["context"] = _hash(repr(sorted((queue, part.text) for queue, part in texts.items() if part is not None)))
    for name in LISTS:
        chosen = getattr(settings, name)
        files = [settings.resolve(chosen)] if chosen is not None else sorted(settings.home.glob(f"{name}.*"))
        found[name] = _hash(repr([_content(file) for file in files]))
    return found


def fingerprint(deciding: Mapping[str, str]) -> str:
    """One short hash of them all."""
    return _hash("\n".join(f"{name} {value}" for name, value in sorted(deciding.items())))


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names of the settings that are not the same in both."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _content(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}; correct the setting that names it") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SHOWN_DIGITS]
