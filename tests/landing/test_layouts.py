"""Each layout of docs/layouts.md, laid as the page shows it, gives the calls that the page shows."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import get_args

import pytest

from qa_pipeline.commands.doctor.landing import landing_zone
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.landed import Landing
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.layout_presets import LAYOUTS
from qa_pipeline.recordings.layouts import fit_of
from qa_pipeline.settings import Settings
from tests.docs.markdown import fences, page, sections, table, tables
from tests.landing.test_discovery import land
from tests.recordings.conftest import write_call

PAGE = page("docs/layouts.md")
TREES = {
    word.removeprefix("tree="): fence.body.split("\n")
    for fence in fences(PAGE)
    for word in fence.words
    if word.startswith("tree=")
}
CONTENTS = {fence.file_name: fence.body for fence in fences(PAGE) if fence.file_name}
SHOWN = dict(zip(TREES, [rows for rows in tables(PAGE) if "began" in rows[0]], strict=True))
TEXTS = dict(part.split("\n", 1) for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
SOUND = re.compile(r"(\.(wav|mp3|ogg)|/RE\w+)$")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    return Settings(home=tmp_path / "home", recordings=tmp_path / "landing", settle_s=0.0)


def lay(settings: Settings, layout: str) -> list[str]:
    """The example of a layout in the landing zone; the paths of its files."""
    lines = [line.partition("  ") for line in TREES[layout] if line.strip()]
    paths = [path for path, _, _ in lines]
    for pitch, (path, _, kind) in enumerate(lines, 300):
        if SOUND.search(path):
            landed = land(settings, path, pitch=pitch)
            if kind.strip() == "mono":
                write_call(landed, pitch_hz=pitch, channels=1)
        else:
            target = settings.recordings / path  # type: ignore[operator]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(CONTENTS.get(f"{layout}/{path}", "x"), encoding="utf-8")
            os.utime(target, (1_700_000_000, 1_700_000_000))
    return paths


def discover(settings: Settings) -> Landing:
    ledger = Ledger(open_operations(settings.operations_database_url))
    try:
        return discover_calls(settings, ledger)
    finally:
        ledger.engine.dispose()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_example_of_each_layout_gives_the_calls_of_the_page(settings: Settings, layout: str) -> None:
    paths = lay(settings, layout)
    set_so = settings.model_copy(update={"landing_layout": layout})
    found = discover(set_so)
    assert [
        note for note in found.notes if "the run's notes say so" not in TEXTS[layout] or "direction" not in note
    ] == []
    assert [call.call_id for call in found.calls if not call.is_usable] == []
    read = {
        call.call_id: {
            "call": call.call_id,
            "began": call.started_at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S") if call.started_at else "",
            "direction": call.direction or "",
            "agent": call.agent_id or "",
            "channel": str(call.agent_channel),
        }
        for call in found.calls
    }
    assert read == {
        row["call"].strip("`"): {key: cell.strip("`") for key, cell in row.items()} for row in SHOWN[layout]
    }
    assert {call.call_date for call in found.calls} == {dt.date(2025, 9, 2)}
    assert all({each.channel_id for each in call.sources} == {0, 1} for call in found.calls)
    roles = {call.call_id: {each.role: each.channel_id for each in call.sources} for call in found.calls}
    assert all(roles[call.call_id]["agent"] == call.agent_channel for call in found.calls)
    recordings = [path for path in paths if SOUND.search(path) and "redacted" not in path]
    assert not fit_of(layout, recordings).others


def test_the_page_has_every_layout_and_the_setting_takes_no_other() -> None:
    rows = table(PAGE, "layout", "agent's channel", "times in names", "metadata from")
    allowed = {name for kind in get_args(Settings.model_fields["landing_layout"].annotation) for name in get_args(kind)}
    assert [row["layout"] for row in rows] == list(LAYOUTS) == list(TREES)
    assert allowed == set(LAYOUTS)
    assert {heading for heading in sections(PAGE) if heading in LAYOUTS} == set(LAYOUTS)


def test_recordings_of_one_layout_are_not_taken_for_those_of_another() -> None:
    for layout, kind in LAYOUTS.items():
        if not kind.is_told_by_names:
            continue
        paths = [line for line in TREES[layout] if SOUND.search(line) and "redacted" not in line]
        right = fit_of(layout, paths)
        assert (len(right.fitting), right.others, right.nearest) == (len(paths), (), None)
        others = [name for name in LAYOUTS if name != layout and LAYOUTS[name].is_told_by_names]
        wrong = [fit_of(name, paths) for name in others]
        assert {found.nearest for found in wrong if found.is_wrong} == {layout}


def test_a_wrong_layout_is_named_with_the_one_that_fits(settings: Settings) -> None:
    lay(settings, "3cx")
    set_so = settings.model_copy(update={"landing_layout": "twilio"})
    [note] = discover(set_so).notes
    assert note.startswith("landing_layout is twilio, and none of 3 recordings is named so (such as 100/[")
    assert 'landing_layout = "3cx"' in note
    [warned] = [found for found in landing_zone(set_so) if found.name == "layout"]
    assert (warned.level, 'landing_layout = "3cx"' in warned.detail) == ("warn", True)


def test_doctor_tells_how_many_recordings_fit_and_which_do_not(settings: Settings) -> None:
    lay(settings, "amazon-connect")
    land(settings, "2025-09-02/odd.wav", pitch=700)
    set_so = settings.model_copy(update={"landing_layout": "amazon-connect"})
    [told] = [found for found in landing_zone(set_so) if found.name == "layout"]
    assert told.detail == (
        "amazon-connect: 2 of 3 recordings are named as it says; not 2025-09-02/odd.wav; "
        "3 files of the layout are no recordings"
    )


def test_doctor_names_a_layout_that_nobody_has_set(settings: Settings) -> None:
    assert [found for found in landing_zone(settings) if found.name == "layout"] == []
    lay(settings, "freeswitch")  # a uuid is a common name
    assert [found for found in landing_zone(settings) if found.name == "layout"] == []
    lay(settings, "asterisk")
    [told] = [found for found in landing_zone(settings) if found.name == "layout"]
    assert (told.level, told.detail) == (
        "ok", "none is set; 6 of 8 recordings are named as those of Asterisk and FreePBX"
    )  # fmt: skip
    assert told.fix.startswith('landing_layout = "asterisk"')


def test_the_users_own_settings_go_before_the_layouts(settings: Settings) -> None:
    lay(settings, "amazon-connect")
    own = settings.model_copy(
        update={
            "landing_layout": "amazon-connect",
            "agent_channel": Settings(agent_channel="left").agent_channel,
            "file_name_patterns": ("{customer_id}_{started_at}_UTC",),
        }
    )
    calls = discover(own).calls
    assert {(call.agent_channel, call.agent_channel_from) for call in calls} == {(0, "agent_channel")}
    assert {call.customer_id for call in calls} == {path.split("_")[0] for path in (call.call_id for call in calls)}


@pytest.fixture(autouse=True)
def no_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "qa.toml"
    config.write_text("", encoding="utf-8")
    monkeypatch.setenv("QA_CONFIG", str(config))
