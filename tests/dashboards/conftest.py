"""A published scenario with sound, and the settings that point the dashboards at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import duckdb
import numpy as np
import pytest

from tests import scenario
from tests.warehouse.building import as_one_file


def write_tone(path: Path, codec: str = "pcm_mulaw", seconds: float = 30.0, rate: int = 8000) -> None:
    """A stereo file with a different tone on each channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(seconds * rate)) / rate
    tones = np.stack([np.sin(2 * np.pi * hertz * times) for hertz in (330, 550)])
    samples = (tones * 8000).astype("<i2")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing zone: a call as µ-law, one as plain PCM, one that is text; all others are gone."""
    root = tmp_path_factory.mktemp("recordings")
    write_tone(root / "2025-09-01" / "c0102.wav")
    write_tone(root / "2025-09-03" / "c0302.wav", "pcm_s16le")
    broken = root / "2025-09-02" / "c0201.wav"
    broken.parent.mkdir()
    broken.write_text("this is no sound", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A QA_HOME with the scenario published. Tests that publish more use a home of their own."""
    home = tmp_path_factory.mktemp("home")
    scenario.publish_snapshot(home, recordings=recordings)
    return home


@pytest.fixture(scope="session")
def defects_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with the scenario and the calls on whose sound something was done."""
    home = tmp_path_factory.mktemp("home")
    scenario.publish_snapshot(home, scenario.CALLS + scenario.CALLS_WITH_DEFECTS)
    return home


PEOPLE = (
    "('a-chen', null, date '2025-09-01', '陈薇', 'north', 'a-boss', date '2023-04-01', 'chen@example.com')",
    "('a-chen', date '2025-09-02', null, '陈薇', 'south', 'Li', date '2023-04-01', 'chen@example.com')",
    "('a-ortiz', null, null, 'Lucía Ortiz', 'north', 'a-boss', null, 'ortiz@example.com')",
    "('a-weber', null, null, 'Weber', 'south', 'Li', null, 'weber@example.com')",
    "('a-boss', null, null, 'Wei Zhang', null, null, null, 'boss@example.com')",
)
"""Rows of `agents`; a-chen moves from north to south on the second day."""


@pytest.fixture(scope="session")
def people_home(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A QA_HOME with the scenario, a call of two agents and a list of people."""
    home = tmp_path_factory.mktemp("home")
    snapshot = scenario.publish_snapshot(home, (*scenario.CALLS, scenario.TRANSFERRED), recordings=recordings)
    with duckdb.connect(str(snapshot)) as connection:
        columns = "agent_id, valid_from, valid_to, name, team, supervisor, hired_at, email, loaded_at"
        for row in PEOPLE:
            connection.execute(f"insert into agents ({columns}) values {row[:-1]}, now())")
        columns = "call_id, name, call_date, value, is_flag, source, loaded_at"
        for row in ("c0101', 'csat', '2025-09-01', 4, false", "c0101', 'resolved', '2025-09-01', 1, true",
                    "c0102', 'csat', '2025-09-01', 2.5, false"):  # fmt: skip
            connection.execute(f"insert into outcomes ({columns}) values ('{row}, 'outcomes.csv', now())")
        connection.execute("update calls set customer_id = 'k-c0101' where call_id = 'c0205'")
    return home


def rewrite(home: Path, folder: Path, *statements: str) -> Path:
    """A copy of `home` in `folder` with one file as its snapshot, which these statements have changed."""
    copy = shutil.copytree(home, folder / "home", symlinks=True)
    with duckdb.connect(str(as_one_file(copy))) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy


@pytest.fixture(scope="module")
def point_settings(recordings: Path) -> Iterator[pytest.MonkeyPatch]:
    """Settings of this machine's user kept out; QA_HOME is set whenever a page is opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_RECORDINGS", str(recordings))
        patch.setenv("QA_TIMEZONE", "Asia/Shanghai")
        for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL", "QA_CONFIG"):
            patch.delenv(name, raising=False)
        yield patch


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.dashboards.browsing import started_browser

    with started_browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def browsed_home(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """The home behind `server`, with the scenario published. A test that has it show something else puts it back."""
    home = tmp_path_factory.mktemp("browsed")
    scenario.publish_snapshot(home, recordings=recordings)
    return home


@pytest.fixture(scope="session")
def server(browsed_home: Path, recordings: Path) -> Iterator[str]:
    """The address of the Streamlit server of all browser tests of this process that need none of their own."""
    from tests.dashboards.browsing import serve

    with serve(browsed_home, recordings) as address:
        yield address


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh tab; whatever goes wrong in it fails the test."""
    from tests.dashboards.browsing import opened_tab

    with opened_tab(browser) as tab:
        yield tab
