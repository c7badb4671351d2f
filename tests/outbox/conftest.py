from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.outbox.store import Outbox
from tests.outbox.building import Clock, outbox_in
from tests.outbox.receivers import WebReceiver, web_receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Iterator[Outbox]:
    opened = outbox_in(tmp_path, clock)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as opened:
        yield opened
