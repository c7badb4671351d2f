"""Which measurement made a row of `acoustics`: a version, and the options that are stored beside the values."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json

from qa_pipeline.audio.acoustic_options import AcousticOptions

MEASUREMENT = 3
"""Version of how sound is measured and defects are named; a change of either raises it and measures all again."""


@functools.cache
def options_json(options: AcousticOptions) -> str:
    """Every option as it is stored: JSON, keys in order."""
    return json.dumps(dataclasses.asdict(options), sort_keys=True)


@functools.cache
def measuring_version(options: AcousticOptions) -> str:
    """`acoustics.definition_version`: the version of the measurement, then 8 hex digits of the options' hash."""
    return f"{MEASUREMENT}.{hashlib.sha256(options_json(options).encode()).hexdigest()[:8]}"
