"""What the user guide shows of metadata, quarantine, questions and prices is what the code does."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qa_pipeline.ledger.states import IMPORT_UNREADABLE
from qa_pipeline.published.shipped_queries import list_queries
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import SHIPPED_PATTERNS, compile_patterns, read_file_name
from qa_pipeline.recordings.keys import folded
from qa_pipeline.recordings.landing_zone import _UNFINISHED_ENDINGS
from qa_pipeline.recordings.list_presets import PRESETS
from qa_pipeline.recordings.list_rules import read_rules
from qa_pipeline.recordings.metadata import CallMetadata
from qa_pipeline.recordings.quarantine import MEANINGS
from qa_pipeline.recordings.transcript_files import ENDINGS, possible_names
from qa_pipeline.recordings.values import KEYS, BadValue, parse_moment
from qa_pipeline.statements.files import SQL_ROOT
from qa_pipeline.transcription.cost import billable_seconds, price_usd
from qa_pipeline.transcription.imports.reading import IMPORTED_MODEL, read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.models import QWEN3_FILETRANS
from tests import scenario
from tests.docs.markdown import Fence, fences, page, prose, table
from tests.recordings.scanning import scan

PAGE = page("docs/user-guide.md")
TIMEZONE = ZoneInfo("Asia/Shanghai")


def example(name: str) -> Fence:
    """The block that the guide shows as the content of this file."""
    [found] = [fence for fence in fences(PAGE) if fence.file_name == name]
    return found


def describe(folder: Path, patterns: tuple[str, ...] = ()) -> dict[str, CallMetadata]:
    """What is known of each recording of a landing zone, by the file's path."""
    zone = scan(folder)
    reader = MetadataReader(zone, patterns=compile_patterns(patterns), timezone=TIMEZONE)
    return {file.relative_path: reader.describe(file) for file in zone.files}


def land(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")


def test_the_sidecar_of_the_guide_says_what_it_means(tmp_path: Path) -> None:
    shown = example("2025-09-01/c1001.json")
    land(tmp_path, "2025-09-01/c1001.wav")
    (tmp_path / "2025-09-01/c1001.json").write_text(shown.body, encoding="utf-8")
    known = describe(tmp_path)["2025-09-01/c1001.wav"]
    assert known.problems == ()
    assert (known.call_id, known.agent_id, known.queue, known.source) == ("c1001", "a-17", "billing", "sidecar")
    assert known.started_at == dt.datetime(2025, 9, 1, 10, 5, 14, tzinfo=TIMEZONE)
    assert known.extra == {"ticket": "T-88213"}
    assert set(json.loads(shown.body)) - {"ticket"} <= set(KEYS)


def test_the_list_of_the_guide_finds_its_recordings(tmp_path: Path) -> None:
    shown = example("2025-09-02/calls.csv")
    land(tmp_path, "2025-09-02/out-0007.wav", "2025-09-02/out-0008.wav")
    (tmp_path / "2025-09-02/calls.csv").write_text(shown.body, encoding="utf-8")
    known = describe(tmp_path)
    first, second = known["2025-09-02/out-0007.wav"], known["2025-09-02/out-0008.wav"]
    assert first.problems == second.problems == ()
    assert (first.agent_id, first.queue, first.agent_channel) == ("a-17", "billing", 1)
    assert first.started_at == dt.datetime(2025, 9, 2, 23, 40, tzinfo=TIMEZONE)
    assert (second.agent_id, second.queue, second.agent_channel) == ("a-22", "retention", 0)
    assert len(list(csv.reader(io.StringIO(shown.body), delimiter=";"))) == 3


def test_the_lists_of_the_guide_are_rules_and_every_preset_is_listed_with_its_columns() -> None:
    [shown] = [fence for fence in fences(PAGE) if "lists" in fence.words]
    rules = read_rules(tomllib.loads(shown.body)["call_lists"])
    assert [rule.file for rule in rules] == ["cdr-*.csv", "Master.csv", "*.cdr.json"]
    rows = table(PAGE, "preset", "for", "columns it knows")
    assert [row["preset"].strip("`") for row in rows] == list(PRESETS)
    for row, preset in zip(rows, PRESETS.values(), strict=True):
        named = {folded(name) for name in re.findall(r"`([^`]+)`", row["columns it knows"])}
        parts = {folded(part) for column in preset.columns for part in column.split("+")}
        assert named & parts
        assert named <= parts | {folded(key) for key in KEYS}


def test_every_way_of_writing_a_time_in_the_guide_is_read_so() -> None:
    for row in table(PAGE, "written", "read"):
        for text in re.findall(r"`([^`]+)`", row["written"]):
            whole = text.replace("...", "2025-09-02 10:05" if " " in text or "+" in text else "")
            try:
                assert parse_moment(whole, TIMEZONE) is not None
                refused = False
            except BadValue as error:
                refused = "time_format" in str(error)
            assert refused is ("time_format" in row["read"]), text


def test_the_table_of_file_names_shows_every_shipped_pattern_and_what_it_reads() -> None:
    rows = table(PAGE, "file name", "pattern", "read")
    assert {row["pattern"] for row in rows} <= set(SHIPPED_PATTERNS)
    assert set(SHIPPED_PATTERNS) - {row["pattern"] for row in rows} == {SHIPPED_PATTERNS[1]}  # the first with an end
    words = {"call": "call_id", "agent": "agent_id", "began": "started_at", "day": "date"}
    for row in rows:
        parts = read_file_name(Path(row["file name"]).stem, compile_patterns())
        said = {words[word]: value for word, value in re.findall(r"(\w+) `([^`]+)`", row["read"])}
        assert said == {key: value for key, value in parts.items() if key != "guid"}


def test_the_pattern_of_the_guide_reads_its_file_name() -> None:
    patterns = compile_patterns(tomllib.loads(example("qa.toml").body)["file_name_patterns"])
    [name] = re.findall(r"reads `([^`]+)`", prose(PAGE))
    assert read_file_name(Path(name).stem, patterns) == {
        "queue": "billing", "agent_id": "a-7", "started_at": "2025-09-03T10:15:22", "call_id": "c9",
    }  # fmt: skip


def test_every_key_of_the_metadata_is_listed() -> None:
    listed = " ".join(row["key"] for row in table(PAGE, "key", "meaning"))
    assert sorted(re.findall(r"[a-z_]+", listed)) == sorted(KEYS)


def test_every_quarantine_reason_is_listed_in_order_with_its_meaning_and_a_way_out() -> None:
    rows = table(PAGE, "reason", "meaning", "way out")
    assert [(row["reason"], row["meaning"]) for row in rows] == [(code.value, text) for code, text in MEANINGS.items()]
    assert all(row["way out"] for row in rows)


def test_the_endings_of_unfinished_files_that_the_guide_names_are_such() -> None:
    assert {".part", ".tmp", ".crdownload"} <= set(_UNFINISHED_ENDINGS)
    assert "(`.part`, `.tmp`, `.crdownload` ...)" in prose(PAGE)


def test_the_formats_and_limits_are_those_of_the_model() -> None:
    text = " ".join(prose(PAGE).split())
    [listed] = re.findall(r"The service takes ([a-z0-9, ]+) and ([a-z0-9]+), up to (\d+) hours and (\d+) GiB", text)
    formats, last, hours, gib = listed
    assert {*formats.split(", "), last} == set(QWEN3_FILETRANS.formats)
    assert (int(hours) * 3600, int(gib) * 1024**3) == (QWEN3_FILETRANS.max_duration_s, QWEN3_FILETRANS.max_bytes)


def test_every_question_is_listed_with_its_parameters() -> None:
    rows = table(PAGE, "name", "question", "parameters")
    listed = [(row["name"], row["question"], re.findall(r"\w+", row["parameters"])) for row in rows]
    queries = list_queries(SQL_ROOT / "queries")
    assert listed == [(query.name, query.question, [item.name for item in query.parameters]) for query in queries]
    assert len(queries) == 27, "the pages say twenty-seven"
    no_range = [query.name for query in queries if "from_date" not in {item.name for item in query.parameters}]
    assert no_range == [
        "what_changed_between_card_versions", "what_was_said_in_a_call", "which_evaluations_are_behind_schedule",
    ]  # fmt: skip


def test_the_python_of_the_guide_reads_a_published_snapshot(tmp_path: Path) -> None:
    scenario.publish_snapshot(tmp_path / ".qa")
    [snippet] = [fence for fence in fences(PAGE) if "run" in fence.words]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", snippet.body], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert "quarantined" in done.stdout


@pytest.mark.parametrize("region", sorted(dict(QWEN3_FILETRANS.price_per_s_usd)))
def test_the_prices_of_the_readme_are_the_models(region: str) -> None:
    rows = {row["region"]: float(row["US$ per channel-second"]) for row in _price_rows()}
    assert rows[region] == QWEN3_FILETRANS.price(region)
    assert set(rows) == set(dict(QWEN3_FILETRANS.price_per_s_usd))


def test_the_example_of_the_readme_is_reckoned_as_the_product_reckons() -> None:
    text = " ".join(page("README.md").read_text(encoding="utf-8").split())
    [said] = re.findall(
        r"1,000 stereo calls of 5 minutes are 2 × 1,000 × 300 s = ([\d,]+) channel-seconds: "
        r"US\$ ([\d.]+) in Beijing, US\$ ([\d.]+) in Singapore",
        text,
    )
    seconds = 2 * 1000 * billable_seconds(300.0)
    assert int(said[0].replace(",", "")) == seconds
    assert float(said[1]) == pytest.approx(price_usd(seconds, QWEN3_FILETRANS, "beijing"))
    assert float(said[2]) == pytest.approx(price_usd(seconds, QWEN3_FILETRANS, "singapore"))


def _price_rows() -> list[dict[str, str]]:
    """The price table stands inside a list, so its lines are indented."""
    lines = [line.strip() for line in page("README.md").read_text(encoding="utf-8").splitlines()]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    start = cells.index(["region", "US$ per channel-second"])
    rows = cells[start + 2 : start + 2 + len(QWEN3_FILETRANS.price_per_s_usd)]
    return [dict(zip(cells[start], row, strict=True)) for row in rows]


def test_the_names_of_transcripts_are_those_that_are_looked_for_in_the_order_that_counts() -> None:
    shown = [
        name for row in table(PAGE, "beside `c1.wav`", "what it is") for name in row["beside `c1.wav`"].split(", ")
    ]
    names = [name.strip("`") for name in shown]
    assert [name.removeprefix("c1") for name in names[:4]] == list(ENDINGS)
    assert [possible_names(name)[-1].channel_id for name in names] == [None, None, None, None, 0, 1]
    assert {possible_names(name)[-1].stem for name in names} == {"c1"}


def test_the_subtitles_of_the_guide_are_read_as_it_says() -> None:
    found = read_import(example("c1.vtt").body.encode(), CallSpeakers())
    assert {item.channel_id: [(s.text, s.language) for s in item.sentences] for item in found.result.transcripts} == {
        0: [("Good morning. How may I help you?", "en")],
        1: [("My line is dead.", "en")],
    }


def test_what_the_guide_says_of_imports_in_the_tables_is_what_stands_there() -> None:
    text = prose(PAGE)
    assert f"`model` is `{IMPORTED_MODEL}`" in text
    assert IMPORT_UNREADABLE in text
