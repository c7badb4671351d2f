"""A call with a known transcript, a service that knows it, and a plain HTTP client to ask with."""

from __future__ import annotations

import json
import math
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.service.local_process import start_local_service
from tests.local_service.in_thread import service_in_thread

MODEL = "qwen3-asr-flash-filetrans"
SUBMIT = "/services/audio/asr/transcription"
FINAL = {"SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"}


def write_call(path: Path, *, tones: tuple[int, ...] = (300, 440), seconds: float = 1.2, rate: int = 8000) -> Path:
    """A WAV with one sine of that many Hz on each channel (0: silence)."""
    frames = round(seconds * rate)
    samples = array("h")
    for index in range(frames):
        samples.extend(round(8000 * math.sin(2 * math.pi * tone * index / rate)) for tone in tones)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(tones))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return path


def sentence(text: str, begin: int, end: int, **labels: Any) -> dict[str, Any]:
    return {"sentence_id": 0, "begin_time": begin, "end_time": end, "text": text, **labels}


def write_transcript(recording: Path, *channels: list[dict[str, Any]]) -> Path:
    """The reference transcript of a recording, channel by channel."""
    document = {
        "file_url": recording.name,
        "transcripts": [
            {"channel_id": index, "text": " ".join(row["text"] for row in rows), "sentences": rows}
            for index, rows in enumerate(channels)
        ],
    }
    path = recording.with_name(f"{recording.stem}.transcript.json")
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


AGENT = [
    sentence("您好，", 0, 400, language="zh", emotion="happy"),
    sentence("请讲。", 450, 900, language="zh", emotion=None),
]
CUSTOMER = [
    sentence(
        "Hello there.",
        100,
        1100,
        language="en",
        emotion="angry",
        words=[
            {"begin_time": 100, "end_time": 500, "text": "Hello ", "punctuation": ""},
            {"begin_time": 500, "end_time": 1100, "text": "there", "punctuation": "."},
        ],
    )
]


@pytest.fixture
def references(tmp_path: Path) -> Path:
    """A folder with `hotel.wav` (stereo, 1.2 s, both channels labelled) and `hold.wav` (customer silent)."""
    folder = tmp_path / "references"
    write_transcript(write_call(folder / "hotel.wav"), AGENT, CUSTOMER)
    write_transcript(write_call(folder / "hold.wav", tones=(500, 0)), AGENT, [])
    return folder


@dataclass
class Api:
    """Asks one service over HTTP, as a client that knows the wire and nothing else."""

    service: ServiceAddressFile
    key: str = "sk-test"
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False, verify=False))

    @property
    def root_url(self) -> str:
        """Where `/healthz` and `/_local` are: the base URL without `/api/v1`."""
        return self.service.base_url.removesuffix("/api/v1")

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.http.request(method, f"{self.service.base_url}{path}", headers=headers, **options)

    def post_submit(self, body: Any, **headers: str) -> httpx.Response:
        headers = {"X-DashScope-Async": "enable", **headers}
        return self.request("POST", SUBMIT, json=body, headers=headers)

    def submit(self, url: str, *, model: str = MODEL, headers: dict[str, str] | None = None, **parameters: Any) -> str:
        """Submits one file with the field its model wants; returns the task's id."""
        inputs = {"file_url": url} if model.startswith("qwen3") else {"file_urls": [url]}
        answer = self.post_submit({"model": model, "input": inputs, "parameters": parameters}, **(headers or {}))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["output"]["task_id"])

    def query(self, task_id: str) -> dict[str, Any]:
        return self.request("GET", f"/tasks/{task_id}").json()

    def wait(self, task_id: str) -> dict[str, Any]:
        """Polls until the task is over."""
        deadline = time.monotonic() + 120
        while (body := self.query(task_id))["output"]["task_status"] not in FINAL:
            assert time.monotonic() < deadline, body
            time.sleep(0.01)
        return body

    def transcribe(self, url: str, **options: Any) -> dict[str, Any]:
        return self.wait(self.submit(url, **options))

    def result(self, body: dict[str, Any]) -> dict[str, Any]:
        """The result file of a succeeded qwen3 task."""
        answer = httpx.get(body["output"]["result"]["transcription_url"], trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def local(self, path: str) -> dict[str, Any]:
        return self.http.get(f"{self.root_url}{path}", headers={"Authorization": f"Bearer {self.key}"}).json()

    def set_faults(self, plan: Any) -> httpx.Response:
        return self.http.post(f"{self.root_url}/_local/faults", json=plan)

    def upload(self, path: Path, model: str = MODEL) -> str:
        """Uploads a file as the documentation says; returns its `oss://` URL."""
        policy = self.request("GET", "/uploads", params={"action": "getPolicy", "model": model}).json()["data"]
        fields = form_fields(policy, path.name)
        answer = self.http.post(policy["upload_host"], files=form_parts(fields, path.name, path.read_bytes()))
        assert answer.status_code == 200, answer.text
        return f"oss://{fields['key']}"


def form_fields(policy: dict[str, Any], file_name: str) -> dict[str, str]:
    """The text fields of a form upload, in the documented order."""
    return {
        "OSSAccessKeyId": policy["oss_access_key_id"],
        "Signature": policy["signature"],
        "policy": policy["policy"],
        "key": f"{policy['upload_dir']}/{file_name}",
        "x-oss-object-acl": policy["x_oss_object_acl"],
        "x-oss-forbid-overwrite": policy["x_oss_forbid_overwrite"],
        "success_action_status": "200",
        "x-oss-content-type": "audio/x-wav",
    }


def form_parts(fields: dict[str, str], file_name: str, content: bytes) -> list[tuple[str, Any]]:
    parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
    return [*parts, ("file", (file_name, content))]


RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}

Start = Callable[..., Api]


@pytest.fixture(scope="session")
def stopping() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Stops services while the next test runs (each takes a fifth of a second); fails at the end if one couldn't."""
    with ThreadPoolExecutor(4) as pool:
        stops: list[Future[None]] = []
        yield lambda stop: stops.append(pool.submit(stop))
        for stop in stops:
            stop.result(60)


@pytest.fixture
def start(references: Path, stopping: Callable[[Callable[[], None]], None]) -> Iterator[Start]:
    """Starts services: `start(concurrency=1, clock=..., run_in="process")`; all stop after the test.

    Unless told otherwise they know the references, may read their folder, and never throttle.
    """
    stack = ExitStack()

    def start_one(**settings: Any) -> Api:
        running = {name: settings.pop(name) for name in ("clock", "log") if name in settings}
        start_service: Any = service_in_thread if settings.pop("run_in", "thread") == "thread" else start_local_service
        defaults: dict[str, Any] = {
            "references": (references,),
            "source_folders": (references,),
            "submits_per_minute": 100_000,
            "queries_per_second": 100_000,
            "allow_faults": True,
        }
        config = ServiceConfig(**{**defaults, **settings})
        service = stack.enter_context(start_service(config, **running))
        api = Api(service)
        stack.callback(api.http.close)
        return api

    yield start_one
    stopping(stack.close)


@pytest.fixture
def api(start: Start) -> Api:
    """A service that knows the references, and a client of it."""
    return start()


@pytest.fixture(scope="module")
def shared_api() -> Iterator[Api]:
    """One service without references for all requests of a file that are refused before anything is heard."""
    with service_in_thread(ServiceConfig(submits_per_minute=100_000)) as service:
        api = Api(service)
        yield api
        api.http.close()


@pytest.fixture
def hotel(references: Path) -> str:
    """The `file://` URL of the known call."""
    return (references / "hotel.wav").as_uri()


@dataclass
class FakeClock:
    """A wall clock that tests move."""

    now: float = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="write_call")
def provide_write_call() -> Callable[..., Path]:
    return write_call


@pytest.fixture(name="write_transcript")
def provide_write_transcript() -> Callable[..., Path]:
    return write_transcript


@pytest.fixture
def say() -> Callable[[str], dict[str, Any]]:
    """One sentence from the first to the last millisecond of a call made by `write_call`."""
    return lambda text: sentence(text, 0, 1200)
