"""`qa-pipeline sampling`: plans are checked, drawn and looked at as people run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from qa_pipeline.commands.doctor.findings import Level
from qa_pipeline.commands.doctor.landing import sampling
from qa_pipeline.settings import load_settings
from tests.commands.conftest import Typed
from tests.own_settings import begin_project
from tests.scenario import ROOT

PLANS = """plans:
  - plan: weekly
    scorecard: service-quality
    period: week
    effective_from: 2025-09-01
    seed: 1
    strata: {by: [queue], take: 1}
    risk:
      - {id: short, take: 1, when: {metric: talk_ratio, above: 0.9}}
    evaluators: {people: [{login: ana@example.com}, {login: ben@example.com}]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Path) -> Path:
    begin_project(monkeypatch, tmp_path)
    (tmp_path / "sampling.yaml").write_text(PLANS, encoding="utf-8")
    return tmp_path


def test_plans_are_checked_with_file_and_line(typed: Typed, project: Path) -> None:
    done = typed("sampling", "check")
    assert done.code == 0
    assert "weekly" in done.out
    assert "1 of each queue and week, 1 of short; 20% blind; 2 evaluators" in done.out
    assert "there is no card service-quality in scorecards/" in done.err
    wrong = project / "sampling.yaml"
    wrong.write_text(PLANS.replace("take: 1}\n    risk", "taken: 1}\n    risk"), encoding="utf-8")
    done = typed("sampling", "check")
    assert done.code == 1
    assert "line 7: taken: there is no such key." in done.err
    wrong.write_text(PLANS.replace("talk_ratio", "talk_ration"), encoding="utf-8")
    done = typed("sampling", "check")
    assert done.code == 1
    assert "did you mean talk_ratio?" in done.err
    wrong.write_text(PLANS.replace("metric: talk_ratio, above: 0.9", "rule: greeting"), encoding="utf-8")
    assert "weekly looks at the rule greeting, which does not exist; write it" in typed("sampling", "check").err
    wrong.unlink()
    done = typed("sampling", "check")
    assert done.code == 2
    assert "there is no sampling.yaml" in done.err


def test_a_period_is_drawn_of_what_is_published_and_its_state_is_shown(typed: Typed, project: Path) -> None:
    assert "Nothing was drawn yet" in typed("sampling", "status").out
    dry = typed("sampling", "draw", "--period", "2025-W36", "--dry-run")
    assert dry.code == 0
    assert "would be drawn" in dry.out
    assert '{"queue": "billing"}: 1 of ' in dry.out
    done = typed("sampling", "draw", "--plan", "weekly", "--period", "2025-09-03")
    assert done.code == 0
    assert "weekly 2025-W36: " in done.out
    assert "tasks assigned" in done.out
    assert "ana@example.com: " in done.out
    again = typed("sampling", "draw", "--period", "2025-W36")
    assert "0 calls of" in again.out
    assert "0 tasks assigned" in again.out
    assert "2025-W36" in typed("sampling", "status").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plan", "monthly"), "there is no plan monthly; there are weekly"),
        (("--period", "2025-09"), "2025-09 is not a week; write 2025-W36"),
        (("--period", "2025-W20"), "weekly is not for calls of 2025-W20"),
        (("--period", "2099-W20"), "2099-W20 is not over before 2099-05-18"),
    ],
)
def test_what_can_not_be_drawn_is_said(typed: Typed, project: Path, arguments: tuple[str, ...], said: str) -> None:
    done = typed("sampling", "draw", *arguments)
    assert done.code == 2
    assert said in done.err


def test_a_calibration_session_needs_calls_and_a_card(typed: Typed, project: Path) -> None:
    words = ["--session", "march", "--scorecard", "service-quality", "--expert", "eva", "--evaluator", "ana"]
    done = typed("sampling", "calibrate", "c0101", *words)
    assert done.code == 2
    assert "there is no card service-quality" in done.err
    folder = project / "scorecards"
    folder.mkdir()
    card = next((ROOT / "samples" / "scorecards").glob("*en*.yaml"), None) or next(
        (ROOT / "samples" / "scorecards").glob("*.yaml")
    )
    text = card.read_text(encoding="utf-8")
    (folder / card.name).write_text(text, encoding="utf-8")
    words[3] = YAML(typ="safe").load(text)["scorecard"]
    assert "not published with a date: gone" in typed("sampling", "calibrate", "gone", *words).err
    assert "march: 2 tasks assigned" in typed("sampling", "calibrate", "c0101", *words).out
    assert "march: 0 tasks assigned, 2 were there already" in typed("sampling", "calibrate", "c0101", *words).out


def test_doctor_names_what_is_wrong_in_the_plans(project: Path) -> None:
    settings = load_settings()
    [found] = sampling(settings)
    assert (found.level, found.detail) == (Level.OK, f"1 plan in {project / 'sampling.yaml'}")
    (project / "sampling.yaml").write_text(PLANS.replace("seed: 1", "seed: one"), encoding="utf-8")
    [found] = sampling(settings)
    assert found.level is Level.FAIL
    assert "line 6: seed" in found.detail
    (project / "sampling.yaml").unlink()
    assert list(sampling(settings)) == []
