"""Every setting of the product, read once: environment first, then qa.toml, then the default.

A key of qa.toml is overridden by `QA_<KEY>`; the variables of the service's own clients (DASHSCOPE_API_KEY,
DASHSCOPE_HTTP_BASE_URL, DASHSCOPE_WORKSPACE_ID and others) keep their official names. Relative paths count from
the folder of qa.toml, so the command line, Dagster and the dashboards agree wherever they were started.
"""

from __future__ import annotations

from qa_pipeline.settings.config_file import OFFICIAL_NAMES, SettingsError, find_config
from qa_pipeline.settings.derived import Settings
from qa_pipeline.settings.loading import DEMO_FIRST_DAY, load_pipeline_settings, load_settings, unused_key
from qa_pipeline.settings.values import changed_from_default

__all__ = [
    "DEMO_FIRST_DAY",
    "OFFICIAL_NAMES",
    "Settings",
    "SettingsError",
    "changed_from_default",
    "find_config",
    "load_pipeline_settings",
    "load_settings",
    "unused_key",
]
