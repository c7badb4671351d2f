"""Makes a card of a sheet: the file is checked as a card before it is written, and never written over another."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.commands.scorecards.files import yaml_of
from qa_pipeline.recordings.list_tables import MAX_BYTES, parse_list_table
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_bytes
from qa_pipeline.scorecards.cards import Scoring
from qa_pipeline.scorecards.reading import BadCard, read_card
from qa_pipeline.scorecards.sheets import card_of_sheet, column_of
from qa_pipeline.terminal import EXIT_OK, CommandError, err, out
from qa_pipeline.wording.figures import count


def import_command(sheet: Path, target: Path, *, scoring: Scoring, encoding: str | None = None) -> int:
    """Writes the card `target`; what of the sheet was taken otherwise, or not at all, is said."""
    if target.exists():
        raise CommandError(f"{target} is there already; name another file with --output, or delete it")
    try:
        content = read_bytes(sheet, str(sheet), max_bytes=MAX_BYTES)
        table = parse_list_table(content, str(sheet), column_of, "question", encoding)
        if bad := [f"{table.place(line.line)} {line.problem}." for line in table.lines if line.problem]:
            raise BadCard(bad)
        lines = [(line.line, line.cells) for line in table.lines]
        made = card_of_sheet(lines, label=str(sheet), card_id=target.stem, title=sheet.stem, scoring=scoring.value)
        text = yaml_of(made.card)
        card = read_card(text, str(target))
    except (BadMetadataFile, BadCard) as error:
        raise CommandError(str(error)) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    for note in (*table.remarks, *made.notes):
        err.print(f"note: {note}", markup=False, style="yellow")
    what = f"{count(len(card.questions), 'question')} in {count(len(card.sections), 'section')}"
    out.print(f"✓ {target}: {what}; read it before it is used", markup=False)
    return EXIT_OK
