"""How programs of this machine find a running service: `service.json` in its state folder says where it listens."""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from qa_pipeline.local_service.config import LOOPBACK, is_loopback_host


@dataclass(frozen=True, slots=True)
class ServiceAddressFile:
    """Where a service listens, and as which process. The key is None when it takes any."""

    base_url: str
    pid: int
    recognizer: str
    api_key: str | None = None

    @classmethod
    def path(cls, folder: Path) -> Path:
        """The file in a state folder."""
        return folder / "service.json"

    def write(self, folder: Path) -> None:
        """Writes the file; only this user may read it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.path(folder)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(asdict(self)), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def read(cls, folder: Path) -> ServiceAddressFile | None:
        """What the file says, or None when there is none that can be read."""
        try:
            return cls(**json.loads(cls.path(folder).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def remove_own(cls, folder: Path) -> None:
        """Removes the file if this process wrote it."""
        written = cls.read(folder)
        if written is not None and written.pid == os.getpid():
            cls.path(folder).unlink(missing_ok=True)


def loopback_url(base_url: str) -> str | None:
    """The URL by which programs of this machine reach a service that listens on `base_url`.

    None where they may not: plain http is spoken over loopback only.
    """
    host = urlsplit(base_url).hostname or ""
    if is_loopback_host(host):
        return base_url
    if not ipaddress.ip_address(host).is_unspecified:
        return None
    return base_url.replace("0.0.0.0", LOOPBACK).replace("[::]", "[::1]")  # noqa: S104 - read, not listened on
