"""Notes in the register of exports what a command is about to write to a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.options import user_of_this_machine
from qa_pipeline.looks.taken import InIt, TakenWhat, open_register
from qa_pipeline.published.ad_hoc import Answer
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError


def note_taken(settings: Settings, what: TakenWhat, path: Path, in_it: InIt, chosen: str = "") -> None:
    """Notes it, as taken by the user of this machine, before the file appears.

    Raises:
        CommandError: the operations database can't be written, so there is no file.
        LedgerElsewhere: the operations database was moved.
    """
    try:
        register = open_register(settings.operations_database_url)
        try:
            register.note(what, str(path.absolute()), in_it, who=user_of_this_machine(), chosen=chosen)
        finally:
            register.close()
    except SQLAlchemyError as error:
        raise CommandError(
            f"{path} is not written, for it can't be noted who takes it along: the operations database fails "
            f"({getattr(error, 'orig', error)}); `qa-pipeline doctor` looks for the cause",
            EXIT_WORK_REMAINS,
        ) from error


def noting(answer: Answer, settings: Settings, what: TakenWhat, path: Path, chosen: str, limit: int = 0) -> Answer:
    """The same answer, which is noted once its last row has passed, or that of the `limit` (0: none). Of rows that name
    a recording and no call nobody knows whose they are; other rows without a call's id are sums, unless a person has
    asked for them."""
    in_it = InIt()
    is_unknown = "call_id" not in answer.names and (what == "query" or "recording_id" in answer.names)

    def batches() -> Iterator[pa.RecordBatch]:
        is_noted = False
        for batch in answer.batches:
            _count(in_it, batch.slice(0, limit - in_it.rows) if limit else batch)
            if limit and in_it.rows >= limit and not is_noted:
                is_noted = True
                note_taken(settings, what, path, _known(in_it, is_unknown), chosen)
            yield batch
        if not is_noted:
            note_taken(settings, what, path, _known(in_it, is_unknown), chosen)

    return replace(answer, batches=batches())


def _known(in_it: InIt, is_unknown: bool) -> InIt:
    return replace(in_it, calls=None) if is_unknown else in_it


def _count(in_it: InIt, batch: pa.RecordBatch) -> None:
    names = [name for name in ("call_id", "call_date") if batch.schema.names.count(name) == 1]
    columns = [batch.column(name).to_pylist() for name in names]
    rows = zip(*columns, strict=True) if columns else iter([()] * batch.num_rows)
    for _ in in_it.watched(names, rows):
        pass
