"""A backup counts as gone only where its folder shows that it is, or somebody says so."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from qa_pipeline.erasing.backups import BackupThere, forget_backups, look_into_backups, note_backup
from qa_pipeline.erasing.needles import needles_of
from qa_pipeline.ledger.tables import open_operations

NEEDLES = needles_of({"zq-canary": "erased-1"}, {}, ())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}")
    yield opened
    opened.dispose()


def backup(engine: Engine, path: Path, text: str = '{"call": "zq-canary"}') -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))
    note_backup(engine, path, 1, "hash")
    return path


def test_a_backup_that_holds_a_call_is_named_until_it_is_deleted(engine: Engine, tmp_path: Path) -> None:
    holding, other = backup(engine, tmp_path / "a" / "1.gz"), backup(engine, tmp_path / "a" / "2.gz", "{}")
    assert look_into_backups(engine, NEEDLES).holding == [str(holding)]
    holding.unlink()
    found = look_into_backups(engine, NEEDLES)
    assert (found.holding, found.unseen) == ([], {})
    other.unlink()
    assert list(look_into_backups(engine, NEEDLES).unseen) == [str(other)], "the first one is forgotten"


def test_a_disk_that_is_not_mounted_hides_nothing(engine: Engine, tmp_path: Path) -> None:
    path = backup(engine, tmp_path / "disk" / "1.gz")
    shutil.move(tmp_path / "disk", tmp_path / "elsewhere")
    for _ in range(2):
        assert "mounted" in look_into_backups(engine, NEEDLES).unseen[str(path)]
    (tmp_path / "disk").mkdir()
    assert list(look_into_backups(engine, NEEDLES).unseen) == [str(path)], "a mount point without its disk"
    shutil.copytree(tmp_path / "elsewhere", tmp_path / "disk", dirs_exist_ok=True)
    assert look_into_backups(engine, NEEDLES).holding == [str(path)]
    with pytest.raises(BackupThere, match="is there"):
        forget_backups(engine, [path])
    shutil.rmtree(tmp_path / "disk")
    forget_backups(engine, [path])
    assert look_into_backups(engine, NEEDLES).unseen == {}


@pytest.mark.parametrize("keeps", [40, 5, 3])
def test_a_damaged_backup_is_said_to_be_so(engine: Engine, tmp_path: Path, keeps: int) -> None:
    path = backup(engine, tmp_path / "a" / "1.gz", "no call in it " * 100)
    path.write_bytes(path.read_bytes()[: keeps - 2] + b"!!")
    assert look_into_backups(engine, NEEDLES).unseen.keys() <= {str(path)}
    if keeps > 3:
        assert look_into_backups(engine, NEEDLES).unseen.keys() == {str(path)}
