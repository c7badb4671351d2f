"""Writes a card for other programs: plain YAML or JSON, a workbook, or a form of another system."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import typer
import xlsxwriter

from qa_pipeline.commands.scorecards.files import json_of, write_whole, yaml_of
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.exported_sheets import HEADINGS, lines_of_card
from qa_pipeline.scorecards.forms.connect_writing import connect_form
from qa_pipeline.scorecards.forms.genesys_writing import genesys_form
from qa_pipeline.scorecards.forms.leaving import Exported
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.terminal import EXIT_OK, CommandError, err, out
from qa_pipeline.yaml_files.reading import BadFile
from qa_pipeline.yaml_files.texts import read_text

WrittenAs = Literal["yaml", "json", "excel", "connect", "genesys"]
_FORMS: dict[str, Callable[[Card], Exported]] = {"connect": connect_form, "genesys": genesys_form}
_WIDTHS = {"section": 20, "question": 50, "options": 30, "instructions": 40, "option_definition": 40}
_WIDTH = 12
_KEYS_WIDTH = 6
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def export_command(card_file: Path, target: Path | None, written_as: WrittenAs) -> int:
    """To `target`, or to the terminal. As YAML, JSON or a workbook it is the same card: its version stays. What another
    system's form does not hold is said."""
    if target is not None and target.exists():
        raise CommandError(f"{target} is there already; name another file with --output, or delete it")
    if target is None and written_as == "excel":
        raise CommandError("a workbook is a file: name it with --output, such as --output form.xlsx")
    notes: tuple[str, ...] = ()
    try:
        card = read_card(read_text(card_file), str(card_file))
        if written_as == "excel":
            content: str | bytes = _workbook(card)
        elif written_as in _FORMS:
            exported = _FORMS[written_as](card)
            content, notes = json_of(exported.form), exported.notes
        else:
            plain = card.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            content = yaml_of(plain) if written_as == "yaml" else json_of(plain)
    except BadFile as error:
        raise CommandError(str(error)) from None
    if target is None:
        typer.echo(content, nl=False)
    else:
        write_whole(target, content)
    for note in notes:
        err.print(f"note: {note}", markup=False, style="yellow")
    if target is not None:
        out.print(f"✓ {target}: {card.scorecard} {card.version}", markup=False)
    return EXIT_OK


def _workbook(card: Card) -> bytes:
    """One sheet with headings; texts are texts, whatever they begin with."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _OPTIONS) as workbook:
        sheet = workbook.add_worksheet("Scorecard")
        bold, wrapped = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
        for column, (name, heading) in enumerate(HEADINGS.items()):
            width = _KEYS_WIDTH if name.endswith("_keys") else _WIDTHS.get(name, _WIDTH)
            sheet.set_column(column, column, width, None if name.endswith("_keys") else wrapped)
            sheet.write_string(0, column, heading, bold)
        for row, line in enumerate(lines_of_card(card), 1):
            for column, name in enumerate(HEADINGS):
                cell = line.get(name)
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell is not None:
                    sheet.write_number(row, column, cell)
        sheet.freeze_panes(1, 2)
    return file.getvalue()
