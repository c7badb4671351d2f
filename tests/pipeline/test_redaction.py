"""Planted cards come through a whole run, and nothing that is kept of it but the raw JSON holds six digits of one."""

from __future__ import annotations

import json
import os
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.erasing.leftovers import Canary, leftovers
from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.pipeline.tampering import tampered
from tests.serving import SAMPLES

pytestmark = pytest.mark.whole_run

WRITTEN, GROUPED, SPOKEN, SENT = "4929735186402377", "5317049268815543", "4716083952741689", "6011382974650128"
BEYOND, ODD, UNPLACED = "5425233430109903", "4263982640269299", "4917484589897107"
"""Cards in the text of a channel alone, in odd values, and in subtitles that can't be taken in."""
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
HAN = "零一二三四五六七八九"
NAME = "Thaddeus Birkenwald"


def spoken(digits: str) -> str:
    return " ".join(WORDS[int(char)] for char in digits)


def groups(digits: str) -> list[str]:
    return [digits[at : at + 4] for at in range(0, 16, 4)]


def document(*said: tuple[int, str]) -> dict[str, Any]:
    """A result with these sentences of channels, one after the other, with a word for each piece between blanks."""
    transcripts = []
    for channel in (0, 1):
        sentences = []
        for place, (of_channel, text) in enumerate(said):
            begin = place * 1200
            pieces = re.findall(r"\S+\s*", text)
            words = [
                {"begin_time": begin + 40 * n, "end_time": begin + 40 * n + 35, "text": piece, "punctuation": ""}
                for n, piece in enumerate(pieces)
            ]
            if of_channel == channel:
                times = {"begin_time": begin, "end_time": begin + 1100, "text": text, "words": words}
                sentences.append({"sentence_id": len(sentences), "language": "en", "emotion": "neutral", **times})
        text = " ".join(sentence["text"] for sentence in sentences)
        transcripts.append({"channel_id": channel, "text": text, "sentences": sentences})
    return {"file_url": "x", "transcripts": transcripts}


IMPORTED = document(
    (0, "Could I have your card number?"),
    (1, f"Yes, it's {groups(GROUPED)[0]}"),
    (0, "uh-huh"),
    (1, groups(GROUPED)[1]),
    (0, f"{groups(GROUPED)[1]}, okay"),
    (1, groups(GROUPED)[2]),
    (0, "mm-hm"),
    (1, f"{groups(GROUPED)[3]}."),
    (1, f"The other card is {' '.join(groups(WRITTEN))}, and the order number is 88374655."),
    (0, f"So that is {' '.join(groups(WRITTEN))}, Thaddeus?"),
    (1, f"And the old one was {spoken(SPOKEN)}."),
    (1, f"老卡号是{''.join(HAN[int(char)] for char in SPOKEN)}，花了1250元。"),
    (1, "I paid 1,499.99 dollars on September 12, 2025."),
)


def plant(body: bytes) -> bytes:
    """A result of the service whose first sentence is a card, with one in odd values and one beyond the sentences."""
    found = json.loads(body)
    for transcript in found["transcripts"]:
        sentence = transcript["sentences"][0]
        sentence["text"] = f"My card is {' '.join(groups(SENT))}."
        sentence["words"] = []
        sentence |= {"emotion": f"my card is {ODD}", "speaker_id": f"ana {ODD}"}
        transcript["sentences"][1]["begin_time"] = f"my card is {ODD}"
        transcript["text"] = " ".join(each["text"] for each in transcript["sentences"])
        transcript["text"] += f" The other card is {BEYOND}."
    return json.dumps(found, ensure_ascii=False).encode()


def canaries() -> dict[str, Canary]:
    """Six digits and more of each card, in each way in which they were said.

    Six digits among other digits and letters are in many a hash and moment; of more that belong together eight would be
    there.
    """
    found: dict[str, Canary] = {"name": NAME.split()[0] + "?"}
    for card in (WRITTEN, GROUPED, SPOKEN, SENT, BEYOND, ODD, UNPLACED):
        found |= {f"{card} eight {at}": card[at : at + 8] for at in range(9)}
        for at in range(11):
            part = card[at : at + 6]
            alone = re.compile(rb"(?<![0-9A-Za-z.])%b(?![0-9A-Za-z])" % part.encode())
            found |= {f"{card} {at}": alone, f"{card} {at} spoken": spoken(part)}
            found[f"{card} {at} Han"] = "".join(HAN[int(char)] for char in part)
        found |= {f"{card} pair {at}": f"{one} {two}" for at, (one, two) in enumerate(_pairs(card))}
    return found


def _pairs(card: str) -> list[tuple[str, str]]:
    return [(one[2:], two) for one, two in pairwise(groups(card))]


@pytest.fixture(scope="module")
def planted_once(tmp_path_factory: pytest.TempPathFactory, shared_service_url: str) -> Pipeline:
    """A QA_HOME after a run over an imported transcript, and one of the service, with cards in them."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "landing").mkdir()
    pipeline = Pipeline(folder / "home", folder / "landing", shared_service_url)
    pipeline.settings["QA_MAX_FAILED_SHARE"] = "1"
    for name in ("c0101.mp3", "c0101.json", "c0102.opus", "c0102.json", "c0108.opus", "c0108.json"):
        pipeline.land(SAMPLES / GOLDEN_DAY / name, f"{GOLDEN_DAY}/{name}")
    sidecar = pipeline.landing / GOLDEN_DAY / "c0101.json"
    known = json.loads(sidecar.read_text(encoding="utf-8")) | {"customer_name": NAME}
    write(sidecar, known)
    write(pipeline.landing / GOLDEN_DAY / "c0101.transcript.json", IMPORTED)
    subtitles = pipeline.landing / GOLDEN_DAY / "c0102.vtt"
    subtitles.write_text(
        f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>Hi.</v> my card {UNPLACED} it is <v Customer>Yes.\n"
    )
    os.utime(subtitles, (LONG_AGO, LONG_AGO))
    with tampered(shared_service_url, {"c0108": plant}) as wire:
        pipeline.base_url = wire.base_url
        pipeline.run(GOLDEN_DAY)
    pipeline.base_url = shared_service_url
    return pipeline


@pytest.fixture
def planted(planted_once: Pipeline, service_url: str, tmp_path: Path) -> Pipeline:
    """A copy of it."""
    for folder in (planted_once.home, planted_once.landing):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    return Pipeline(tmp_path / "home", tmp_path / "landing", service_url, dict(planted_once.settings))


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))


def test_no_six_digits_of_a_card_are_kept_but_in_the_raw_json(planted: Pipeline, tmp_path: Path) -> None:
    said = dict(planted.query("select sentence_id, text from sentences where call_id = 'c0101' and role = 'customer'"))
    assert said[0] == "Yes, it's [card]"
    assert [said[number] for number in (1, 2, 3)] == ["[card]", "[card]", "[card]."]
    assert said[4] == "The other card is [card], and the order number is 88374655."
    assert said[7] == "I paid 1,499.99 dollars on September 12, 2025."
    kinds = dict(planted.query("select kind, count(*) from redactions group by kind"))
    assert kinds["card"] >= 8
    assert kinds["name"] == 1

    beyond = planted.query(
        "select channel_id, kind, begin_char, begin_ms, end_ms from redactions where sentence_id is null order by all"
    )
    assert beyond == [(channel_id, "card", None, None, None) for channel_id in (0, 1)]
    odd = dict(planted.query("select distinct field, value from transcript_remarks where call_id = 'c0108'"))
    assert odd["emotion"] == odd["begin_time"] == '"my card is [card]"'
    [(message,)] = planted.query("select status_message from calls where call_id = 'c0102'")
    assert "the cue in line 3 has words outside its voices (text of " in message

    of_calls = [("--from", GOLDEN_DAY, "--format", kind) for kind in ("txt", "vtt", "srt", "json", "vcon")]
    of_tables = [("--table", "sentences", "--format", kind) for kind in ("csv", "xlsx", "parquet")]
    for number, options in enumerate([*of_calls, *of_tables, ("--format", "duckdb")]):
        target = planted.home / f"exported-{number}.duckdb"
        done = planted.command("export", *options, "--output", str(target))
        assert done.returncode == 0, f"{options}: {done.stderr}"
    printed = planted.command("call", "c0101", "--turns", "all")
    assert "[card]" in printed.stdout
    (planted.home / "printed.txt").write_text(printed.stdout + printed.stderr, encoding="utf-8")

    found = [line for line in leftovers(planted.home, canaries(), tmp_path) if not line.startswith("raw/")]
    assert found == []


def test_words_and_places_are_those_of_the_placeholders(planted: Pipeline) -> None:
    found = planted.query(
        "select sentences.text, sentences.words, redactions.begin_char, redactions.end_char, redactions.begin_ms, "
        "redactions.end_ms, sentences.begin_ms, sentences.end_ms from redactions "
        "join sentences using (call_id, channel_id, sentence_id) where call_id = 'c0101'"
    )
    assert found
    for text, words, begin, end, begin_ms, end_ms, sentence_begin, sentence_end in found:
        assert re.fullmatch(r"\[\w+\]", text[begin:end])
        assert sentence_begin <= begin_ms < end_ms <= sentence_end
        assert [word for word in words if text[begin:end] in word["text"]]
        assert "".join(word["text"] for word in words).split() == text.split()


def test_a_run_by_another_choice_writes_the_texts_again_without_cost(planted: Pipeline) -> None:
    paid = planted.usage()
    planted.settings["QA_REDACTION"] = '{"card": "last4", "name": "keep"}'
    done = planted.run(GOLDEN_DAY)
    assert planted.usage() == paid
    said = [text for (text,) in planted.query("select text from sentences where call_id = 'c0101' order by begin_ms")]
    assert f"The other card is [card …{WRITTEN[-4:]}], and the order number is 88374655." in said
    assert any(text.endswith("Thaddeus?") for text in said)
    assert planted.query("select distinct policy from redactions where kind = 'name'") == [("keep",)]
    assert "card" in done.stdout
    planted.settings["QA_REDACTION"] = "off"
    run_steps(planted, GOLDEN_DAY)
    assert rows(planted, "select count(*) from redactions") == [(0,)]
    assert planted.usage() == paid
