"""Where audio may come from, and what is said when it can't be had."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class RecordingsHandler(http.server.BaseHTTPRequestHandler):
    """Serves one call under /hotel.wav, and a bad day under every other name."""

    call: bytes

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "hotel.wav":
            self._answer(200, self.call)
        elif name == "moved":
            self.send_response(302)
            self.send_header("Location", "/hotel.wav")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif name == "short":
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.call) + 10))
            self.end_headers()
            self.wfile.write(self.call)
            self.close_connection = True
        elif name == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                try:
                    self.wfile.write(bytes(65536))
                except OSError:
                    return
        else:
            self._answer(int(name), b"no")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keeps the test's output clean."""


@pytest.fixture
def recordings(references: Path) -> Iterator[str]:
    """Base URL of a web server with the known call on it."""
    handler = type("Handler", (RecordingsHandler,), {"call": (references / "hotel.wav").read_bytes()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def failure(api: Any, url: str) -> tuple[str, str]:
    output = api.transcribe(url)["output"]
    assert output["task_status"] == "FAILED"
    assert output["message"].startswith(output["code"])
    return output["code"], output["message"]


class TestHttp:
    def test_a_file_on_this_machine_is_fetched(self, api: Any, recordings: str) -> None:
        body = api.transcribe(f"{recordings}/hotel.wav?sig=a%20b")
        assert body["output"]["task_status"] == "FAILED"  # the handler knows no query
        body = api.transcribe(f"{recordings}/hotel.wav")
        assert api.result(body)["file_url"] == f"{recordings}/hotel.wav"

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("403", "FILE_403_FORBIDDEN"),
            ("401", "FILE_403_FORBIDDEN"),
            ("404", "FILE_404_NOT_FOUND"),
            ("500", "FILE_SERVER_ERROR"),
            ("503", "FILE_SERVER_ERROR"),
            ("418", "FILE_DOWNLOAD_FAILED"),
            ("short", "FILE_DOWNLOAD_FAILED"),
        ],
    )
    def test_a_hosts_refusal_has_its_documented_code(self, api: Any, recordings: str, name: str, code: str) -> None:
        assert failure(api, f"{recordings}/{name}")[0] == code

    def test_redirects_are_not_followed(self, api: Any, recordings: str) -> None:
        code, message = failure(api, f"{recordings}/moved")
        assert code == "FILE_DOWNLOAD_FAILED"
        assert "redirects" in message

    def test_a_download_stops_at_the_size_limit(self, start: Any, recordings: str, tmp_path: Path) -> None:
        api = start(max_file_bytes=200_000, state_dir=tmp_path / "state")
        assert failure(api, f"{recordings}/endless")[0] == "FILE_TOO_LARGE"
        assert list((tmp_path / "state" / "incoming").iterdir()) == []

    def test_nobody_listens_there(self, api: Any) -> None:
        assert failure(api, "http://127.0.0.1:9/a.wav")[0] == "FILE_DOWNLOAD_FAILED"

    def test_other_machines_need_the_operators_word(self, api: Any) -> None:
        code, message = failure(api, "https://recordings.example/a.wav")
        assert code == "FILE_DOWNLOAD_FAILED"
        assert "--source-host recordings.example" in message

    def test_a_host_the_operator_named_is_asked(self, start: Any) -> None:
        api = start(source_hosts=("recordings.invalid",))
        code, message = failure(api, "http://recordings.invalid/a.wav")
        assert code == "FILE_DOWNLOAD_FAILED"
        assert "--source-host" not in message


class TestFile:
    def test_a_file_below_an_allowed_folder_is_read(self, api: Any, hotel: str) -> None:
        assert api.transcribe(hotel)["output"]["task_status"] == "SUCCEEDED"
        assert api.transcribe(hotel.replace("file://", "file://localhost"))["output"]["task_status"] == "SUCCEEDED"

    def test_one_elsewhere_is_not(self, api: Any) -> None:
        code, message = failure(api, "file:///etc/passwd")
        assert code == "REQUEST_INVALID_FILE_URL_VALUE"
        assert "--source-folder" in message

    def test_no_folder_is_allowed_unless_named(self, start: Any, hotel: str) -> None:
        assert failure(start(source_folders=()), hotel)[0] == "REQUEST_INVALID_FILE_URL_VALUE"

    @pytest.mark.parametrize("way_out", ["../secret.wav", "%2e%2e/secret.wav", "link.wav", "folder/../../secret.wav"])
    def test_no_way_leads_out_of_the_folder(self, api: Any, references: Path, way_out: str) -> None:
        (references.parent / "secret.wav").write_bytes(b"secret")
        (references / "link.wav").symlink_to(references.parent / "secret.wav")
        assert failure(api, f"{references.as_uri()}/{way_out}")[0] == "REQUEST_INVALID_FILE_URL_VALUE"

    def test_a_folder_is_no_file(self, api: Any, references: Path) -> None:
        assert failure(api, references.as_uri())[0] == "FILE_404_NOT_FOUND"

    def test_a_file_over_the_limit_is_refused(self, start: Any, hotel: str) -> None:
        assert failure(start(max_file_bytes=1000), hotel)[0] == "FILE_TOO_LARGE"


@pytest.mark.parametrize(
    "url",
    ["hotel.wav", "/calls/hotel.wav", "data:audio/wav;base64,AAAA", "ftp://x/a.wav", "http://[::1", "file://host/a.wav",
     "file:///a%00b.wav", "你好", "https://"],
)  # fmt: skip
def test_what_is_no_usable_url_fails_the_task_and_names_it(api: Any, url: str) -> None:
    code, message = failure(api, url)
    assert code in ("REQUEST_INVALID_FILE_URL_VALUE", "FILE_DOWNLOAD_FAILED")
    assert len(message) > len(code) + 10
