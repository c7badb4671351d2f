"""The service's rows: tasks, result files, uploads, charges and its signing secret, over one `Database`."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from qa_pipeline.local_service.database import Database
from qa_pipeline.local_service.signing import Signer
from qa_pipeline.local_service.tasks import Charge, FileOutcome, FileSummary, Task, TaskRequest, TaskState


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded object; `file_name` is its name in the uploads folder, never the caller's."""

    object_key: str
    account: str
    model: str
    file_name: str
    sha256: str
    size_bytes: int
    uploaded_ms: int


class Store:
    """Every method returns after the commit: what it was told survives a kill of the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def signer(self) -> Signer:
        """The signing pair of this state; made once, so that URLs outlive a restart."""

        def work(connection: sqlite3.Connection) -> Signer:
            fresh = Signer.fresh()
            for name, value in (("access_key_id", fresh.access_key_id), ("secret", fresh.secret)):
                connection.execute("insert or ignore into secrets (name, value) values (?, ?)", (name, value))
            stored = {row["name"]: row["value"] for row in connection.execute("select name, value from secrets")}
            return Signer(stored["access_key_id"], stored["secret"])

        return await self._database.run(work)

    async def load_tasks(self) -> list[Task]:
        """Every stored task in order of submission; what was RUNNING when the process died is PENDING again."""

        def work(connection: sqlite3.Connection) -> list[Task]:
            connection.execute("update tasks set state = 'PENDING', scheduled_ms = null where state = 'RUNNING'")
            return [_task(row) for row in connection.execute("select * from tasks order by submitted_ms, rowid")]

        return await self._database.run(work)

    async def add_task(self, task: Task) -> None:
        """Stores a new task."""
        await self._database.run(
            lambda connection: connection.execute(
                "insert into tasks (task_id, request_id, account, model, request, state, submitted_ms)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (
                    task.task_id,
                    task.request_id,
                    task.account,
                    task.request.model,
                    json.dumps(task.request.to_json()),
                    task.state,
                    task.submitted_ms,
                ),
            )
        )

    async def set_state(
        self, task_id: str, state: TaskState, *, scheduled_ms: int | None = None, ended_ms: int | None = None
    ) -> None:
        """Stores RUNNING (with `scheduled_ms`) or CANCELED (with `ended_ms`)."""
        await self._database.run(
            lambda connection: connection.execute(
                "update tasks set state = ?, scheduled_ms = coalesce(?, scheduled_ms), ended_ms = ? where task_id = ?",
                (state, scheduled_ms, ended_ms, task_id),
            )
        )

    async def finish_task(
        self, task: Task, state: TaskState, files: tuple[FileOutcome, ...], *, ended_ms: int
    ) -> tuple[FileSummary, ...]:
        """Stores the end of a task, its result files and its charges in one transaction."""
        summaries = tuple(
            FileSummary(item.url, sum(charge.billed_s for charge in item.charges), item.code, item.message)
            for item in files
        )

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "update tasks set state = ?, scheduled_ms = ?, ended_ms = ?, outcome = ? where task_id = ?",
                (
                    state,
                    task.scheduled_ms,
                    ended_ms,
                    json.dumps([asdict(item) for item in summaries]),
                    task.task_id,
                ),
            )
            for position, item in enumerate(files):
                _insert_result(connection, task, position, item, ended_ms)

        await self._database.run(work)
        return summaries

    async def result(self, task_id: str, position: int) -> bytes | None:
        """A stored result file, or None."""

        def work(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute(
                "select body from results where task_id = ? and position = ?", (task_id, position)
            ).fetchone()
            return None if row is None else bytes(row["body"])

        return await self._database.run(work)

    async def forget_tasks(self, task_ids: list[str]) -> None:
        """Deletes tasks and their result files; charges stay."""

        def work(connection: sqlite3.Connection) -> None:
            for table in ("tasks", "results"):
                connection.executemany(f"delete from {table} where task_id = ?", [(task_id,) for task_id in task_ids])

        await self._database.run(work)

    async def add_upload(self, upload: Upload, *, overwrite: bool) -> bool:
        """Stores an uploaded object; False when the key is taken and `overwrite` is off."""
        verb = "insert or replace" if overwrite else "insert or ignore"

        def work(connection: sqlite3.Connection) -> bool:
            values = asdict(upload)
            cursor = connection.execute(
                f"{verb} into uploads ({', '.join(values)}) values ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )
            return cursor.rowcount > 0

        return await self._database.run(work)

    async def upload(self, object_key: str) -> Upload | None:
        """The uploaded object of that key, or None."""

        def work(connection: sqlite3.Connection) -> Upload | None:
            row = connection.execute("select * from uploads where object_key = ?", (object_key,)).fetchone()
            return None if row is None else Upload(**dict(row))

        return await self._database.run(work)

    async def upload_names(self) -> set[str]:
        """Names in the uploads folder that belong to an object."""
        return await self._database.run(
            lambda connection: {row["file_name"] for row in connection.execute("select file_name from uploads")}
        )

    async def forget_uploads(self, uploaded_before_ms: int) -> list[str]:
        """Deletes objects older than that; returns their names in the uploads folder."""
        return await self._database.run(
            lambda connection: [
                row["file_name"]
                for row in connection.execute(
                    "delete from uploads where uploaded_ms < ? returning file_name", (uploaded_before_ms,)
                ).fetchall()
            ]
        )

    async def add_call_charge(self, request_id: str, model: str, charge: Charge, *, charged_ms: int) -> None:
        """Stores what a call to a synchronous model cost; its request id stands where a task's id would."""
        row = (request_id, charge.channel_id, charge.audio_sha256, model, charge.billed_s, charged_ms)
        await self._database.run(
            lambda connection: connection.execute(
                "insert into charges (task_id, position, channel_id, audio_sha256, model, billed_s, charged_ms)"
                " values (?, 0, ?, ?, ?, ?, ?)",
                row,
            )
        )

    async def usage(self) -> dict[str, Any]:
        """`billed_seconds`, `billed_channels` and, for each audio, channel and model, what was billed how often."""

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            total = connection.execute(
                "select coalesce(sum(billed_s), 0) as seconds, count(*) as channels from charges"
            ).fetchone()
            rows = connection.execute(
                "select audio_sha256, channel_id, model, sum(billed_s) as billed_s, count(*) as count"
                " from charges group by audio_sha256, channel_id, model order by min(charged_ms), min(rowid)"
            )
            return {
                "billed_seconds": float(total["seconds"]),
                "billed_channels": total["channels"],
                "by_channel": [dict(row) for row in rows],
            }

        return await self._database.run(work)


def _insert_result(connection: sqlite3.Connection, task: Task, position: int, item: FileOutcome, ended_ms: int) -> None:
    if item.result is not None:
        connection.execute(
            "insert into results (task_id, position, body) values (?, ?, ?)", (task.task_id, position, item.result)
        )
    connection.executemany(
        "insert into charges (task_id, position, channel_id, audio_sha256, model, billed_s, charged_ms)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        [
            (task.task_id, position, charge.channel_id, charge.audio_sha256, task.request.model, charge.billed_s,
             ended_ms)
            for charge in item.charges
        ],
    )  # fmt: skip


def _task(row: sqlite3.Row) -> Task:
    return Task(
        task_id=row["task_id"],
        request_id=row["request_id"],
        account=row["account"],
        request=TaskRequest.from_json(json.loads(row["request"])),
        submitted_ms=row["submitted_ms"],
        state=TaskState(row["state"]),
        scheduled_ms=row["scheduled_ms"],
        ended_ms=row["ended_ms"],
        files=tuple(FileSummary(**item) for item in json.loads(row["outcome"] or "[]")),
    )
