"""`qa-pipeline transcribe --model`: every model of the table, against the real local service or a wire that answers."""

from __future__ import annotations

import base64
import http.server
import io
import json
import math
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.audio.decoding import cut_channel
from qa_pipeline.commands.transcribe.request import Options, Source
from qa_pipeline.commands.transcribe.tasks import _result_of, task_parameters
from qa_pipeline.dashscope.tasks import parse_status
from qa_pipeline.local_service.identity import PRODUCT, proof_of
from qa_pipeline.transcription.models import find_model
from tests.commands.conftest import Typed

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "recordings"
CALL = SAMPLES / "2025-09-01" / "c0101.mp3"
OTHER_CALL = SAMPLES / "2025-09-01" / "c0103.mp3"
REFERENCE = ROOT / "tests" / "fixtures" / "reference"
AT_ONCE = ("qwen3-asr-flash", "qwen3-asr-flash-us", "qwen-audio-asr", "fun-asr-flash-2026-06-15", "qwen3-omni-flash")


@dataclass
class Wire:
    """A loopback server that keeps what it is asked and answers each path with the next of its answers."""

    base_url: str = ""
    asked: list[Any] = field(default_factory=list)
    answers: list[tuple[int, str, bytes]] = field(default_factory=list)


@pytest.fixture
def wire(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    told = Wire()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the question whether a local service is there
            proof = proof_of(self.path.partition("challenge=")[2])
            said = {"product": PRODUCT, "proof": proof, "recognizer": {"name": "wire"}}
            self._send(200, "application/json", json.dumps(said).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.asked.append({"path": self.path, "headers": dict(self.headers), "body": json.loads(body)})
            self._send(*told.answers.pop(0))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.base_url = f"http://127.0.0.1:{server.server_port}/api/v1"
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", told.base_url)
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def silence_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service's address at which no connection may arrive."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1")
        yield
        with pytest.raises(BlockingIOError):
            listening.accept()


def texts(path: Path) -> list[str]:
    document = json.loads(path.with_suffix(".transcript.json").read_text(encoding="utf-8"))
    return ["".join(transcript["text"].split()) for transcript in document["transcripts"]]


def lines(printed: str) -> list[str]:
    return ["".join(line.split()) for line in printed.splitlines()]


def json_answer(name: str = "generation-qwen3.json") -> tuple[int, str, bytes]:
    return 200, "application/json", (REFERENCE / name).read_bytes()


def write_wav(path: Path, *, seconds: float, rate: int = 8000, channels: int = 1) -> Path:
    """A tone on every channel."""
    at = np.arange(round(seconds * rate)) / rate
    tone = np.rint(8000 * np.sin(2 * math.pi * 440 * at)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.repeat(tone, channels).tobytes())
    return path


def write_sparse_wav(path: Path, *, data_bytes: int, rate: int) -> Path:
    """A mono 8-bit WAV whose samples are a hole in the file."""
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, 1, 1, rate, rate, 1, 8,
                       b"data", data_bytes)  # fmt: skip
    with path.open("wb") as out:
        out.write(head)
        out.truncate(len(head) + data_bytes)
    return path


class TestModelsThatAnswerAtOnce:
    @pytest.mark.parametrize("model", AT_ONCE)
    def test_each_channel_is_heard_on_its_own(self, known: Typed, model: str) -> None:
        done = known("transcribe", CALL, "--model", model, "--format", "txt")
        assert (done.code, lines(done.out)) == (0, texts(CALL))
        assert "made by local reference" in done.err

    def test_a_table_has_the_columns_that_the_model_fills(self, known: Typed) -> None:
        headings = {}
        for model in ("qwen3-asr-flash", "qwen-audio-asr", "fun-asr-flash-2026-06-15"):
            done = known("transcribe", CALL, "--model", model, "--channel", "1")
            title, heading = done.out.splitlines()[:2]
            assert title.startswith("Channel 1: ")
            headings[model] = heading.split()
        assert headings == {
            "qwen3-asr-flash": ["language", "emotion", "text"],
            "qwen-audio-asr": ["text"],
            "fun-asr-flash-2026-06-15": ["begin", "end", "text"],
        }

    def test_a_mono_file_is_sent_as_it_is(self, wire: Wire, typed: Typed, tmp_path: Path) -> None:
        cut_channel(CALL, 1, tmp_path / "customer.wav")
        wire.answers = [json_answer()]
        done = typed("transcribe", tmp_path / "customer.wav", "--model", "qwen3-asr-flash", "--format", "txt")
        assert done.out == "欢迎使用阿里云。\n"
        (asked,) = wire.asked
        audio = asked["body"]["input"]["messages"][0]["content"][0]["audio"]
        head, _, content = audio.partition(",")
        assert head == "data:audio/wav;base64"
        assert base64.b64decode(content) == (tmp_path / "customer.wav").read_bytes()

    def test_json_is_what_the_service_answered_channel_by_channel(self, wire: Wire, typed: Typed) -> None:
        raw = json.dumps(json.loads(json_answer()[2]), ensure_ascii=False).encode()
        wire.answers = [(200, "application/json", raw)] * 2
        done = typed("transcribe", CALL, "--model", "qwen3-asr-flash", "--format", "json")
        assert done.out.encode() == raw + b"\n" + raw + b"\n"
        assert {asked["headers"]["X-DashScope-SSE"] for asked in wire.asked} == {"disable"}

    def test_context_language_and_digits_reach_the_model(self, wire: Wire, typed: Typed, tmp_path: Path) -> None:
        (tmp_path / "names.md").write_text("<!-- ours -->\nKewan, Acme\n", encoding="utf-8")
        wire.answers = [json_answer()]
        typed(
            *("transcribe", CALL, "--model", "qwen3-asr-flash", "--channel", "0", "--itn"),
            *("--language", "zh", "--context", tmp_path / "names.md"),
        )
        body = wire.asked[0]["body"]
        assert body["input"]["messages"][0] == {"role": "system", "content": [{"text": "Kewan, Acme"}]}
        assert body["parameters"] == {"asr_options": {"enable_itn": True, "language": "zh"}}

    def test_a_prompt_reaches_omni(self, wire: Wire, typed: Typed) -> None:
        stream = (REFERENCE / "chat-omni-stream.txt").read_bytes()
        wire.answers = [(200, "text/event-stream", stream)]
        arguments = ("--model", "qwen3-omni-flash", "--channel", "0", "--prompt", "Only numbers.", "--format", "txt")
        done = typed("transcribe", CALL, *arguments)
        assert done.out == "Hello, how can I help?\n"
        assert wire.asked[0]["path"] == "/compatible-mode/v1/chat/completions"
        assert wire.asked[0]["body"]["messages"][0]["content"][1] == {"type": "text", "text": "Only numbers."}

    def test_an_address_is_sent_as_it_is(self, wire: Wire, typed: Typed) -> None:
        wire.answers = [json_answer()]
        done = typed("transcribe", "https://x.example/a.mp3?Signature=s", "--model", "qwen3-asr-flash")
        assert done.code == 0
        part = wire.asked[0]["body"]["input"]["messages"][0]["content"][0]
        assert part == {"audio": "https://x.example/a.mp3?Signature=s"}

    def test_what_was_answered_is_printed_even_if_the_next_call_fails(self, wire: Wire, typed: Typed) -> None:
        wire.answers = [json_answer(), (500, "application/json", b'{"code":"InternalError","message":"no luck"}')]
        done = typed("transcribe", CALL, "--model", "qwen3-asr-flash", "--format", "txt")
        assert (done.code, done.out) == (1, "欢迎使用阿里云。\n")
        assert "local wire could not transcribe channel 1 of c0101.mp3: InternalError" in done.err
        assert "may have been billed" in done.err
        assert len(wire.asked) == 2

    def test_an_answer_that_is_cut_short_is_not_printed_as_a_transcript(self, wire: Wire, typed: Typed) -> None:
        kind, raw = json_answer()[1:]
        wire.answers = [(200, kind, raw.replace(b'"stop"', b'"length"'))]
        done = typed("transcribe", CALL, "--model", "qwen3-asr-flash", "--channel", "0")
        assert (done.code, done.out) == (1, "")
        assert "finish_reason length" in done.err

    def test_nobody_speaking_is_said_and_is_no_failure(self, wire: Wire, typed: Typed) -> None:
        wire.answers = [(200, "application/json", b'{"output":{"text":"","sentences":[]},"usage":{"duration":3}}')]
        done = typed("transcribe", CALL, "--model", "fun-asr-flash-2026-06-15", "--channel", "1")
        assert (done.code, done.out) == (0, "")
        assert "channel 1: no speech was found" in done.err

    @pytest.mark.process
    def test_text_grows_on_a_terminal_and_standard_output_has_the_transcript_only(self, wire: Wire) -> None:
        wire.answers = [(200, "text/event-stream", (REFERENCE / "generation-qwen3-stream.txt").read_bytes())]
        shown, terminal = pty.openpty()
        arguments = ("transcribe", str(CALL), "--model", "qwen3-asr-flash", "--channel", "0", "--format", "txt")
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
        done = subprocess.run(
            [sys.executable, "-m", "qa_pipeline", *arguments],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=terminal, check=True, timeout=300,
        )  # fmt: skip
        os.close(terminal)
        live = os.read(shown, 100_000).decode()
        os.close(shown)
        assert done.stdout == b"WelcometoAlibabaCloud.\n"
        assert "channel 0: " in live
        assert "\x1b[2K" in live  # what was shown on the way is taken away again
        assert wire.asked[0]["headers"]["X-DashScope-SSE"] == "enable"
        assert wire.asked[0]["body"]["parameters"]["incremental_output"] is True

    @pytest.mark.process
    def test_ctrl_c_says_that_a_call_may_be_billed_without_a_task_to_ask_for(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            environment = {
                **os.environ,
                "DASHSCOPE_HTTP_BASE_URL": f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1",
                "DASHSCOPE_API_KEY": "sk-paid",
            }
            arguments = ("transcribe", str(CALL), "--model", "qwen3-asr-flash", "--channel", "1", "--yes")
            with subprocess.Popen(
                [sys.executable, "-m", "qa_pipeline", *arguments],
                cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            ) as process:  # fmt: skip
                try:
                    call, _ = listening.accept()
                    while call.recv(65536).startswith(b"GET /healthz"):
                        call.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                        call.close()
                        call, _ = listening.accept()
                    process.send_signal(signal.SIGINT)
                    printed, said = process.communicate(timeout=300)
                finally:
                    process.kill()
            call.close()
        assert (process.returncode, printed) == (130, "")
        assert "interrupted; the call of channel 1 had left and may be billed" in said


class TestTasks:
    def test_fun_asr_tells_words_and_times_of_both_channels(self, known: Typed) -> None:
        done = known("transcribe", CALL, "--model", "fun-asr", "--language", "zh", "--format", "json")
        transcripts = json.loads(done.out)["transcripts"]
        assert ["".join(item["text"].split()) for item in transcripts] == texts(CALL)

    def test_several_recordings_go_into_one_task_and_each_has_its_own_end(self, known: Typed, tmp_path: Path) -> None:
        stranger = write_wav(tmp_path / "stranger.wav", seconds=1, channels=2)
        done = known("transcribe", CALL, stranger, OTHER_CALL, "--model", "fun-asr", "--format", "txt")
        assert done.code == 1
        assert lines(done.out) == [*texts(CALL), *texts(OTHER_CALL)]
        assert "stranger.wav: LOCAL_MODEL_NOT_INSTALLED" in done.err
        assert re.search(r"^made by local reference, \d+ s billed$", done.err, re.MULTILINE)
        assert re.findall(r"^(\S+):$", done.err, re.MULTILINE) == ["c0101.mp3", "stranger.wav", "c0103.mp3"]

    @pytest.mark.parametrize(
        "echoed",
        [
            ["oss://a/1-b.wav", "https://x/a.wav"],
            ["https://x/a.wav", "https://bucket.example/a/1-b.wav?Signature=s"],
            [None, None],
        ],
        ids=["in another order", "an upload rewritten", "no addresses"],
    )
    def test_each_recording_gets_its_own_part_of_the_answer(self, echoed: list[str | None]) -> None:
        urls = ["https://x/a.wav", "oss://a/1-b.wav"]
        results = [{"file_url": url, "transcription_url": f"https://r/{at}"} for at, url in enumerate(echoed)]
        output = {"task_id": "t", "task_status": "SUCCEEDED", "results": results}
        status = parse_status(json.dumps({"output": output}).encode(), "t")
        found = [_result_of(at, urls, status) for at in range(2)]
        assert [result.file_url for result in found if result] in (echoed, echoed[::-1])
        for url, result in zip(urls, found, strict=True):
            assert result is not None
            assert result.file_url is None or url.rpartition("/")[2] in result.file_url

    def test_a_code_that_its_explanation_repeats_is_said_once(self, known: Typed, service_url: str) -> None:
        nowhere = f"{service_url}/nowhere.wav"
        done = known("transcribe", nowhere, "--model", "fun-asr")
        assert done.code == 1
        assert done.err.count("FILE_404_NOT_FOUND") == 1
        assert "HTTP 404" in done.err

    def test_a_recording_that_the_answer_leaves_out_has_no_result(self) -> None:
        result = {"file_url": "https://x/a.wav", "transcription_url": "https://r/0"}
        output = {"task_id": "t", "task_status": "SUCCEEDED", "results": [result]}
        status = parse_status(json.dumps({"output": output}).encode(), "t")
        assert _result_of(1, ["https://x/a.wav", "https://x/b.wav"], status) is None

    def test_what_fun_asr_is_asked_is_what_it_documents(self) -> None:
        options = Options(
            language="fil", vocabulary_id="vocab-1", special_word_filter='{"system_reserved_filter": true}',
            diarize=True, speakers=3,
        )  # fmt: skip
        assert task_parameters(find_model("fun-asr"), [Source("a.wav", url="https://x/a.wav")], options) == {
            "channel_id": [0],
            "language_hints": ["tl"],
            "vocabulary_id": "vocab-1",
            "special_word_filter": '{"system_reserved_filter": true}',
            "diarization_enabled": True,
            "speaker_count": 3,
        }


class TestTheChoice:
    @pytest.mark.parametrize(
        ("arguments", "chosen"),
        [
            ((), "qwen3-asr-flash: 1 min 4 s; up to 5 min"),
            (("--words",), "qwen3-asr-flash-filetrans: 1 min 4 s; word times and emotion are asked"),
        ],
    )
    def test_auto_says_which_model_and_why(self, known: Typed, arguments: tuple[str, ...], chosen: str) -> None:
        done = known("transcribe", CALL, "--model", "auto", "--format", "txt", *arguments)
        assert (done.code, lines(done.out)) == (0, texts(CALL))
        assert chosen in done.err

    def test_auto_finds_the_model_of_a_region_that_has_one(self, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
        monkeypatch.setenv("QA_REGION", "us")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        done = typed("transcribe", CALL, "--model", "auto")
        assert "qwen3-asr-flash-us: 1 min 4 s; the only model of this region" in done.err
        assert "Nothing was sent." in done.out

    def test_auto_takes_the_longest_for_an_address_of_unknown_length(
        self, silence_kept: None, typed: Typed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done = typed("transcribe", "https://x.example/a.mp3", "--model", "auto", "--prompt", "?")
        assert (done.code, "qwen3-asr-flash-filetrans does not take --prompt" in done.err) == (2, True)

    def test_the_setting_chooses_where_no_option_does(self, known: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QA_MODEL", "fun-asr-flash-2026-06-15")
        done = known("transcribe", CALL, "--channel", "0", "--format", "json")
        assert "sentences" in json.loads(done.out)["output"]


@pytest.mark.usefixtures("silence_kept")
class TestRefusalsBeforeAByteIsSent:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--model", "whisper"), "--model: model 'whisper' is not one this version speaks"),
            (("--language", "xx"), "--language 'xx' is not one of the codes: zh, yue"),
            (("--model", "fun-asr", "--language", "tr"), "fun-asr takes no language 'tr'"),
            (("--model", "fun-asr-2025-08-25", "--language", "ja"), "takes no language 'ja' (it takes zh, en)"),
            (("--model", "qwen-audio-asr", "--language", "zh"), "it finds the language itself"),
            (("--itn", "--language", "de"), "writes numbers as digits (enable_itn) in en, zh, not in 'de'"),
            (("--model", "fun-asr", "--itn"), "has no inverse text normalization"),
            (("--prompt", "?"), "qwen3-asr-flash-filetrans does not take --prompt; qwen3-omni-flash would"),
            (("--words", "--model", "qwen3-asr-flash"), "does not take --words; qwen3-asr-flash-filetrans, fun-asr"),
            (("--vocabulary-id", "v"), "does not take --vocabulary-id; fun-asr, fun-asr-mtl, "),
            (("--special-word-filter", '{"system_reserved_filter":true}'), "does not take --special-word-filter"),
            (("--special-word-filter", "{", "--model", "fun-asr"), "--special-word-filter: not JSON"),
            (("--diarize",), "does not take --diarize; fun-asr, fun-asr-mtl, "),
            (("--diarize", "--model", "fun-asr"), "--diarize tells voices of a mono recording apart; c0101.mp3 has 2"),
            (("--diarize", "--model", "fun-asr-2026-09-01"), "--diarize tells voices of a mono recording apart"),
            (("--words", "--model", "qwen3-asr-flash-2026-02-10"), "qwen3-asr-flash-2026-02-10 does not take --words"),
            (("--speakers", "2"), "give --diarize too"),
            (("--speakers", "1", "--diarize"), "--speakers takes 2 to 100, not 1"),
            (("--hot-words", '{"a": 4}'), "does not take --hot-words; qwen-audio-3.1-asr-flash-filetrans, "),
            (("--hot-words", '{"a": 9}'), "--hot-words: the weight of 'a' is 9"),
            ((OTHER_CALL,), "does not take several recordings at once; fun-asr, fun-asr-mtl, paraformer-8k-v2 would"),
            (("--model", "fun-asr", *[str(OTHER_CALL)] * 100), "101 recordings are too many for one task"),
            (("--context", "gone.md"), "--context gone.md is not a file"),
        ],
    )
    def test_an_option_that_does_not_fit_names_what_would(
        self, typed: Typed, arguments: tuple[str, ...], said: str
    ) -> None:
        done = typed("transcribe", CALL, *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err

    def test_more_than_any_model_takes_is_refused_before_it_is_read(self, typed: Typed, tmp_path: Path) -> None:
        huge = tmp_path / "huge.wav"
        with huge.open("wb") as out:
            out.truncate(2 * 1024**3 + 1)
        done = typed("transcribe", huge)
        assert (done.code, done.out) == (2, "")
        said = " ".join(done.err.split())
        assert "huge.wav has 2,147,483,649 bytes; no model takes more than 2,147,483,648 (2 GB)" in said

    def test_a_file_that_is_not_there_is_named_as_such(self, typed: Typed, tmp_path: Path) -> None:
        done = typed("transcribe", tmp_path / "gone.wav")
        assert (done.code, done.out) == (2, "")
        assert "gone.wav is not there" in "".join(done.err.splitlines())

    def test_a_context_that_is_too_long_or_empty_is_refused(self, typed: Typed, tmp_path: Path) -> None:
        for text, said in (("好" * 10_001, "about 10,001 tokens"), ("<!-- nothing -->", "has no text in it")):
            (tmp_path / "names.md").write_text(text, encoding="utf-8")
            done = typed("transcribe", CALL, "--context", tmp_path / "names.md")
            assert (done.code, said in done.err) == (2, True)

    def test_a_context_for_a_model_without_one_is_refused(self, typed: Typed, tmp_path: Path) -> None:
        (tmp_path / "names.md").write_text("Acme", encoding="utf-8")
        done = typed("transcribe", CALL, "--model", "fun-asr", "--context", tmp_path / "names.md")
        assert "fun-asr takes no context; qwen3-asr-flash-filetrans, " in done.err

    def test_more_than_five_minutes_for_a_model_that_answers_at_once(self, typed: Typed, tmp_path: Path) -> None:
        for channels in (1, 2):
            long = write_wav(tmp_path / "long.wav", seconds=301, channels=channels)
            done = typed("transcribe", long, "--model", "qwen3-asr-flash")
            assert done.code == 2
            assert "long.wav lasts 5 min 1 s; qwen3-asr-flash takes 5 min; qwen3-asr-flash-filetrans" in done.err

    def test_more_than_ten_megabytes_for_a_model_that_answers_at_once(self, typed: Typed, tmp_path: Path) -> None:
        large = write_wav(tmp_path / "large.wav", seconds=120, rate=44_100)
        for model, said in (
            ("qwen3-asr-flash", "10,584,044 bytes"),
            ("qwen3-omni-flash", "14,112,059 bytes as Base64"),
        ):
            done = typed("transcribe", large, "--model", model)
            assert done.code == 2
            assert said in done.err

    def test_more_than_twelve_hours_and_more_than_two_gigabytes(self, typed: Typed, tmp_path: Path) -> None:
        long = write_sparse_wav(tmp_path / "long.wav", data_bytes=(12 * 3600 + 1) * 1000, rate=1000)
        assert "long.wav lasts 12 h 0 min 1 s; qwen3-asr-flash-filetrans takes 12 h" in typed("transcribe", long).err
        large = write_sparse_wav(tmp_path / "large.wav", data_bytes=2 * 1024**3 + 1 - 44, rate=96_000)
        assert "large.wav has 2,147,483,649 bytes" in typed("transcribe", large).err

    def test_the_channels_of_an_address_cannot_be_told_apart_at_once(self, typed: Typed) -> None:
        done = typed("transcribe", "https://x.example/a.mp3", "--model", "qwen3-asr-flash", "--channel", "1")
        assert (done.code, "averages the channels" in done.err) == (2, True)

    def test_omni_reads_no_temporary_uploads(self, typed: Typed) -> None:
        done = typed("transcribe", "oss://a/b.mp3", "--model", "qwen3-omni-flash")
        assert (done.code, "takes no audio by upload" in done.err) == (2, True)


class TestRegionsAndPrices:
    @pytest.mark.parametrize(
        ("region", "model"),
        [("us", "qwen3-asr-flash"), ("beijing", "qwen3-asr-flash-us"), ("singapore", "qwen-audio-asr")],
    )
    def test_a_model_that_the_region_lacks_is_refused_under_the_options_name(
        self, typed: Typed, monkeypatch: pytest.MonkeyPatch, region: str, model: str
    ) -> None:
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
        monkeypatch.setenv("QA_REGION", region)
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        done = typed("transcribe", CALL, "--model", model, "--yes")
        assert done.code == 2
        assert f"{model} is not offered in the region {region}" in done.err
        assert "QA_MODEL" not in done.err

    def test_a_price_is_said_for_each_channel_and_asked_about(
        self, typed: Typed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
        monkeypatch.setenv("QA_REGION", "us")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        done = typed("transcribe", CALL, "--model", "qwen3-asr-flash-us")
        assert (done.code, "Nothing was sent." in done.out) == (1, True)
        assert "dashscope us: 2 channels, 128 s: US$ 0.0041 at list price" in done.err

    def test_a_price_that_nobody_published_is_said_before(self, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-none")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        done = typed("transcribe", CALL, "--model", "qwen-audio-asr")
        assert done.code == 2
        assert "what it costs is not known" in done.err
        assert "--yes sends it all the same" in done.err
