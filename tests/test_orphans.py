"""A pytest that is killed leaves nothing running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[1]
TEST = """
import subprocess, sys, time

def test_that_never_ends():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    print("child", child.pid, flush=True)
    time.sleep(3600)
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find the children")
def test_a_killed_pytest_leaves_no_child(tmp_path: Path) -> None:
    (tmp_path / "test_endless.py").write_text(TEST, encoding="utf-8")
    arguments = ["-c", ROOT / "pyproject.toml", "-p", "tests.conftest", "-p", "no:cacheprovider", "-s", tmp_path]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True,
    ) as killed:  # fmt: skip
        assert killed.stdout is not None
        child = next(int(line.split()[-1]) for line in killed.stdout if "child " in line)
        assert is_running(child)
        killed.kill()
    deadline = time.monotonic() + 120
    while is_running(child):
        assert time.monotonic() < deadline, "the child outlived its tests"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether there is such a process; a zombie, which nobody has waited for, is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
