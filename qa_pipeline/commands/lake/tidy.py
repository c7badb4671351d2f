"""`qa-pipeline lake tidy`: few large files, and nothing that no reader needs any more."""

from __future__ import annotations

from qa_pipeline.lake.place import lake_to_write
from qa_pipeline.lake.tidying import tidy_lake
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tightening import tighten_indexes
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding.cleaning import clean_days
from qa_pipeline.terminal import EXIT_OK, CommandError, err, out
from qa_pipeline.wording.figures import count


def tidy_command(*, everything: bool) -> int:
    """Tidies the lake of the settings; returns the exit code.

    Raises:
        CommandError: the settings have no lake.
        LakeUnusable: catalog or store can't be reached, or somebody else has been writing for too long.
    """
    settings = load_settings()
    if not settings.uses_lake:
        raise CommandError("QA_LAKE is not set: snapshots below QA_HOME are tidied by each publish")
    done = tidy_lake(
        lake_to_write(settings), everything=everything, say=lambda text: err.print(text, style="dim", markup=False)
    )
    put_together = "no month" if not done.months else f"{count(done.months, 'month')} of tables"
    removed = f"{count(done.versions, 'version')} and {count(done.files, 'file')} removed"
    out.print(f"Lake      {settings.lake}: {put_together} put together, {removed}", markup=False)
    operations = open_operations(settings.operations_database_url)
    cleaned = clean_days(settings, operations)
    left = (
        f"{count(cleaned.days, 'state')}, {count(cleaned.files, 'file')} and {count(cleaned.shards, 'shard')} removed"
    )
    out.print(f"Days      what machines shared of them: {left}", markup=False)
    if anew := tighten_indexes(operations):
        out.print(f"Ledger    indexes built anew, which were mostly room: {', '.join(anew)}", markup=False)
    return EXIT_OK
