"""kill -9 at any moment of runs in which every tenth answer (of submits every fourth) is one that people report."""

from __future__ import annotations

import itertools
import logging
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from tests.dashscope.scripted_service import Answer
from tests.dispatch.trial import Trial, write_recording
from tests.serving import ROOT
from tests.wire.service import (
    BASE_URL,
    EMPTY_LIST,
    GATEWAY_503,
    HANG_UP,
    CountingService,
    Strike,
    cut_short,
    edited,
    error,
    html,
    text,
)

logger = logging.getLogger(__name__)

KILLS = 25
"""In each home."""

SLOW = 150.0
"""Requests a minute while runs are killed: one of two or three channels is under way at each kill."""

NAMES = tuple(f"call{number:02}" for number in range(30))
LAST, AFTER = "last", "after"
"""Sent after all others: what is lost is then known to be lost. The second goes when no answer is struck any more."""

RUNS_TO_THE_END = 6


def _renamed(document: dict[str, object]) -> None:
    document["file_url"] = "https://internal.example/7f.wav"


SHAPES: dict[str, tuple[Strike, ...]] = {
    "submit": (
        *(Strike("submit", reply) for reply in (GATEWAY_503, HANG_UP, cut_short, html(502), html(403), html(200))),
        *(Strike("submit", reply) for reply in (Answer(), error(500, "InternalError"), text(429, "slow"))),
        Strike("submit", HANG_UP, takes=False),
        Strike("submit", html(503), takes=False),
        Strike("submit", error(503, "ServiceUnavailable"), takes=False),
        Strike("submit", error(429, "Throttling.RateQuota", **{"retry-after": "0"}), takes=False),
    ),
    "query": tuple(Strike("query", reply) for reply in (html(502), HANG_UP, html(200), error(500, "InternalError"))),
    "list": tuple(Strike("list", reply) for reply in (EMPTY_LIST, HANG_UP, html(502), html(200), cut_short)),
    "result": tuple(Strike("result", reply) for reply in (html(503), HANG_UP, cut_short, edited(_renamed))),
    "policy": tuple(Strike("policy", reply) for reply in (html(502), HANG_UP, html(200))),
    "upload": tuple(Strike("upload", reply) for reply in (text(503, "SlowDown"), HANG_UP)),
}


EVERY = defaultdict(lambda: 10, {"submit": 4})
"""Which answer of a place is struck; of the submits, where money is, more than of the others."""


def some(chance: random.Random, struck: list[str]) -> Callable[[str], Strike | None]:
    """Strikes at each place as often as `EVERY` says, by any of its shapes."""
    counts: defaultdict[str, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    def of(place: str) -> Strike | None:
        if next(counts[place]) % EVERY[place]:
            return None
        struck.append(place)
        return chance.choice(SHAPES[place])

    return of


def start(folder: Path, audio_urls: str, per_minute: float, names: tuple[str, ...]) -> subprocess.Popen[str]:
    """A run in a process of its own, which is about to send."""
    log = folder / "runs.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.wire.one_run", str(folder), audio_urls, str(per_minute), *names],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    assert process.stdout.readline() == "began\n", log.read_text()[-3000:]
    return process


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("home", "audio_urls", "clock_offset_s"),
    [(0, "upload", 0.0), (1, "http", 600.0), (2, "upload", -600.0), (3, "http", 0.0)],
)
def test_kills_among_reported_answers_bill_nothing_twice_and_lose_nothing(
    home: int, audio_urls: str, clock_offset_s: float, service: CountingService, tmp_path: Path
) -> None:
    for number, name in enumerate((*NAMES, LAST, AFTER)):
        write_recording(tmp_path / "landing" / f"{name}.wav", 200 + 10 * number)
    chance, struck = random.Random(home), list[str]()
    service.clock_offset_s, service.chance = clock_offset_s, some(chance, struck)
    killed = 0
    for _ in range(KILLS):
        process = start(tmp_path, audio_urls, SLOW, NAMES)
        try:
            process.wait(chance.uniform(0.1, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
    assert killed == KILLS, "runs ended before they were killed; the test tests too little"

    ledger = Ledger(open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}"))
    trial = Trial(BASE_URL, tmp_path, ledger)
    wanted = trial.calls(*NAMES, LAST, AFTER)
    for number in range(RUNS_TO_THE_END):
        sent = (NAMES, (*NAMES, LAST))[min(number, 1)]
        if number >= RUNS_TO_THE_END - 2:
            service.chance = lambda place: None
            sent = (*NAMES, LAST, AFTER)
        start(tmp_path, audio_urls, 6000.0, sent).communicate()
        if sum(row.state is UnitState.FETCHED for row in trial.units(wanted)) == len(wanted):
            break
    rows = trial.units(wanted)
    open_rows = {f"{row.call_id}/{row.channel_id}": row.message for row in rows if row.state is not UnitState.FETCHED}
    ledger.engine.dispose()
    assert service.bills.twice == {}, "billed twice"
    assert open_rows == {}, "not answered"
    assert len(service.bills.by_channel) == len(wanted)
    assert len(struck) > KILLS
    logger.info("%d kills, %d of %d answers struck: %s", killed, len(struck), len(service.received), Counter(struck))
