"""A QA_HOME after one run over three calls, one of which is full of canaries; made once, copied for each test."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa_pipeline.warehouse.snapshots import SnapshotInfo, publish
from tests.erasing.leftovers import leftovers
from tests.pipeline.harness import GOLDEN_DAY, Pipeline, charges
from tests.serving import SAMPLES, running_service

CALL = "zq-canary-7701"
CUSTOMER = "cust-qx-559133"
NAME = "Zywendola Quorbrax"
KEPT = ("c0104", "c0108")


@dataclass
class Home:
    """A QA_HOME with its landing zone, and what must be in none of its files after an erasure."""

    pipeline: Pipeline
    canaries: dict[str, bytes | str]
    scratch: Path

    @property
    def home(self) -> Path:
        return self.pipeline.home

    def left(self) -> list[str]:
        return leftovers(self.home, self.canaries, self.scratch)

    def calls(self) -> list[str]:
        return sorted(call_id for (call_id,) in self.pipeline.query("select call_id from calls"))


def land(pipeline: Pipeline) -> dict[str, bytes | str]:
    """Three calls; of the first, call id, customer, name, two sentences, and bytes and hash of its sound."""
    for name in ("c0104.m4a", "c0108.opus"):
        for source in (SAMPLES / GOLDEN_DAY / name, (SAMPLES / GOLDEN_DAY / name).with_suffix(".json")):
            pipeline.land(source, f"{GOLDEN_DAY}/{source.name}")
    sound = pipeline.land(SAMPLES / GOLDEN_DAY / "c0101.mp3", f"{GOLDEN_DAY}/{CALL}.mp3")
    sidecar = json.loads((SAMPLES / GOLDEN_DAY / "c0101.json").read_text(encoding="utf-8"))
    sidecar |= {"call_id": CALL, "customer_id": CUSTOMER, "customer_name": NAME}
    written = pipeline.land(SAMPLES / GOLDEN_DAY / "c0101.json", f"{GOLDEN_DAY}/{CALL}.json")
    written.write_text(json.dumps(sidecar), encoding="utf-8")
    content = sound.read_bytes()
    return {"call": CALL, "customer": CUSTOMER, "name": NAME, "sound": content[len(content) // 2 :][:64]}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("erasing")
    (folder / "landing").mkdir()
    with running_service(folder / "service") as base_url:
        pipeline = Pipeline(folder / "home", folder / "landing", base_url, billed_before=charges(base_url))
        canaries = land(pipeline)
        pipeline.run(GOLDEN_DAY)
        again = SnapshotInfo("another run", "local", "0")
        days = [dt.date.fromisoformat(GOLDEN_DAY)]
        publish(pipeline.home / "warehouse.duckdb", pipeline.home / "qa.duckdb", days, again, keep=5, minimum_n=5)
        said = pipeline.query("select text from sentences where call_id = ? order by length(text) desc limit 2", CALL)
        canaries |= {f"sentence {number}": text for number, (text,) in enumerate(said)}
        [(recording,)] = pipeline.query("select recording_id from calls where call_id = ?", CALL)
        yield Home(pipeline, canaries | {"hash": recording}, folder)


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    return copied(made, tmp_path)


def copied(made: Home, scratch: Path) -> Home:
    """The same home and landing zone in another folder."""
    for folder in (made.pipeline.home, made.pipeline.landing):
        shutil.copytree(folder, scratch / folder.name, symlinks=True)
    pipeline = Pipeline(scratch / "home", scratch / "landing", made.pipeline.base_url)
    return Home(pipeline, dict(made.canaries), scratch)


@pytest.fixture(scope="session")
def made_without(made: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """`made`, of which the call was erased; made once, copied for each test."""
    without = copied(made, tmp_path_factory.mktemp("without"))
    done = without.pipeline.command("erase", "--call", CALL, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return without


@pytest.fixture
def home_without(made_without: Home, tmp_path: Path) -> Home:
    """A home from which the call was erased."""
    return copied(made_without, tmp_path)


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[str]:
    """A service of the test's own."""
    with running_service(tmp_path / "service") as base_url:
        yield base_url
