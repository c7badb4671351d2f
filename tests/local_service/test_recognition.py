"""What a known recording is answered with, and what an unknown or unusable one."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.audio.decoding import ChannelDigests, channel_digests, cut_channel
from qa_pipeline.local_service import sound_memory
from qa_pipeline.transcription.results import parse_result

REAL_CALLS = Path(__file__).resolve().parents[3] / "shared" / "audio" / "calls"


def copy_with_other_bytes(source: Path, target: Path) -> Path:
    """The same samples in a file with other bytes: a chunk no player looks at is added."""
    raw = source.read_bytes()
    note = b"note" + (4).to_bytes(4, "little") + b"abcd"
    target.write_bytes(b"RIFF" + (len(raw) - 8 + len(note)).to_bytes(4, "little") + raw[8:] + note)
    return target


class TestKnownRecordings:
    def test_only_the_asked_channels_are_answered_in_the_asked_order(self, api: Any, hotel: str) -> None:
        result = api.result(api.transcribe(hotel, channel_id=[1, 0]))
        assert [item["channel_id"] for item in result["transcripts"]] == [1, 0]
        result = api.result(api.transcribe(hotel))
        assert [item["channel_id"] for item in result["transcripts"]] == [0]

    def test_the_result_has_the_documented_shape(self, api: Any, hotel: str) -> None:
        result = api.result(api.transcribe(hotel))
        assert result == {
            "file_url": hotel,
            "audio_info": {"format": "wav", "sample_rate": 8000},
            "transcripts": [
                {
                    "channel_id": 0,
                    "text": "您好， 请讲。",
                    "sentences": [
                        {"sentence_id": 0, "begin_time": 0, "end_time": 400, "language": "zh", "emotion": "happy",
                         "text": "您好，"},
                        {"sentence_id": 1, "begin_time": 450, "end_time": 900, "language": "zh", "emotion": None,
                         "text": "请讲。"},
                    ],
                }
            ],
        }  # fmt: skip

    def test_the_pipelines_own_parser_reads_it(self, api: Any, hotel: str) -> None:
        body = api.transcribe(hotel, channel_id=[0, 1], enable_words=True)
        raw = httpx.get(body["output"]["result"]["transcription_url"], trust_env=False)
        assert raw.headers["content-type"] == "application/json; charset=utf-8"
        assert [item.channel_id for item in parse_result(raw.content).transcripts] == [0, 1]

    def test_words_come_only_when_asked_for_and_known(self, api: Any, hotel: str) -> None:
        plain = api.result(api.transcribe(hotel, channel_id=[0, 1]))
        asked = api.result(api.transcribe(hotel, channel_id=[0, 1], enable_words=True))
        assert "words" not in plain["transcripts"][1]["sentences"][0]
        assert "words" not in asked["transcripts"][0]["sentences"][0]
        assert asked["transcripts"][1]["sentences"][0]["words"] == [
            {"begin_time": 100, "end_time": 500, "text": "Hello ", "punctuation": ""},
            {"begin_time": 500, "end_time": 1100, "text": "there", "punctuation": "."},
        ]

    def test_a_requested_language_stands_in_every_sentence(self, api: Any, hotel: str) -> None:
        result = api.result(api.transcribe(hotel, language="yue"))
        assert {row["language"] for row in result["transcripts"][0]["sentences"]} == {"yue"}

    def test_it_is_known_under_another_name_and_with_other_bytes(self, api: Any, references: Path) -> None:
        copy = copy_with_other_bytes(references / "hotel.wav", references / "renamed.wav")
        body = api.transcribe(copy.as_uri(), channel_id=[1])
        assert api.result(body)["transcripts"][0]["text"] == "Hello there."

    @pytest.mark.parametrize(("channel_id", "text"), [(0, "您好， 请讲。"), (1, "Hello there.")])
    def test_one_channel_cut_to_mono_is_known(self, api: Any, references: Path, channel_id: int, text: str) -> None:
        cut = references / "cut.wav"
        cut_channel(references / "hotel.wav", channel_id, cut)
        result = api.result(api.transcribe(cut.as_uri()))
        assert [(item["channel_id"], item["text"]) for item in result["transcripts"]] == [(0, text)]

    def test_the_whole_recording_counts_more_than_one_channel(
        self, api: Any, references: Path, write_call: Any, write_transcript: Any, say: Any
    ) -> None:
        other = write_call(references / "other.wav", tones=(300, 700))  # its channel 0 sounds like hotel's
        write_transcript(other, [say("Another call.")], [say("Yes.")])
        assert api.result(api.transcribe(other.as_uri()))["transcripts"][0]["text"] == "Another call."

    def test_channels_swapped_in_a_copy_keep_their_own_words(self, api: Any, references: Path, write_call: Any) -> None:
        swapped = write_call(references / "swapped.wav", tones=(440, 300))
        result = api.result(api.transcribe(swapped.as_uri(), channel_id=[0, 1]))
        assert [item["text"] for item in result["transcripts"]] == ["Hello there.", "您好， 请讲。"]

    def test_a_reference_added_while_it_runs_is_found(
        self, api: Any, references: Path, write_call: Any, write_transcript: Any, say: Any
    ) -> None:
        late = write_call(references / "late.wav", tones=(600, 610))
        assert api.transcribe(late.as_uri())["output"]["code"] == "LOCAL_MODEL_NOT_INSTALLED"
        write_transcript(late, [say("Now I know.")], [])
        assert api.result(api.transcribe(late.as_uri()))["transcripts"][0]["text"] == "Now I know."


class TestSilence:
    def test_a_channel_without_speech_fails_as_the_service_fails_it(self, api: Any, references: Path) -> None:
        output = api.transcribe((references / "hold.wav").as_uri(), channel_id=[1])["output"]
        assert output["task_status"] == "FAILED"
        assert output["code"] == output["message"] == "SUCCESS_WITH_NO_VALID_FRAGMENT"

    def test_beside_a_channel_with_speech_it_is_an_empty_transcript(self, api: Any, references: Path) -> None:
        result = api.result(api.transcribe((references / "hold.wav").as_uri(), channel_id=[0, 1]))
        assert result["transcripts"][1] == {"channel_id": 1, "text": "", "sentences": []}


class TestUnknownRecordings:
    def test_the_message_says_what_is_missing_and_what_to_do(self, api: Any, references: Path, write_call: Any) -> None:
        stranger = write_call(references / "stranger.wav", tones=(900, 910))
        output = api.transcribe(stranger.as_uri(), channel_id=[1])["output"]
        assert output["code"] == "LOCAL_MODEL_NOT_INSTALLED"
        for part in (
            "No local speech model",
            "stranger.wav",
            "<name>.transcript.json",
            "DASHSCOPE_API_KEY",
            "QA_LOCAL_RECOGNIZER",
        ):
            assert part in output["message"]

    def test_a_channel_nobody_wrote_down_is_unknown_though_the_other_is_known(
        self, api: Any, references: Path, write_call: Any, write_transcript: Any, say: Any
    ) -> None:
        half = write_transcript(write_call(references / "half.wav", tones=(620, 630)), [say("Only me.")])
        url = half.with_name("half.wav").as_uri()
        assert api.transcribe(url)["output"]["task_status"] == "SUCCEEDED"
        assert api.transcribe(url, channel_id=[1])["output"]["code"] == "LOCAL_MODEL_NOT_INSTALLED"
        assert api.transcribe(url, channel_id=[0, 1])["output"]["task_status"] == "FAILED"

    def test_a_service_without_references_says_how_to_give_it_some(self, start: Any, hotel: str) -> None:
        output = start(references=()).transcribe(hotel)["output"]
        assert output["code"] == "LOCAL_MODEL_NOT_INSTALLED"
        assert "--references" in output["message"]


def test_the_two_channels_of_a_recording_are_decoded_once(
    start: Any, hotel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def counted(path: Path) -> ChannelDigests:
        decoded.append(path)
        return channel_digests(path)

    monkeypatch.setattr(sound_memory, "channel_digests", counted)
    api = start()
    tasks = [api.submit(hotel, channel_id=[channel_id]) for channel_id in (0, 1)]
    assert [api.wait(task_id)["output"]["task_status"] for task_id in tasks] == ["SUCCEEDED", "SUCCEEDED"]
    call = {"model": "qwen3-asr-flash", "input": {"messages": [{"role": "user", "content": [{"audio": hotel}]}]}}
    assert api.request("POST", "/services/aigc/multimodal-generation/generation", json=call).status_code == 200
    assert len(decoded) == 1


class TestUnusableAudio:
    def test_a_channel_that_is_not_there_fails(self, api: Any, hotel: str) -> None:
        output = api.transcribe(hotel, channel_id=[0, 2])["output"]
        assert output["code"] == "CHANNEL_ID_OUT_OF_RANGE"
        assert "2 channel(s)" in output["message"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "NO_VALID_AUDIO_ERROR"),
            (b"this is a letter, not a call", "FILE_CHECK_FAILED"),
            (b"RIFF\xff\xff\xff\x7fWAVE", "DECODE_ERROR"),
        ],
        ids=["empty", "text", "header only"],
    )
    def test_what_is_no_recording_fails_under_its_own_name(
        self, api: Any, references: Path, content: bytes, code: str
    ) -> None:
        (references / "bad.wav").write_bytes(content)
        output = api.transcribe(api.upload(references / "bad.wav"), headers=RESOLVE)["output"]
        assert output["code"] == code
        assert "bad.wav" in output["message"]

    def test_a_truncated_file_is_named_as_such(self, api: Any, references: Path) -> None:
        whole = (references / "hotel.wav").read_bytes()
        (references / "cut-off.wav").write_bytes(whole[: len(whole) // 2])
        output = api.transcribe((references / "cut-off.wav").as_uri())["output"]
        assert output["code"] == "DECODE_ERROR"
        assert "cut-off.wav" in output["message"]

    def test_a_format_the_model_does_not_take_is_refused(self, api: Any, references: Path) -> None:
        header = b".snd" + b"".join(number.to_bytes(4, "big") for number in (24, 16000, 3, 8000, 2))
        (references / "old.au").write_bytes(header + bytes(16000))
        output = api.transcribe((references / "old.au").as_uri())["output"]
        assert output["code"] == "UNSUPPORTED_FORMAT"
        assert "flac" in output["message"]

    def test_a_recording_over_the_longest_is_refused(self, start: Any, hotel: str) -> None:
        output = start(max_duration_s=1.0).transcribe(hotel)["output"]
        assert output["code"] == "AUDIO_DURATION_TOO_LONG"

    def test_bad_files_do_not_disturb_good_ones(self, api: Any, references: Path, hotel: str) -> None:
        (references / "bad.wav").write_bytes(b"no sound")
        tasks = [api.submit(url) for url in [hotel, (references / "bad.wav").as_uri()] * 5]
        states = [api.wait(task_id)["output"]["task_status"] for task_id in tasks]
        assert states == ["SUCCEEDED", "FAILED"] * 5


class TestFunAsr:
    def test_its_result_has_its_own_shape(self, api: Any, hotel: str) -> None:
        body = api.transcribe(hotel, model="fun-asr", channel_id=[1])
        url = body["output"]["results"][0]["transcription_url"]
        result = httpx.get(url, trust_env=False).json()
        assert result["properties"] == {
            "audio_format": "pcm_s16le",
            "channels": [1],
            "original_sampling_rate": 8000,
            "original_duration_in_milliseconds": 1200,
        }
        (transcript,) = result["transcripts"]
        assert transcript["content_duration_in_milliseconds"] == 1000
        (row,) = transcript["sentences"]
        assert row["sentence_id"] == 1
        assert set(row) == {"sentence_id", "begin_time", "end_time", "text", "words"}
        assert len(row["words"]) == 2

    def test_when_every_file_fails_the_task_fails_with_the_first_reason(self, api: Any, references: Path) -> None:
        body = api.transcribe((references / "gone.wav").as_uri(), model="fun-asr")
        assert body["output"]["task_status"] == "FAILED"
        assert body["output"]["code"] == "FILE_404_NOT_FOUND"
        assert body["output"]["results"][0]["subtask_status"] == "FAILED"
        assert body["output"]["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 1}


class TestResultDownload:
    def test_it_needs_no_key_but_the_signature(self, api: Any, hotel: str) -> None:
        url = api.transcribe(hotel)["output"]["result"]["transcription_url"]
        assert httpx.get(url, trust_env=False).status_code == 200
        bare = url.partition("?")[0]
        assert httpx.get(bare, trust_env=False).status_code == 403
        forged = url.replace("Expires=", "Expires=9")
        answer = httpx.get(forged, trust_env=False)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)

    def test_one_results_signature_does_not_open_another(self, api: Any, hotel: str) -> None:
        first, second = (api.transcribe(hotel)["output"] for _ in range(2))
        url = first["result"]["transcription_url"].replace(first["task_id"], second["task_id"])
        assert httpx.get(url, trust_env=False).status_code == 403

    @pytest.mark.parametrize("name", ["x.json", "0.txt", "99999999.json", "%2e%2e", "٣.json"])
    def test_other_names_are_not_there(self, api: Any, name: str) -> None:
        answer = httpx.get(f"{api.root_url}/results/abc/{name}", trust_env=False)
        assert (answer.status_code, "NoSuchKey" in answer.text) == (404, True)


RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


@pytest.mark.recordings
class TestRealCalls:
    @pytest.fixture
    def real(self, start: Any) -> Any:
        if not (REAL_CALLS / "bankcard.wav").exists():
            pytest.skip(f"the real recordings are not at {REAL_CALLS}")
        return start(references=(REAL_CALLS,), source_folders=(REAL_CALLS,))

    def test_a_call_with_a_human_transcript_is_answered_with_it(self, real: Any) -> None:
        body = real.transcribe((REAL_CALLS / "bankcard.wav").as_uri(), channel_id=[0, 1])
        written = json.loads((REAL_CALLS / "bankcard.transcript.json").read_text(encoding="utf-8"))
        answered = real.result(body)["transcripts"]
        assert [len(item["sentences"]) for item in answered] == [7, 10]
        assert answered == written["transcripts"]
        assert {row["emotion"] for item in answered for row in item["sentences"]} == {None}
        assert body["usage"] == {"seconds": 2 * 52}

    def test_a_call_without_one_fails_with_the_way_out(self, real: Any) -> None:
        output = real.transcribe((REAL_CALLS / "audiohook-mulaw.wav").as_uri())["output"]
        assert output["code"] == "LOCAL_MODEL_NOT_INSTALLED"

    def test_its_customer_channel_cut_to_mono_is_known(self, real: Any, tmp_path: Path) -> None:
        cut_channel(REAL_CALLS / "bankcard.wav", 1, tmp_path / "customer.wav")
        with wave.open(str(tmp_path / "customer.wav")) as cut:
            assert cut.getnchannels() == 1
        body = real.transcribe(real.upload(tmp_path / "customer.wav"), headers=RESOLVE)
        assert len(real.result(body)["transcripts"][0]["sentences"]) == 10
