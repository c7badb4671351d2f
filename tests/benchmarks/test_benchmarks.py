from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.presigning import _by_hmac, is_rightly_signed
from benchmarks.sound import Passed, all_there

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def figures(table: str, row: str) -> list[float]:
    line = next(line for line in table.splitlines() if line.startswith(row))
    return [float(figure.replace(",", "")) for figure in re.findall(r"[\d.,]+", line.removeprefix(row))]


def test_a_small_run_prints_every_row_and_leaves_the_callers_settings_and_key_alone(tmp_path: Path) -> None:
    mine = {"QA_HOME": str(tmp_path / "mine"), "QA_MODEL": "no-such-model", "DASHSCOPE_API_KEY": "sk-not-to-be-spent"}
    small = "paid-stage --channels 20 --task-seconds 0.1 0.3 --submit-burst 1 --audio upload"
    done = bench(*small.split(), "--sdk-pool-channels", "4", "--sdk-loop-channels", "1", **mine)

    assert done.returncode == 0, done.stdout + done.stderr
    row = figures(done.stdout, "pipeline, audio by uploads, submits spread")
    channels, wall_s, to_ideal, earliest_s, to_earliest, *_ = row
    assert channels == 20
    assert abs(to_ideal - wall_s / 0.3) < 0.1 * to_ideal
    assert wall_s > earliest_s > 0.3
    assert to_earliest > 1
    pool_channels, pool_wall_s, *_ = figures(done.stdout, "official SDK, audio by http, 32 threads")
    loop_channels, loop_wall_s, *_ = figures(done.stdout, "official SDK, audio by http, plain loop")
    assert (pool_channels, loop_channels) == (4, 1)
    assert loop_wall_s > pool_wall_s
    assert done.stdout.count("extrapolated to 20 channels") == 2
    assert "INVALID" not in done.stdout
    assert not (tmp_path / "mine").exists()


@pytest.mark.chaos
def test_a_run_and_a_rerun_are_weighed_beside_the_bare_import(tmp_path: Path) -> None:
    done = bench(
        "run-cpu", "start-up", "--starts", "1", QA_HOME=str(tmp_path / "mine"), DASHSCOPE_API_KEY="sk-not-to-be-spent"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    bare_s, *_ = figures(done.stdout, "import dagster, do nothing")
    for row in ("a run of one call", "a rerun that does nothing"):
        cpu_s, ratio, wall_s = figures(done.stdout, row)
        assert abs(ratio - cpu_s / bare_s) <= 0.06 + 0.01 * ratio
        assert wall_s > 0
    for row in ("import qa_pipeline.definitions", "qa-pipeline --help"):
        assert figures(done.stdout, row)[0] > 0
    assert not (tmp_path / "mine").exists()


def test_sound_is_measured_for_as_long_as_it_was_made() -> None:
    done = bench("acoustics", "long-recording", "--minutes", "0.5", "--hours", "0.02")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "INVALID" not in done.stdout
    assert done.stdout.count("decode + hash + all acoustics") == 2
    for row in ("decode  ", "cut a channel to a mono WAV", "all acoustics"):
        cpu_s, times_real_time, times_decode, rss_mib, *_ = figures(done.stdout, row)
        assert times_real_time > 1
        assert times_decode > 0
        assert cpu_s >= 0
        assert 20 < rss_mib < 150
    assert "Transcription stage" not in done.stdout


def test_sound_that_got_lost_on_the_way_makes_the_figures_invalid() -> None:
    said: list[str] = []
    assert not all_there([Passed(cpu_s=1.0, wall_s=1.0, sound_s=59.0, rss_mib=50.0)], 60.0, said.append)
    assert said == ["  INVALID: 59.000 s of sound came of 60.000 s"]


def test_figures_are_measured_of_every_call_and_by_the_assets_own_functions() -> None:
    done = bench("metrics", "--calls", "40")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "INVALID" not in done.stdout
    assert figures(done.stdout, "a plain select of the sentences")[1] == 40 * 60
    rows = {name: figures(done.stdout, name)[2] for name in ("turns and call_metrics", "calls_daily", "costs_daily")}
    assert rows["turns and call_metrics"] > 40 * 30
    assert 1 < rows["calls_daily"] <= 12
    assert rows["costs_daily"] == 1
    assert figures(done.stdout, "all of it")[3] > 1
    assert figures(done.stdout, "peak memory")[0] < 1536


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acustics"], "'acustics'; choose from paid-stage, start-up, run-cpu, acoustics, growth"),
        (["--task-seconds", "5", "2"], "5.0-2.0 is not a range from low to high seconds"),
    ],
    ids=["no such benchmark", "figures that the service cannot take"],
)
def test_wrong_use_names_what_may_be_asked(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.__main__ import main  # seconds, which other tests need not spend

    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert said in capsys.readouterr().err


def test_every_address_is_signed_as_the_published_algorithm_says() -> None:
    done = bench("presigning", "--addresses", "300", AWS_ACCESS_KEY_ID="my-own", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "INVALID" not in done.stdout
    assert figures(done.stdout, "plain HMAC")[1] == 1.0
    for row in ("signed together", "one by one, as the pipeline does", "boto3, one by one"):
        assert figures(done.stdout, row)[0] > 0


def test_a_signature_of_anything_else_is_seen() -> None:
    url = _by_hmac("a.wav", "20250901T120000Z")
    assert is_rightly_signed(url)
    assert not is_rightly_signed(url.replace("a.wav", "b.wav"))
    assert not is_rightly_signed(url.replace("X-Amz-Expires=86400", "X-Amz-Expires=86401"))
    assert not is_rightly_signed("https://s3.example/a.wav")
