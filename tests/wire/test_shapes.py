"""Every reported shape, played by a service that counts what it bills."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.ledger.ledger import Ledger
from tests.wire import shapes_keys, shapes_reconciling, shapes_refusals, shapes_results, shapes_submits
from tests.wire.service import CountingService
from tests.wire.shape import Shape, desk, play

SHAPES = (
    *shapes_submits.SHAPES,
    *shapes_reconciling.SHAPES,
    *shapes_refusals.SHAPES,
    *shapes_results.SHAPES,
    *shapes_keys.SHAPES,
)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_nothing_is_billed_twice_or_lost_and_the_others_are_answered(
    shape: Shape, service: CountingService, ledger: Ledger, tmp_path: Path
) -> None:
    play(shape, service, desk(tmp_path, ledger, **shape.desk_settings))
