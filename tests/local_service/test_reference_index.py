"""The index of reference recordings: what it reads, remembers and complains about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.audio.decoding import ChannelDigests, channel_digests
from qa_pipeline.local_service.recognizers import reference_index
from qa_pipeline.local_service.recognizers.reference_index import ReferenceIndex


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are decoded from here on."""
    names: list[str] = []

    def counted(path: Path) -> ChannelDigests:
        names.append(path.name)
        return channel_digests(path)

    monkeypatch.setattr(reference_index, "channel_digests", counted)
    return names


def refreshed(folder: Path, cache: Path | None = None) -> ReferenceIndex:
    index = ReferenceIndex((folder,), cache)
    index.refresh()
    return index


def test_folders_are_searched_to_the_bottom(references: Path, write_call: Any, write_transcript: Any, say: Any) -> None:
    deep = write_call(references / "2025" / "09" / "deep.wav", tones=(611, 612))
    write_transcript(deep, [say("Deep.")], [])
    index = refreshed(references)
    assert index.recording_count == 3
    found = index.find(channel_digests(deep), 0)
    assert found is not None
    assert found.text == "Deep."


def test_nothing_is_decoded_twice(references: Path, decoded: list[str]) -> None:
    index = refreshed(references)
    assert sorted(decoded) == ["hold.wav", "hotel.wav"]
    index.refresh()
    assert len(decoded) == 2


def test_a_restart_decodes_nothing(references: Path, tmp_path: Path, decoded: list[str]) -> None:
    refreshed(references, tmp_path / "cache.json")
    decoded.clear()
    index = refreshed(references, tmp_path / "cache.json")
    assert decoded == []
    assert index.recording_count == 2


def test_a_changed_recording_is_decoded_again(
    references: Path, tmp_path: Path, decoded: list[str], write_call: Any
) -> None:
    refreshed(references, tmp_path / "cache.json")
    decoded.clear()
    write_call(references / "hotel.wav", tones=(300, 440), seconds=2.0)
    refreshed(references, tmp_path / "cache.json")
    assert decoded == ["hotel.wav"]


def test_a_changed_transcript_is_read_again(references: Path, write_transcript: Any, say: Any) -> None:
    index = refreshed(references)
    write_transcript(references / "hotel.wav", [say("Corrected by hand.")], [])
    index.refresh()
    found = index.find(channel_digests(references / "hotel.wav"), 0)
    assert found is not None
    assert found.text == "Corrected by hand."


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"decoder": "another", "files": []}', '{"decoder": "DECODER", "files": [{"mark": 3}]}', "\x00"],
)
def test_a_cache_that_cannot_be_used_is_made_anew(
    references: Path, tmp_path: Path, decoded: list[str], content: str
) -> None:
    cache = tmp_path / "cache.json"
    refreshed(references, cache)
    decoder = json.loads(cache.read_text())["decoder"]
    cache.write_text(content.replace("DECODER", decoder))
    decoded.clear()
    assert refreshed(references, cache).recording_count == 2
    assert len(decoded) == 2
    assert len(json.loads(cache.read_text())["files"]) == 2


def test_what_cannot_be_used_is_named_and_harms_nothing_else(
    references: Path, write_call: Any, write_transcript: Any, say: Any
) -> None:
    (write_call(references / "no-json.wav").with_suffix(".transcript.json")).write_text("{")
    (write_call(references / "sad.wav").with_suffix(".transcript.json")).write_text(
        json.dumps({"transcripts": [{"channel_id": 0, "text": "", "sentences": [
            {"begin_time": 0, "end_time": 1, "text": "x", "emotion": "gloomy"}]}]})
    )  # fmt: skip
    (references / "broken.wav").write_bytes(b"no sound")
    write_transcript(references / "broken.wav", [say("x")])
    write_transcript(references / "alone.wav", [say("x")])

    index = refreshed(references)
    assert index.recording_count == 2
    problems = {Path(path).name: sentence for path, sentence in index.problems.items()}
    assert set(problems) == {"no-json.transcript.json", "sad.transcript.json", "broken.wav", "alone.transcript.json"}
    assert "sentences[0].emotion is text of 6 characters, not one of" in problems["sad.transcript.json"]
    assert "no recording" in problems["alone.transcript.json"]


def test_a_problem_that_was_mended_is_gone(references: Path, write_call: Any, write_transcript: Any, say: Any) -> None:
    lone = write_transcript(references / "alone.wav", [say("x")])
    index = refreshed(references)
    assert len(index.problems) == 1
    lone.unlink()
    index.refresh()
    assert index.problems == {}


def test_the_first_by_name_of_two_references_of_one_sound_is_used(
    references: Path, write_call: Any, write_transcript: Any, say: Any
) -> None:
    write_transcript(write_call(references / "a-copy.wav"), [say("Written by somebody else.")], [])
    found = refreshed(references).find(channel_digests(references / "hotel.wav"), 0)
    assert found is not None
    assert found.text == "Written by somebody else."


def test_it_stops_early_when_asked(references: Path, decoded: list[str]) -> None:
    index = ReferenceIndex((references,), None)
    index.refresh(lambda: len(decoded) >= 1)
    assert len(decoded) == 1
    index.refresh()
    assert index.recording_count == 2
