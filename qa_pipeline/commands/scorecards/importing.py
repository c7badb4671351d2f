"""Makes a card of a sheet or of another system's form: it is checked as a card before it is written, and never written
over another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.commands.scorecards.files import write_whole, yaml_of
from qa_pipeline.recordings.list_tables import MAX_BYTES, parse_list_table
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_bytes
from qa_pipeline.scorecards.cards import Scoring
from qa_pipeline.scorecards.forms.connect_reading import card_of_connect, is_connect
from qa_pipeline.scorecards.forms.genesys_reading import card_of_genesys, is_genesys
from qa_pipeline.scorecards.forms.taking import read_form
from qa_pipeline.scorecards.names import is_id, slug
from qa_pipeline.scorecards.reading import BadCard, read_card
from qa_pipeline.scorecards.sheets import Imported, card_of_sheet, column_of
from qa_pipeline.terminal import EXIT_OK, CommandError, err, out
from qa_pipeline.wording.figures import count

JSON = ".json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person says besides the file: each for files that don't say it themselves."""

    scoring: Scoring | None = None
    critical: str | None = None
    encoding: str | None = None


def import_command(source: Path, target: Path, wanted: Wanted) -> int:
    """Writes the card `target`; what of the file was taken otherwise, or not at all, is said."""
    if target.exists():
        raise CommandError(f"{target} is there already; name another file with --output, or delete it")
    card_id = target.stem if is_id(target.stem) else slug(target.stem)
    try:
        content = read_bytes(source, str(source), max_bytes=MAX_BYTES)
        is_form = source.suffix.lower() == JSON or content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        made = (_of_form if is_form else _of_sheet)(content, source, card_id, wanted)
        text = yaml_of(made.card)
        card = read_card(text, f"{source} as a card")
    except (BadMetadataFile, BadCard) as error:
        raise CommandError(str(error)) from None
    write_whole(target, text)
    for note in made.notes:
        err.print(f"note: {note}", markup=False, style="yellow")
    what = f"{count(len(card.questions), 'question')} in {count(len(card.sections), 'section')}"
    out.print(f"✓ {target}: {what}; read it before it is used", markup=False)
    return EXIT_OK


def _of_form(content: bytes, source: Path, card_id: str, wanted: Wanted) -> Imported:
    form = read_form(content, str(source))
    if wanted.encoding is not None:
        raise CommandError("--encoding is for CSV; JSON is UTF-8")
    scoring = wanted.scoring.value if wanted.scoring else None
    if is_genesys(form):
        return card_of_genesys(form, label=str(source), card_id=card_id, scoring=scoring, critical=wanted.critical)
    if wanted.critical is not None:
        raise CommandError("--critical is for forms of Genesys Cloud, which don't say for whom a question is critical")
    if is_connect(form):
        return card_of_connect(form, label=str(source), card_id=card_id, scoring=scoring)
    if "scorecard" in form:
        raise BadCard([f"{source} is a card already; copy it to scorecards/, with the ending .yaml."])
    if isinstance(form.get("entities"), list) or "EvaluationFormSummaryList" in form:
        raise BadCard([f"{source} is a list of forms; ask for one of them by its id, and import that."])
    keys = ", ".join(list(form)[:5]) or "no keys"
    raise BadCard([
        f"{source} is not an evaluation form of Amazon Connect, which has Items, or of Genesys Cloud, which has "
        f"questionGroups: it has {keys}."
    ])  # fmt: skip


def _of_sheet(content: bytes, source: Path, card_id: str, wanted: Wanted) -> Imported:
    if wanted.critical is not None:
        raise CommandError("--critical is for forms of Genesys Cloud; a sheet has a column Critical")
    table = parse_list_table(content, str(source), column_of, "question", wanted.encoding)
    if bad := [f"{table.place(line.line)} {line.problem}." for line in table.lines if line.problem]:
        raise BadCard(bad)
    lines = [(line.line, line.cells) for line in table.lines]
    scoring = wanted.scoring.value if wanted.scoring else None
    made = card_of_sheet(lines, label=str(source), card_id=card_id, title=source.stem, scoring=scoring)
    return Imported(made.card, (*table.remarks, *made.notes))
