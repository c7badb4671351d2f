"""`qa-pipeline accuracy` on a published snapshot: its figures by hand, what it compares with, and what it refuses."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qa_pipeline import terminal
from qa_pipeline.transcription.results import MAX_RESULT_BYTES
from tests import scenario
from tests.commands.conftest import Typed

C0102_BY_HAND = """\
Agent: Good morning, this is the delivery desk.
Customer: My parcels are late.
Agent: I see that it left the depot on Monday.
Customer: No! I want a refund now!
This is the third time.
Agent: I can offer you a refund.
"""


@pytest.fixture
def references(tmp_path: Path) -> Path:
    """A folder with the references of two calls, one English and one Chinese."""
    folder = tmp_path / "references"
    (folder / "day").mkdir(parents=True)
    (folder / "c0102.txt").write_text(C0102_BY_HAND, encoding="utf-8")
    said = {
        "agent": ["您好，我是陈伟。", "非常抱歉，我马上给您退款。"],
        "customer": ["你们又多扣了我的钱！", "好的，谢谢。"],
    }
    document = {
        "transcripts": [
            {
                "channel_id": number,
                "text": "".join(texts),
                "sentences": [
                    {"begin_time": 1000 * place, "end_time": 1000 * place + 900, "text": text, "language": "zh"}
                    for place, text in enumerate(texts)
                ],
            }
            for number, texts in enumerate(said.values())
        ]
    }
    (folder / "day" / "c0101.transcript.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "day" / "c0101.json").write_text('{"call_id": "c0101", "queue": "billing"}', encoding="utf-8")
    return folder


def rows(printed: str) -> dict[tuple[str, str], list[str]]:
    """The rows of the first table by group and measure; cells are two blanks apart."""
    found = {}
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
        if len(cells) > 3 and cells[1] in ("words", "characters"):
            found[cells[0], cells[1]] = cells[2:]
    return found


def better_calls(*names: str, text: str = "My parcels are late.") -> tuple[scenario.ScenarioCall, ...]:
    """Copies of c0102 under these ids whose customer says `text` first."""
    like = next(call for call in scenario.CALLS if call.call_id == "c0102")
    said = tuple(dataclasses.replace(item, text=text) if item.text.startswith("My ") else item for item in like.said)
    return tuple(dataclasses.replace(like, call_id=name, said=said, attempts_before={}) for name in names)


def test_the_figures_are_those_of_the_hand(typed: Typed, snapshot: Path, references: Path) -> None:
    done = typed("accuracy", references)
    assert done.code == 0
    found = rows(done.out)
    # this is the | parcels are -> parcel is | you
    assert found["all", "words"] == ["1", "37", "2", "4", "0", "16.22%"]
    assert found["role agent", "words"] == ["1", "22", "0", "4", "0", "18.18%"]
    assert found["role customer", "words"] == ["1", "15", "2", "0", "0", "13.33%"]
    # one character of a name in 17 + 13
    assert found["language zh", "characters"] == ["1", "30", "1", "0", "0", "3.33%"]
    assert ("language zh", "words") not in found
    assert found["language not given", "words"] == found["all", "words"]
    assert found["model qwen3-asr-flash-filetrans (dashscope.aliyuncs.com)", "characters"][-1] == "3.33%"
    assert found["model qwen3-asr-flash-filetrans, reference (local service)", "words"][-1] == "16.22%"


def test_the_worst_sentences_stand_beside_what_was_heard(typed: Typed, snapshot: Path, references: Path) -> None:
    done = typed("accuracy", references, "--worst", "3")
    worst = done.out[done.out.index("worst 3 sentences") :].splitlines()[1:]
    assert worst == [
        "c0102  agent  3 errors in 7 words",
        "  said     Good morning, [this is the] delivery desk.",
        "  heard    Good morning, delivery desk.",
        "c0102  customer  2 errors in 4 words",
        "  said     My [parcels are] late.",
        "  heard    My [parcel is] late.",
        "c0102  agent  1 error in 6 words",
        "  said     I can offer [you] a refund.",
        "  heard    I can offer a refund.",
    ]
    [chinese] = [line for line in typed("accuracy", references).out.splitlines() if "c0101" in line]
    assert chinese == "c0101  agent  00:00:00.000  zh  1 error in 6 characters"


def test_a_perfect_transcript_has_no_errors_and_says_so(typed: Typed, snapshot: Path, tmp_path: Path) -> None:
    folder = tmp_path / "exported"
    for format_name in ("json", "vtt", "txt"):
        assert (
            typed("export", "--format", format_name, "--from", "2025-09-01", "--to", "2025-09-03", "-o", folder).code
            == 0
        )
        done = typed("accuracy", folder)
        assert done.code == 0
        assert {row[-1] for row in rows(done.out).values()} == {"0.00%"}
        assert "no sentence has an error" in done.out
        assert "no reference of" not in done.err
        shutil.rmtree(folder)


def test_what_has_no_counterpart_is_named_on_both_sides(typed: Typed, snapshot: Path, references: Path) -> None:
    (references / "c0999.agent.txt").write_text("Hello", encoding="utf-8")
    (references / "c0103.customer.txt").write_text("Hello", encoding="utf-8")
    done = typed("accuracy", references, "--from", "2025-09-01", "--language", "en")
    assert done.code == 0
    assert "no transcript of 1 channel: c0103 customer" in done.err
    assert "no reference of 1 channel: c0103 agent" in done.err
    assert "left out as the options say: references of 1 channel\n" in done.err
    assert "no transcript of 2 channels: c0103 customer, c0999 agent" in typed("accuracy", references).err


def test_nothing_in_common_is_said_with_both_sides_and_ends_with_1(
    typed: Typed, snapshot: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "zzz.txt").write_text("Agent: hi\nCustomer: hi", encoding="utf-8")
    done = typed("accuracy", folder, "--queue", "delivery", "--hypotheses", snapshot)
    assert done.code == 1
    assert "left out as the options say: references of 2 channels" in done.err
    assert "no reference of 2 channels: c0102 agent, c0102 customer" in done.err
    assert "nothing was compared" in done.err
    done = typed("accuracy", folder)
    assert done.code == 1
    assert "no transcript of 2 channels: zzz agent, zzz customer" in done.err
    assert "c0103 agent" in done.err


def test_days_queue_and_model_choose(typed: Typed, snapshot: Path, references: Path) -> None:
    assert ("all", "words") not in rows(typed("accuracy", references, "--queue", "billing").out)
    assert ("language zh", "characters") not in rows(typed("accuracy", references, "--queue", "delivery").out)
    assert typed("accuracy", references, "--from", "2025-09-02").code == 1
    assert typed("accuracy", references, "--from", "2025-08-01", "--to", "2025-09-01").code == 0
    assert typed("accuracy", references, "--model", scenario.MODEL).code == 0
    done = typed("accuracy", references, "--model", "fun-asr")
    assert done.code == 1
    assert "no transcript of 4 channels" in done.err


def test_a_language_can_be_given_to_references_that_name_none(typed: Typed, snapshot: Path, references: Path) -> None:
    assert "--language CODE says it" not in typed("accuracy", references).err
    (references / "day" / "c0101.transcript.json").unlink()
    assert "--language CODE says it" in typed("accuracy", references).err
    found = rows(typed("accuracy", references, "--language", "en").out)
    assert found["language en", "words"][-1] == "16.22%"


def test_a_bad_reference_is_named_the_others_are_measured_and_the_code_is_1(
    typed: Typed, snapshot: Path, references: Path
) -> None:
    (references / "c0103.txt").write_text("nobody says this", encoding="utf-8")
    (references / "c0301.json").write_text("{", encoding="utf-8")
    (references / "c0102.agent.txt").write_text("twice", encoding="utf-8")
    (references / "notes.md").write_text("left alone", encoding="utf-8")
    (references / "gone.txt").symlink_to(references / "nowhere")
    os.mkfifo(references / "pipe.txt")
    with (references / "film.json").open("wb") as file:
        file.truncate(MAX_RESULT_BYTES + 1)
    done = typed("accuracy", references)
    assert done.code == 1
    assert f"{references / 'c0103.txt'}: it does not say who speaks in its first line of text" in done.err
    assert f"{references / 'c0301.json'}: it is not JSON" in done.err
    assert "holds c0102 agent already; keep one of the two" in done.err
    assert f"{references / 'gone.txt'}: No such file or directory" in done.err
    assert f"{references / 'pipe.txt'}: it is not a file" in done.err
    assert f"{references / 'film.json'}: it is not a transcript: 104,857,601 bytes" in done.err
    assert "notes.md" not in done.err
    assert rows(done.out)["language zh", "characters"][-1] == "3.33%"


def test_transcripts_can_come_from_a_folder_that_knows_no_roles(
    typed: Typed, snapshot: Path, references: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    result = {"transcripts": [{"channel_id": 1, "text": "My parcels are late", "sentences": []}]}
    (folder / "c0102.json").write_text(json.dumps(result), encoding="utf-8")
    done = typed("accuracy", references, "--hypotheses", folder, "--queue", "delivery")
    assert done.code == 0
    # eleven words of two sentences were not transcribed
    assert rows(done.out)["role customer", "words"] == ["1", "15", "0", "11", "0", "73.33%"]
    assert "no transcript of 1 channel: c0102 agent" in done.err


def test_a_reference_may_be_named_by_its_recording_where_only_one_has_that_name(
    typed: Typed, home: Path, tmp_path: Path
) -> None:
    like = {call.call_id: call for call in scenario.CALLS}
    calls = (
        dataclasses.replace(like["c0102"], file_name="2025-09-01_a-ortiz_c0102.wav"),
        dataclasses.replace(like["c0101"], file_name="out.wav"),
        dataclasses.replace(like["c0302"], file_name="out.wav"),
    )
    scenario.publish_snapshot(home, calls)
    folder = tmp_path / "references"
    folder.mkdir()
    (folder / "2025-09-01_a-ortiz_c0102.txt").write_text(C0102_BY_HAND, encoding="utf-8")
    (folder / "out.agent.txt").write_text("Hello", encoding="utf-8")
    done = typed("accuracy", folder)
    assert rows(done.out)["all", "words"] == ["1", "37", "2", "4", "0", "16.22%"]
    assert "no transcript of 1 channel: out agent" in done.err


def test_without_a_snapshot_folders_are_compared_by_channel_or_by_role(
    typed: Typed, references: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "c0102.agent.txt").write_text("good morning this is the delivery desk", encoding="utf-8")
    done = typed("accuracy", references, "--hypotheses", folder)
    assert done.code == 0
    assert rows(done.out)["role agent", "words"] == ["1", "22", "0", "15", "0", "68.18%"]
    refused = typed("accuracy", references, "--hypotheses", folder, "--queue", "delivery")
    assert refused.code == 1
    assert "--from, --to and --queue need to know of calls, and nothing is published yet" in refused.err
    assert "nothing is published yet" in typed("accuracy", references).err


def test_a_change_is_shown_with_its_interval(typed: Typed, home: Path, tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(6)]
    before = scenario.publish_snapshot(home, better_calls(*names, text="My parcel is late."), name="qa-1.duckdb")
    scenario.publish_snapshot(home, better_calls(*names), name="qa-2.duckdb")
    folder = tmp_path / "references"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.txt").write_text(C0102_BY_HAND, encoding="utf-8")
    done = typed(
        "accuracy", folder, "--compare", before, "--worst", "1", "--language", "en", "--csv", tmp_path / "x.csv"
    )
    assert done.code == 0
    assert f"compared: {before}, made by qwen3-asr-flash-filetrans, reference (local service)" in done.out
    assert "current:  the newest snapshot, made by" in done.out
    found = rows(done.out)
    # six errors of 37 words in each call before, four now: the same in all, so the interval has no width
    assert found["all", "words"] == ["6", "222", "16.22%", "10.81%", "-5.41", "-5.41 … -5.41", "better"]
    assert found["role agent", "words"] == ["6", "132", "18.18%", "18.18%", "+0.00", "+0.00 … +0.00", "unclear"]
    assert not any(group.startswith("model") for group, _ in found)
    assert done.out.splitlines()[-4:] == [
        "c0  agent  en  3 errors in 7 words",
        "  said     Good morning, [this is the] delivery desk.",
        "  compared Good morning, delivery desk.",
        "  current  Good morning, delivery desk.",
    ]
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    for name, wrong in (("compared", 36), ("current", 24)):
        of_set = [row for row in written if row["set"] == name]
        assert len(of_set) == 36
        kinds = ("words_substituted", "words_deleted", "words_inserted")
        assert sum(int(row[kind]) for row in of_set for kind in kinds) == wrong


def test_what_is_in_one_set_only_is_left_out_of_a_comparison(
    typed: Typed, snapshot: Path, references: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "c0102.customer.txt").write_text("my parcels are late no I want a refund now", encoding="utf-8")
    done = typed("accuracy", references, "--compare", folder)
    assert done.code == 0
    assert "3 channels transcribed in one of the two sets only: left out" in done.err
    found = rows(done.out)
    assert found["role customer", "words"] == ["1", "15", "33.33%", "13.33%", "-20.00", "–", "too few calls"]
    assert ("role agent", "words") not in found
    shutil.rmtree(folder)
    folder.mkdir()
    done = typed("accuracy", references, "--compare", folder)
    assert done.code == 1
    assert "no channel with a reference is in both sets" in done.err


def test_every_sentence_is_written_as_csv(typed: Typed, snapshot: Path, references: Path, tmp_path: Path) -> None:
    path = tmp_path / "sentences.csv"
    done = typed("accuracy", references, "--csv", path)
    assert "wrote 10 rows" in done.err
    with path.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    [row] = [row for row in written if "陈伟" in row["said"]]
    assert row == {
        "set": "current", "call_id": "c0101", "channel_id": "0", "role": "agent", "language": "zh",
        "model": scenario.MODEL, "engine": scenario.CLOUD, "begin_ms": "0",
        "words_reference": "", "words_substituted": "", "words_deleted": "", "words_inserted": "",
        "characters_reference": "6", "characters_substituted": "1", "characters_deleted": "0",
        "characters_inserted": "0", "said": "您好,我是陈伟。", "heard": "您好,我是陈薇。",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--to", "2025-09-01"], 2, "--to needs --from"),
        (["--from", "2025-09-02", "--to", "2025-09-01"], 2, "is before --from"),
        (["--language", "klingon"], 2, "--language klingon is not one of zh, yue, en"),
        (["--compare", "nowhere"], 2, "--compare nowhere is neither a folder of transcripts nor a snapshot's file"),
        (["--hypotheses", "nowhere"], 2, "--hypotheses nowhere is neither"),
    ],
)
def test_wrong_use_is_explained(
    typed: Typed, snapshot: Path, references: Path, arguments: list[str], code: int, said: str
) -> None:
    done = typed("accuracy", references, *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_references_that_are_not_there_are_wrong_use_and_an_empty_folder_says_what_belongs_there(
    typed: Typed, snapshot: Path, tmp_path: Path
) -> None:
    done = typed("accuracy", tmp_path / "nowhere")
    assert done.code == 2
    assert "is not a folder of transcripts (.txt, .vtt or .json, named by call)" in done.err
    (tmp_path / "empty").mkdir()
    done = typed("accuracy", tmp_path / "empty")
    assert done.code == 1
    assert "there is no reference in" in done.err


def test_a_file_that_is_no_snapshot_is_named(typed: Typed, snapshot: Path, references: Path) -> None:
    done = typed("accuracy", references, "--compare", references / "c0102.txt")
    assert done.code == 1
    assert f"{references / 'c0102.txt'} cannot be opened" in done.err


def test_the_database_is_no_output(typed: Typed, snapshot: Path, references: Path, home: Path) -> None:
    done = typed("accuracy", references, "--csv", home / "qa.duckdb")
    assert done.code == 2
    assert "is a database that is read; name another file" in done.err
    assert typed("accuracy", references).code == 0


def test_progress_is_told(typed: Typed, snapshot: Path, references: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PLAIN_EVERY_S", 0.0)
    done = typed("accuracy", references)
    assert [line for line in done.err.splitlines() if "/" in line and line.endswith((" channels", " files"))] == [
        *(f"{number}/3 files" for number in range(1, 4)),
        *(f"{number}/4 channels" for number in range(1, 5)),
    ]


@pytest.mark.process
def test_on_a_terminal_of_80_columns_only_names_fold(snapshot: Path, references: Path) -> None:
    """What differs is coloured there, so no brackets stand in the text."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_pipeline", "accuracy", references, "--worst", "2"],
        stdout=terminal, stderr=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "80", "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(terminal)
    printed = b""
    with contextlib.suppress(OSError):  # the other end is closed: all was read
        while part := os.read(main, 65_536):
            printed += part
    os.close(main)
    assert process.wait(timeout=300) == 0
    text = printed.decode()
    assert max(len(line) for line in text.splitlines() if "%" in line) <= 80
    assert "16.22%" in text
    assert "\x1b[1;31mthis is the\x1b[0m" in text
    assert "[this is the]" not in text


def test_what_is_masked_is_masked_on_both_sides_and_said(typed: Typed, home: Path, tmp_path: Path) -> None:
    scenario.publish_snapshot(home, better_calls("c0900", text="My [card] is late."))
    folder = tmp_path / "masked"
    folder.mkdir()
    said = C0102_BY_HAND.replace("My parcels are late.", "My 4111 1111 1111 1111 is late.")
    (folder / "c0900.txt").write_text(said, encoding="utf-8")
    done = typed("accuracy", folder)
    assert rows(done.out)["role customer", "words"][-1] == "0.00%"
    assert "1 place in the references and 1 in the transcripts is masked" in done.err
