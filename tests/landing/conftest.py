"""The operations database of the settings of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import Settings


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger(open_operations(settings.operations_database_url))
    yield opened
    opened.engine.dispose()
