"""What docs/operations.md says of states, codes, numbers and messages is in the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import pairwise

import pytest
import yaml

from qa_pipeline.dashscope.task_failures import _OF_THE_SERVICE, TASK_FAILURES, TaskFailure
from qa_pipeline.defs.schedules import NIGHTLY_HOUR, yesterday
from qa_pipeline.defs.sensors import SENSOR_INTERVAL_S, new_recordings
from qa_pipeline.dispatch.task_finisher import ATTEMPTS
from qa_pipeline.ledger.states import MOVES, UnitState
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.silence import NO_SPEECH_CODES
from qa_pipeline.warehouse.pruning import KEEP_AT_LEAST_S
from tests.docs.markdown import ROOT, fences, page, prose, sections, table

PAGE = page("docs/operations.md")
TEXT = " ".join(prose(PAGE).split())
ANYTHING = "…"


@cache
def texts_of_the_code() -> str:
    """Every text in the product's code, a line each; what is filled in later stands as `…`."""
    found = []
    for path in sorted((ROOT / "qa_pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else ANYTHING for part in node.values]
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(text.replace("\n", " ") for text in found)


@pytest.mark.parametrize("row", table(PAGE, "message", "what to do"), ids=lambda row: row["message"][:40])
def test_every_message_of_the_troubleshooting_is_one_of_the_product(row: dict[str, str]) -> None:
    pattern = ".*?".join(re.escape(part.strip()) for part in row["message"].split(ANYTHING))
    assert re.search(pattern, texts_of_the_code()), "no text of the code reads like this"
    assert row["what to do"]


def test_every_state_is_explained_and_drawn() -> None:
    rows = table(PAGE, "state", "meaning", "what a run does with it")
    assert [row["state"] for row in rows] == [state.value for state in UnitState]
    [drawing] = [fence.body for fence in fences(PAGE) if "submitted" in fence.body]
    assert set(re.findall(r"[a-z]{6,}", drawing)) & {state.value for state in UnitState} == {
        state.value for state in UnitState
    }
    chain = [state.value for state in list(UnitState)[:6]]
    assert drawing.splitlines()[0] == " ──► ".join(chain)
    assert all(UnitState(later) in MOVES[UnitState(earlier)] for earlier, later in pairwise(chain))


@pytest.mark.parametrize("target", [UnitState.FAILED, UnitState.UNKNOWN])
def test_the_branches_of_the_drawing_are_moves_of_the_ledger(target: UnitState) -> None:
    """Every way there is drawn except the one from `planned`, which the text describes."""
    [drawing] = [fence.body for fence in fences(PAGE) if "submitted" in fence.body]
    lines = drawing.splitlines()
    [line] = [line for line in lines if re.search(rf"──► {target.value}\b", line)]
    drawn = {
        state
        for state in UnitState
        for begin in [lines[0].find(state.value)]
        if begin >= 0 and any(sign in "├└┴┼" for sign in line[begin : begin + len(state.value)])
    }
    assert drawn == {state for state in UnitState if target in MOVES[state]} - {UnitState.PLANNED}


def test_every_code_of_an_unknown_outcome_is_one_that_the_product_gives() -> None:
    rows = table(PAGE, "code", "what happened")
    code_lines = set(texts_of_the_code().splitlines())
    assert {row["code"] for row in rows} <= code_lines


def test_the_codes_that_are_sent_again_are_those_of_the_table() -> None:
    again = {code: ATTEMPTS[kind] for code, kind in TASK_FAILURES.items() if kind in ATTEMPTS}
    again |= dict.fromkeys(_OF_THE_SERVICE, ATTEMPTS[TaskFailure.RESUBMIT])
    three, two = re.findall(
        r"on the way \((.+?): three times in all; (.+?): twice\)", " ".join(sections(PAGE)["Money rules"].split())
    )[0]
    assert {**dict.fromkeys(re.findall(r"`(.+?)`", three), 3), **dict.fromkeys(re.findall(r"`(.+?)`", two), 2)} == again
    silent = set(NO_SPEECH_CODES)
    assert set(re.findall(r'"No speech" \(`(\w+)`, `(\w+)`\)', TEXT)[0]) == silent


def test_schedule_and_sensor_are_off_at_first_and_come_when_the_page_says() -> None:
    assert new_recordings.default_status.value == "STOPPED"
    assert yesterday.default_status.value == "STOPPED"
    assert re.search(rf"`yesterday`.*{NIGHTLY_HOUR}:00", TEXT)
    assert SENSOR_INTERVAL_S == 300
    assert re.search(r"`new_recordings`.*five minutes", TEXT)


def test_retention_and_retries_are_those_of_dagsters_file() -> None:
    instance = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    purge = instance["retention"]["sensor"]["purge_after_days"]
    assert re.search(rf"ticks\D+{purge['skipped']} days\D+{purge['failure']}\D+{purge['success']}\b", TEXT)
    assert instance["retention"]["schedule"]["purge_after_days"] == purge["success"]
    assert instance["run_retries"]["max_retries"] == 2, "the page says twice"
    limit = instance["concurrency"]["pools"]["default_limit"]
    assert all(f"`{pool}` ({limit})" in TEXT for pool in ("warehouse", "dashscope"))


def test_how_long_snapshots_are_kept_is_what_the_page_says() -> None:
    assert f"`QA_SNAPSHOTS_KEPT` ({Settings.model_fields['snapshots_kept'].default})" in TEXT
    assert f"{KEEP_AT_LEAST_S / 60:.0f} minutes" in TEXT
