"""The calls of a day, taken in by the product's own step."""

import datetime as dt
import os
import sys
from pathlib import Path
from unittest.mock import patch


def take_in(day: dt.date) -> None:
    """Reads the landing zone of the environment's settings for a day."""
    import dagster as dg  # not before the settings are those of the benchmark, which definitions read

    from qa_pipeline.defs.assets.calls import calls
    from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource

    resources = {"settings": SettingsResource(), "warehouse": WarehouseResource(), "operations": OperationsResource()}
    with Path(os.devnull).open("w") as nowhere, patch.object(sys, "stderr", nowhere):
        dg.materialize([calls], partition_key=day.isoformat(), resources=resources)
